//! What a test left behind, by site and stack.

use super::worst::worst;
use crate::report::{CallPath, HeapReport, Report, ends_on_border};
use std::fmt::Write as _;

/// Spots that are told of.
const SHOWN: usize = 5;
/// Lines of a stack that are shown.
const LINES: usize = 6;

/// What to do about it.
const HELP: &str = "\n    help: free it before the test ends, or name the site that keeps it by design: \
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

/// By the blocks themselves: exact, whoever freed what.
fn by_block(report: &Report, heap: &HeapReport, may_leak: &[&str]) -> Option<String> {
    let left: Vec<&CallPath> =
        heap.call_paths.iter().filter(|call_path| !is_allowed(call_path, may_leak)).collect();
    let sum = |of: fn(&CallPath) -> u64| left.iter().copied().map(of).sum::<u64>();
    if left.is_empty() {
        return None;
    }
    let mut text = format!(
        "  no_leaks: {} bytes in {} are left",
        sum(|call_path| call_path.live.bytes),
        blocks(sum(|call_path| call_path.live.blocks))
    );
    for call_path in left.iter().take(SHOWN) {
        let _ = write!(
            text,
            "\n    {} bytes in {}",
            call_path.live.bytes,
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
            text.push_str(" outside every site; `MEMOPT_HEAP=exact-stacks` shows the stack");
        }
    }
    if left.len() > SHOWN {
        let _ = write!(text, "\n    and from {} more places", left.len() - SHOWN);
    }
    Some(text)
}

/// By the counts, where blocks could not be sampled: what was allocated less what was freed.
fn by_count(report: &Report, may_leak: &[&str]) -> Option<String> {
    let total = report.total();
    let (mut bytes, mut left) = (total.live_bytes(), total.live_blocks());
    for site in report
        .sites()
        .iter()
        .filter(|site| may_leak.iter().any(|name| ends_on_border(&site.name, name)))
    {
        bytes -= site.own.live_bytes();
        left -= site.own.live_blocks();
    }
    (bytes > 0).then(|| {
        format!(
            "  no_leaks: {bytes} bytes in {} are left{}",
            blocks(left.max(0).cast_unsigned()),
            worst(report, |site| site.own.live_bytes().max(0).cast_unsigned())
        )
    })
}

fn blocks(n: u64) -> String {
    format!("{n} block{}", if n == 1 { "" } else { "s" })
}

/// Whether one of the scopes a block was allocated in may leave it.
fn is_allowed(call_path: &CallPath, may_leak: &[&str]) -> bool {
    call_path.scopes.iter().any(|path| may_leak.iter().any(|name| ends_on_border(path, name)))
}
