//! Starting, stopping, reading.

use super::{modules, read, sample, tables};
use crate::record::Numbers;
use crate::report::error::{Error, Kind};
use crate::report::{self, HeapReport, Status, units};
use crate::thread::call_to_sample;
use crate::thread::interval;
use crate::thread::untracked::Untracked;
use std::sync::atomic::Ordering::Relaxed;

/// Tracks a random part of all blocks from here on: one each `mean_bytes` bytes on average (512 KiB
/// is a good choice), drawn so that every byte is as likely as any other. Can be called again with
/// another value; the figures stay right.
///
/// # Errors
///
/// If `mean_bytes` is 0, if `memopt::Alloc` is not the global allocator, without the feature
/// `track`, or if the system has no memory for the tables.
///
/// # Cost
///
/// At 512 KiB it takes 1 % of the time of a JSON parser, 4 % of a loop that only allocates and
/// frees 64 bytes, and 8 instructions for a block that is not sampled (`sampled_json1m`,
/// `sampled_alloc64`). The tables take 24 MiB at most, resident as they fill: about 1 MiB for a
/// gibibyte in use. Each sampled block above 4 KiB makes a page resident that the program may not
/// have touched: 14 MB in all for a gibibyte that the program never touches.
///
/// # Limits
///
/// Blocks that were allocated before are not counted. Other threads begin at their next allocation.
pub fn start_sampling(mean_bytes: u64) -> Result<(), Error> {
    if mean_bytes == 0 {
        return Err(Error::new(Kind::Setting, NO_INTERVAL));
    }
    start(mean_bytes.max(interval::EXACT + 1), true)
}

/// Tracks every block from here on, without stacks: by site alone.
///
/// # Errors
///
/// As for [`start_sampling`].
///
/// # Cost
///
/// A JSON parser that allocates all the while takes 1.5 to 1.9 times as long (`exact_json1m`), on
/// one thread and on two at once. A block takes 32 bytes more. Threads count apart, in 16 lanes:
/// 1.3 KiB for each lane that allocates in a chain of sites.
///
/// # Limits
///
/// The sums are exact. The peak of a chain of sites is exact if one thread alone went through it;
/// that of the process is exact if threads do not work at the same time. Otherwise each lane keeps
/// up to 4 KiB to itself, so a peak may be off by 4 KiB for each thread, and by 64 KiB at most.
pub fn start_exact() -> Result<(), Error> {
    start(interval::EXACT, false)
}

/// As [`start_exact`], with the stack of every block.
///
/// # Errors
///
/// As for [`start_sampling`], and where stacks are not taken: they need Linux on `x86_64` or
/// `aarch64`, and the feature `heap`.
///
/// # Cost
///
/// The same parser takes 2.7 times as long, most of it for the stacks.
pub fn start_exact_with_stacks() -> Result<(), Error> {
    if !TAKES_STACKS {
        let message = format!("{NO_STACKS}; `start_exact` tells blocks by site without it");
        return Err(Error::new(Kind::Setting, message));
    }
    start(interval::EXACT, true)
}

const NO_INTERVAL: &str = "0 bytes between two samples would sample every block; call \
                           `start_exact` for that, `stop` to sample none, or give a mean such as \
                           `512 << 10`";

/// What is to be done where it cannot.
pub(crate) const NO_STACKS: &str = "no stack can be taken: enable memopt's feature `heap`, on \
                                    Linux on `x86_64` or `aarch64`";

/// Whether this build can take stacks; Miri gives empty ones.
pub(crate) const TAKES_STACKS: bool = CAN_TAKE_STACKS && cfg!(any(feature = "heap", miri));

/// Whether a build for this platform can.
const CAN_TAKE_STACKS: bool =
    cfg!(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")));

/// For a message about a block of which neither site nor stack is known: how to see its stack, if
/// there is a way.
pub(crate) fn how_to_see_stacks() -> Option<&'static str> {
    let is_asked = std::env::var_os("MEMOPT_HEAP").is_some_and(|wanted| wanted == "exact-stacks");
    match (CAN_TAKE_STACKS, TAKES_STACKS, is_asked) {
        (true, true, false) => Some("; `MEMOPT_HEAP=exact-stacks` shows the stack"),
        (true, false, _) => Some("; memopt's feature `heap` shows the stack"),
        _ => None,
    }
}

/// Stops sampling. Blocks that are already sampled stay so until they are freed.
pub fn stop() {
    set(interval::OFF);
}

/// Whether blocks are sampled.
pub fn is_on() -> bool {
    interval::get() != interval::OFF
}

/// Whether every block is tracked.
pub(crate) fn is_exact() -> bool {
    interval::get() == interval::EXACT
}

/// Sampled blocks that found no room in a table so far.
pub(crate) fn lost() -> u64 {
    tables::get().map_or(0, |tables| tables.lost.load(Relaxed))
}

/// A report of the blocks sampled so far. Its frames are addresses, which get their names when this
/// process prints or exports it; [`resolve`](super::resolve) names them at once. The memory of the
/// report counts as the caller's.
///
/// # Cost
///
/// Some microseconds a call path, and 30 ns a tracked block in use: 30 ms for a million in exact
/// mode. No thread stops or waits.
pub fn snapshot() -> HeapReport {
    modules::refresh();
    report::set_resolve(super::resolve);
    // Made untracked, so that it is not in itself, and then copied: the copy is the caller's, who
    // frees it.
    (*Untracked::new(read::report)).clone()
}

/// As [`snapshot`], stacks named; `None` where nothing was ever sampled. Call it in a untracked
/// section.
pub(crate) fn known() -> Option<HeapReport> {
    interval::was_ever_on().then(|| named(snapshot()))
}

/// What recordings left, stacks named; `None` but in exact mode. Call it in a untracked section.
pub(crate) fn left_by(recordings: &Numbers) -> Option<HeapReport> {
    modules::refresh();
    read::left_by(recordings).map(named)
}

fn named(mut report: HeapReport) -> HeapReport {
    super::resolve(&mut report);
    report
}

fn start(interval: u64, stacks: bool) -> Result<(), Error> {
    crate::untracked(|| {
        if crate::record::status() == Status::NotInstalled {
            let message = "no block can be sampled: `memopt::Alloc` is not the global allocator; \
                           declare `#[global_allocator] static ALLOC: \
                           memopt::Alloc = memopt::Alloc::system();` in the program";
            return Err(Error::new(Kind::Setting, message));
        }
        modules::refresh();
        if tables::make().is_none() {
            let message = format!(
                "no block can be sampled: the system refuses {} of address space for the tables",
                units::bytes(tables::SIZE as u64)
            );
            return Err(Error::new(Kind::Io, message));
        }
        sample::take_stacks(stacks);
        set(interval);
        Ok(())
    })
}

fn set(interval: u64) {
    interval::set(interval);
    call_to_sample();
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_interval_of_nothing_is_refused() {
        let error = super::start_sampling(0).unwrap_err();
        assert!(error.is_setting());
        assert!(error.to_string().starts_with("0 bytes between two samples would sample every"));
        assert!(!super::is_on());
    }

    #[test]
    fn without_the_allocator_nothing_is_sampled_and_that_is_said() {
        // This crate's own tests run under the plain allocator.
        let error = super::start_sampling(512 << 10).unwrap_err();
        assert!(error.is_setting());
        let text = "no block can be sampled: `memopt::Alloc` is not the global allocator; \
                    declare `#[global_allocator]";
        assert!(error.to_string().starts_with(text), "{error}");
        assert!(!super::is_on());
    }
}
