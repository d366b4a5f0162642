//! Tables of the results, for a terminal and for the README.

use std::fmt::Write as _;

use crate::bars::{Bar, Limit};
use crate::row::Row;

/// All rows, one a line, and the bars whose bench ran.
pub fn text(rows: &[Row], bars: &[Bar]) -> String {
    let mut text = format!(
        "{:<19} {:<8} {:>7}  {:<20} {:>12} {:>8}  {:<15} {:>12}\n",
        "bench", "profile", "threads", "subject", "ns", "ratio", "middle half", "instructions"
    );
    for row in rows {
        let middle = format!("{:.3}-{:.3}", row.ratio_low, row.ratio_high);
        let instructions = row.instructions.map_or(String::new(), |count| format!("{count:.1}"));
        let _ = write!(
            text,
            "{:<19} {:<8} {:>7}  {:<20} {:>12.2} {:>8.3}  {middle:<15} {instructions:>12}",
            row.bench, row.profile, row.threads, row.subject, row.ns, row.ratio
        );
        for (name, value) in &row.facts {
            let _ = write!(text, "  {name} {value}");
        }
        text.push('\n');
    }
    let _ = writeln!(text, "\n{:<60} {:>10} {:>10}", "bar", "limit", "measured");
    for bar in bars {
        let limit = match bar.limit {
            Limit::AtMost(limit) => format!("≤ {limit}{}", bar.unit),
            Limit::AtLeast(limit) => format!("≥ {limit}{}", bar.unit),
        };
        let Some(value) = bar.value else { continue };
        let value = format!("{value:.2}{}", bar.unit);
        let _ = writeln!(text, "{:<60} {limit:>10} {value:>10}  {}", bar.what, bar.verdict());
    }
    text
}

/// Three groups of tables: the allocators, as ratios to the plain wrapper; the scopes, in
/// nanoseconds; the remedies, as ratios to the baseline of each bench.
pub fn markdown(rows: &[Row]) -> String {
    let allocators = [
        ("64 B, LTO", "alloc64", "lto", 1),
        ("2 threads", "alloc64", "lto", 2),
        ("64 B, release", "alloc64", "release", 1),
        ("in a scope, LTO", "alloc64_in_scope", "lto", 1),
        ("2 threads", "alloc64_in_scope", "lto", 2),
        ("1 MB of JSON, LTO", "json1m", "lto", 1),
    ];
    let scopes = [
        ("scope, one site", "scope", "lto", 1),
        ("2 threads", "scope", "lto", 2),
        ("200 sites", "scope_200", "lto", 1),
        ("paced", "scope_paced", "lto", 1),
        ("poll", "poll", "lto", 1),
    ];
    let ratio = |row: &Row| format!("{:.2}×", row.ratio);
    let nanoseconds = |row: &Row| format!("{:.1} ns", row.ns);
    let mut text = table(rows, &allocators, ratio, Some("alloc64"));
    text.push('\n');
    text.push_str(&table(rows, &scopes, nanoseconds, Some("scope")));
    for columns in
        REMEDIES.into_iter().filter(|columns| rows.iter().any(|row| row.bench == columns[0].1))
    {
        text.push('\n');
        text.push_str(&table(rows, columns, ratio, None));
    }
    text
}

/// Benches with the same subjects stand in one table.
const REMEDIES: [&[Column<'_>]; 6] = [
    &[
        ("4 KiB buffer taken and returned", "pool4k", "lto", 1),
        ("2 threads", "pool4k", "lto", 2),
        ("8 threads", "pool4k", "lto", 8),
        ("returned by another thread", "pool4k_handoff", "lto", 2),
    ],
    &[
        ("1 MB of JSON", "scope_arena_json1m", "lto", 1),
        ("2 threads", "scope_arena_json1m", "lto", 2),
        ("map of 10 000", "scope_arena_btree", "lto", 1),
        ("1000 boxes", "scope_arena_box1000", "lto", 1),
        ("freed by another thread", "scope_arena_remote", "lto", 2),
        ("64 B, last in first out", "magazine64_lifo", "lto", 1),
        ("64 B, in batches", "magazine64_batch", "lto", 1),
    ],
    &[("1000 objects in an arena, reset", "arena1000", "lto", 1)],
    &[("a vector of about 1000", "presize", "lto", 1)],
    &[("a lazy value read", "lazy_read", "lto", 1)],
    &[("a row of ten million", "streamed", "lto", 1)],
];

/// A heading, and the bench, profile and threads whose figures stand under it.
type Column<'a> = (&'a str, &'a str, &'a str, u64);

/// A line for each subject that has a figure in any column, in the order of the plan; the last
/// column is the instructions of one bench.
fn table(
    rows: &[Row],
    columns: &[Column<'_>],
    figure: impl Fn(&Row) -> String,
    counted: Option<&str>,
) -> String {
    let headings: Vec<_> =
        columns.iter().map(|column| column.0).chain(counted.map(|_| "instructions")).collect();
    let mut text =
        format!("| | {} |\n|---|{}\n", headings.join(" | "), "---:|".repeat(headings.len()));
    let mut subjects: Vec<&str> = Vec::new();
    for row in rows.iter().filter(|row| columns.iter().any(|column| column.1 == row.bench)) {
        if !subjects.contains(&row.subject) {
            subjects.push(row.subject);
        }
    }
    for subject in subjects {
        let find = |bench: &str, profile: &str, threads| {
            rows.iter().find(|row| {
                (row.subject, row.bench, row.profile, row.threads)
                    == (subject, bench, profile, threads)
            })
        };
        let mut cells: Vec<_> = columns
            .iter()
            .map(|(_, bench, profile, threads)| {
                find(bench, profile, *threads).map(&figure).unwrap_or_default()
            })
            .collect();
        if cells.iter().all(String::is_empty) {
            continue;
        }
        if let Some(bench) = counted {
            let instructions = find(bench, "lto", 1).and_then(|row| row.instructions);
            cells.push(instructions.map_or(String::new(), |count| format!("{count:.0}")));
        }
        let _ = writeln!(text, "| `{subject}` | {} |", cells.join(" | "));
    }
    text
}
