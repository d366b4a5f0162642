//! The leak suite: programs with a real defect, and programs without one that look as if. Each is run for a number of
//! rounds with a snapshot of the heap after each; the verdict and the site it names must be right.
//!
//! Snapshots are of the whole process, so each test runs its program in a process of its own.

mod harness;
mod programs;

use harness::{Following, check};
use memopt::detect::leak::LeakKind::{Bloat, Leak, Retention};
use programs as p;

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

macro_rules! suite {
    ($($(#[$condition:meta])* $test:ident: $program:expr, $following:expr, $expected:expr;)*) => {$(
        #[test]
        $(#[$condition])*
        fn $test() {
            check(stringify!($test), $following, $program, &$expected);
        }
    )*};
}

suite! {
    join_set_never_polled_leaks: p::join_set::program(), Following::Exact, [(Leak, "accept")];
    futures_unordered_never_drained_leaks: p::futures_unordered::program(), Following::Exact, [(Leak, "submit")];
    rc_cycle_leaks: p::cycle::rc(), Following::Exact, [(Leak, "plant_rc")];
    arc_cycle_leaks: p::cycle::arc(), Following::Exact, [(Leak, "plant_arc")];
    growing_vec_of_join_handles_leaks: p::join_handles::program(), Following::Exact, [(Leak, "spawn_job")];
    histogram_without_a_reader_leaks: p::histogram::program(), Following::Exact, [(Leak, "record")];
    producer_faster_than_consumer_leaks: p::unbounded::program(), Following::Exact, [(Leak, "produce")];
    leak_is_seen_in_a_sample: p::unbounded::program(), Following::Sampled(1 << 9), [(Leak, "produce")];
    leak_outside_of_scopes_is_named: p::outside::program(), Following::Stacks, [(Leak, "Recent::note_error")];
    hash_map_after_cleanup_is_bloat: p::hash_map::program(), Following::Exact, [(Bloat, "open_session")];
    backlog_after_a_burst_is_bloat: p::backlog::program(), Following::Exact, [(Bloat, "send")];
    // Resident bytes are known there, and that allocator is one that keeps.
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    channel_after_back_pressure_is_retention: p::back_pressure::program(), Following::Sampled(16 << 10), [(Retention, "deliver")];

    cache_warm_up_is_no_alarm: p::harmless::warm_up(), Following::Exact, [];
    sawtooth_is_no_alarm: p::harmless::sawtooth(), Following::Exact, [];
    one_off_growth_is_no_alarm: p::harmless::one_off(), Following::Exact, [];
}
