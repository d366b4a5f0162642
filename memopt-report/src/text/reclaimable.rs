//! What remedies hold, below the table of sites.

use super::grid::grid;
use crate::label::wrap;
use crate::{ReclaimableReport, Remedy, Report, units};
use std::fmt::{self, Write as _};

/// A column: its header and what stands in it.
type Column = (&'static str, fn(&ReclaimableReport) -> String);

const COLUMNS: [Column; 10] = [
    ("remedy", |h| h.remedy.name().to_owned()),
    ("hits", |h| units::count_short(h.hits)),
    ("misses", |h| units::count_short(h.misses)),
    ("rate", |h| units::percent(h.hit_rate()).replace(' ', "")),
    ("live", |h| units::count_short(h.live)),
    ("most", |h| units::count_short(h.high_water)),
    ("idle", |h| units::count_short(h.idle)),
    ("held", |h| units::bytes_short(h.idle_bytes, 3)),
    ("let go", |h| units::count_short(h.released)),
    ("unused", |h| units::bytes_short(h.wasted_bytes, 3)),
];

/// What the figures of arenas count.
const ARENAS: &str = "arena chunks: hits and misses are whole chunks, taken again and new; a call \
                      that fits into those it has takes none, however many blocks it makes";

/// One row a reclaimable; nothing where there is none.
pub(super) fn write(f: &mut String, report: &Report, width: usize) -> fmt::Result {
    if report.reclaimable.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = report.reclaimable.iter().map(|h| h.name.as_str()).collect();
    let headers = COLUMNS.map(|(header, _)| header);
    let rows: Vec<Vec<String>> = report
        .reclaimable
        .iter()
        .map(|h| COLUMNS.iter().map(|(_, cell)| cell(h)).collect())
        .collect();
    writeln!(f, "\n{}", grid("held for reuse", &headers, &names, &rows, width))?;
    if report.reclaimable.iter().any(|h| h.remedy == Remedy::Arena) {
        for line in wrap(ARENAS, width) {
            writeln!(f, "{line}")?;
        }
    }
    writeln!(
        f,
        "hits: served from what was held; live: in use now; most: in use at once; idle, held: for \
         reuse;\nunused: capacity that collections started with or grew to and did not fill"
    )
}

#[cfg(test)]
mod tests {
    use crate::{ReclaimableReport, Remedy, Report, Status};

    #[test]
    fn a_reclaimable_is_one_row() {
        let mut report = Report::empty(Status::Counting);
        assert!(!report.to_string().contains("held for reuse"));
        let frames = ReclaimableReport {
            hits: 900,
            misses: 100,
            idle: 3,
            idle_bytes: 3 << 12,
            ..ReclaimableReport::new("net::Frame", Remedy::Pool)
        };
        report.reclaimable.push(frames);
        let text = report.to_string();
        let row: Vec<&str> = text
            .lines()
            .find(|line| line.starts_with("net::Frame"))
            .expect("the reclaimable has a row")
            .split_whitespace()
            .collect();
        assert_eq!(
            row,
            ["net::Frame", "pool", "900", "100", "90%", "0", "0", "3", "12.0K", "0", "0"],
            "{text}"
        );
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    }
}
