//! The heap as a flamegraph: one SVG file that a browser opens and zooms.

use super::HeapWeight;
use super::svg::Picture;
use crate::{HeapMode, HeapReport, units};
use std::io::{self, Write};

impl HeapReport {
    /// Writes the heap as an SVG flamegraph: scopes, in brackets, below the functions that were
    /// called in them. A frame is as wide as the bytes that it and all above it hold.
    ///
    /// # Errors
    ///
    /// Where `writer` fails, with [`io::ErrorKind::InvalidData`] where there are no such bytes, and
    /// with [`io::ErrorKind::Unsupported`] in a build without the feature `flamegraph`.
    ///
    /// # Examples
    ///
    /// ```
    /// use memopt::report::HeapWeight;
    /// use memopt::report::{Estimate, HeapReport, CallPath};
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let live = Estimate::exact(1, 64);
    /// let report = HeapReport::new(vec![CallPath::new(Vec::new(), live, live)]);
    /// let mut svg: Vec<u8> = Vec::new();
    /// # #[cfg(feature = "flamegraph")]
    /// report.write_flamegraph(&mut svg, HeapWeight::Live)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn write_flamegraph(&self, writer: impl Write, weight: HeapWeight) -> io::Result<()> {
        let folded = self.to_folded(weight);
        if folded.is_empty() {
            return Err(nothing(weight));
        }
        let bytes: u64 = self.call_paths.iter().map(|call_path| weight.of(call_path)).sum();
        let picture = Picture {
            title: format!("memopt: bytes {}, by site and stack", weight.name()),
            subtitle: format!(
                "{}; {}{}",
                units::bytes(bytes),
                self.method(),
                remarks(self, weight)
            ),
            unit: "bytes",
            frame: "Frame:",
        };
        picture.draw(&folded, writer)
    }

    /// How the figures came about, in a few words.
    pub(super) fn method(&self) -> String {
        match self.mode {
            HeapMode::Off => "sampling is off now".to_owned(),
            HeapMode::Sampled => {
                format!("sampled every {} on average", units::bytes(self.interval))
            }
            HeapMode::Exact => "exact".to_owned(),
        }
    }
}

/// What else is to be known of the picture.
fn remarks(report: &HeapReport, weight: HeapWeight) -> String {
    let is_over =
        weight == HeapWeight::AtPeak && HeapWeight::live_or_at_peak(report) == HeapWeight::AtPeak;
    let over = if is_over { "; nothing is live any more" } else { "" };
    let unnamed = report.resolved().how_to_name();
    let unnamed = unnamed.map_or("", |_| "; some addresses have no symbols, as the text tells");
    format!("{over}{unnamed}")
}

/// Why there is no picture.
pub(super) fn nothing(weight: HeapWeight) -> io::Error {
    let reason = format!(
        "nothing to draw: no bytes {}; start sampling before the blocks are allocated",
        weight.name()
    );
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

#[cfg(all(test, feature = "flamegraph"))]
mod tests {
    use super::*;
    use crate::{CallPath, Estimate};

    #[test]
    fn a_frame_has_the_bytes_of_all_above_it() {
        let call_path = |scopes: &[&str], bytes| CallPath {
            scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
            live: Estimate { samples: 1, blocks: 1, bytes, ..Estimate::default() },
            ..CallPath::default()
        };
        let report = HeapReport {
            mode: HeapMode::Sampled,
            interval: 524_288,
            call_paths: vec![
                call_path(&["app::main"], 100),
                call_path(&["app::main", "app::parse"], 300),
            ],
            ..HeapReport::default()
        };
        let mut svg = Vec::new();
        report.write_flamegraph(&mut svg, HeapWeight::Live).unwrap();
        let svg = String::from_utf8(svg).unwrap();
        assert!(svg.contains("<title>[app::main] (400 bytes, 100.00%)</title>"), "{svg}");
        assert!(svg.contains("<title>[app::parse] (300 bytes, 75.00%)</title>"));
        assert!(svg.contains("400 B; sampled every 512 KiB on average"));
    }

    #[test]
    fn nothing_to_draw_says_why() {
        let error =
            HeapReport::default().write_flamegraph(Vec::new(), HeapWeight::AtPeak).unwrap_err();
        assert!(
            error.to_string().starts_with("nothing to draw: no bytes live at the peak"),
            "{error}"
        );
    }
}
