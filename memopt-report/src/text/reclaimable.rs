//! What remedies hold, below the table of sites.

use super::grid::grid;
use crate::label::{clean, wrap};
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

/// One row a reclaimable, and a line for what arenas and free lists have; nothing where there is
/// none.
pub(super) fn write(f: &mut String, report: &Report, width: usize) -> fmt::Result {
    let (chunks, held): (Vec<_>, Vec<_>) =
        report.reclaimable.iter().partition(|h| h.remedy == Remedy::Arena);
    if !held.is_empty() {
        let names: Vec<&str> = held.iter().map(|h| h.name.as_str()).collect();
        let headers = COLUMNS.map(|(header, _)| header);
        let rows: Vec<Vec<String>> =
            held.iter().map(|h| COLUMNS.iter().map(|(_, cell)| cell(h)).collect()).collect();
        writeln!(f, "\n{}", grid("held for reuse", &headers, &names, &rows, width))?;
        writeln!(
            f,
            "hits: served from what was held; live: in use now; most: in use at once; idle, held: \
             for reuse;\nunused: capacity that collections started with or grew to and did not fill"
        )?;
    }
    if chunks.is_empty() {
        return Ok(());
    }
    writeln!(f)?;
    chunks
        .iter()
        .flat_map(|h| wrap(&chunk_use(h), width))
        .try_for_each(|line| writeln!(f, "{line}"))
}

/// The memory of arenas and free lists, which goes by chunks: how often one is taken says nothing
/// of the blocks.
fn chunk_use(h: &ReclaimableReport) -> String {
    format!(
        "{}: {} with blocks or free lists, {} at most; {} empty ({}), kept for the next calls",
        clean(&h.name),
        units::count(h.live),
        units::count(h.high_water),
        units::count(h.idle),
        units::bytes(h.idle_bytes)
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

    #[test]
    fn chunks_of_arenas_are_no_hits_and_misses() {
        let mut report = Report::empty(Status::Counting);
        let mut chunks = ReclaimableReport::new("arena chunks (64 KiB)", Remedy::Arena);
        (chunks.misses, chunks.live, chunks.high_water) = (9, 9, 9);
        report.reclaimable.push(chunks);
        let text = report.to_string().replace('\n', " ");
        let line = "arena chunks (64 KiB): 9 with blocks or free lists, 9 at most; 0 empty (0 B), \
                    kept for the next calls";
        assert!(text.contains(line), "{text}");
        assert!(!text.contains("rate") && !text.contains("hits"), "{text}");
    }
}
