//! What stands above and below the table: the figures of the whole, how to read the columns, sites
//! with trouble, and what was cut.

use super::names::Labels;
use crate::label::{self, shorten, wrap};
use crate::model::served::Served;
use crate::{ProcessUse, Remedy, Report, SiteReport, Status, units};
use std::fmt::{self, Write as _};

/// What a reader has to know before the figures, if anything.
pub(super) fn notice(f: &mut String, status: Status, width: usize) -> fmt::Result {
    for (i, line) in status.notice().into_iter().flat_map(str::lines).enumerate() {
        let lead = if i == 0 { "warning: " } else { "" };
        for line in wrap(&format!("{lead}{line}"), width) {
            writeln!(f, "{line}")?;
        }
    }
    Ok(())
}

/// The figures of the whole process, within so many columns.
pub(super) fn heading(f: &mut String, report: &Report, width: usize) -> fmt::Result {
    let mut lines = String::new();
    figures(&mut lines, report)?;
    for line in lines.lines() {
        if label::width(line) <= width {
            writeln!(f, "{line}")?;
        } else {
            wrap(line, width).iter().try_for_each(|part| writeln!(f, "{part}"))?;
        }
    }
    Ok(())
}

fn figures(f: &mut String, report: &Report) -> fmt::Result {
    let span = units::duration(report.elapsed_ns as f64);
    let threads = units::counted(report.threads, "thread");
    if report.status != Status::Counting {
        return writeln!(f, "memopt: {span}, {threads}; what was allocated is unknown");
    }
    let (total, outside) = (&report.total, &report.unattributed);
    writeln!(
        f,
        "memopt: {} allocated in {} over {span}, {threads}",
        units::bytes(total.bytes),
        units::counted(total.allocs, "block"),
    )?;
    if let Some(process) = process(&report.process) {
        writeln!(f, "  process        {process}")?;
    }
    write!(
        f,
        "  still live     {} in {}",
        units::signed_bytes(total.live_bytes()),
        units::counted(total.live_blocks().unsigned_abs(), "block")
    )?;
    writeln!(f)?;
    if total.reallocs > 0 {
        writeln!(
            f,
            "  reallocations  {}, {} moved",
            units::count(total.reallocs),
            units::bytes(total.copied_bytes)
        )?;
    }
    writeln!(
        f,
        "  outside sites  {} ({}) in {}",
        units::bytes(outside.bytes),
        units::share(outside.bytes, total.bytes),
        units::counted(outside.allocs, "block")
    )
}

/// What the system told of the process; `None` where it told nothing.
fn process(process: &ProcessUse) -> Option<String> {
    let bytes = |bytes: u64| units::bytes(bytes);
    let parts = [
        process.resident_bytes.map(|now| format!("{} resident", bytes(now))),
        process.peak_resident_bytes.map(|peak| format!("{} at the peak", bytes(peak))),
        process.threads.map(|threads| units::counted(threads, "thread")),
        process.wall_ns.map(|ns| format!("up {}", units::duration(ns as f64))),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// What comes after the table: how to read it, sites with trouble, and what was cut.
pub(super) fn footnotes(
    f: &mut String,
    report: &Report,
    labels: &Labels,
    headers: &[&str],
    (shown, cut, more): (&[usize], &[usize], &str),
    width: usize,
) -> fmt::Result {
    let mut notes: Vec<String> = Vec::new();
    if let Some(prefix) = &labels.prefix {
        notes.push(format!("names are below `{}`", shorten(prefix, width - 20)));
    }
    if report.status == Status::Counting {
        let own = if headers.contains(&"self") { "; self: without them" } else { "" };
        notes.push(format!(
            "bytes, allocs: including inner sites{own}; K, M, G: 1024, 1024², 1024³ bytes"
        ));
        let per_call = ["p50", "p99", "max"].map(|name| headers.contains(&name));
        let per_call = match per_call {
            [true, true, true] => "p50, p99, max: bytes per call; ",
            [true, false, true] => "p50, max: bytes per call; ",
            [_, _, true] => "max: bytes of the largest call; ",
            _ => "",
        };
        notes.push(format!(
            "{per_call}peak: most one call held; retained: not freed when the call ended"
        ));
    }
    if headers.contains(&"time") {
        notes.push(
            "time: median of the calls that were timed, ± 12 %; the first of each thread is apart"
                .into(),
        );
    }
    if report.sites.iter().any(|s| s.switched_off) {
        notes.push(
            "switched off: entry and exit took more time than the site tells, which allocates and \
             frees little itself, so later calls are not counted; `#[track_alloc(all)]` counts all"
                .into(),
        );
    }
    if report.sites.iter().any(|s| s.arena_given_up) {
        notes.push(
            "arena given up: blocks that outlive the calls kept its chunks of 64 KiB nearly empty, \
             so later calls take from the allocator; make what stays outside of the call, or \
             measure with `#[track_alloc]` alone"
                .into(),
        );
    }
    if report.sites.iter().any(|s| s.out_of_order > 0) {
        notes.push(
            "out of order: a guard of `scope!` was held across an `.await`, or dropped after one \
             opened before it, so what it counts is not its own alone; use \
             `future.track_alloc(site!(..))` there"
                .into(),
        );
    }
    for line in notes.iter().flat_map(|note| wrap(note, width)) {
        writeln!(f, "{line}")?;
    }
    for &i in shown {
        if let Some(trouble) = trouble(&report.sites[i]) {
            let room = width.saturating_sub(label::width(&trouble) + 4).max(16);
            let name = shorten(&labels.names[i], room);
            for line in wrap(&format!("! {name}: {trouble}"), width) {
                writeln!(f, "{line}")?;
            }
        }
    }
    told(f, report, labels, shown, width)?;
    if !cut.is_empty() {
        let calls: u64 = cut.iter().map(|&i| report.sites[i].calls).fold(0, u64::wrapping_add);
        let own: u64 = cut.iter().map(|&i| report.sites[i].self_bytes).fold(0, u64::wrapping_add);
        let troubled = cut.iter().filter(|&&i| trouble(&report.sites[i]).is_some()).count();
        let mut parts =
            vec![format!("{} not shown", counted_sites(cut.len())), units::counted(calls, "call")];
        if report.status == Status::Counting {
            parts.push(format!("{} of their own", units::bytes(own)));
        }
        if troubled > 0 {
            parts.push(format!(
                "{troubled} with panics, cancelled calls, broken budgets or the like"
            ));
        }
        let line = format!("+ {}; {more}", parts.join(", "));
        for line in wrap(&line, width) {
            writeln!(f, "{line}")?;
        }
    }
    Ok(())
}

/// What is known of the sites beside their rows.
fn told(
    f: &mut String,
    report: &Report,
    labels: &Labels,
    shown: &[usize],
    width: usize,
) -> fmt::Result {
    let served = Served::by_site(report);
    let observed = shown.iter().map(|&i| (i, observed(&report.sites[i])));
    let served = shown.iter().map(|&i| {
        let some = served[i].filter(|served| served.blocks > 0);
        (i, some.map(without_the_allocator))
    });
    for (i, text) in observed.chain(served) {
        let Some(text) = text else { continue };
        let room = width.saturating_sub(label::width(&text) + 4).max(16);
        let name = shorten(&labels.names[i], room);
        for line in wrap(&format!("= {name}: {text}"), width) {
            writeln!(f, "{line}")?;
        }
    }
    Ok(())
}

fn counted_sites(n: usize) -> String {
    units::counted(n as u64, "site")
}

/// What the site's collections were seen to hold and to use, where it showed any to `observe`.
fn observed(site: &SiteReport) -> Option<String> {
    let seen = site.capacity.filter(|seen| seen.count > 0)?;
    Some(format!(
        "{} observed, {} held, {} used",
        units::counted(seen.count, "collection"),
        units::bytes(seen.held_bytes),
        units::share(seen.used_bytes, seen.held_bytes)
    ))
}

/// How many blocks of a treated site did not come from the allocator.
fn without_the_allocator(served: Served) -> String {
    let from = if served.remedy == Remedy::Arena { "the arena" } else { "free lists" };
    format!(
        "{} of {} came from {from}, without the allocator",
        units::count(served.by_remedy),
        units::counted(served.blocks, "block")
    )
}

/// What a reader has to know of this site beyond its figures, if anything.
fn trouble(site: &SiteReport) -> Option<String> {
    let mut parts = Vec::new();
    if site.panics > 0 {
        parts.push(format!("{} panicked", units::count_short(site.panics)));
    }
    if site.cancelled > 0 {
        parts.push(format!("{} cancelled", units::count_short(site.cancelled)));
    }
    if site.switched_off {
        parts.push("switched off".to_owned());
    }
    if site.arena_given_up {
        parts.push("arena given up".to_owned());
    }
    if site.untracked {
        parts.push("not tracked from some time on".to_owned());
    }
    if site.out_of_order > 0 {
        parts.push(format!("{} out of order", units::count_short(site.out_of_order)));
    }
    if let Some(budget) = site.budget.filter(|b| b.exceeded > 0) {
        parts.push(format!("{} over budget", units::count_short(budget.exceeded)));
    }
    if site.unplaced > 0 {
        let s = if site.unplaced == 1 { "" } else { "s" };
        parts.push(format!("{} value{s} not recorded", units::count_short(site.unplaced)));
    }
    if site.open > 0 {
        parts.push(format!("{} still open", units::count_short(site.open)));
    }
    (!parts.is_empty()).then(|| format!("calls: {}", parts.join(", ")))
}
