//! Each rule on reports where it must speak and where it must not.

use crate::tests::fixture::{Call, Made, nest, report, site};
use crate::{CapacityUse, Report, Status};

/// The codes of the findings on site `name`.
fn codes(report: &Report, name: &str) -> Vec<String> {
    report.findings().into_iter().filter(|f| f.site == name).map(|f| f.code).collect()
}

/// One site beside 1 MB in 10,000 blocks of other traffic.
fn among_other(made: Made) -> Report {
    report(vec![made], 1_000_000, 10_000)
}

fn call(bytes: u64, allocs: u64, peak: u64, retained: u64) -> Call {
    Call { bytes, allocs, peak, retained }
}

/// Checks a table of cases: what the site looks like, and the codes it must get, hot ones left out.
fn check(cases: Vec<(&str, Made, &[&str])>) {
    for (case, made, expected) in cases {
        let name = made.0.name.clone();
        let mut found = codes(&among_other(made), &name);
        found.retain(|code| !code.contains("hot"));
        assert_eq!(found, expected, "{case}");
    }
}

#[test]
fn hoist() {
    let same = || site("s").calls(10_000, call(256, 1, 256, 0)).class(256, 10_000);
    check(vec![
        ("one block of the same size in each of many calls", same(), &["memopt::hoist"]),
        ("few calls are no pattern", site("s").calls(20, call(100_000, 1, 100_000, 0)), &[]),
        (
            "the call keeps the block",
            site("s").calls(10_000, call(256, 1, 256, 256)).class(256, 10_000),
            &[],
        ),
        (
            "another size now and then",
            same().calls(1, call(300, 1, 300, 0)).class(300, 1),
            &["memopt::reuse"],
        ),
        ("below 5 % of the total", site("s").calls(40, call(256, 1, 256, 0)).class(256, 40), &[]),
        (
            "a large block is filled again, not the same",
            site("s").calls(100, call(1 << 20, 1, 1 << 20, 0)),
            &["memopt::reuse"],
        ),
    ]);
}

#[test]
fn pool() {
    // 100 blocks a call of which ten live at once.
    let churn = |size: u64| site("s").calls(100, call(100 * size, 100, 10 * size, 0));
    check(vec![
        ("blocks of one size come and go", churn(4096).class(4096, 10_000), &["memopt::pool"]),
        (
            "sizes near each other are one class",
            churn(96).class(80, 5_000).class(112, 5_000),
            &["memopt::pool"],
        ),
        ("sizes far apart", churn(4096).class(16, 5_000).class(8176, 5_000), &[]),
        ("most blocks stay", site("s").calls(100, call(4096, 1, 4096, 4096)).class(4096, 100), &[]),
        ("below 5 % of the total", site("s").calls(40, call(640, 10, 64, 0)).class(64, 64), &[]),
        (
            "all alive at once: nothing to use again",
            { site("s").calls(1, call(64_000_000, 10_000, 64_000_000, 0)).class(6400, 10_000) },
            &[],
        ),
    ]);
}

#[test]
fn arena() {
    let tree =
        |peak, retained| site("s").calls(50, call(64_000, 1_000, peak, retained)).class(64, 50_000);
    check(vec![
        ("many small blocks that live together", tree(60_000, 0), &["memopt::arena"]),
        ("they come and go: a pool", tree(640, 0), &["memopt::pool"]),
        ("one after the other: a buffer", tree(64, 0), &["memopt::reuse"]),
        ("some outlive the call", tree(60_000, 5_000), &[]),
        ("two calls are not worth it", site("s").calls(2, call(640_000, 10_000, 600_000, 0)), &[]),
        ("few blocks a call", site("s").calls(5_000, call(640, 10, 600, 0)), &[]),
        ("large blocks", site("s").calls(50, call(64_000_000, 1_000, 60_000_000, 0)), &[]),
    ]);
}

#[test]
fn the_arena_belongs_to_the_innermost_scope_that_frees_all() {
    let quiet = |name| site(name).calls(50, call(0, 0, 0, 0));
    let parse = site("app::parse").calls(50, call(64_000, 1_000, 60_000, 0)).class(64, 50_000);
    let mut report = report(vec![quiet("app::handle"), parse], 0, 0);
    nest(&mut report, 0, 1);
    let [handle, parse] = &mut report.sites[..] else { unreachable!() };
    handle.bytes.clone_from(&parse.bytes);
    handle.allocs.clone_from(&parse.allocs);
    handle.peak.clone_from(&parse.peak);
    assert_eq!(codes(&report, "app::parse"), ["memopt::arena"]);
    assert!(codes(&report, "app::handle").is_empty());
}

#[test]
fn pre_size() {
    let once = |n| site("s").calls(n, call(4096, 1, 4096, 4096));
    check(vec![
        (
            "buffers double nine times each",
            once(1_000).growth(1_000, 4096, 9, 4088),
            &["memopt::pre-size"],
        ),
        ("one step each is what doubling costs", once(1_000).growth(1_000, 4096, 1, 2048), &[]),
        ("few reallocations", once(1).growth(1, 4096, 9, 4088), &[]),
        ("below 5 % of the total", once(10).growth(10, 4096, 9, 4088), &[]),
    ]);
    let report = among_other(once(1_000).growth(1_000, 4096, 9, 4088));
    let found = &report.suggestions()[0];
    assert!(found.help.contains("ask for 4.00 KiB at once"), "{}", found.help);
    assert_eq!((found.saving.reallocs, found.saving.copied_bytes), (9_000, 4_088_000));
}

#[test]
fn pre_size_gives_no_number_where_none_fits() {
    let wide = site("s").calls(100, call(4096, 1, 4096, 4096)).growth(900, 64, 4, 60).growth(
        100,
        1 << 20,
        14,
        1 << 20,
    );
    let report = among_other(wide);
    let help = &report.findings()[0].help;
    assert!(help.contains("no one number fits"), "{help}");
}

#[test]
fn pre_size_of_what_many_calls_add_to_wastes_little() {
    let wide = site("s")
        .calls(10_000, call(409, 1, 409, 409))
        .growth(500, 1024, 1, 512)
        .growth(300, 4096, 3, 3_584)
        .growth(200, 65_536, 7, 65_024);
    let report = among_other(wide);
    let found = &report.suggestions()[0];
    assert!(found.help.contains("ask for 4.00 KiB where they are made"), "{}", found.help);
    // The steps up to 4 KiB of all, of 2,800.
    assert!((1_999..=2_000).contains(&found.saving.reallocs), "{:?}", found.saving);
}

#[test]
fn stream() {
    let steady = || site("s").calls(90, call(40_000, 2, 40_000, 0));
    check(vec![
        (
            "the peak follows the input",
            steady().calls(10, call(4_000_000, 2, 4_000_000, 0)),
            &["memopt::stream"],
        ),
        (
            "what is kept cannot be streamed",
            {
                site("s")
                    .calls(90, call(40_000, 2, 40_000, 40_000))
                    .calls(10, call(4_000_000, 2, 4_000_000, 4_000_000))
            },
            &[],
        ),
        ("the same peak in every call", site("s").calls(20, call(4_000_000, 2, 4_000_000, 0)), &[]),
        (
            "a few calls show no spread",
            site("s")
                .calls(5, call(40_000, 2, 40_000, 0))
                .calls(1, call(4_000_000, 2, 4_000_000, 0)),
            &[],
        ),
        (
            "a table rebuilt once in many calls does not follow its input",
            site("s").calls(9_999, call(24, 1, 24, 0)).calls(1, call(9_000_000, 1, 9_000_000, 0)),
            &["memopt::reuse"],
        ),
        (
            "a small peak fits the cache",
            site("s").calls(90, call(400, 2, 400, 0)).calls(10, call(40_000, 2, 40_000, 0)),
            &["memopt::reuse"],
        ),
    ]);
}

#[test]
fn shrink() {
    let held = |held_bytes, used_bytes| {
        let mut made = site("s").calls(100, call(100_000, 1, 100_000, 100_000));
        let max_slack_bytes = (held_bytes - used_bytes) / 100;
        made.0.capacity = Some(CapacityUse { count: 100, held_bytes, used_bytes, max_slack_bytes });
        made
    };
    let shrinking = |bytes| {
        let mut made = site("s").calls(100, call(100_000, 1, 100_000, 10_000));
        (made.0.shrinks, made.0.shrunk_bytes) = (100, bytes);
        made
    };
    check(vec![
        ("a tenth of the capacity is in use", held(10_000_000, 1_000_000), &["memopt::shrink"]),
        ("most of it is in use", held(10_000_000, 7_000_000), &[]),
        ("slack below 5 % of the total", held(100_000, 10_000), &[]),
        ("most of what is asked for is given back", shrinking(9_000_000), &["memopt::shrink"]),
        ("a little is given back", shrinking(1_000_000), &[]),
    ]);
}

#[test]
fn hot_sites() {
    let big = site("big").calls(3, call(9_000_000, 7, 100_000, 0));
    let many = site("many").calls(3, call(300_000, 20_000, 100_000, 100_000));
    let small = site("small").calls(3, call(1_000, 10, 1_000, 0));
    let report = report(vec![big, many, small], 1_000_000, 10_000);
    assert_eq!(codes(&report, "big"), ["memopt::hot-bytes"]);
    assert_eq!(codes(&report, "many"), ["memopt::hot-count"]);
    assert!(codes(&report, "small").is_empty());
    assert!(report.suggestions().is_empty());
}

/// Just above and just below a quarter of 1 MB and 10,000 blocks more.
#[test]
fn hot_sites_make_a_quarter_of_it_themselves() {
    let churn = |bytes: u64| {
        let mut made = site("s").calls(1, call(bytes, 3, 100, 0));
        made.0.own.freed_bytes = bytes;
        // Most of it is made by others.
        made.0.self_bytes = 0;
        made
    };
    let cases = [
        ("bytes", site("s").calls(1, call(340_000, 3, 100, 340_000)), Some("memopt::hot-bytes")),
        ("fewer bytes", site("s").calls(1, call(325_000, 3, 100, 325_000)), None),
        ("blocks", site("s").calls(1, call(3_400, 3_400, 100, 3_400)), Some("memopt::hot-count")),
        ("fewer blocks", site("s").calls(1, call(3_250, 3_250, 100, 3_250)), None),
        ("churn", churn(340_000), Some("memopt::hot-churn")),
        ("less churn", churn(325_000), None),
    ];
    for (case, made, expected) in cases {
        assert_eq!(codes(&among_other(made), "s"), Vec::from_iter(expected), "{case}");
    }
}

#[test]
fn a_site_is_hot_by_peak_from_half_of_it_on() {
    let hot = |peak: u64| {
        let other = site("other").calls(1, call(0, 0, 9_000_000, 0));
        let report =
            report(vec![other, site("s").calls(1, call(300_000, 1, peak, 0))], 90_000_000, 10_000);
        codes(&report, "s")
    };
    assert_eq!(hot(4_600_000), ["memopt::hot-peak"]);
    assert!(hot(4_400_000).is_empty());
}

#[test]
fn a_site_is_hot_by_peak_where_the_peak_is_made() {
    let outer = site("outer").calls(3, call(0, 0, 9_000_000, 0));
    let inner = site("inner").calls(3, call(300_000, 1, 9_000_000, 0));
    let mut report = report(vec![outer, inner], 90_000_000, 10_000);
    nest(&mut report, 0, 1);
    assert_eq!(codes(&report, "inner"), ["memopt::hot-peak"]);
    assert!(codes(&report, "outer").is_empty());
}

#[test]
fn a_site_with_a_remedy_is_not_also_told_hot() {
    let report = among_other(site("s").calls(100_000, call(256, 1, 256, 0)).class(256, 100_000));
    assert_eq!(codes(&report, "s"), ["memopt::hoist"]);
}

#[test]
fn a_buffer_that_grows_and_is_dropped_is_used_again_which_ends_its_growth() {
    let made = site("s")
        .calls(100, call(409_600, 100, 8192, 0))
        .class(4096, 10_000)
        .growth(1_000, 4096, 4, 4000);
    let report = among_other(made);
    assert_eq!(codes(&report, "s"), ["memopt::reuse"]);
    let found = &report.findings()[0];
    assert!(found.saving.reallocs > 3_900, "{found:?}");
    let other = found.evidence.iter().map(ToString::to_string).find(|text| text.starts_with("or "));
    assert!(other.is_some_and(|text| text.contains("or pre-size: ")), "{found}");
}

#[test]
fn nothing_is_found_where_nothing_was_counted() {
    for status in [Status::NotInstalled, Status::Off] {
        let mut report = among_other(site("s").calls(10_000, call(256, 1, 256, 0)));
        report.status = status;
        assert!(report.findings().is_empty());
    }
    assert!(Report::empty(Status::Counting).findings().is_empty());
}

#[test]
fn the_largest_saving_comes_first_and_hot_sites_last() {
    let same = |name, calls| site(name).calls(calls, call(256, 1, 256, 0)).class(256, calls);
    let hot = site("hot").calls(3, call(90_000_000, 5, 100_000, 0));
    let report = report(vec![hot, same("less", 20_000), same("more", 50_000)], 1_000_000, 10_000);
    let order: Vec<String> = report.findings().into_iter().map(|f| f.site).collect();
    assert_eq!(order, ["more", "less", "hot"]);
    let shares: Vec<f64> = report.suggestions().iter().map(|s| s.saving.share).collect();
    assert!(shares[0] > shares[1]);
}

#[test]
fn findings_survive_json() {
    let findings = among_other(site("s").calls(10_000, call(256, 1, 256, 0))).findings();
    let text = findings.to_json();
    assert!(
        text.starts_with("{\"format\":\"memopt-findings\",\"version\":1,\"status\":\"counting\","),
        "{text}"
    );
    assert!(
        text.contains("{\"kind\":\"same_every_call\",\"calls\":10000,\"blocks\":1,\"bytes\":256}"),
        "{text}"
    );
    assert_eq!(super::Findings::from_json(&text).unwrap(), findings);
}

#[test]
fn a_stream_is_seen_past_an_inner_scope_that_peaks_once() {
    // The inner table is rebuilt in one call; the outer scope holds more the larger its input.
    let outer = site("outer")
        .calls(90, call(40_000, 2, 40_000, 0))
        .calls(10, call(4_000_000, 2, 4_000_000, 0));
    let inner =
        site("inner").calls(9_999, call(24, 1, 24, 24)).calls(1, call(3_900_000, 1, 3_900_000, 24));
    let mut report = report(vec![outer, inner], 1_000_000, 100_000);
    nest(&mut report, 0, 1);
    assert_eq!(codes(&report, "outer"), ["memopt::stream"]);
    assert!(!codes(&report, "inner").contains(&"memopt::stream".to_owned()));
}

#[test]
fn a_few_hundred_blocks_are_nothing_among_a_million_small_calls() {
    let leaf = || site("leaf").calls(20_000_000, Call::default());
    let setup = |blocks| site("setup").calls(1, call(blocks * 80, blocks, 4_000, 0));
    // Most of the CPU time is that of entries and exits.
    let told = |blocks| {
        let mut report = report(vec![leaf(), setup(blocks)], 0, 0);
        report.process.cpu_ns = Some(400_000_000);
        report.findings().len()
    };
    assert_eq!((told(200), told(2_000_000)), (0, 1));
}

#[test]
fn an_arena_stands_behind_the_sites_that_it_would_serve() {
    let outer = site("solve").calls(100, Call::default());
    let inner = |name| site(name).calls(10_000, call(64, 1, 64, 0)).class(64, 10_000);
    let mut report = report(vec![outer, inner("work"), inner("walk")], 0, 0);
    nest(&mut report, 0, 1);
    nest(&mut report, 0, 2);
    // A call of the outer one holds what its inner ones make.
    let of_outer = &mut report.sites[0];
    (of_outer.allocs, of_outer.bytes) = <(crate::Stat, crate::Stat)>::default();
    of_outer.allocs.record(200, 100);
    of_outer.bytes.record(12_800, 100);
    of_outer.peak = crate::Stat::default();
    of_outer.peak.record(12_800, 100);
    let sites: Vec<_> = report.findings().iter().map(|found| found.site.clone()).collect();
    assert_eq!(sites, ["walk", "solve", "work"]);
}

/// Prints how long a report of a large program takes to be read, judged and printed.
#[test]
#[ignore = "a time is for people, in a release build"]
fn ten_thousand_sites() {
    let sites = (0..10_000).map(|number: u64| {
        let size = 16 + number % 500;
        let name = format!("app::module{}::Type{}::call{number}", number % 40, number % 300);
        // Most functions do not do the same each time.
        (0..=number % 12).fold(site(&name), |made, at| {
            let size = size << (at % 6);
            made.calls(10 + number % 7, call(size + at, 1 + at, size, 0)).class(size, 10)
        })
    });
    let text = report(sites.collect(), 1_000_000, 10_000).to_json();
    let timed = |what: &str, work: &dyn Fn() -> usize| {
        let mut times: Vec<_> = (0..9)
            .map(|_| {
                let begin = std::time::Instant::now();
                let found = work();
                (begin.elapsed(), found)
            })
            .collect();
        times.sort();
        println!(
            "{what}: {:?} at best, {:?} in the middle, {}",
            times[0].0, times[4].0, times[0].1
        );
    };
    let report = crate::Report::from_json(&text).unwrap();
    println!("{} bytes of JSON", text.len());
    timed("read", &|| crate::Report::from_json(&text).unwrap().sites().len());
    timed("findings", &|| report.findings().len());
    timed("table", &|| report.table().limit(20).to_string().len());
}
