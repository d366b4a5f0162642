//! What a thread keeps of its scopes: records per site, nodes of the scope tree, open frames.
//!
//! Rooms: [`pages`] (memory for it), [`buckets`] and [`histograms`] (the compact histogram front), [`sizes`] (size classes),
//! [`site_record`], [`node`] (tree nodes), [`frame`] (open scopes), [`children`] and [`edges`] (node lookup), [`shard`] (all of one thread's),
//! [`open`] (nodes and records found or made), [`realm`] (recordings), [`fold`] (a closed recording becomes
//! part of what surrounds it), [`read`] (other threads look), [`gather`] (a site over all threads), [`merge`] (a report of it all), [`threads`] (what the concurrency profile reads).
//!
//! Every word has one writer, the thread that owns the shard; readers see them as atomics. Memory is a function
//! of threads × sites in use and has a cap.

mod buckets;
mod children;
mod edges;
mod fold;
mod frame;
mod gather;
mod histograms;
mod merge;
mod node;
mod open;
pub(crate) mod pages;
mod read;
mod realm;
mod shard;
mod site_record;
mod sizes;
pub(crate) mod threads;

pub(crate) use self::pages::reserve_zeroed;
pub use self::pages::{limit_memory, memory_used};

pub(crate) use self::buckets::Group;
pub(crate) use self::children::{child_key, home};
pub(crate) use self::fold::closed_realms;
pub(crate) use self::frame::Frame;
pub(crate) use self::merge::{process_report, realm_report};
pub(crate) use self::node::Node;
pub(crate) use self::open::{
    child_of_top, current_record, path_to, ready, realm_around, realm_in_top, thread_ends, walk_path,
};
pub(crate) use self::read::each_node;
pub(crate) use self::realm::{Numbers, Realm, Step};
pub(crate) use self::shard::Shard;
pub(crate) use self::site_record::{Measured, Record};
pub(crate) use self::sizes::{SMALL, SMALL_MAX, count_large, count_realloc, small_class};

/// Bytes the process has in use now, exact; `None` where they are not counted. Call it quietly.
pub(crate) fn live_bytes() -> Option<u64> {
    let counting = status() == crate::report::Status::Counting;
    counting.then(|| crate::alloc::local::REGISTRY.totals().live_bytes().max(0).cast_unsigned())
}

/// Whether the figures mean anything. Call it quietly.
pub(crate) fn status() -> crate::report::Status {
    if crate::alloc::local::Local::with(crate::alloc::local::Local::is_hooked) {
        crate::report::Status::Counting
    } else {
        crate::report::Status::NotInstalled
    }
}
