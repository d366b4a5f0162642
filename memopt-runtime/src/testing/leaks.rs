//! What a test left behind, by site and stack.

use super::limits::worst;
use crate::report::{HeapReport, Report, Spot};
use std::fmt::Write as _;

/// Spots that are told of.
const SHOWN: usize = 5;
/// Lines of a stack that are shown.
const LINES: usize = 6;

/// A text that says what was left, if anything but what these sites may leave was.
pub(super) fn failure(report: &Report, may_leak: &[&str]) -> Option<String> {
    match report.heap() {
        Some(heap) => by_block(report, heap, may_leak),
        None => by_count(report),
    }
}

/// By the blocks themselves: exact, whoever freed what.
fn by_block(report: &Report, heap: &HeapReport, may_leak: &[&str]) -> Option<String> {
    let left: Vec<&Spot> = heap.spots.iter().filter(|spot| !is_allowed(spot, may_leak)).collect();
    let sum = |of: fn(&Spot) -> u64| left.iter().copied().map(of).sum::<u64>();
    if left.is_empty() {
        return None;
    }
    let mut text = format!(
        "  no_leaks: {} bytes in {} are left",
        sum(|spot| spot.live.bytes),
        blocks(sum(|spot| spot.live.blocks))
    );
    for spot in left.iter().take(SHOWN) {
        let _ = write!(text, "\n    {} bytes in {}", spot.live.bytes, blocks(spot.live.blocks));
        if let Some(site) = spot.scopes.last() {
            let _ = write!(text, " in `{site}`");
            if let Ok(site) = report.site(site) {
                let _ = write!(text, " ({}:{}:{})", site.file, site.line, site.column);
            }
        }
        // From the allocation up to where the test begins, without the standard library's own lines.
        let own = heap.lines(spot).take_while(|line| !line.function.starts_with("memopt_runtime::"));
        for line in own.filter(|line| !line.is_allocator()).take(LINES) {
            let _ = write!(text, "\n      at {} ({}:{})", line.function, line.file, line.line);
        }
    }
    if left.len() > SHOWN {
        let _ = write!(text, "\n    and from {} more places", left.len() - SHOWN);
    }
    Some(text)
}

/// By the counts, where blocks could not be followed.
fn by_count(report: &Report) -> Option<String> {
    let total = report.total();
    (total.live_bytes() > 0).then(|| {
        format!(
            "  no_leaks: {} bytes in {} are left{}",
            total.live_bytes(),
            blocks(total.live_blocks().max(0).cast_unsigned()),
            worst(report, |site| site.own.live_bytes().max(0).cast_unsigned())
        )
    })
}

fn blocks(n: u64) -> String {
    format!("{n} block{}", if n == 1 { "" } else { "s" })
}

/// Whether one of the scopes a block was allocated in may leave it.
fn is_allowed(spot: &Spot, may_leak: &[&str]) -> bool {
    let ends_with = |path: &str, name: &str| {
        path.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with("::"))
    };
    spot.scopes.iter().any(|path| may_leak.iter().any(|name| ends_with(path, name)))
}
