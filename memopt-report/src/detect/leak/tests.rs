//! Verdicts on heaps made by hand: one site beside a steady other one, a snapshot a second.

use super::*;
use crate::tests::fixture;
use crate::{CallPath, CapacityUse, Contents, Estimate, HeapReport, Lifetimes};
use std::time::Duration;

const MIB: u64 = 1 << 20;

fn exact(blocks: u64, bytes: u64) -> Estimate {
    Estimate { samples: blocks, blocks, bytes, ..Estimate::default() }
}

/// A call path of one site, all that lives allocated and as much again freed.
fn call_path(site: &str, blocks: u64, bytes: u64) -> CallPath {
    CallPath {
        scopes: vec!["app::main".to_owned(), site.to_owned()],
        live: exact(blocks, bytes),
        allocated: exact(2 * blocks, 2 * bytes),
        usable_bytes: bytes,
        ..CallPath::default()
    }
}

fn heap(call_paths: Vec<CallPath>) -> HeapReport {
    HeapReport { call_paths, ..HeapReport::default() }
}

/// Watches `rounds` snapshots of `app::odd`, beside a site that holds 4 MiB.
fn watch(rounds: u64, odd: impl Fn(u64) -> CallPath) -> LeakWatch {
    let mut watch = LeakWatch::new();
    for round in 0..rounds {
        let heap = heap(vec![call_path("app::steady", 1000, 4 * MIB), odd(round)]);
        watch.add(&heap, &Moment::at(round * 1_000_000_000));
    }
    watch
}

fn kinds(watch: &LeakWatch) -> Vec<(LeakKind, String)> {
    watch.verdicts().into_iter().map(|v| (v.kind, v.site().to_owned())).collect()
}

fn only(kind: LeakKind) -> Vec<(LeakKind, String)> {
    vec![(kind, "app::odd".to_owned())]
}

#[test]
fn what_grows_with_the_time_leaks() {
    let watch = watch(32, |round| CallPath {
        lifetimes: Lifetimes { blocks: 10, total_ns: 50_000.0, ..Lifetimes::default() },
        ..call_path("app::odd", 100 * round, 100_000 * round)
    });
    let verdicts = watch.verdicts();
    assert_eq!(kinds(&watch), only(LeakKind::Leak));
    let leak = &verdicts[0];
    assert!((leak.growth.bytes_per_second.value - 1e5).abs() < 1.0, "{leak:?}");
    assert!((leak.growth.trend.tau - 1.0).abs() < 1e-9);
    assert!(leak.confidence > 0.99, "{leak:?}");
    assert_eq!(leak.scopes, ["app::main", "app::odd"]);
    assert_eq!((leak.live_blocks, leak.live_bytes, leak.bytes), (3100, 3_100_000, 3_000_000));
    // 200 blocks are born a second and 3,100 live: those of eight windows of two seconds at the
    // least.
    assert_eq!((leak.growth.windows, leak.growth.generations), (15, 8));
}

#[test]
fn a_leak_reads_like_a_finding() {
    let watch = watch(32, |round| call_path("app::odd", 100 * round, 100_000 * round));
    assert_eq!(
        watch.verdicts()[0].to_string(),
        "\
warning[memopt::leak]: `app::odd` leaks 97.7 KiB a second
 |
 = note: its lowest level rose from 0 B to 2.86 MiB over 16 windows and 30.0 s; each higher
         than all earlier ones (Kendall's tau 1.00, p below 0.001)
 = note: 97.7 KiB a second (95 %: 97.7 KiB to 97.7 KiB); the second half grew at 1.00 times the
         rate of the first
 = note: blocks made in at least 8 of the 15 intervals between these windows are still in use
 = note: most of it in `app::odd`, from `app::main`
 = help: find what keeps them: a collection that is only added to (remove, bound or drain it),
         tasks and handles never awaited or joined, a cycle of `Rc` or `Arc` (make one side
         `Weak`), a producer that no bounded channel holds back"
    );
    assert!(watch.verdicts().to_string().ends_with("\n1 verdict"));
}

#[test]
fn how_many_intervals_live_is_told_only_where_it_says_something() {
    // Nothing is freed, or as much as is made but a little: that may be of any interval.
    let kept = |more: u64| {
        watch(32, move |round| CallPath {
            allocated: exact((100 + more) * round, 200_000 * round),
            ..call_path("app::odd", 100 * round, 100_000 * round)
        })
    };
    let text = |more| kept(more).verdicts()[0].to_string();
    let all = "blocks made in each of the 15 intervals between these windows are still in use";
    assert!(text(0).contains(all), "{}", text(0));
    assert!(!text(100_000).contains("intervals"), "{}", text(100_000));
}

#[test]
fn the_line_of_a_leak_is_not_shown_from_a_newer_source() {
    let mut report = fixture::report(vec![fixture::site("app::odd")], 0, 0);
    file!().clone_into(&mut report.sites[0].file);
    report.sites[0].manifest_dir = Some(env!("CARGO_MANIFEST_DIR").to_owned());
    let newer = |built: Option<u64>| {
        let mut report = report.clone();
        report.process.built_at_unix_ns = built;
        let mut watch = LeakWatch::new();
        for round in 0..32 {
            let heap = heap(vec![call_path("app::odd", 100 * round, 100_000 * round)]);
            watch.add(&heap, &Moment::at(round * 1_000_000_000).report(&report));
        }
        watch.verdicts()[0].finding.source_is_newer
    };
    assert_eq!([None, Some(1), Some(u64::MAX)].map(newer), [false, true, false]);
}

#[test]
fn a_vector_that_is_only_pushed_to_leaks_in_steps() {
    let doubled = |round: u64| call_path("app::odd", 1, (round + 1).next_power_of_two() * 100_000);
    let verdicts = watch(36, doubled).verdicts();
    assert_eq!(verdicts.len(), 1);
    assert!(verdicts[0].to_string().contains("doubles in steps"), "{}", verdicts[0]);
    // Long after the last step it may as well be full.
    assert_eq!(kinds(&watch(60, doubled)), []);
}

#[test]
fn a_growing_collection_of_growing_things_leaks_by_its_blocks() {
    let watch = watch(60, |round| {
        call_path("app::odd", 1 + 10 * round, (round + 1).next_power_of_two() * 100_000 + round)
    });
    assert_eq!(kinds(&watch), only(LeakKind::Leak));
}

#[test]
fn sawtooth_warm_up_and_steps_are_no_leak() {
    for rounds in [12, 24, 32, 33, 64, 100, 500] {
        let quiet = |name: &str, bytes: &dyn Fn(u64) -> f64| {
            let watch = watch(rounds, |round| {
                let bytes = (bytes(round) * MIB as f64) as u64;
                call_path("app::odd", bytes / 1000, bytes)
            });
            assert_eq!(kinds(&watch), [], "{name} over {rounds} rounds");
        };
        let share = move |round: u64| round as f64 / rounds as f64;
        for period in [2, 3, 5, 7] {
            quiet("sawtooth", &|round| (round % period) as f64);
        }
        quiet("slow sawtooth", &|round| (share(round) * 4.0).fract() * 10.0);
        quiet("warm-up", &|round| 10.0 * (1.0 - (-share(round) * 5.0).exp()));
        quiet("filled at two thirds", &|round| 10.0 * (share(round) * 1.5).min(1.0));
        quiet("square root", &|round| 10.0 * share(round).sqrt());
        quiet("step", &|round| if share(round) > 0.55 { 10.0 } else { 1.0 });
        quiet("two steps", &|round| (share(round) * 3.0).floor() * 5.0);
        quiet("falling", &|round| 10.0 * (1.0 - share(round)));
    }
}

#[test]
fn a_leak_under_a_sawtooth_is_seen() {
    let watch = watch(64, |round| {
        let bytes = round * 50_000 + round % 4 * 500_000;
        call_path("app::odd", bytes / 1000, bytes)
    });
    let verdicts = watch.verdicts();
    assert_eq!(kinds(&watch), only(LeakKind::Leak));
    let slope = verdicts[0].growth.bytes_per_second;
    assert!((slope.value - 50_000.0).abs() < 1000.0, "{slope:?}");
}

#[test]
fn slow_leaks_are_seen_beside_what_stands() {
    // A leak of 1 % a round of what the site holds anyway, seen over a thousand rounds.
    let watch = watch(1000, |round| call_path("app::odd", 1000 + round, MIB + 10_000 * round));
    assert_eq!(kinds(&watch), only(LeakKind::Leak));
}

#[test]
fn what_chance_alone_can_explain_is_no_leak() {
    // Three samples of 512 KiB more: the interval of the first reaches over the last.
    let sampled = |samples: u64| Estimate {
        samples,
        blocks: samples * 1000,
        bytes: samples << 19,
        bytes_variance: samples as f64 * (1u64 << 38) as f64,
        largest_weight: (1u64 << 19) as f64,
    };
    let at = |samples| CallPath {
        scopes: vec!["app::odd".to_owned()],
        live: sampled(samples),
        allocated: sampled(2 * samples),
        usable_bytes: samples << 19,
        ..CallPath::default()
    };
    assert_eq!(kinds(&watch(32, |round| at(3 + round / 8))), []);
    assert_eq!(kinds(&watch(32, |round| at(3 + round))), only(LeakKind::Leak));
}

#[test]
fn a_site_that_is_called_less_leaks_less() {
    // Calls come at a third of the rate in the second half; each leaks 1000 bytes.
    let calls = |round: u64| if round < 32 { 300 * round } else { 9600 + 100 * (round - 32) };
    let mut watch = LeakWatch::new();
    for round in 0..64 {
        let call = fixture::Call { bytes: 1000, allocs: 1, peak: 1000, retained: 1000 };
        let report =
            fixture::report(vec![fixture::site("app::odd").calls(calls(round), call)], 0, 0);
        let heap = heap(vec![call_path("app::odd", calls(round), 1000 * calls(round))]);
        watch.add(&heap, &Moment::at(round * 1_000_000_000).report(&report));
    }
    let verdicts = watch.verdicts();
    assert_eq!(kinds(&watch), only(LeakKind::Leak));
    assert!((verdicts[0].growth.bytes_per_call.unwrap() - 1000.0).abs() < 1e-6);
    assert_eq!((verdicts[0].finding.file.as_str(), verdicts[0].finding.line), ("src/lib.rs", 1));
    assert!(verdicts[0].finding.title.ends_with("1000 B a call"), "{}", verdicts[0].finding.title);
}

#[test]
fn the_time_to_the_limit_is_told() {
    let mut watch = LeakWatch::new();
    for round in 0..32u64 {
        let live = round * MIB;
        let moment =
            Moment::at(round * 1_000_000_000).rss_bytes(100 * MIB + live).limit_bytes(512 * MIB);
        watch.add(&heap(vec![call_path("app::odd", round, live)]), &moment);
    }
    let verdicts = watch.verdicts();
    // 131 of 512 MiB are resident.
    assert!((verdicts[0].seconds_to_limit.unwrap() - 381.0).abs() < 1e-6, "{verdicts:?}");
    assert!(verdicts[0].to_string().contains("limit of 512 MiB in"), "{}", verdicts[0]);
}

#[test]
fn a_table_that_stayed_when_its_entries_went_is_bloat() {
    let watch = watch(32, |round| match round {
        0..10 => call_path("app::odd", 100_000 + 1, 4 * MIB + 3_000_000),
        // The table was there before: nothing is allocated any more.
        _ => CallPath {
            allocated: exact(200_002, 8 * MIB + 6_000_000),
            ..call_path("app::odd", 1, 4 * MIB)
        },
    });
    assert_eq!(kinds(&watch), only(LeakKind::Bloat));
    let bloat = &watch.verdicts()[0];
    assert_eq!(bloat.bytes, 4 * MIB);
    assert!((bloat.confidence - 0.5).abs() < 1e-9);
    assert!(bloat.to_string().contains("`memopt::runtime::observe(&collection)` tells"), "{bloat}");
}

#[test]
fn a_table_made_of_what_went_is_no_bloat() {
    let watch = watch(32, |round| match round {
        0..10 => CallPath {
            allocated: exact(100_000, 3_000_000),
            ..call_path("app::odd", 100_000, 3_000_000)
        },
        _ => CallPath {
            allocated: exact(100_001, 3_000_000 + 4 * MIB),
            ..call_path("app::odd", 1, 4 * MIB)
        },
    });
    assert_eq!(kinds(&watch), []);
}

#[test]
fn room_never_written_and_rounding_are_bloat() {
    let contents =
        Contents { samples: 32, looked_at: MIB, never_written: 900 << 10, ..Contents::default() };
    let unwritten = watch(32, |_| CallPath { contents, ..call_path("app::odd", 4, 4 * MIB) });
    assert_eq!(kinds(&unwritten), only(LeakKind::Bloat));
    let rounded =
        watch(32, |_| CallPath { usable_bytes: 8 * MIB, ..call_path("app::odd", 1000, 2 * MIB) });
    assert_eq!(kinds(&rounded), only(LeakKind::Bloat));
    assert_eq!(rounded.verdicts()[0].bytes, 6 * MIB);
    let little =
        Contents { samples: 32, looked_at: MIB, never_written: MIB / 4, ..Contents::default() };
    assert_eq!(
        kinds(&watch(32, |_| CallPath { contents: little, ..call_path("app::odd", 4, 4 * MIB) })),
        []
    );
}

#[test]
fn observed_collections_tell_their_use() {
    let observed = |used: u64| {
        let mut watch = LeakWatch::new();
        for round in 1..=32 {
            let mut site = fixture::site("app::odd").calls(round, fixture::Call::default());
            site.0.capacity = Some(CapacityUse {
                count: round,
                held_bytes: round * 4 * MIB,
                used_bytes: round * used,
                max_slack_bytes: 0,
            });
            let report = fixture::report(vec![site], 0, 0);
            let moment = Moment::at(round * 1_000_000_000).report(&report);
            watch.add(&heap(vec![call_path("app::steady", 10, 10 * MIB)]), &moment);
        }
        kinds(&watch)
    };
    assert_eq!(observed(MIB / 2), only(LeakKind::Bloat));
    assert_eq!(observed(2 * MIB), []);
}

/// 20 MiB of messages until round 8, then `live` and `rss` bytes.
fn after_a_peak(live: impl Fn(u64) -> u64, rss: impl Fn(u64) -> u64) -> LeakWatch {
    let mut watch = LeakWatch::new();
    for round in 0..32u64 {
        let (live, rss) = match round {
            0 => (MIB, 10 * MIB),
            1..8 => (20 * MIB, 30 * MIB),
            _ => (live(round), rss(round)),
        };
        let moment = Moment::at(round * 1_000_000_000).rss_bytes(rss);
        watch.add(&heap(vec![call_path("app::odd", live / 1000, live)]), &moment);
    }
    watch
}

#[test]
fn what_stays_resident_after_a_peak_is_retained() {
    let kept = after_a_peak(|_| MIB, |_| 30 * MIB);
    assert_eq!(kinds(&kept), only(LeakKind::Retention));
    // 29 MiB beside the live ones, 9 before; 19 were given up.
    assert_eq!(kept.verdicts()[0].bytes, 19 * MIB);
    assert_eq!(kinds(&after_a_peak(|_| MIB, |_| 12 * MIB)), [], "given back");
    assert_eq!(
        kinds(&after_a_peak(|round| if round % 5 == 0 { 20 * MIB } else { MIB }, |_| 30 * MIB)),
        [],
        "used again"
    );
    assert_eq!(kinds(&after_a_peak(|_| 20 * MIB, |_| 60 * MIB)), [], "not freed here");
}

#[test]
fn little_is_no_evidence() {
    let few = watch(11, |round| call_path("app::odd", round, round * MIB));
    assert_eq!(kinds(&few), []);
    assert_eq!(few.verdicts().to_string(), "no verdict yet: 11 of the 12 snapshots it takes");
    let quiet = watch(12, |_| call_path("app::odd", 1, MIB)).verdicts();
    assert_eq!(quiet.snapshots_missing(), 0);
    assert!(quiet.to_string().starts_with("no verdicts: no leak"), "{quiet}");
    assert_eq!(
        kinds(&watch(32, |round| call_path("app::odd", round, round * 1000))),
        [],
        "too small"
    );
}

#[test]
fn places_are_bounded_and_the_large_ones_win() {
    let mut watch = LeakWatch::new();
    for round in 0..20 {
        let mut call_paths: Vec<CallPath> =
            (0..1500).map(|i| call_path(&format!("app::s{i}"), 1, 100)).collect();
        call_paths.push(call_path("app::odd", round + 1, (round + 1) * MIB));
        watch.add(&heap(call_paths), &Moment::at(round));
    }
    assert_eq!(watch.places.len(), limits::PLACES);
    assert!(watch.left_out() > 0);
    assert_eq!(kinds(&watch), only(LeakKind::Leak));
}

#[test]
fn verdicts_are_written_and_read_back() {
    let verdicts =
        watch(32, |round| call_path("app::odd", 100 * round, 100_000 * round)).verdicts();
    let text = verdicts.to_json();
    assert!(text.contains(r#""kind":"leak""#), "{text}");
    assert_eq!(Verdicts::from_json(&text).unwrap(), verdicts);
}

#[test]
fn between_two_reports_a_place_is_judged_as_with_them() {
    let odd = |round: u64| heap(vec![call_path("app::odd", 10 * round, 10_000 * round)]);
    let at = |round: u64| Moment::at(round * 1_000_000_000);
    // Much else is in use that no sample shows: what leaks is less than a fiftieth of it.
    for live in [None, Some(100 * MIB)] {
        let mut watch = LeakWatch::new();
        for round in 0..32 {
            watch.add(&odd(round), &Moment { live_bytes: live, ..at(round) });
        }
        assert_eq!(kinds(&watch).is_empty(), live.is_some(), "{live:?}");
    }
    // Calls are known at each fourth snapshot.
    let mut watch = LeakWatch::new();
    for round in 0..64 {
        let call = fixture::Call { bytes: 100, allocs: 1, peak: 100, retained: 100 };
        let report =
            fixture::report(vec![fixture::site("app::odd").calls(100 * round, call)], 0, 0);
        let moment = at(round);
        watch.add(&odd(round), &if round % 4 == 0 { moment.report(&report) } else { moment });
    }
    let per_call = watch.verdicts()[0].growth.bytes_per_call.unwrap();
    assert!((per_call - 100.0).abs() < 10.0, "{per_call}");
}

/// Ten days, a snapshot in ten minutes: a cache with days, and a site that is level for eight days
/// and leaks 1 MiB an hour from then on. The hours at which a leak was told, by site.
fn ten_days(mut watch: LeakWatch) -> Vec<(u64, String)> {
    let mut told = Vec::new();
    for round in 0..1_440_u64 {
        let hour = round as f64 / 6.0;
        let day = 20.0 + 8.0 * (std::f64::consts::TAU * hour / 24.0).cos();
        let odd = 10.0 + (hour - 192.0).max(0.0);
        let place = |site: &str, mib: f64| {
            let bytes = (mib * MIB as f64) as u64;
            call_path(site, bytes / 1_000, bytes)
        };
        let heap = heap(vec![place("app::days", day), place("app::odd", odd)]);
        watch.add(&heap, &Moment::at(round * 600_000_000_000));
        if round % 6 == 0 {
            let verdicts = watch.verdicts();
            let leaks = verdicts.iter().filter(|one| one.kind == LeakKind::Leak);
            told.extend(leaks.map(|leak| (round / 6, leak.site().to_owned())));
        }
    }
    told
}

#[test]
fn a_leak_that_begins_late_is_told_where_the_watch_looks_back() {
    assert_eq!(ten_days(LeakWatch::new()), [], "two days are little beside eight");
    let told = ten_days(LeakWatch::new().looking_back(Duration::from_secs(6 * 3_600)));
    assert!(told.iter().all(|(_, site)| site == "app::odd"), "{told:?}");
    // Within a span of its beginning, and from then on for as long as it grows by a fifth in one.
    assert!((194..=198).contains(&told[0].0), "{told:?}");
    let hours: Vec<u64> = told.iter().map(|(hour, _)| *hour).collect();
    assert!(hours.iter().copied().eq(hours[0]..240), "{hours:?}");
}

#[test]
fn an_index_that_always_grew_a_little_is_no_leak_of_the_last_hours() {
    let mut watch = LeakWatch::new().looking_back(Duration::from_secs(6 * 3_600));
    for round in 0..1_440_u64 {
        // 200 MiB, and one more in six hours.
        let bytes = 200 * MIB + round * MIB / 36;
        let heap = heap(vec![call_path("app::index", bytes / 1_000, bytes)]);
        watch.add(&heap, &Moment::at(round * 600_000_000_000));
        let leaks = watch.verdicts().iter().filter(|one| one.kind == LeakKind::Leak).count();
        assert_eq!(leaks, 0, "after {} hours", round / 6);
    }
}
