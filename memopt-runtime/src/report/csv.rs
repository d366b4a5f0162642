//! A report as CSV: one line a site, for spreadsheets and data frames.

use super::{Report, SiteReport, Status};

type Cell = fn(&SiteReport) -> String;

/// Header and how the cell below it is made; sizes are in bytes, times in nanoseconds.
const COLUMNS: [(&str, Cell); 37] = [
    ("site", |s| s.name.clone()),
    ("kind", |s| s.kind.name().to_owned()),
    ("file", |s| s.file.clone()),
    ("line", |s| s.line.to_string()),
    ("column", |s| s.column.to_string()),
    ("calls", |s| s.calls.to_string()),
    ("recursive_calls", |s| s.recursive_calls.to_string()),
    ("open_calls", |s| s.open.to_string()),
    ("panics", |s| s.panics.to_string()),
    ("cancelled", |s| s.cancelled.to_string()),
    ("bytes", |s| s.inclusive.bytes.to_string()),
    ("bytes_per_call_p50", |s| s.bytes.p50().to_string()),
    ("bytes_per_call_p99", |s| s.bytes.p99().to_string()),
    ("bytes_per_call_max", |s| s.bytes.max().to_string()),
    ("allocs", |s| s.inclusive.allocs.to_string()),
    ("allocs_per_call_p50", |s| s.allocs.p50().to_string()),
    ("allocs_per_call_p99", |s| s.allocs.p99().to_string()),
    ("allocs_per_call_max", |s| s.allocs.max().to_string()),
    ("peak_bytes_p50", |s| s.peak.p50().to_string()),
    ("peak_bytes_p99", |s| s.peak.p99().to_string()),
    ("peak_bytes_max", |s| s.peak.max().to_string()),
    ("retained_bytes", |s| s.retained.total().to_string()),
    ("retained_per_call_p50", |s| s.retained.p50().to_string()),
    ("retained_per_call_max", |s| s.retained.max().to_string()),
    ("churn_bytes", |s| s.churn_bytes().to_string()),
    ("self_bytes", |s| s.self_bytes.to_string()),
    ("self_allocs", |s| s.self_allocs.to_string()),
    ("self_frees", |s| s.own.frees.to_string()),
    ("self_freed_bytes", |s| s.own.freed_bytes.to_string()),
    ("self_reallocs", |s| s.reallocs.to_string()),
    ("self_copied_bytes", |s| s.own.copied_bytes.to_string()),
    ("self_grows", |s| s.grows.to_string()),
    ("final_capacity_p95", |s| s.final_capacity.p95().to_string()),
    ("timed_calls", |s| optional(s.time.map(|t| t.samples))),
    ("time_mean_ns", |s| optional(s.time.map(|t| t.mean_ns.round()))),
    ("time_max_ns", |s| optional(s.time.map(|t| t.max_ns))),
    ("budget_exceeded", |s| optional(s.budget.map(|b| b.exceeded))),
];

/// What is known of a site where the allocator does not count.
const ALWAYS_KNOWN: [&str; 13] = [
    "site",
    "kind",
    "file",
    "line",
    "column",
    "calls",
    "recursive_calls",
    "open_calls",
    "panics",
    "cancelled",
    "timed_calls",
    "time_mean_ns",
    "time_max_ns",
];

impl Report {
    /// One line a site after a header, most inclusive bytes first, by RFC 4180: comma, CRLF, quotes where needed.
    ///
    /// Sizes are in bytes and times in nanoseconds; what was not measured is an empty cell: where
    /// [`status`](Self::status) is not [`Counting`](Status::Counting), everything about bytes and blocks. The total and what
    /// was allocated outside every scope are in the JSON only, so that a column can be summed without counting
    /// twice (sum the `self_` columns).
    pub fn to_csv(&self) -> String {
        let mut out = String::with_capacity(512 + self.sites.len() * 256);
        line(&mut out, COLUMNS.iter().map(|(name, _)| (*name).to_owned()));
        let counts = self.status == Status::Counting;
        for site in &self.sites {
            let known = |name: &str| counts || ALWAYS_KNOWN.contains(&name);
            line(
                &mut out,
                COLUMNS.iter().map(|(name, cell)| if known(name) { cell(site) } else { String::new() }),
            );
        }
        out
    }
}

pub(super) fn optional(value: Option<impl ToString>) -> String {
    value.map(|v| v.to_string()).unwrap_or_default()
}

pub(super) fn line(out: &mut String, cells: impl Iterator<Item = String>) {
    for (i, cell) in cells.enumerate() {
        if i > 0 {
            out.push(',');
        }
        if cell.contains([',', '"', '\r', '\n']) {
            out.push('"');
            out.push_str(&cell.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(&cell);
        }
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::super::fixture;

    #[test]
    fn a_line_holds_what_the_header_says() {
        let csv = fixture::sample().to_csv();
        let mut lines = csv.split("\r\n");
        let header: Vec<_> = lines.next().unwrap().split(',').collect();
        let parse: Vec<_> = lines.find(|l| l.starts_with("app::json")).unwrap().split(',').collect();
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
