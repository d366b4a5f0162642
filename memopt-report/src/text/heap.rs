//! The text table of a heap report. `sums` adds call paths up by site, `heading` stands above the
//! table, `lower` (hand-offs and lifetimes) below.

mod heading;
mod lower;
mod sums;

use self::sums::SiteHeap;
use super::grid::{LIMIT, WIDTH, grid};
use crate::label::{self, OUTSIDE, clean, shorten, wrap};
use crate::{HeapReport, units};
use std::fmt::{self, Write as _};

/// Columns of a file's name at most.
const FILE: usize = 30;

/// A heap report as a table for people; its `Display` is the text.
///
/// Each site has a row, and below it the place in the program's own code that allocated most of
/// what is live. Then who frees what others allocated, and how long blocks lived.
///
/// # Limits
///
/// 20 sites in each table, unless [told otherwise](Self::limit), and the 10 largest hand-offs; what
/// is left out is counted below.
///
/// # Examples
///
/// ```
/// use memopt::report::{Estimate, HeapReport, CallPath};
///
/// let live = Estimate::exact(1, 64);
/// let call_path = CallPath::new(vec!["app::parse".into()], live, live);
/// let heap = HeapReport::new(vec![call_path]);
/// let text = heap.table().limit(5).to_string();
/// assert!(text.starts_with("heap: 64 B live in 1 block\n"));
/// assert!(text.contains("app::parse"));
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "a table is shown by its `Display`"]
pub struct HeapTable<'a> {
    report: &'a HeapReport,
    limit: usize,
    width: usize,
    more: &'static str,
}

impl HeapReport {
    /// The table of sites: the 20 with most live bytes, 100 columns wide, unless told otherwise.
    ///
    /// # Examples
    ///
    /// ```
    /// let text = memopt::report::HeapReport::default().table().to_string();
    /// assert!(text.starts_with("heap: no block is sampled or tracked"));
    /// ```
    pub fn table(&self) -> HeapTable<'_> {
        let more = "see `heap.table().limit(..)`, the JSON or the CSV";
        HeapTable { report: self, limit: LIMIT, width: WIDTH, more }
    }
}

impl fmt::Display for HeapReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.table().fmt(f)
    }
}

impl HeapTable<'_> {
    /// Shows so many sites; the text says how many were left out.
    ///
    /// # Examples
    ///
    /// ```
    /// let heap = memopt::report::HeapReport::default();
    /// println!("{}", heap.table().limit(5));
    /// ```
    pub fn limit(self, sites: usize) -> Self {
        Self { limit: sites, ..self }
    }

    /// What is said of sites that were left out: how to see them.
    #[doc(hidden)]
    pub fn more(self, hint: &'static str) -> Self {
        Self { more: hint, ..self }
    }

    /// Fits the text into so many columns, at least 90. Default 100.
    ///
    /// # Examples
    ///
    /// ```
    /// let heap = memopt::report::HeapReport::default();
    /// println!("{}", heap.table().width(140));
    /// ```
    pub fn width(self, columns: usize) -> Self {
        Self { width: columns.max(90), ..self }
    }
}

impl fmt::Display for HeapTable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        label::print(f, |out| self.write(out))
    }
}

impl HeapTable<'_> {
    fn write(&self, f: &mut String) -> fmt::Result {
        let Self { report, limit, width, more } = *self;
        let report = &*report.resolved();
        heading::write(f, report, width)?;
        if report.call_paths.is_empty() {
            return Ok(());
        }
        let sites = sums::by_site(report);
        let (shown, cut) = sites.split_at(limit.min(sites.len()));
        let columns = columns(&sites);
        let names: Vec<String> = shown.iter().map(|site| name(site.name)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let headers: Vec<&str> = columns.iter().map(|(header, _)| *header).collect();
        let rows: Vec<Vec<String>> =
            shown.iter().map(|site| columns.iter().map(|(_, cell)| cell(site)).collect()).collect();
        let table = grid("site", &headers, &names, &rows, width);
        // The header has two lines, each site one.
        let mut lines = table.lines();
        writeln!(f)?;
        for line in lines.by_ref().take(2) {
            writeln!(f, "{line}")?;
        }
        for (line, site) in lines.zip(shown) {
            writeln!(f, "{line}")?;
            if let Some(place) = place(site, width) {
                writeln!(f, "{place}")?;
            }
        }
        footnotes(f, &headers, (cut, more), width)?;
        if let Some(help) = report.how_to_name() {
            let (advice, command) = help.split_once('\n').unwrap_or((&help, ""));
            for line in wrap(advice, width) {
                writeln!(f, "{line}")?;
            }
            // To copy: it is not broken.
            if !command.is_empty() {
                writeln!(f, "{command}")?;
            }
        }
        lower::hand_offs(f, report, width)?;
        lower::lifetimes(f, &sites, limit, width)
    }
}

/// A column: its header and what stands in it.
type Column = (&'static str, fn(&SiteHeap<'_>) -> String);

/// The columns this report can fill. What is known gets no interval, and what was not looked at no
/// column.
fn columns(sites: &[SiteHeap<'_>]) -> Vec<Column> {
    let mut columns: Vec<Column> = vec![("live", |s| units::bytes_short(s.live.bytes, 3))];
    if sites.iter().any(|s| s.live.largest_weight > 0.0) {
        columns.push(("95 % sure", |s| {
            let (low, high) = s.live.bytes_interval();
            format!("{}–{}", units::bytes_short(low, 2), units::bytes_short(high, 2))
        }));
    }
    columns.extend::<[Column; 4]>([
        ("blocks", |s| units::count_short(s.live.blocks)),
        ("at peak", |s| units::bytes_short(s.at_peak.bytes, 3)),
        ("allocated", |s| units::bytes_short(s.allocated.bytes, 3)),
        ("lived", |s| {
            let of = s.lifetimes.quantile_ns(0.5);
            of.map_or("-".into(), |ns| s.estimated(units::duration_short(ns as f64)))
        }),
    ]);
    if sites.iter().any(|s| s.contents.looked_at > 0) {
        columns.push(("unwritten", |s| {
            let share = units::share(s.contents.never_written, s.contents.looked_at);
            if s.contents.looked_at == 0 { "-".into() } else { s.estimated(share.replace(' ', "")) }
        }));
    }
    columns
}

/// How to read the columns, and what was cut.
fn footnotes(
    f: &mut String,
    headers: &[&str],
    (cut, more): (&[SiteHeap<'_>], &str),
    width: usize,
) -> fmt::Result {
    if headers.contains(&"95 % sure") {
        writeln!(
            f,
            "live: estimated from samples; its true value lies in the range beside it with 95 % \
             confidence"
        )?;
    }
    writeln!(
        f,
        "at peak: live when the process held most; lived: median lifetime of freed blocks, ± \
         factor 2"
    )?;
    writeln!(
        f,
        "allocated: since the start; a block resized by `realloc` counts again, with its new size"
    )?;
    if headers.contains(&"unwritten") {
        writeln!(f, "unwritten: share of the bytes of freed blocks that was never written to")?;
    }
    if !cut.is_empty() {
        let live = units::bytes(cut.iter().map(|site| site.live.bytes).sum());
        let sites = units::counted(cut.len() as u64, "site");
        let rest = format!("+ {sites} not shown, {live} live; {more}");
        for line in wrap(&rest, width) {
            writeln!(f, "{line}")?;
        }
    }
    Ok(())
}

/// A site as shown.
fn name(site: &str) -> String {
    if site.is_empty() { OUTSIDE.to_owned() } else { clean(site) }
}

/// Where most of a site's live bytes, or of all it allocated, come from.
fn place(site: &SiteHeap<'_>, width: usize) -> Option<String> {
    let call = site.biggest.as_ref()?;
    let file =
        shorten(&clean(call.file.rsplit_once('/').map_or(call.file, |(_, file)| file)), FILE);
    let at = match call.line {
        0 => String::new(),
        line => format!(" ({file}:{line})"),
    };
    let share = units::share(site.biggest_bytes, site.weight());
    let tail = format!("{at}, {share}");
    let room = width.saturating_sub(4 + label::width(&tail));
    Some(format!("  └ {}{tail}", shorten(&clean(&call.name), room)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CallPath, Estimate, HandOff, HeapMode, Lifetimes, Line, StackFrame};

    fn call_path(scope: &str, bytes: u64) -> CallPath {
        let live = Estimate { samples: 1, blocks: 1, bytes, ..Estimate::default() };
        CallPath { scopes: vec![scope.to_owned()], live, allocated: live, ..CallPath::default() }
    }

    #[test]
    fn call_paths_of_a_site_are_one_row_with_the_place_of_the_largest() {
        let line = |function: &str, line| Line {
            function: function.into(),
            file: "src/lib.rs".into(),
            line,
        };
        let frames = [line("app::small", 3), line("app::large", 9)];
        let report = HeapReport {
            mode: HeapMode::Exact,
            call_paths: vec![
                CallPath { stack: vec![0], ..call_path("app::parse", 1000) },
                CallPath { stack: vec![1], ..call_path("app::parse", 3000) },
                call_path("app::read", 2000),
            ],
            frames: frames.map(|line| StackFrame { address: 1, lines: vec![line] }).to_vec(),
            ..HeapReport::default()
        };
        let text = report.to_string();
        let body: Vec<&str> =
            text.lines().skip_while(|line| !line.starts_with('─')).skip(1).collect();
        let cells: Vec<&str> = body[0].split_whitespace().collect();
        assert_eq!(cells, ["app::parse", "3.91K", "2", "0", "3.91K", "-"], "{text}");
        assert_eq!(body[1], "  └ app::large (lib.rs:9), 75 %", "{text}");
        assert!(body[2].starts_with("app::read "), "{text}");
        let first = report.table().limit(1).to_string();
        assert!(first.contains("+ 1 site not shown, 1.95 KiB live"), "{first}");
    }

    #[test]
    fn no_line_is_wider_than_asked_for() {
        let long = "crate_with_a_long_name::module::<impl Trait<A, B> for Type<C>>::日本語の名前::"
            .repeat(4);
        let live = Estimate {
            samples: 1,
            blocks: u64::MAX / 4,
            bytes: u64::MAX / 4,
            bytes_variance: 1e36,
            largest_weight: 1e18,
        };
        let call_path = CallPath {
            scopes: vec![long.clone()],
            stack: vec![0],
            live,
            at_peak: live,
            allocated: live,
            lifetimes: Lifetimes { blocks: 9, total_ns: f64::MAX, powers: vec![1; 64] },
            contents: crate::Contents { looked_at: 1000, never_written: 1, ..Default::default() },
            ..CallPath::default()
        };
        let lines = vec![Line { function: long.clone(), file: long.clone(), line: u32::MAX }];
        let hand_off = HandOff {
            from: long.clone(),
            to: long.clone(),
            from_thread: 0,
            to_thread: 1,
            freed: live,
        };
        let report = HeapReport {
            mode: HeapMode::Sampled,
            interval: 524_288,
            at_ns: u64::MAX,
            peak_at_ns: u64::MAX,
            peak_bytes: u64::MAX,
            own_bytes: u64::MAX,
            lost: u64::MAX,
            call_paths: vec![call_path],
            frames: vec![StackFrame { address: 1, lines }],
            hand_offs: vec![hand_off],
            threads: vec![long.clone(), long],
            ..HeapReport::default()
        };
        for text in [report.to_string(), report.table().limit(0).to_string()] {
            for line in text.lines() {
                assert!(label::width(line) <= 100, "{line}\n{text}");
            }
        }
    }
}
