//! The leak suite: programs with a real defect, and programs without one that look as if. Each is
//! run for a number of rounds with a snapshot of the heap after each; the verdict, the site it
//! names and how fast that leaks must be right, with every block followed and with a sample of
//! them.
//!
//! Snapshots are of the whole process, so each test runs its program in a process of its own.

mod harness;
mod programs;

use harness::{Exactly, check, leak, only};
use memopt::report::leak::LeakKind::{Bloat, Retention};
use programs as p;

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

/// The program, what exact mode notes, the bytes between samples, the verdicts.
macro_rules! suite {
    ($($(#[$condition:meta])* $test:ident: $program:expr, $exactly:expr, $mean:expr, $expected:expr;)*) => {
        mod exact {
            use super::*;
            $(
                #[test]
                $(#[$condition])*
                fn $test() {
                    check(concat!("exact::", stringify!($test)), || $exactly.start(), $program, &$expected);
                }
            )*
        }

        mod sampled {
            use super::*;
            $(
                #[test]
                $(#[$condition])*
                fn $test() {
                    let start = || memopt::heap::start_sampling($mean);
                    check(concat!("sampled::", stringify!($test)), start, $program, &$expected);
                }
            )*
        }
    };
}

suite! {
    join_set_never_polled_leaks: p::join_set::program(), Exactly::Scopes, 4 << 10, [leak("accept", p::join_set::LEAK)];
    futures_unordered_never_drained_leaks: p::futures_unordered::program(), Exactly::Scopes, 4 << 10, [leak("submit", p::futures_unordered::LEAK)];
    rc_cycle_leaks: p::cycle::rc(), Exactly::Scopes, 1 << 10, [leak("plant_rc", p::cycle::LEAK)];
    arc_cycle_leaks: p::cycle::arc(), Exactly::Scopes, 1 << 10, [leak("plant_arc", p::cycle::LEAK)];
    growing_vec_of_join_handles_leaks: p::join_handles::program(), Exactly::Scopes, 4 << 10, [leak("spawn_job", p::join_handles::LEAK)];
    histogram_without_a_reader_leaks: p::histogram::program(), Exactly::Scopes, 1 << 9, [leak("record", p::histogram::LEAK)];
    producer_faster_than_consumer_leaks: p::unbounded::program(), Exactly::Scopes, 1 << 9, [leak("produce", p::unbounded::LEAK)];
    leak_outside_of_scopes_is_named: p::outside::program(), Exactly::Stacks, 1 << 9, [leak("Recent::note_error", p::outside::LEAK)];
    hash_map_after_cleanup_is_bloat: p::hash_map::program(), Exactly::Scopes, 1 << 10, [only(Bloat, "open_session")];
    channel_after_a_burst_is_bloat: p::backlog::program(), Exactly::Scopes, 4 << 10, [only(Bloat, "send")];
    queue_that_is_observed_is_bloat: p::observed::program(), Exactly::Scopes, 4 << 10, [only(Bloat, "enqueue")];
    // Resident bytes are known there, and that allocator is one that keeps.
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    channel_after_back_pressure_is_retention: p::back_pressure::program(), Exactly::Scopes, 16 << 10, [only(Retention, "deliver")];

    cache_warm_up_is_no_alarm: p::harmless::warm_up(), Exactly::Scopes, 1 << 10, [];
    sawtooth_is_no_alarm: p::harmless::sawtooth(), Exactly::Scopes, 1 << 9, [];
    one_off_growth_is_no_alarm: p::harmless::one_off(), Exactly::Scopes, 4 << 10, [];
}
