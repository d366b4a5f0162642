//! Two reports as one flamegraph: its frames are as wide as in the newer one, red where they grew
//! and blue where they shrank.

use super::heap_flamegraph::nothing;
use super::svg::Picture;
use super::{HeapWeight, Weight};
use crate::{HeapReport, Report, units};
use std::io::{self, Write};

impl HeapReport {
    /// Writes a flamegraph of what changed from this report to `after`. Frames are as wide as in
    /// `after`; red ones hold more than before, blue ones less, paler the smaller the change.
    /// Frames that are gone are not shown: swap the two reports to see them.
    ///
    /// # Errors
    ///
    /// Where `writer` fails, with [`io::ErrorKind::InvalidData`] where `after` has no such bytes,
    /// and with [`io::ErrorKind::Unsupported`] in a build without the feature `flamegraph`.
    ///
    /// # Examples
    ///
    /// ```
    /// use memopt::report::HeapWeight;
    /// use memopt::report::{Estimate, HeapReport, CallPath};
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let live = Estimate::exact(1, 64);
    /// let after = HeapReport::new(vec![CallPath::new(Vec::new(), live, live)]);
    /// let mut svg: Vec<u8> = Vec::new();
    /// # #[cfg(feature = "flamegraph")]
    /// HeapReport::default().write_diff_flamegraph(&after, &mut svg, HeapWeight::Live)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn write_diff_flamegraph(
        &self,
        after: &Self,
        writer: impl Write,
        weight: HeapWeight,
    ) -> io::Result<()> {
        let folded = (self.to_folded(weight), after.to_folded(weight));
        if folded.1.is_empty() {
            return Err(nothing(weight));
        }
        let sum = |report: &Self| {
            units::bytes(report.call_paths.iter().map(|call_path| weight.of(call_path)).sum())
        };
        let picture = Picture {
            title: format!("memopt: bytes {}, what changed", weight.name()),
            subtitle: format!("{} before, {} after; {}", sum(self), sum(after), after.method()),
            unit: "bytes",
            frame: "Frame:",
        };
        picture.draw_difference(&folded.0, &folded.1, writer)
    }
}

impl Report {
    /// Writes a flamegraph of the site tree that shows what changed from this report to `after`.
    /// Frames are as wide as in `after`; red ones allocate more than before, blue ones less. Frames
    /// that are gone are not shown: swap the two reports to see them.
    ///
    /// # Errors
    ///
    /// Where `writer` fails, with [`io::ErrorKind::InvalidData`] where nothing was allocated in
    /// `after`, and with [`io::ErrorKind::Unsupported`] in a build without the feature
    /// `flamegraph`.
    ///
    /// # Limits
    ///
    /// Totals are compared, so let both reports cover the same work; [`diff`](Self::diff) compares
    /// calls.
    ///
    /// # Examples
    ///
    /// ```
    /// use memopt::report::Weight;
    ///
    /// let (before, after) = (memopt::report(), memopt::report());
    /// let mut svg: Vec<u8> = Vec::new();
    /// // Nothing was counted here, so there is nothing to draw.
    /// let error = before.write_diff_flamegraph(&after, &mut svg, Weight::Bytes).unwrap_err();
    /// assert!(error.to_string().starts_with("nothing to draw"));
    /// ```
    pub fn write_diff_flamegraph(
        &self,
        after: &Self,
        writer: impl Write,
        weight: Weight,
    ) -> io::Result<()> {
        let folded = (self.to_folded(weight), after.to_folded(weight));
        if folded.1.is_empty() {
            let reason = "nothing to draw: the newer report holds no allocations";
            return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
        }
        let sum = |report: &Self| {
            units::counted(weight.of(report.total()), weight.unit().trim_end_matches('s'))
        };
        let picture = Picture {
            title: format!("memopt: {} allocated by site, what changed", weight.unit()),
            subtitle: format!("{} before, {} after; exact", sum(self), sum(after)),
            unit: weight.unit(),
            frame: "Scope:",
        };
        picture.draw_difference(&folded.0, &folded.1, writer)
    }
}

#[cfg(all(test, feature = "flamegraph"))]
mod tests {
    use super::*;
    use crate::tests::fixture;
    use crate::{CallPath, Estimate};

    fn heap(bytes: &[(&str, u64)]) -> HeapReport {
        let call_path = |&(scope, bytes): &(&str, u64)| CallPath {
            scopes: vec![scope.to_owned()],
            live: Estimate { samples: 1, blocks: 1, bytes, ..Estimate::default() },
            ..CallPath::default()
        };
        HeapReport { call_paths: bytes.iter().map(call_path).collect(), ..HeapReport::default() }
    }

    #[test]
    fn a_frame_tells_its_size_after_and_how_it_changed() {
        let (before, after) = (heap(&[("a", 100), ("b", 300)]), heap(&[("a", 200), ("b", 200)]));
        let mut svg = Vec::new();
        before.write_diff_flamegraph(&after, &mut svg, HeapWeight::Live).unwrap();
        let svg = String::from_utf8(svg).unwrap();
        assert!(svg.contains("<title>[a] (200 bytes, 50.00%; +25.00%)</title>"), "{svg}");
        assert!(svg.contains("<title>[b] (200 bytes, 50.00%; -25.00%)</title>"), "{svg}");
        assert!(svg.contains("400 B before, 400 B after"));
    }

    #[test]
    fn scope_trees_are_compared_too() {
        let (before, mut after) = (fixture::sample(), fixture::sample());
        after.tree.nodes[1].own.bytes *= 2;
        let mut svg = Vec::new();
        before.write_diff_flamegraph(&after, &mut svg, Weight::Bytes).unwrap();
        let svg = String::from_utf8(svg).unwrap();
        assert!(svg.contains("<title>app::io::read (21,600,000 bytes, "), "{svg}");
        assert!(svg.contains("; +"), "{svg}");
    }

    #[test]
    fn an_empty_newer_report_is_an_error() {
        let error = heap(&[("a", 1)])
            .write_diff_flamegraph(&heap(&[]), Vec::new(), HeapWeight::Live)
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }
}
