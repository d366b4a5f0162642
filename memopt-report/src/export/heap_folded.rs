//! The heap as folded stacks, the line format of flamegraph tools: `[scope];outer;inner 123`.

use super::folded::frame;
use crate::{CallPath, HeapReport};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Which bytes of a heap report are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HeapWeight {
    /// Those in use.
    #[default]
    Live,
    /// Those in use at the process's peak.
    AtPeak,
    /// All that were allocated.
    Allocated,
}

impl HeapWeight {
    /// All three.
    pub(crate) const ALL: [Self; 3] = [Self::Live, Self::AtPeak, Self::Allocated];

    /// The quantity in question, bytes.
    pub(crate) fn of(self, call_path: &CallPath) -> u64 {
        match self {
            Self::Live => call_path.live.bytes,
            Self::AtPeak => call_path.at_peak.bytes,
            Self::Allocated => call_path.allocated.bytes,
        }
    }

    /// What is live, or what was live at the peak where nothing is live now.
    #[doc(hidden)]
    #[must_use]
    pub fn live_or_at_peak(report: &HeapReport) -> Self {
        let is_live = report.call_paths.iter().any(|call_path| call_path.live.blocks > 0);
        let had_peak = report.call_paths.iter().any(|call_path| call_path.at_peak.bytes > 0);
        if !is_live && had_peak { Self::AtPeak } else { Self::Live }
    }

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::AtPeak => "live at the peak",
            Self::Allocated => "allocated",
        }
    }
}

impl HeapReport {
    /// One line for each stack: the scopes that were open, in brackets, then the functions, from
    /// the outermost inwards, then bytes. Lines of one path are one, in the order of their text;
    /// those of no bytes are left out.
    ///
    /// Read by inferno, `flamegraph.pl`, speedscope and others. Where
    /// [sampled](crate::HeapMode::Sampled) the bytes are estimates.
    ///
    /// # Examples
    ///
    /// ```
    /// use memopt::report::HeapWeight;
    /// use memopt::report::{Estimate, HeapReport, CallPath};
    ///
    /// let live = Estimate::exact(1, 64);
    /// let call_path = CallPath::new(vec!["app::parse".into()], live, live);
    /// let report = HeapReport::new(vec![call_path]);
    /// assert_eq!(report.to_folded(HeapWeight::Live), "[app::parse] 64\n");
    /// ```
    pub fn to_folded(&self, weight: HeapWeight) -> String {
        let report = self.resolved();
        let mut lines: BTreeMap<String, u64> = BTreeMap::new();
        for call_path in &report.call_paths {
            let bytes = weight.of(call_path);
            if bytes > 0 {
                let path: Vec<String> =
                    report.path(call_path).iter().map(|call| frame(&call.name)).collect();
                *lines.entry(path.join(";")).or_default() += bytes;
            }
        }
        let mut out = String::new();
        for (path, bytes) in lines {
            // Writing into a String cannot fail.
            let _ = writeln!(out, "{path} {bytes}");
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Estimate;

    #[test]
    fn call_paths_of_one_chain_are_one_line() {
        let call_path = |scope: &str, bytes| CallPath {
            scopes: vec![scope.to_owned()],
            live: Estimate { samples: 1, blocks: 1, bytes, ..Estimate::default() },
            ..CallPath::default()
        };
        let call_paths =
            vec![call_path("b", 10), call_path("a; 1", 5), call_path("b", 7), call_path("c", 0)];
        let report = HeapReport { call_paths, ..HeapReport::default() };
        assert_eq!(report.to_folded(HeapWeight::Live), "[a: 1] 5\n[b] 17\n");
        assert_eq!(report.to_folded(HeapWeight::AtPeak), "");
    }
}
