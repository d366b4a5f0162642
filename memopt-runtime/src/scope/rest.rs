//! Sites that cost more than they tell are switched off.
//!
//! It concerns functions that nobody asked for one by one: those of an annotated impl, trait or
//! mod. Where one of them is called so often that its entries and exits take more than a twentieth
//! of the CPU time, and no call allocates or frees anything, its calls open no scope any more. The
//! report says so at the site. The question is asked at some of the timed calls, so that others pay
//! nothing for it; a call of a site that is switched off takes the slow path of an entry as far as
//! the first line.

use crate::costs;
use crate::process;
use crate::record::{self, Node};
use crate::site::Site;

/// Timed calls from one look to the next.
const LOOK_EVERY: u64 = 64;
/// Time that entries and exits took at least, ns.
const LEAST_NS: f64 = 20e6;
/// The same as a share of the CPU time.
const SHARE: f64 = 0.05;

/// Looks at the site of a call that is timed.
pub(super) fn look(site: &'static Site, node: &Node) {
    if site.could_rest()
        && node.record().is_some_and(|record| record.timing().0 % LOOK_EVERY == LOOK_EVERY - 1)
        && costs_more_than_it_tells(site, node)
    {
        site.rest();
    }
}

#[cold]
fn costs_more_than_it_tells(site: &'static Site, node: &Node) -> bool {
    let takes = |calls: u64| calls as f64 * costs::call_ns();
    // Most looks end here.
    if takes(node.calls()) < LEAST_NS {
        return false;
    }
    let (Some(cpu_ns), Some(calls)) = (process::program_cpu_ns(), record::idle_calls(site)) else {
        return false;
    };
    takes(calls) > SHARE * cpu_ns as f64
}
