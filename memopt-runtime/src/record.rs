//! What a thread keeps of its scopes: records per site, nodes of the scope tree, open frames.
//!
//! Rooms, each above those it uses: [`pages`] and [`pieces`] (memory for it), [`buckets`] and
//! [`histograms`] (the compact histogram front), [`times`] (durations of calls), [`site_record`],
//! [`node`] (tree nodes), [`frame`]
//! (open scopes), [`children`] and [`edges`] (node lookup), [`recording`] (recordings), [`shard`]
//! (all of one thread's), [`thread`] (what its state holds), [`extras`] (what only some nodes and
//! records have), [`counting`] (values added to a record), [`sizes`] (size classes), [`transfer`]
//! (a record becomes part of another), [`child`] (a node found or made), [`fold`] (a closed
//! recording becomes part of what surrounds it), [`open`] (the ways to nodes), [`read`] (other
//! threads look), [`gather`] (a site over all threads), [`merge`] (a report of it all), [`threads`]
//! (what the concurrency profile reads), [`traffic`] (counters alone, for a monitor),
//! `written_out` (entry and exit of a plain call, where nothing is optimised).
//!
//! Every word has one writer, the thread that owns the shard; readers see them as atomics. Memory
//! is a function of threads × sites in use and has a cap.

mod buckets;
mod child;
mod children;
mod counting;
mod edges;
mod extras;
mod fold;
mod frame;
mod gather;
mod histograms;
mod merge;
mod node;
mod open;
mod own;
pub(crate) mod pages;
mod pieces;
mod read;
mod recording;
mod shard;
mod site_record;
mod sizes;
mod spawned;
mod thread;
pub(crate) mod threads;
mod times;
mod traffic;
mod transfer;
#[cfg(all(
    target_arch = "x86_64",
    target_pointer_width = "64",
    debug_assertions,
    not(any(miri, test))
))]
pub(crate) mod written_out;

pub(crate) use self::own::{OwnTraffic, own_traffic};
pub use self::pages::{memory_used, set_record_limit};
pub use self::traffic::{SiteTraffic, ThreadTraffic, Traffic, totals, traffic};

pub(crate) use self::children::home;
pub(crate) use self::fold::closed_recordings;
pub(crate) use self::frame::Frame;
pub(crate) use self::merge::{process_report, recording_report};
pub(crate) use self::node::Node;
pub(crate) use self::open::{
    child_of_top, current_record, is_treated, path_to, ready, recording_around, recording_in_top,
    walk_path,
};
pub(crate) use self::read::each_node;
pub(crate) use self::recording::{Numbers, RecordingId, Step};
#[cfg(feature = "tracing")]
pub(crate) use self::shard::Shard;
pub(crate) use self::site_record::Record;
pub(crate) use self::sizes::{count_large, count_passed_on, count_realloc};
pub(crate) use self::spawned::is_task_of;

/// Bytes the process has in use now, exact; `None` where they are not counted. Call it untracked.
#[cfg(feature = "dump")]
pub(crate) fn live_bytes() -> Option<u64> {
    let counting = status() == crate::report::Status::Counting;
    counting.then(|| crate::thread::state::REGISTRY.totals().live_bytes().max(0).cast_unsigned())
}

/// Whether the figures mean anything. Call it untracked.
pub(crate) fn status() -> crate::report::Status {
    if crate::thread::state::ThreadState::with(crate::thread::state::ThreadState::is_hooked) {
        crate::report::Status::Counting
    } else {
        crate::report::Status::NotInstalled
    }
}
