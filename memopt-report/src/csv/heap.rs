//! A heap report: one line a call path.

use super::{line, optional};
use crate::{CallPath, Estimate, HeapReport};

type Cell = fn(&HeapReport, &CallPath) -> String;

/// Header and how the cell below it is made; sizes are in bytes, times in nanoseconds.
const COLUMNS: [(&str, Cell); 28] = [
    ("site", |_, s| s.scopes.last().cloned().unwrap_or_default()),
    ("scopes", |_, s| s.scopes.join(" > ")),
    ("own_function", |r, s| r.own_call(s).map(|c| c.name.into_owned()).unwrap_or_default()),
    ("own_file", |r, s| r.own_call(s).map(|c| c.file.to_owned()).unwrap_or_default()),
    ("own_line", |r, s| optional(r.own_call(s).map(|c| c.line).filter(|line| *line > 0))),
    ("live_bytes", |_, s| s.live.bytes.to_string()),
    ("live_bytes_low", |_, s| s.live.bytes_interval().0.to_string()),
    ("live_bytes_high", |_, s| s.live.bytes_interval().1.to_string()),
    ("live_blocks", |_, s| s.live.blocks.to_string()),
    ("live_samples", |_, s| s.live.samples.to_string()),
    ("usable_bytes", |_, s| s.usable_bytes.to_string()),
    ("at_peak_bytes", |_, s| s.at_peak.bytes.to_string()),
    ("at_peak_blocks", |_, s| s.at_peak.blocks.to_string()),
    ("own_peak_bytes", |_, s| s.peak_bytes.to_string()),
    ("allocated_bytes", |_, s| s.allocated.bytes.to_string()),
    ("allocated_bytes_low", |_, s| s.allocated.bytes_interval().0.to_string()),
    ("allocated_bytes_high", |_, s| s.allocated.bytes_interval().1.to_string()),
    ("allocated_blocks", |_, s| s.allocated.blocks.to_string()),
    ("allocated_samples", |_, s| s.allocated.samples.to_string()),
    ("freed_blocks", |_, s| s.freed_blocks().to_string()),
    ("lifetime_p50_ns", |_, s| optional(s.lifetimes.quantile_ns(0.5))),
    ("lifetime_p90_ns", |_, s| optional(s.lifetimes.quantile_ns(0.9))),
    ("lifetime_mean_ns", |_, s| optional(s.lifetimes.mean_ns().map(f64::round))),
    ("looked_at_bytes", |_, s| s.contents.looked_at.to_string()),
    ("never_written_bytes", |_, s| s.contents.never_written.to_string()),
    ("zero_bytes", |_, s| s.contents.zero.to_string()),
    ("duplicate_bytes", |_, s| s.contents.duplicate.to_string()),
    ("stack", |r, s| r.calls(s).iter().map(|c| &*c.name).collect::<Vec<_>>().join(" < ")),
];

impl HeapReport {
    /// One line a call path after a header, by RFC 4180: comma, CRLF, quotes where needed.
    ///
    /// Sizes are in bytes, estimates with the ends of their 95 % interval, times in nanoseconds.
    /// Lifetimes, contents and `usable_bytes` are estimates also in exact mode, from one block in
    /// 16 of those below 16 KiB and all others; what is not known is an empty cell. `scopes` are
    /// separated by ` > `, outermost first; the functions of `stack` by ` < `, innermost first.
    /// `own_function` is the innermost one outside the standard library and the registry.
    ///
    /// # Examples
    ///
    /// ```
    /// use memopt::report::{Estimate, HeapReport, CallPath};
    ///
    /// let live = Estimate::exact(1, 64);
    /// let report = HeapReport::new(vec![CallPath::new(Vec::new(), live, live)]);
    /// assert_eq!(report.to_csv().lines().count(), 2);
    /// ```
    pub fn to_csv(&self) -> String {
        let report = &*self.resolved();
        let mut out = String::with_capacity(512 + report.call_paths.len() * 512);
        line(&mut out, COLUMNS.iter().map(|(name, _)| (*name).to_owned()));
        for call_path in by_live(&report.call_paths) {
            line(&mut out, COLUMNS.iter().map(|(_, cell)| cell(report, call_path)));
        }
        out
    }
}

/// Most live bytes first, then most allocated.
fn by_live(call_paths: &[CallPath]) -> Vec<&CallPath> {
    let key = |estimate: &Estimate| std::cmp::Reverse(estimate.bytes);
    let mut call_paths: Vec<&CallPath> = call_paths.iter().collect();
    call_paths.sort_by_key(|call_path| (key(&call_path.live), key(&call_path.allocated)));
    call_paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_stands_below_its_header() {
        let mut call_path = CallPath {
            scopes: vec!["app::main".into(), "get<K, V>".into()],
            ..CallPath::default()
        };
        call_path.live = Estimate { samples: 2, blocks: 4, bytes: 4096, ..Estimate::default() };
        let small = CallPath::default();
        let csv =
            HeapReport { call_paths: vec![small, call_path], ..HeapReport::default() }.to_csv();
        let (header, rows) = csv.split_once("\r\n").unwrap();
        assert!(header.starts_with("site,scopes,own_function,"));
        assert!(
            rows.starts_with("\"get<K, V>\",\"app::main > get<K, V>\",,,,4096,4096,4096,4,2,"),
            "{rows}"
        );
    }
}
