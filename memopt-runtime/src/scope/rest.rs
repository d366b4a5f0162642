//! Sites that cost more than they tell are switched off.
//!
//! It concerns functions that nobody asked for one by one: those of an annotated impl, trait or
//! mod, and those that `cargo memopt` chose. Where one of them is called so often that its entries
//! and exits take more than a twentieth of the CPU time, and its calls allocate and free less than
//! a thousandth of all blocks and bytes, they open no scope any more. Where the entries and exits
//! of all sites together take more than a tenth, a two-hundredth is enough. The report says so at
//! the site. The question is asked at some of the timed calls, so that others pay nothing for it.

use crate::costs;
use crate::process;
use crate::record::{self, Node};
use crate::report::Totals;
use crate::site::Site;
use crate::thread::state::REGISTRY;

/// Timed calls until the first look; each later one is twice as far, as it reads all nodes.
const LOOK_FROM: u64 = 64;
/// Time that entries and exits took at least, ns.
const LEAST_NS: f64 = 5e6;
/// The same as a share of the CPU time.
const SHARE: f64 = 0.05;
/// Share of those of all sites from which on they are too many ..
const TOO_MANY: f64 = 0.1;
/// .. and each site counts from this share on.
const SHARE_OF_MANY: f64 = 0.005;

/// What is less than this part of all blocks, or bytes, tells nothing.
const LITTLE: u64 = 1000;

/// Looks at the site of a call that is timed.
pub(super) fn look(site: &'static Site, node: &Node) {
    if site.could_rest()
        && node.record().is_some_and(|record| is_time(record.timing().0 + 1))
        && costs_more_than_it_tells(site, node)
    {
        site.rest();
    }
}

fn is_time(timed: u64) -> bool {
    timed >= LOOK_FROM && timed.is_power_of_two()
}

#[cold]
fn costs_more_than_it_tells(site: &'static Site, node: &Node) -> bool {
    let takes = |calls: u64| calls as f64 * costs::call_ns();
    // Most looks end here.
    if takes(node.calls()) < LEAST_NS {
        return false;
    }
    let Some(cpu_ns) = process::program_cpu_ns() else { return false };
    let (calls, traffic) = record::calls_of(site);
    let share = takes(calls) / cpu_ns as f64;
    if share <= SHARE_OF_MANY || tells(traffic, &REGISTRY.totals()) {
        return false;
    }
    share > SHARE || takes(record::all_calls()) > TOO_MANY * cpu_ns as f64
}

/// Whether the traffic is a part of all that counts.
fn tells([allocs, bytes, frees, freed_bytes]: [u64; 4], all: &Totals) -> bool {
    let counts = |part: u64, all: u64| part > all / LITTLE;
    counts(allocs, all.allocs)
        || counts(bytes, all.bytes)
        || counts(frees, all.frees)
        || counts(freed_bytes, all.freed_bytes)
}
