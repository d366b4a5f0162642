//! A report of what was sampled.

use super::call_path::CallPath;
use super::sums::Read;
use super::tables::{self, Tables};
use super::tag::{Noted, Tag};
use crate::process;
use crate::record::{self, Numbers};
use crate::region;
use crate::report::{Estimate, HandOff, HeapMode, HeapReport, LiveOfThread, StackFrame};
use crate::site::Site;
use crate::thread::interval;
use crate::thread::state::now_ns;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::time::SystemTime;

/// The frames of a report, each once.
#[derive(Default)]
struct Frames {
    known: HashMap<u64, u32>,
    frames: Vec<StackFrame>,
}

impl Frames {
    /// The indices of a call path's frames.
    fn of(&mut self, call_path: &CallPath) -> Vec<u32> {
        // The address of the call, not of what follows it.
        call_path.frames().map(|address| self.index(address - 1)).collect()
    }

    fn index(&mut self, address: u64) -> u32 {
        *self.known.entry(address).or_insert_with(|| {
            self.frames.push(StackFrame::new(address, Vec::new()));
            self.frames.len() as u32 - 1
        })
    }
}

/// All that is known.
pub(super) fn report() -> HeapReport {
    let mut report = empty();
    let Some(tables) = tables::get() else { return report };
    let mut frames = Frames::default();
    let mut places: HashMap<u32, usize> = HashMap::new();
    tables.call_paths.each(&tables.total, |number, head, figures| {
        places.insert(number, report.call_paths.len());
        report.call_paths.push(named(head, figures.report(), &mut frames));
    });
    by_thread(tables, &places, &mut report.call_paths);
    report.frames = frames.frames;
    tables.hand_offs.each(|way, freed| {
        let (from, to) = (name(way.from), name(way.to));
        let (from_thread, to_thread) = (way.from_thread.into(), way.to_thread.into());
        let mut hand_off = HandOff::default();
        (hand_off.from, hand_off.to) = (from, to);
        (hand_off.from_thread, hand_off.to_thread) = (from_thread, to_thread);
        hand_off.freed = freed;
        report.hand_offs.push(hand_off);
    });
    report.hand_offs_lost = tables.hand_offs.lost();
    report.threads = tables.threads.read();
    (report.peak_bytes, report.peak_at_ns) = tables.total.peak();
    report.lost = tables.lost.load(std::sync::atomic::Ordering::Relaxed);
    report.own_bytes = own_bytes(tables);
    report
}

/// Adds to the call paths, whose places are given by number, what is in use by thread. A call path
/// does not keep that: it would be one for each thread. So the blocks themselves are asked.
fn by_thread(
    tables: &Tables,
    places: &HashMap<u32, usize>,
    call_paths: &mut [crate::report::CallPath],
) {
    let mut sums: HashMap<(u32, u16), Read> = HashMap::new();
    each_live(tables, |noted| {
        let head = tables.call_paths.head(noted.call_path);
        sums.entry((head, noted.thread)).or_default().add(&noted.weight());
    });
    for ((number, thread), sum) in sums {
        // A call path that came meanwhile is in the next report.
        let Some(call_path) = places.get(&number).map(|at| &mut call_paths[*at]) else { continue };
        let live = sum.estimate(call_path.live.largest_weight as u64);
        call_path.live_by_thread.push(LiveOfThread::new(thread.into(), live));
    }
    for call_path in call_paths {
        call_path.live_by_thread.sort_by_key(|of| (Reverse(of.live.bytes), of.thread));
    }
}

/// What recordings left: blocks of exact mode that were allocated in them and are in use.
pub(super) fn left_by(recordings: &Numbers) -> Option<HeapReport> {
    if interval::get() != interval::EXACT {
        return None;
    }
    let tables = tables::get()?;
    let mut left: HashMap<u32, Estimate> = HashMap::new();
    each_live(tables, |noted| {
        if recordings.hold(noted.recording) {
            let estimate = left.entry(tables.call_paths.head(noted.call_path)).or_default();
            estimate.samples += 1;
            estimate.blocks += 1;
            estimate.bytes += noted.size;
        }
    });
    let (mut report, mut frames) = (empty(), Frames::default());
    for (number, live) in left {
        let mut call_path = crate::report::CallPath::default();
        call_path.live = live;
        report.call_paths.push(named(tables.call_paths.get(number), call_path, &mut frames));
    }
    report.call_paths.sort_by_key(|call_path| Reverse(call_path.live.bytes));
    report.frames = frames.frames;
    Some(report)
}

fn empty() -> HeapReport {
    let interval = interval::get();
    let mode = match interval {
        interval::OFF => HeapMode::Off,
        interval::EXACT => HeapMode::Exact,
        _ => HeapMode::Sampled,
    };
    let unix = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let mut report = HeapReport::default();
    report.mode = mode;
    report.interval = interval;
    report.at_ns = now_ns();
    report.unix_ns = unix.map_or(0, |since| since.as_nanos() as u64);
    report.pid = std::process::id();
    report.rss_bytes = process::resident_bytes();
    report.limit_bytes = process::memory_limit();
    report
}

fn named(
    from: &CallPath,
    mut call_path: crate::report::CallPath,
    frames: &mut Frames,
) -> crate::report::CallPath {
    let sites: Vec<&'static Site> = from.scopes().collect();
    let is_task =
        |at: usize| sites.get(at + 1).is_some_and(|inner| record::is_task_of(sites[at], inner));
    let shown = (0..sites.len()).filter(|at| !is_task(*at));
    call_path.scopes = shown.map(|at| sites[at].full_name()).collect();
    call_path.stack = frames.of(from);
    call_path
}

fn name(site: Option<&'static Site>) -> String {
    site.map(Site::full_name).unwrap_or_default()
}

/// Every tracked block in use. Blocks may come and go meanwhile.
fn each_live(tables: &Tables, mut see: impl FnMut(&Noted)) {
    region::each_sampled(|slot| {
        // SAFETY: a slot of such a slab begins with a tag, which consists of atomics.
        if let Some(noted) = unsafe { &*slot.cast::<Tag>() }.read() {
            see(&noted);
        }
    });
    tables.side_table.each(see);
}

fn own_bytes(tables: &Tables) -> u64 {
    tables.call_paths.bytes() + tables.side_table.bytes() + super::modules::own_bytes() as u64
}
