//! The site tree as a flamegraph: one SVG file that a browser opens and zooms.

use super::Weight;
use super::svg::Picture;
use crate::text::names::Labels;
use crate::{Report, Status, units};
use std::io::{self, Write};

impl Report {
    /// Writes the site tree as an SVG flamegraph. A frame is as wide as what was allocated in the
    /// site and all sites inside; what was allocated outside every site is a frame beside the
    /// outermost scopes.
    ///
    /// The path that all names share is left out of the frames and named below the title.
    ///
    /// Exact, not sampled: the site tree counts every allocation.
    ///
    /// # Errors
    ///
    /// Where `writer` fails, with [`io::ErrorKind::InvalidData`] where nothing was allocated, and
    /// with [`io::ErrorKind::Unsupported`] in a build without the feature `flamegraph`.
    pub fn write_flamegraph(&self, writer: impl Write, weight: Weight) -> io::Result<()> {
        let labels = Labels::below_common_path(self);
        let folded = if self.status() == Status::Counting {
            self.folded(weight, &labels)
        } else {
            String::new()
        };
        if folded.is_empty() {
            let reason = self.status().notice().and_then(|notice| notice.lines().next());
            let reason = reason.unwrap_or("the report holds no allocations");
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("nothing to draw: {reason}"),
            ));
        }
        let picture = Picture {
            title: format!("memopt: {} allocated, by site", weight.unit()),
            subtitle: format!(
                "{} in {} over {}; exact{}",
                units::bytes(self.total().bytes),
                units::counted(self.total().allocs, "block"),
                units::duration(self.elapsed().as_nanos() as f64),
                labels.prefix.map_or(String::new(), |path| format!("; names are below {path}"))
            ),
            unit: weight.unit(),
            frame: "Scope:",
        };
        picture.draw(&folded, writer)
    }
}

#[cfg(all(test, feature = "flamegraph"))]
mod tests {
    use crate::export::Weight;
    use crate::tests::fixture;
    use crate::{Report, Status};

    #[test]
    fn every_scope_is_a_frame_with_its_inclusive_weight() {
        let mut svg = Vec::new();
        fixture::sample().write_flamegraph(&mut svg, Weight::Bytes).unwrap();
        let svg = String::from_utf8(svg).unwrap();
        assert!(svg.contains("<svg"));
        assert!(svg.contains("<title>main (18,004,096 bytes, 99.93%)</title>"), "{svg}");
        assert!(svg.contains("<title>(outside every site) (12,345 bytes, 0.07%)</title>"));
        assert!(svg.contains("memopt: bytes allocated, by site"));
    }

    #[test]
    fn nothing_to_draw_is_an_error_that_says_why() {
        let error = Report::empty(Status::NotInstalled)
            .write_flamegraph(Vec::new(), Weight::Blocks)
            .unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("nothing to draw: memopt::Alloc is not the global allocator")
        );
    }
}
