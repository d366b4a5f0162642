//! The profile of a heap report.

use super::profile::{Known, Profile};
use super::wire::Message;
use super::{AT_PEAK, HEAP};
use crate::label::OUTSIDE;
use crate::model::heap::origin::DROP_FRAMES;
use crate::{CallPath, HeapMode, HeapReport, HeapWeight, Line, LiveOfThread, Module, StackFrame};
use std::collections::HashMap;

pub(super) fn profile(report: &HeapReport) -> Message {
    let at_peak = HeapWeight::live_or_at_peak(report) == HeapWeight::AtPeak;
    let mut profile = Profile::new(if at_peak { &AT_PEAK } else { &HEAP });
    profile.default_type(if at_peak { "peak_space" } else { "inuse_space" });
    profile.drop_frames(DROP_FRAMES);
    profile.time(report.unix_ns, report.at_ns);
    profile.period(("space", "bytes"), report.interval);
    profile.comment(match report.mode {
        HeapMode::Off => "memopt: nothing is sampled now",
        HeapMode::Sampled => "memopt: sampled by bytes, scaled to all blocks",
        HeapMode::Exact => "memopt: every block tracked",
    });
    if at_peak {
        profile.comment("memopt: nothing is in use; peak is what was at the process's peak");
    }
    if let Some(help) = report.how_to_name() {
        profile.comment(&format!("memopt: {}", help.replace("\n ", "")));
    }
    let mut locations = Locations::new(report, &mut profile);
    let mut scopes = Scopes::default();
    for call_path in &report.call_paths {
        let mut stack = locations.stack(&mut profile, call_path);
        if stack.is_empty() {
            stack = scopes.stack(&mut profile, call_path);
        }
        let chain = call_path.scopes.join(" > ");
        let mut labels: Vec<(&str, &str)> = Vec::new();
        if let Some(scope) = call_path.scopes.last() {
            labels.extend([("scope", scope.as_str()), ("scopes", &chain)]);
        }
        let (threads, mut rest) = by_thread(call_path);
        if at_peak {
            rest = (call_path.at_peak.blocks, call_path.at_peak.bytes);
        }
        if threads.is_empty() || call_path.allocated.blocks > 0 || rest != (0, 0) {
            let values = [call_path.allocated.blocks, call_path.allocated.bytes, rest.0, rest.1];
            profile.sample(&stack, &values, &labels);
        }
        for (thread, (blocks, bytes)) in threads {
            let name = report.threads.get(thread as usize).map_or("", String::as_str);
            let name = (!name.is_empty()).then_some(("thread", name));
            let labels: Vec<(&str, &str)> = labels.iter().copied().chain(name).collect();
            profile.sample(&stack, &[0, 0, blocks, bytes], &labels);
        }
    }
    profile.finish()
}

/// Blocks and bytes.
type Amount = (u64, u64);

/// A call path's blocks in use by thread, and those of which no thread is known. They add up to
/// what is in use: the parts are read later than the whole, so they may be more.
fn by_thread(call_path: &CallPath) -> (Vec<(u32, Amount)>, Amount) {
    let mut rest = (call_path.live.blocks, call_path.live.bytes);
    let mut parts = Vec::new();
    for LiveOfThread { thread, live } in &call_path.live_by_thread {
        let part = (live.blocks.min(rest.0), live.bytes.min(rest.1));
        rest = (rest.0 - part.0, rest.1 - part.1);
        if part != (0, 0) {
            parts.push((*thread, part));
        }
    }
    (parts, rest)
}

/// Locations of frames.
struct Locations<'a> {
    report: &'a HeapReport,
    /// The number of each module's mapping.
    mappings: Vec<u64>,
    /// By the number of the frame and its lines that are shown: those that were inlined at its ends
    /// may be hidden.
    known: HashMap<(u32, usize, usize), u64>,
}

impl<'a> Locations<'a> {
    /// Writes the mappings.
    fn new(report: &'a HeapReport, profile: &mut Profile) -> Self {
        let mapping = |module: &Module| {
            let inside = report.frames.iter().filter(|frame| is_in(module, frame));
            profile.mapping(module, Known::of(inside.map(|frame| &frame.lines[..])))
        };
        Self {
            report,
            mappings: report.modules.iter().map(mapping).collect(),
            known: HashMap::new(),
        }
    }

    /// The locations of a stack, innermost first; those not yet known are written.
    fn stack(&mut self, profile: &mut Profile, call_path: &CallPath) -> Vec<u64> {
        let visible = self.report.visible(call_path);
        let mut stack = Vec::new();
        let mut at = 0;
        for &number in &call_path.stack {
            let Some(frame) = self.report.frames.get(number as usize) else { continue };
            let items = frame.lines.len().max(1);
            let inside = |end: usize| end.clamp(at, at + items) - at;
            let (from, to) = (inside(visible.start), inside(visible.end));
            at += items;
            if from >= to {
                continue;
            }
            stack.push(*self.known.entry((number, from, to)).or_insert_with(|| {
                let module = self.report.modules.iter().position(|module| is_in(module, frame));
                let mapping =
                    module.and_then(|index| self.mappings.get(index).copied()).unwrap_or(0);
                // A name for readers that do not look symbols up; those that do replace it.
                let unnamed = [Line::new(self.report.unnamed(frame.address), "", 0)];
                let lines = frame.lines.get(from..to).filter(|lines| !lines.is_empty());
                profile.location(mapping, frame.address, lines.unwrap_or(&unnamed))
            }));
        }
        stack
    }
}

fn is_in(module: &Module, frame: &StackFrame) -> bool {
    (module.start..module.end).contains(&frame.address)
}

/// Locations of scopes, for blocks whose stack was not taken.
#[derive(Default)]
struct Scopes(HashMap<String, u64>);

impl Scopes {
    /// Innermost first.
    fn stack(&mut self, profile: &mut Profile, call_path: &CallPath) -> Vec<u64> {
        let outside = [OUTSIDE.to_owned()];
        let chain = if call_path.scopes.is_empty() { &outside[..] } else { &call_path.scopes };
        let location = |name: &String| {
            *self.0.entry(name.clone()).or_insert_with(|| {
                let line = Line { function: name.clone(), ..Line::default() };
                profile.location(0, 0, &[line])
            })
        };
        chain.iter().rev().map(location).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Estimate;

    #[test]
    fn where_nothing_is_in_use_the_peak_is_shown_and_called_so() {
        let amount =
            |blocks, bytes| Estimate { samples: blocks, blocks, bytes, ..Estimate::default() };
        let call_path = CallPath {
            allocated: amount(10, 1000),
            at_peak: amount(7, 700),
            ..CallPath::default()
        };
        let text = |call_path: CallPath| {
            let report = HeapReport { call_paths: vec![call_path], ..HeapReport::default() };
            super::super::proto::decode(profile(&report).as_bytes())
        };
        let ended = text(call_path.clone());
        assert!(ended.contains("peak_space") && !ended.contains("inuse_space"), "{ended}");
        assert!(ended.contains("value [10, 1000, 7, 700]"), "{ended}");
        // The comment's text is in the table of texts.
        assert!(ended.contains("\ncomment ["), "{ended}");
        let running = text(CallPath { live: amount(1, 100), ..call_path });
        assert!(running.contains("inuse_space") && !running.contains("peak_space"), "{running}");
        assert!(running.contains("value [10, 1000, 1, 100]"), "{running}");
    }

    #[test]
    fn parts_by_thread_add_up_to_what_is_in_use() {
        let amount =
            |blocks, bytes| Estimate { samples: blocks, blocks, bytes, ..Estimate::default() };
        let of = |thread, blocks, bytes| LiveOfThread { thread, live: amount(blocks, bytes) };
        let call_path = |live_by_thread| CallPath {
            live: amount(10, 1000),
            live_by_thread,
            ..CallPath::default()
        };
        let less = call_path(vec![of(3, 6, 600), of(1, 3, 300)]);
        assert_eq!(by_thread(&less), (vec![(3, (6, 600)), (1, (3, 300))], (1, 100)));
        let more = call_path(vec![of(3, 8, 800), of(1, 3, 300), of(2, 1, 10)]);
        assert_eq!(by_thread(&more), (vec![(3, (8, 800)), (1, (2, 200))], (0, 0)));
        assert_eq!(by_thread(&call_path(vec![])), (vec![], (10, 1000)));
    }
}
