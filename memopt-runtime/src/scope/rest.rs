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
//! A look reads the traffic of all sites and judges them all. It is due at some of the timed calls,
//! so that others pay nothing for it, and no more often than a fiftieth of the time allows.

use crate::costs;
use crate::process;
use crate::record::{self, Node, SiteTraffic, Traffic};
use crate::report::Totals;
use crate::site::Site;
use crate::thread::state::now_ns;
use crate::thread::untracked::untracked;
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
/// When the next look is allowed, ns.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// Looks at all sites, where the timed call of this one makes that due.
pub(super) fn look(site: &'static Site, node: &Node) {
    if site.could_rest()
        && node.record().is_some_and(|record| is_time(record.timing().0 + 1))
        && takes(node.calls()) >= LEAST_NS
    {
        look_at_all();
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
fn look_at_all() {
    let begun = now_ns();
    let allowed = NEXT.load(Relaxed);
    // Another thread may be at it.
    if begun < allowed || NEXT.compare_exchange(allowed, u64::MAX, Relaxed, Relaxed).is_err() {
        return;
    }
    if let Some(cpu_ns) = process::program_cpu_ns() {
        untracked(|| judge(&record::traffic(), cpu_ns as f64));
    }
    let ended = now_ns();
    NEXT.store(ended + (ended - begun) * APART, Relaxed);
}

fn judge(traffic: &Traffic, cpu_ns: f64) {
    let share = |site: &SiteTraffic| takes(site.calls) / cpu_ns;
    let running = || traffic.sites.iter().filter(|its| !its.site.rests());
    let least = if running().map(share).sum::<f64>() > TOO_MANY { SHARE_OF_MANY } else { SHARE };
    for its in running().filter(|its| its.site.could_rest()) {
        let share = share(its);
        if share > least && takes(its.calls) >= LEAST_NS && !tells(&its.own, &traffic.total, share)
        {
            its.site.rest();
        }
    }
}

/// Whether the traffic of a site that takes that share of the time is a part of all that counts.
fn tells(own: &Totals, all: &Totals, share: f64) -> bool {
    let little = LITTLE.max(share * LITTLE_BESIDE);
    let counts = |part: u64, all: u64| part as f64 > all as f64 * little;
    counts(own.allocs, all.allocs)
        || counts(own.bytes, all.bytes)
        || counts(own.frees, all.frees)
        || counts(own.freed_bytes, all.freed_bytes)
}
