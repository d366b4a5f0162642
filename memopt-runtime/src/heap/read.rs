//! A report of what was followed.

use super::interval;
use super::spot::Spot;
use super::sums::Read;
use super::tables::{self, Tables};
use super::tag::{Noted, Tag};
use crate::alloc::local::now_ns;
use crate::alloc::region;
use crate::process;
use crate::record::Numbers;
use crate::report::{Estimate, HandOff, HeapMode, HeapReport, LiveOfThread, StackFrame};
use crate::site::Site;
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
    /// The indices of a spot's frames.
    fn of(&mut self, spot: &Spot) -> Vec<u32> {
        // The address of the call, not of what follows it.
        spot.frames().map(|address| self.index(address - 1)).collect()
    }

    fn index(&mut self, address: u64) -> u32 {
        *self.known.entry(address).or_insert_with(|| {
            self.frames.push(StackFrame { address, lines: Vec::new() });
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
    for (number, spot) in tables.spots.each() {
        places.insert(number, report.spots.len());
        report.spots.push(named(spot, spot.read(&tables.total), &mut frames));
    }
    by_thread(tables, &places, &mut report.spots);
    report.frames = frames.frames;
    tables.hand_offs.each(|way, freed| {
        let (from, to) = (name(way.from), name(way.to));
        let (from_thread, to_thread) = (way.from_thread.into(), way.to_thread.into());
        report.hand_offs.push(HandOff { from, to, from_thread, to_thread, freed });
    });
    report.hand_offs_lost = tables.hand_offs.lost();
    report.threads = tables.threads.read();
    (report.peak_bytes, report.peak_at_ns) = tables.total.peak();
    report.lost = tables.lost.load(std::sync::atomic::Ordering::Relaxed);
    report.own_bytes = own_bytes(tables);
    report
}

/// Adds to the spots, whose places are given by number, what is in use by thread. A spot does not keep that: it would be one for
/// each thread. So the blocks themselves are asked.
fn by_thread(tables: &Tables, places: &HashMap<u32, usize>, spots: &mut [crate::report::Spot]) {
    let mut sums: HashMap<(u32, u16), Read> = HashMap::new();
    each_live(tables, |noted| sums.entry((noted.spot, noted.thread)).or_default().add(&noted.weight()));
    for ((number, thread), sum) in sums {
        // A spot that came meanwhile is in the next report.
        let Some(spot) = places.get(&number).map(|at| &mut spots[*at]) else { continue };
        let live = sum.estimate(spot.live.largest_weight as u64);
        spot.live_by_thread.push(LiveOfThread { thread: thread.into(), live });
    }
    for spot in spots {
        spot.live_by_thread.sort_by_key(|of| (Reverse(of.live.bytes), of.thread));
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
        if recordings.hold(noted.realm) {
            let estimate = left.entry(noted.spot).or_default();
            estimate.samples += 1;
            estimate.blocks += 1;
            estimate.bytes += noted.size;
        }
    });
    let (mut report, mut frames) = (empty(), Frames::default());
    for (number, live) in left {
        let spot = crate::report::Spot { live, ..crate::report::Spot::default() };
        report.spots.push(named(tables.spots.get(number), spot, &mut frames));
    }
    report.spots.sort_by_key(|spot| Reverse(spot.live.bytes));
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
    HeapReport {
        mode,
        interval,
        at_ns: now_ns(),
        unix_ns: unix.map_or(0, |since| since.as_nanos() as u64),
        pid: std::process::id(),
        rss_bytes: process::resident_bytes(),
        limit_bytes: process::memory_limit(),
        ..HeapReport::default()
    }
}

fn named(from: &Spot, mut spot: crate::report::Spot, frames: &mut Frames) -> crate::report::Spot {
    spot.scopes = from.scopes().map(Site::full_name).collect();
    spot.stack = frames.of(from);
    spot
}

fn name(site: Option<&'static Site>) -> String {
    site.map(Site::full_name).unwrap_or_default()
}

/// Every followed block in use. Blocks may come and go meanwhile.
fn each_live(tables: &Tables, mut see: impl FnMut(&Noted)) {
    region::each_followed(|slot| {
        // SAFETY: a slot of such a slab begins with a tag, which consists of atomics.
        if let Some(noted) = unsafe { &*slot.cast::<Tag>() }.read() {
            see(&noted);
        }
    });
    tables.outside.each(see);
}

fn own_bytes(tables: &Tables) -> u64 {
    tables.spots.bytes() + tables.outside.bytes() + super::modules::own_bytes() as u64
}
