//! The table of sites.

use super::grid::{LIMIT, WIDTH, grid};
use super::names::Labels;
use super::{actions, frame, reclaimable};
use crate::label;
use crate::units;
use crate::{Report, SiteReport, Stat, Status};
use std::cmp::Ordering;
use std::fmt::{self, Write as _};

/// What the rows of a [`TextTable`] are ordered by, largest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SortBy {
    /// Bytes allocated, with the sites inside.
    #[default]
    Bytes,
    /// Bytes allocated by the site itself.
    SelfBytes,
    /// Blocks allocated, with the sites inside.
    Allocs,
    /// Highest live bytes of a call.
    Peak,
    /// Bytes retained by all calls.
    Retained,
    /// Bytes allocated and freed again inside a call.
    Churn,
    /// Finished calls.
    Calls,
    /// Estimated time of all calls.
    Time,
    /// Name, in alphabetical order.
    Name,
}

impl SortBy {
    fn compare(self, a: &SiteReport, b: &SiteReport) -> Ordering {
        let largest = |key: fn(&SiteReport) -> u64| key(b).cmp(&key(a));
        let time = |s: &SiteReport| s.time.map_or(0.0, |t| t.estimated_total_ns(s.calls));
        match self {
            Self::Bytes => largest(|s| s.inclusive.bytes),
            Self::SelfBytes => largest(|s| s.self_bytes),
            Self::Allocs => largest(|s| s.inclusive.allocs),
            Self::Peak => largest(|s| s.peak.max()),
            Self::Retained => largest(|s| s.retained.total()),
            Self::Churn => largest(SiteReport::churn_bytes),
            Self::Calls => largest(|s| s.calls),
            Self::Time => time(b).total_cmp(&time(a)),
            Self::Name => Ordering::Equal,
        }
        .then_with(|| a.name.cmp(&b.name))
    }
}

/// The sites of a report as a table for people; its `Display` is the text.
///
/// # Examples
///
/// `println!("{}", report.table().sort_by(SortBy::Peak).limit(5));`
#[derive(Clone, Copy, Debug)]
#[must_use = "a table is shown by its `Display`"]
pub struct TextTable<'a> {
    report: &'a Report,
    sort: SortBy,
    limit: usize,
    width: usize,
    more: &'static str,
}

impl Report {
    /// The table of sites: the 20 with most inclusive bytes, 100 columns wide, unless told
    /// otherwise.
    pub fn table(&self) -> TextTable<'_> {
        let more = "see `report.table().limit(..)` or the JSON";
        TextTable { report: self, sort: SortBy::default(), limit: LIMIT, width: WIDTH, more }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.table().fmt(f)
    }
}

impl TextTable<'_> {
    /// Orders the rows, largest first.
    pub fn sort_by(self, sort: SortBy) -> Self {
        Self { sort, ..self }
    }

    /// Shows so many sites; the text says how many were left out.
    pub fn limit(self, sites: usize) -> Self {
        Self { limit: sites, ..self }
    }

    /// What is said of sites that were left out: how to see them.
    #[doc(hidden)]
    pub fn more(self, hint: &'static str) -> Self {
        Self { more: hint, ..self }
    }

    /// Fits the text into so many columns, at least 60. Default 100. Where names would get too
    /// little room, columns are left out: quantiles first, then times and shares.
    pub fn width(self, columns: usize) -> Self {
        Self { width: columns.max(60), ..self }
    }
}

impl fmt::Display for TextTable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        label::print(f, |out| self.write(out))
    }
}

impl TextTable<'_> {
    fn write(&self, f: &mut String) -> fmt::Result {
        let Self { report, sort, limit, width, more } = *self;
        frame::notice(f, report.status, width)?;
        if report.status == Status::Off && report.sites.is_empty() {
            return reclaimable::write(f, report, width);
        }
        if report.status != Status::Counting {
            writeln!(f)?;
        }
        frame::heading(f, report, width)?;
        if report.sites.is_empty() {
            writeln!(f, "\nno annotated code has run: put `#[memopt::track_alloc]` on a function")?;
            return reclaimable::write(f, report, width);
        }
        let mut order: Vec<usize> = (0..report.sites.len()).collect();
        order.sort_by(|a, b| sort.compare(&report.sites[*a], &report.sites[*b]));
        let (shown, cut) = order.split_at(limit.min(order.len()));

        let labels = Labels::below_common_path(report);
        let mut columns = columns(report);
        let mut rows: Vec<Vec<String>> = shown
            .iter()
            .map(|&i| columns.iter().map(|c| (c.cell)(report, &report.sites[i])).collect())
            .collect();
        let names: Vec<&str> = shown.iter().map(|&i| labels.names[i].as_str()).collect();
        let longest = names.iter().map(|name| label::width(name)).fold(0, usize::max);
        narrow(&mut columns, &mut rows, width.saturating_sub(longest.clamp(4, NAME)));
        let headers: Vec<&str> = columns.iter().map(|c| c.header).collect();
        writeln!(f, "\n{}", grid("site", &headers, &names, &rows, width))?;
        frame::footnotes(f, report, &labels, &headers, (shown, cut, more), width)?;
        reclaimable::write(f, report, width)?;
        actions::write(f, report, width)
    }
}

/// Columns that names get at least, as long as there is a column to leave out.
const NAME: usize = 21;
/// What is left out first where the room is short.
const LEFT_OUT: [&str; 6] = ["p99", "p50", "time", "share", "max", "self"];

/// Leaves out columns until the others fit into the room.
fn narrow(columns: &mut Vec<Column>, rows: &mut [Vec<String>], room: usize) {
    for out in LEFT_OUT {
        let width = |(i, column): (usize, &Column)| {
            let cells = rows.iter().map(|row| label::width(&row[i]));
            2 + cells.fold(column.header.len(), usize::max)
        };
        if columns.iter().enumerate().map(width).sum::<usize>() <= room {
            return;
        }
        if let Some(at) = columns.iter().position(|column| column.header == out) {
            columns.remove(at);
            for row in rows.iter_mut() {
                row.remove(at);
            }
        }
    }
}

struct Column {
    header: &'static str,
    cell: fn(&Report, &SiteReport) -> String,
}

/// The columns this report can fill. What is unknown gets no column rather than a column of zeros.
fn columns(report: &Report) -> Vec<Column> {
    fn per_call(stat: &Stat, value: fn(&Stat) -> u64) -> String {
        if stat.count() == 0 { "-".to_owned() } else { units::bytes_short(value(stat), 2) }
    }
    let mut columns = vec![Column { header: "calls", cell: |_, s| units::count_short(s.calls) }];
    if report.status == Status::Counting {
        columns.extend([
            Column { header: "bytes", cell: |_, s| units::bytes_short(s.inclusive.bytes, 3) },
            Column {
                header: "share",
                cell: |r, s| units::share(s.inclusive.bytes, r.total.bytes).replace(' ', ""),
            },
            Column { header: "self", cell: |_, s| units::bytes_short(s.self_bytes, 3) },
            Column { header: "allocs", cell: |_, s| units::count_short(s.inclusive.allocs) },
            Column { header: "p50", cell: |_, s| per_call(&s.bytes, Stat::p50) },
            Column { header: "p99", cell: |_, s| per_call(&s.bytes, Stat::p99) },
            Column { header: "max", cell: |_, s| per_call(&s.bytes, Stat::max) },
            Column { header: "peak", cell: |_, s| per_call(&s.peak, Stat::max) },
            Column { header: "retained", cell: |_, s| per_call(&s.retained, Stat::total) },
        ]);
    }
    if report.sites.iter().any(|s| s.time.is_some()) {
        columns.push(Column {
            header: "time",
            cell: |_, s| {
                let of = |time: crate::CallTime| time.median_ns.unwrap_or(time.mean_ns);
                s.time.map_or_else(|| "-".to_owned(), |time| units::duration_short(of(time)))
            },
        });
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::fixture::{self, Call};

    fn rows(text: &str) -> Vec<&str> {
        let body = text.lines().skip_while(|l| !l.starts_with('─')).skip(1);
        body.take_while(|l| !l.is_empty() && !l.starts_with("names")).collect()
    }

    #[test]
    fn the_first_row_is_the_site_with_most_bytes() {
        let report = fixture::sample();
        let text = report.to_string();
        assert!(
            text.starts_with(
                "memopt: 17.2 MiB allocated in 101,171 blocks over 2.00 s, 1 thread\n"
            ),
            "{text}"
        );
        let names: Vec<&str> =
            rows(&text).iter().map(|row| row.split_whitespace().next().unwrap()).collect();
        assert_eq!(names, ["main", "io::read", "json::Parser::parse", "Index::add"], "{text}");
        let by_count = report.table().sort_by(SortBy::Allocs).to_string();
        assert!(rows(&by_count)[1].starts_with("json::Parser::parse"), "{by_count}");
    }

    #[test]
    fn a_row_holds_the_figures_of_its_site() {
        let text = fixture::sample().to_string();
        let parse: Vec<&str> = rows(&text)[2].split_whitespace().collect();
        let cells = ["100", "6.10M", "36%", "6.10M", "100k", "62K", "62K", "62K", "59K", "0"];
        assert_eq!(parse[1..], cells, "{text}");
        assert!(text.contains("! json::Parser::parse: calls: 2 panicked"), "{text}");
    }

    #[test]
    fn the_head_has_the_process_as_far_as_it_is_known() {
        let mut process = crate::ProcessUse::default();
        let unknown = fixture::sample().with_process(process).to_string();
        assert!(!unknown.contains("process   "), "{unknown}");
        (process.resident_bytes, process.peak_resident_bytes) = (Some(1 << 20), Some(3 << 20));
        (process.threads, process.wall_ns) = (Some(5), Some(2_500_000_000));
        let text = fixture::sample().with_process(process).to_string();
        let line =
            "\n  process        1.00 MiB resident, 3.00 MiB at the peak, 5 threads, up 2.50 s\n";
        assert!(text.contains(line), "{text}");
        process.peak_resident_bytes = None;
        let text = fixture::sample().with_process(process).to_string();
        assert!(text.contains("1.00 MiB resident, 5 threads, up"), "{text}");
    }

    #[test]
    fn the_time_is_the_median() {
        let mut site = fixture::site("app::read").calls(2, Call::default());
        let mut time = crate::CallTime::new(40, 9_000.0, 100_000);
        time.median_ns = Some(250.0);
        site.0.time = Some(time);
        let text = fixture::report(vec![site], 1, 1).to_string();
        assert!(rows(&text)[0].ends_with("250ns"), "{text}");
        assert!(text.contains("time: median of the calls that were timed"), "{text}");
    }

    #[test]
    fn what_was_observed_is_shown() {
        let mut site = fixture::site("app::read").calls(2, Call::default());
        site.0.capacity = Some(crate::CapacityUse {
            count: 2,
            held_bytes: 4096,
            used_bytes: 512,
            ..Default::default()
        });
        let text = fixture::report(vec![site], 1, 1).to_string();
        let used = units::share(512, 4096);
        let line = format!("= read: 2 collections observed, 4.00 KiB held, {used} used");
        assert!(text.contains(&line), "{text}");
        assert!(!fixture::sample().to_string().contains("observed"));
    }

    #[test]
    fn what_the_allocator_did_not_serve_is_said() {
        let call = Call { bytes: 640, allocs: 10, peak: 64, retained: 0 };
        let mut report =
            fixture::report(vec![fixture::site("app::generate").calls(100, call)], 0, 0);
        (report.sites[0].treated_by, report.sites[0].passed_on) =
            (Some(crate::Remedy::Reuse), Some(4));
        let text = report.to_string();
        let line = "= generate: 996 of 1,000 blocks came from free lists, without the allocator";
        assert!(text.lines().any(|l| l == line), "{text}");
    }

    #[test]
    fn what_is_cut_is_said() {
        let text = fixture::sample().table().limit(1).to_string();
        assert_eq!(rows(&text).len(), 1, "{text}");
        let text = text.replace('\n', " ");
        assert!(
            text.contains("+ 3 sites not shown, 300 calls, 17.2 MiB of their own, 1 with panics"),
            "{text}"
        );
        assert!(text.contains("`report.table().limit(..)`"), "{text}");
    }

    #[test]
    fn a_missing_allocator_is_said_first_and_no_zeros_are_shown() {
        let mut report = fixture::sample();
        report.status = Status::NotInstalled;
        let text = report.to_string();
        assert!(text.starts_with("warning: memopt::Alloc is not the global allocator"), "{text}");
        assert!(
            text.lines().any(|l| l.split_whitespace().collect::<Vec<_>>() == ["site", "calls"]),
            "{text}"
        );
    }

    #[test]
    fn a_long_name_takes_all_the_room_there_is() {
        let call = Call { bytes: 1 << 30, allocs: 1, peak: 1 << 30, retained: 1 << 30 };
        let sites =
            vec![fixture::site(&"a".repeat(200)).calls(3, call), fixture::site("b").calls(1, call)];
        let text = fixture::report(sites, 0, 0).to_string();
        assert_eq!(text.lines().map(label::width).max(), Some(100), "{text}");
    }

    #[test]
    fn where_names_need_the_room_quantiles_are_left_out() {
        let report = fixture::sample();
        let header = |width| -> String {
            let text = report.table().width(width).to_string();
            text.lines().find(|line| line.starts_with("site")).unwrap().to_owned()
        };
        let words = |width| header(width).split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(words(100), "site calls bytes share self allocs p50 p99 max peak retained");
        assert_eq!(words(80), "site calls bytes share self allocs max peak retained");
        let text = report.table().width(80).to_string();
        assert!(text.contains("max: bytes of the largest call; peak:"), "{text}");
        assert!(!text.contains("p50"), "{text}");
    }

    #[test]
    fn nothing_annotated_is_said() {
        let text = fixture::report(vec![], 10, 1).to_string();
        assert!(text.contains("put `#[memopt::track_alloc]` on a function"), "{text}");
    }

    #[test]
    fn where_tracking_is_off_that_is_all_there_is_to_say() {
        let report = Report::empty(Status::Off);
        let text = report.to_string();
        assert_eq!(report.tree_text().to_string(), text);
        assert_eq!(crate::Concurrency::empty(Status::Off).to_string(), text);
        assert_eq!(
            text,
            "\
warning: memopt is built without its feature `track`: nothing was counted
help: depend on memopt with default features, or with `features = [\"track\"]`"
        );
    }

    #[test]
    fn no_line_is_wider_than_asked_for() {
        let huge = Call { bytes: 1 << 39, allocs: 1 << 39, peak: 1 << 39, retained: 1 << 39 };
        let name = "crate_with_a_long_name::module::<impl Trait<A, B> for Type<C>>::日本語の名前::"
            .repeat(4);
        let mut report = fixture::report(
            vec![fixture::site(&name).calls(99_999, huge), fixture::site("b")],
            1,
            1,
        );
        report.sites[0].panics = u64::MAX;
        report.sites[0].cancelled = u64::MAX;
        report.sites[0].time = Some(crate::CallTime::new(1, 99e9, 1));
        for width in [64, 72, 80, 90, 100] {
            let table = report.table().width(width);
            for text in [table.to_string(), table.limit(0).to_string()] {
                assert!(text.lines().all(|line| label::width(line) <= width), "{text}");
            }
        }
    }
}
