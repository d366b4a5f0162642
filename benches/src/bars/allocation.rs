//! What an allocation costs under memopt's wrapper.

use super::{Bar, Limit, Rows};

/// Baselines and what is only for information are no peers.
const NO_PEERS: &[&str] = &["plain", "std"];

pub(super) fn add(rows: &Rows<'_>, bars: &mut Vec<Bar>) {
    for (bench, profile, limit) in [
        ("alloc64", "lto", 1.06),
        ("alloc64", "release", 1.00),
        ("alloc64_in_scope", "lto", 1.12),
        ("alloc64_in_scope", "release", 1.06),
    ] {
        for threads in [1, 2] {
            let what = format!("{bench}, {profile}, {threads} threads");
            let value = rows.memopt(bench, profile, threads).map(|row| row.ratio);
            bars.push(Bar::ratio(what.clone(), limit, value));
            let value = rows.against_best(NO_PEERS, bench, profile, threads);
            bars.push(Bar::ratio(what + ": against the best peer", 1.0, value));
        }
    }
    for (bench, profile, limit) in [
        ("alloc64", "lto", 9.0),
        ("alloc64", "release", 11.0),
        ("alloc64_in_scope", "lto", 17.0),
        ("alloc64_in_scope", "release", 23.0),
    ] {
        let instructions =
            |subject| rows.find(bench, subject, profile, 1).and_then(|row| row.instructions);
        let value =
            instructions("memopt").zip(instructions("plain")).map(|(own, plain)| own - plain);
        let what = format!("{bench}, {profile}: extra instructions a pair");
        bars.push(Bar { what, limit: Limit::AtMost(limit), value, unit: "" });
    }
    bars.push(Bar::ratio(
        "json1m, lto",
        1.06,
        rows.memopt("json1m", "lto", 1).map(|row| row.ratio),
    ));
    // Without LTO, and without a wrapper: what most people build, before and after.
    let value = rows.against("std", "json1m", "release", 1);
    bars.push(Bar::ratio("json1m, release: against std", 1.10, value));
    for threads in [1, 2] {
        let value = rows.memopt("hook_idle_arena", "lto", threads).map(|row| row.ratio);
        bars.push(Bar::ratio(format!("hook_idle_arena, {threads} threads"), 1.10, value));
    }
    bars.push(Bar::ratio(
        "unwind40: against backtrace",
        0.25,
        rows.against("backtrace", "unwind40", "lto", 1),
    ));
    let value = rows.memopt("unwind40", "lto", 1).map(|row| row.ns);
    bars.push(Bar {
        what: "unwind40".to_owned(),
        limit: Limit::AtMost(1500.0),
        value,
        unit: " ns",
    });
}
