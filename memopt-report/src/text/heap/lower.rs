//! What stands below the table of sites: who frees what others allocated, and how long blocks
//! lived.

use super::name;
use super::sums::SiteHeap;
use crate::label::{clean, shorten};
use crate::text::grid::grid;
use crate::units::ratio;
use crate::{Estimate, HandOff, HeapReport, units};
use std::cmp::Reverse;
use std::fmt::{self, Write as _};

/// Hand-offs shown.
const MOST: usize = 10;
/// Room of the second name, of a thread, and of one of two threads.
const OTHER_NAME: usize = 30;
const THREAD: usize = 20;
const OF_TWO: usize = 13;

/// Blocks that another site or thread freed than allocated them, most bytes first.
pub(super) fn hand_offs(f: &mut String, report: &HeapReport, width: usize) -> fmt::Result {
    let changes = |h: &&HandOff| h.from != h.to || h.from_thread != h.to_thread;
    let mut moved: Vec<&HandOff> = report.hand_offs.iter().filter(changes).collect();
    if moved.is_empty() && report.hand_offs_lost.blocks == 0 {
        return Ok(());
    }
    moved.sort_by_key(|h| (Reverse(h.freed.bytes), &h.from, &h.to, h.from_thread, h.to_thread));
    let shown = &moved[..moved.len().min(MOST)];
    let thread = |index: u32, room: usize| {
        let name = report.threads.get(index as usize).map_or("?", String::as_str);
        shorten(&clean(name), room)
    };
    // Not every block is asked who frees it.
    let is_exact = report.is_exact();
    let mark = if is_exact { "≈" } else { "" };
    let names: Vec<String> = shown.iter().map(|h| name(&h.from)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let rows: Vec<Vec<String>> = shown
        .iter()
        .map(|h| {
            let threads = if h.from_thread == h.to_thread {
                thread(h.from_thread, THREAD)
            } else {
                format!("{} → {}", thread(h.from_thread, OF_TWO), thread(h.to_thread, OF_TWO))
            };
            let [blocks, bytes] = if is_exact {
                around(&h.freed)
            } else {
                [units::count_short(h.freed.blocks), units::bytes_short(h.freed.bytes, 3)]
            };
            vec![shorten(&name(&h.to), OTHER_NAME), threads, blocks, bytes]
        })
        .collect();
    let headers = ["freed in", "thread", "blocks", "bytes"];
    writeln!(f, "\n{}", grid("allocated in", &headers, &names, &rows, width))?;
    let sum = |hand_offs: &[&HandOff]| {
        format!("{mark}{}", units::bytes(hand_offs.iter().map(|h| h.freed.bytes).sum()))
    };
    if moved.len() > MOST {
        let more = units::counted((moved.len() - MOST) as u64, "hand-off");
        writeln!(f, "+ {more} not shown, {}", sum(&moved[MOST..]))?;
    }
    let stayed: Vec<&HandOff> = report.hand_offs.iter().filter(|h| !changes(h)).collect();
    writeln!(f, "freed by the site and thread that allocated: {}", sum(&stayed))?;
    if report.hand_offs_lost.blocks > 0 {
        let (blocks, bytes) =
            (report.hand_offs_lost.blocks, units::bytes(report.hand_offs_lost.bytes));
        writeln!(
            f,
            "freed by more pairs than are told apart: {mark}{bytes} in {mark}{}",
            units::counted(blocks, "block")
        )?;
    }
    Ok(())
}

/// Blocks and bytes that are known from some of the blocks: the estimate, or its 95 % interval
/// where that is as wide as the figure.
fn around(freed: &Estimate) -> [String; 2] {
    let (low, high) = freed.bytes_interval();
    if high - low < freed.bytes {
        let figure = if freed.samples == freed.blocks { "" } else { "≈" };
        return [
            format!("{figure}{}", units::count_short(freed.blocks)),
            format!("{figure}{}", units::bytes_short(freed.bytes, 3)),
        ];
    }
    let blocks = |bytes: u64| (freed.blocks as f64 * ratio(bytes, freed.bytes)) as u64;
    let least = blocks(low).max(freed.samples);
    [
        format!("{}–{}", units::count_short(least), units::count_short(blocks(high).max(least))),
        format!("{}–{}", units::bytes_short(low, 2), units::bytes_short(high, 2)),
    ]
}

/// Borders of the table, powers of two in ns: about a microsecond, a millisecond, a second.
const BORDERS: [usize; 3] = [10, 20, 30];

/// How long the freed blocks of each site lived, the sites with most of them first.
pub(super) fn lifetimes(
    f: &mut String,
    sites: &[SiteHeap<'_>],
    limit: usize,
    width: usize,
) -> fmt::Result {
    let mut sites: Vec<&SiteHeap<'_>> =
        sites.iter().filter(|site| site.freed_blocks() > 0).collect();
    if sites.is_empty() || limit == 0 {
        return Ok(());
    }
    sites.sort_by_key(|site| (Reverse(site.freed_blocks()), site.name));
    sites.truncate(limit);
    let names: Vec<String> = sites.iter().map(|site| name(site.name)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let rows: Vec<Vec<String>> = sites.iter().map(|site| row(site)).collect();
    let headers = ["freed", "<1 µs", "<1 ms", "<1 s", "longer", "p50", "p90", "mean"];
    writeln!(f, "\n{}", grid("how long blocks lived", &headers, &names, &rows, width))?;
    writeln!(
        f,
        "freed: blocks; beside it their shares by lifetime; the columns end at 2^10, 2^20, 2^30 ns"
    )
}

fn row(site: &SiteHeap<'_>) -> Vec<String> {
    let lifetimes = &site.lifetimes;
    let all: u64 = lifetimes.powers.iter().sum();
    let mut row = vec![units::count_short(site.freed_blocks())];
    let share = |blocks: u64| {
        // Freed blocks of which none was timed.
        if all == 0 {
            "-".to_owned()
        } else {
            site.estimated(units::share(blocks, all).replace(' ', ""))
        }
    };
    let mut below = 0;
    for border in BORDERS {
        let now = lifetimes.below(border);
        row.push(share(now - below));
        below = now;
    }
    row.push(share(all - below));
    let time =
        |ns: Option<f64>| ns.map_or("-".to_owned(), |ns| site.estimated(units::duration_short(ns)));
    for q in [0.5, 0.9] {
        row.push(time(lifetimes.quantile_ns(q).map(|ns| ns as f64)));
    }
    row.push(time(lifetimes.mean_ns()));
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CallPath, Estimate, Lifetimes};

    #[test]
    fn only_what_changed_hands_is_listed() {
        let freed = |bytes| Estimate { samples: 1, blocks: 7, bytes, ..Estimate::default() };
        let hand_off = |from: &str, to: &str, to_thread, bytes| HandOff {
            from: from.into(),
            to: to.into(),
            from_thread: 0,
            to_thread,
            freed: freed(bytes),
        };
        let report = HeapReport {
            call_paths: vec![CallPath::default()],
            hand_offs: vec![
                hand_off("a", "a", 0, 100),
                hand_off("a", "b", 1, 2048),
                hand_off("a", "", 0, 4096),
            ],
            threads: vec!["main".into(), "writer".into()],
            ..HeapReport::default()
        };
        let text = report.to_string();
        let rows: Vec<Vec<&str>> = text
            .lines()
            .skip_while(|line| !line.starts_with("allocated in"))
            .skip(2)
            .take(2)
            .map(|line| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect())
            .collect();
        assert_eq!(rows[0], ["a", "(outside every site)", "main", "≈7", "≈4.00K"], "{text}");
        assert_eq!(rows[1], ["a", "b", "main → writer", "≈7", "≈2.00K"], "{text}");
        assert!(text.contains("freed by the site and thread that allocated: ≈100 B"), "{text}");
    }

    #[test]
    fn lifetimes_are_shares_of_the_freed() {
        let mut powers = vec![0; 31];
        // Ten below 1 µs, twenty below 1 ms, seventy above a second.
        (powers[5], powers[15], powers[30]) = (10, 20, 70);
        let site = SiteHeap {
            allocated: Estimate { largest_weight: 1.5, ..Estimate::default() },
            lifetimes: Lifetimes { blocks: 100, total_ns: 1e11, powers },
            ..SiteHeap::default()
        };
        assert_eq!(row(&site), ["100", "10%", "20%", "0%", "70%", "1.31s", "1.95s", "1.00s"]);
    }

    #[test]
    fn what_few_samples_tell_is_a_range() {
        let drawn = |samples: u64| Estimate {
            samples,
            blocks: 16 * samples,
            bytes: 1600 * samples,
            bytes_variance: samples as f64 * 0.9375 * 1600f64.powi(2),
            largest_weight: 1600.0,
        };
        assert_eq!(around(&drawn(2)), ["4–113", "401–11K"]);
        assert_eq!(around(&drawn(100)), ["≈1600", "≈156K"]);
        assert_eq!(around(&Estimate::exact(3, 1 << 20)), ["3", "1.00M"]);
    }
}
