//! A report: one line a site.

use super::{line, optional};
use crate::{Report, SiteReport, Status};

type Cell = fn(&SiteReport) -> String;

/// Whether a figure is known where nothing counts allocations too.
const ALWAYS: bool = true;
const COUNTED: bool = false;

/// Header, when there is a cell below it, and how it is made; sizes are in bytes, times in
/// nanoseconds.
const COLUMNS: [(&str, bool, Cell); 38] = [
    ("site", ALWAYS, |s| s.name.clone()),
    ("kind", ALWAYS, |s| s.kind.name().to_owned()),
    ("file", ALWAYS, |s| s.file.clone()),
    ("line", ALWAYS, |s| s.line.to_string()),
    ("column", ALWAYS, |s| s.column.to_string()),
    ("calls", ALWAYS, |s| s.calls.to_string()),
    ("recursive_calls", ALWAYS, |s| s.recursive_calls.to_string()),
    ("open_calls", ALWAYS, |s| s.open.to_string()),
    ("panics", ALWAYS, |s| s.panics.to_string()),
    ("cancelled", ALWAYS, |s| s.cancelled.to_string()),
    ("bytes", COUNTED, |s| s.inclusive.bytes.to_string()),
    ("bytes_per_call_p50", COUNTED, |s| s.bytes.p50().to_string()),
    ("bytes_per_call_p99", COUNTED, |s| s.bytes.p99().to_string()),
    ("bytes_per_call_max", COUNTED, |s| s.bytes.max().to_string()),
    ("allocs", COUNTED, |s| s.inclusive.allocs.to_string()),
    ("allocs_per_call_p50", COUNTED, |s| s.allocs.p50().to_string()),
    ("allocs_per_call_p99", COUNTED, |s| s.allocs.p99().to_string()),
    ("allocs_per_call_max", COUNTED, |s| s.allocs.max().to_string()),
    ("peak_bytes_p50", COUNTED, |s| s.peak.p50().to_string()),
    ("peak_bytes_p99", COUNTED, |s| s.peak.p99().to_string()),
    ("peak_bytes_max", COUNTED, |s| s.peak.max().to_string()),
    ("retained_bytes", COUNTED, |s| s.retained.total().to_string()),
    ("retained_per_call_p50", COUNTED, |s| s.retained.p50().to_string()),
    ("retained_per_call_max", COUNTED, |s| s.retained.max().to_string()),
    ("churn_bytes", COUNTED, |s| s.churn_bytes().to_string()),
    ("self_bytes", COUNTED, |s| s.self_bytes.to_string()),
    ("self_allocs", COUNTED, |s| s.self_allocs.to_string()),
    ("self_frees", COUNTED, |s| s.own.frees.to_string()),
    ("self_freed_bytes", COUNTED, |s| s.own.freed_bytes.to_string()),
    ("self_reallocs", COUNTED, |s| s.reallocs.to_string()),
    ("self_copied_bytes", COUNTED, |s| s.own.copied_bytes.to_string()),
    ("self_grows", COUNTED, |s| s.grows.to_string()),
    ("final_capacity_p95", COUNTED, |s| s.final_capacity.p95().to_string()),
    ("timed_calls", ALWAYS, |s| optional(s.time.map(|t| t.samples))),
    ("time_mean_ns", ALWAYS, |s| optional(s.time.map(|t| t.mean_ns.round()))),
    ("time_median_ns", ALWAYS, |s| optional(s.time.and_then(|t| t.median_ns).map(f64::round))),
    ("time_max_ns", ALWAYS, |s| optional(s.time.map(|t| t.max_ns))),
    ("budget_exceeded", COUNTED, |s| optional(s.budget.map(|b| b.exceeded))),
];

impl Report {
    /// One line a site after a header, most inclusive bytes first, by RFC 4180: comma, CRLF, quotes
    /// where needed.
    ///
    /// Sizes are in bytes and times in nanoseconds; what was not measured is an empty cell: where
    /// [`status`](Self::status) is not [`Counting`](Status::Counting), everything about bytes and
    /// blocks. The total and what was allocated outside every site are in the JSON only, so that a
    /// column can be summed without counting twice (sum the `self_` columns).
    pub fn to_csv(&self) -> String {
        let mut out = String::with_capacity(512 + self.sites.len() * 256);
        line(&mut out, COLUMNS.iter().map(|(name, ..)| (*name).to_owned()));
        let counts = self.status == Status::Counting;
        for site in &self.sites {
            let cell = |(_, always, cell): &(_, bool, Cell)| {
                if *always || counts { cell(site) } else { String::new() }
            };
            line(&mut out, COLUMNS.iter().map(cell));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::fixture;

    #[test]
    fn a_line_holds_what_the_header_says() {
        let csv = fixture::sample().to_csv();
        let mut lines = csv.split("\r\n");
        let header: Vec<_> = lines.next().unwrap().split(',').collect();
        let parse: Vec<_> =
            lines.find(|l| l.starts_with("app::json")).unwrap().split(',').collect();
        let cell = |name: &str| parse[header.iter().position(|h| *h == name).unwrap()];
        assert_eq!(header.len(), parse.len());
        assert_eq!(cell("kind"), "function");
        assert_eq!(cell("calls"), "100");
        assert_eq!(cell("bytes"), "6400000");
        assert_eq!(cell("allocs_per_call_max"), "1000");
        assert_eq!(cell("time_mean_ns"), "");
    }

    #[test]
    fn names_with_commas_and_quotes_are_quoted() {
        let csv = fixture::named(&["Map<K, \"V\">::get", "two\nlines"]).to_csv();
        assert!(csv.contains("\r\n\"Map<K, \"\"V\"\">::get\",function,"));
        assert!(csv.contains("\r\n\"two\nlines\","));
        assert!(csv.ends_with("\r\n"));
    }
}
