//! What a test left behind, by site and stack.

use super::keeper::Keeper;
use super::worst::worst;
use crate::heap;
use crate::report::{CallPath, HeapReport, Report, SiteReport, ends_on_border};
use std::fmt::Write as _;
use std::time::Duration;

/// Spots that are told of.
const SHOWN: usize = 5;
/// Lines of a stack that are shown.
const LINES: usize = 6;

/// How long threads may take to end, by one look after another.
const WAITS_MS: [u64; 7] = [0, 1, 2, 4, 8, 16, 32];

/// What to do about it.
const HELP: &str = "\n    help: free it before the test ends, or name the site that keeps it by \
                    design, which excuses what is allocated inside it too: \
                    `no_leaks(except(\"site\"))`";

/// A text that says what was left, if anything but what these sites may leave was. Of all blocks
/// `lost` could not be tracked.
pub(super) fn failure(report: &Report, may_leak: &[&str], lost: u64) -> Option<String> {
    let by_block = || report.heap().and_then(|heap| by_block(report, heap, may_leak));
    let text = if lost > 0 {
        let note =
            format!("\n    told by the counts, as {} found no room in the tables", blocks(lost));
        by_count(report, may_leak).map(|text| text + &note).or_else(by_block)
    } else if report.heap().is_some() {
        by_block()
    } else {
        by_count(report, may_leak)
    };
    text.map(|text| text + HELP)
}

/// The report, and where something is left what is left when threads that were ending have ended.
/// (A scope of threads goes on when their functions have returned; they free what the standard
/// library made for them after that.)
pub(super) fn settled(
    mut report: Report,
    may_leak: &[&str],
    now: impl Fn() -> Option<HeapReport>,
) -> Report {
    for wait in WAITS_MS {
        if report.heap().is_none_or(|heap| by_block(&report, heap, may_leak).is_none()) {
            break;
        }
        std::thread::sleep(Duration::from_millis(wait));
        report = report.with_heap(now());
    }
    report
}

/// By the blocks themselves: exact, whoever freed what.
fn by_block(report: &Report, heap: &HeapReport, may_leak: &[&str]) -> Option<String> {
    let mut excused = [(0, 0); Keeper::ALL.len()];
    let mut left: Vec<&CallPath> = Vec::new();
    for call_path in heap.call_paths.iter().filter(|call_path| !is_allowed(call_path, may_leak)) {
        match Keeper::of(heap, call_path) {
            Some(keeper) => {
                let (held, n) = &mut excused[keeper as usize];
                *held += call_path.live.bytes;
                *n += call_path.live.blocks;
            }
            None => left.push(call_path),
        }
    }
    let sum = |of: fn(&CallPath) -> u64| left.iter().copied().map(of).sum::<u64>();
    if left.is_empty() {
        return None;
    }
    let mut text = format!(
        "  no_leaks: {}",
        are_left(sum(|call_path| call_path.live.bytes), sum(|call_path| call_path.live.blocks))
    );
    for call_path in left.iter().take(SHOWN) {
        let _ = write!(
            text,
            "\n    {} in {}",
            bytes(call_path.live.bytes),
            blocks(call_path.live.blocks)
        );
        if let Some(site) = call_path.scopes.last() {
            let _ = write!(text, " in `{site}`");
            if let Some(site) = report.site(site).ok().filter(|site| site.line > 0) {
                let _ = write!(text, " ({}:{}:{})", site.file, site.line, site.column);
            }
        }
        // From the allocation up to where the test begins, without the standard library's own
        // lines.
        let own =
            heap.lines(call_path).take_while(|line| !line.function.starts_with("memopt_runtime::"));
        for line in own.filter(|line| !line.is_allocator()).take(LINES) {
            let _ = write!(text, "\n      at {}", line.function);
            if line.line > 0 {
                let _ = write!(text, " ({}:{})", line.file, line.line);
            }
        }
        if call_path.scopes.is_empty() && call_path.stack.is_empty() {
            text.push_str(" outside of all sites");
            text.push_str(heap::how_to_see_stacks().unwrap_or_default());
        }
    }
    if left.len() > SHOWN {
        let more = number_of((left.len() - SHOWN) as u64, "more place");
        let _ = write!(text, "\n    and from {more}");
    }
    for (keeper, (held, n)) in Keeper::ALL.into_iter().zip(excused).filter(|(_, (_, n))| *n > 0) {
        let _ = write!(text, "\n    not counted: {} in {} of {keeper}", bytes(held), blocks(n));
    }
    Some(text)
}

/// By the counts, where blocks could not be sampled: what was allocated less what was freed.
fn by_count(report: &Report, may_leak: &[&str]) -> Option<String> {
    let total = report.total();
    let (mut held, mut left) = (total.live_bytes(), total.live_blocks());
    let sites = report.sites();
    // What is excused of each site: all that lies inside a site that is named.
    let mut excused = vec![0; sites.len()];
    let mut is_inside: Vec<bool> = Vec::new();
    for node in report.tree().nodes() {
        let name = &sites[node.site].name;
        let is_named = may_leak.iter().any(|named| ends_on_border(name, named));
        let is_excused = is_named || node.parent.is_some_and(|parent| is_inside[parent]);
        is_inside.push(is_excused);
        if is_excused {
            excused[node.site] += node.own.live_bytes();
            held -= node.own.live_bytes();
            left -= node.own.live_blocks();
        }
    }
    let left_at = |site: &SiteReport| {
        let at = sites.iter().position(|one| std::ptr::eq(one, site));
        let excused = at.map_or(0, |at| excused[at]);
        (site.own.live_bytes() - excused).max(0).cast_unsigned()
    };
    (held > 0).then(|| {
        let held = held.cast_unsigned();
        format!(
            "  no_leaks: {}{}",
            are_left(held, left.max(0).cast_unsigned()),
            worst(report, Some(held), left_at)
        )
    })
}

fn are_left(held: u64, n: u64) -> String {
    let are = if held == 1 { "is" } else { "are" };
    format!("{} in {} {are} left", bytes(held), blocks(n))
}

fn blocks(n: u64) -> String {
    number_of(n, "block")
}

fn bytes(n: u64) -> String {
    number_of(n, "byte")
}

fn number_of(n: u64, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

/// Whether one of the scopes a block was allocated in may leave it.
fn is_allowed(call_path: &CallPath, may_leak: &[&str]) -> bool {
    call_path.scopes.iter().any(|path| may_leak.iter().any(|name| ends_on_border(path, name)))
}
