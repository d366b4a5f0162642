//! Tables of the results, for a terminal and for the README.

use std::fmt::Write as _;

use crate::bars::Bar;
use crate::plan::SUBJECTS;
use crate::row::Row;

/// All rows, one a line, and the bars whose bench ran.
pub fn text(rows: &[Row], bars: &[Bar]) -> String {
    let mut text = format!(
        "{:<17} {:<8} {:>7}  {:<19} {:>12} {:>8}  {:<15} {:>12}\n",
        "bench", "profile", "threads", "subject", "ns", "ratio", "middle half", "instructions"
    );
    for row in rows {
        let middle = format!("{:.3}-{:.3}", row.ratio_low, row.ratio_high);
        let instructions = row.instructions.map_or(String::new(), |count| format!("{count:.1}"));
        let _ = writeln!(
            text,
            "{:<17} {:<8} {:>7}  {:<19} {:>12.2} {:>8.3}  {middle:<15} {instructions:>12}",
            row.bench, row.profile, row.threads, row.subject, row.ns, row.ratio
        );
    }
    let _ = writeln!(text, "\n{:<60} {:>10} {:>10}", "bar", "at most", "measured");
    for bar in bars {
        let limit = format!("{}{}", bar.limit, bar.unit);
        let Some(value) = bar.value else { continue };
        let value = format!("{value:.2}{}", bar.unit);
        let _ = writeln!(text, "{:<60} {limit:>10} {value:>10}  {}", bar.what, bar.verdict());
    }
    text
}

/// Two tables: the allocators, as ratios to the plain wrapper; the scopes, in nanoseconds.
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
    text
}

/// A heading, and the bench, profile and threads whose figures stand under it.
type Column<'a> = (&'a str, &'a str, &'a str, u64);

/// A line for each subject that has a figure in any column; the last column is the instructions of one bench.
fn table(
    rows: &[Row],
    columns: &[Column<'_>],
    figure: impl Fn(&Row) -> String,
    counted: Option<&str>,
) -> String {
    let headings: Vec<_> =
        columns.iter().map(|column| column.0).chain(counted.map(|_| "instructions")).collect();
    let mut text = format!("| | {} |\n|---|{}\n", headings.join(" | "), "---:|".repeat(headings.len()));
    for (subject, _) in SUBJECTS {
        let find = |bench: &str, profile: &str, threads| {
            rows.iter().find(|row| {
                (row.subject, row.bench, row.profile, row.threads) == (subject, bench, profile, threads)
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
