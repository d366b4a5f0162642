//! Sites that cost more than they tell are switched off.
//!
//! It concerns functions that nobody asked for one by one: those of an annotated impl, trait or
//! mod, and those that `cargo memopt` chose. Where one of them is called so often that its entries
//! and exits take more than a twentieth of the CPU time, and what it allocates and frees itself is
//! little beside that, its calls open no scope any more. Where the entries and exits of all sites
//! together take more than a tenth, a thousandth is enough. Little is a thousandth of all blocks
//! and bytes, and at a site that takes more than a hundredth of the time, a tenth of that share.
//! What the functions allocate that it calls is no reason to go on: their sites tell it. The report
//! says so at the site.
//!
//! The question is asked at some of the timed calls, so that others pay nothing for it, and no more
//! often than a fiftieth of the time allows. Nothing is allocated for the answer. A site that the
//! optimizer treats or tries goes on: its calls do more than count.

use crate::costs;
use crate::process;
use crate::record::{self, Frame, OwnTraffic};
use crate::report::Totals;
use crate::site::Site;
use crate::thread::state::{REGISTRY, now_ns};
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

/// Timed calls of a site until its first look.
const LOOK_FROM: u64 = 64;
/// Looks that follow while the number of timed calls doubles, as a power of two.
const LOOKS_A_DOUBLING: u32 = 2;
/// Time that the entries and exits of a site took at least, ns.
const LEAST_NS: f64 = 1e6;
/// The same as a share of the CPU time.
const SHARE: f64 = 0.05;
/// Share of those of all sites from which on they are too many ..
const TOO_MANY: f64 = 0.1;
/// .. and each site counts from this share on.
const SHARE_OF_MANY: f64 = 0.001;

/// Part of all blocks, or bytes, that is little in any case.
const LITTLE: f64 = 0.001;
/// Part of the share of the time that it takes, that is little beside it.
const LITTLE_BESIDE: f64 = 0.1;

/// A look may take one part of so many of the time.
const APART: u64 = 50;
/// The longest that a look keeps others waiting, ns.
const LONGEST_NS: u64 = 1_000_000_000;
/// When the next look is allowed, ns.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// Looks at the site of a call that is timed, whose frame was just opened.
pub(super) fn look(site: &'static Site, frame: &Frame) {
    let node = frame.node();
    if site.could_rest()
        && node.record().is_some_and(|record| is_time(record.timing().0 + 1))
        && takes(node.calls()) >= LEAST_NS
        && site.routing().is_off()
        && costs_more_than_it_tells(site, frame)
    {
        site.rest();
    }
}

fn is_time(timed: u64) -> bool {
    // The first digits tell, all others are 0.
    timed >= LOOK_FROM && timed.trailing_zeros() + LOOKS_A_DOUBLING >= timed.ilog2()
}

/// Time that entries and exits of so many calls take, ns.
fn takes(calls: u64) -> f64 {
    calls as f64 * costs::call_ns()
}

#[cold]
fn costs_more_than_it_tells(site: &'static Site, frame: &Frame) -> bool {
    let begun = now_ns();
    let allowed = NEXT.load(Relaxed);
    let later = begun.saturating_add(LONGEST_NS);
    // Another thread may be at it.
    if begun < allowed || NEXT.compare_exchange(allowed, later, Relaxed, Relaxed).is_err() {
        return false;
    }
    let answer = process::program_cpu_ns().is_some_and(|cpu_ns| {
        let cpu_ns = cpu_ns as f64;
        // Most looks end here.
        takes(frame.node().calls()) > SHARE_OF_MANY * cpu_ns && {
            let its = record::own_traffic(site, frame);
            let share = takes(its.calls) / cpu_ns;
            let is_many = share > SHARE || takes(its.all_calls) > TOO_MANY * cpu_ns;
            is_many && share > SHARE_OF_MANY && !tells(&its, &REGISTRY.totals(), share)
        }
    });
    let took = now_ns().saturating_sub(begun);
    NEXT.store(begun.saturating_add((took * APART).min(LONGEST_NS)), Relaxed);
    answer
}

/// Whether the traffic of a site that takes that share of the time is a part of all that counts.
fn tells(its: &OwnTraffic, all: &Totals, share: f64) -> bool {
    let [allocs, bytes, frees, freed_bytes] = its.own;
    let is_part = |part: u64, all: u64, little: f64| part as f64 > all as f64 * little;
    let beside = LITTLE.max(share * LITTLE_BESIDE);
    // What stays may be a leak: of it little is less.
    let live = |bytes: u64, freed: u64| bytes.saturating_sub(freed);
    let stays = is_part(live(bytes, freed_bytes), live(all.bytes, all.freed_bytes), beside);
    let little = if stays { LITTLE } else { beside };
    is_part(allocs, all.allocs, little)
        || is_part(bytes, all.bytes, little)
        || is_part(frees, all.frees, little)
        || is_part(freed_bytes, all.freed_bytes, little)
}
