//! What a remedy saves, and what it costs beside the same by hand.

use super::{Bar, Limit, Rows};

pub(super) fn add(rows: &Rows<'_>, bars: &mut Vec<Bar>) {
    pools(rows, bars);
    scopes(rows, bars);
    for (bench, subject, limit) in [
        ("arena1000", "bumpalo", 1.05),
        ("lazy_read", "LazyLock", 1.1),
        ("streamed", "iterator", 1.28),
    ] {
        let value = rows.against(subject, bench, "lto", 1);
        bars.push(Bar::ratio(format!("{bench}: against {subject}"), limit, value));
    }
    for (bench, fact, limit, unit) in [
        ("presize", "reallocs_gone", Limit::AtLeast(0.95), ""),
        ("presize", "waste", Limit::AtMost(0.20), ""),
        ("streamed", "peak_bytes", Limit::AtMost(65_536.0), " B"),
    ] {
        let value = rows.memopt(bench, "lto", 1).and_then(|row| row.facts.get(fact).copied());
        bars.push(Bar { what: format!("{bench}: {fact}"), limit, value, unit });
    }
}

fn pools(rows: &Rows<'_>, bars: &mut Vec<Bar>) {
    for threads in [1, 2, 8] {
        let what = format!("pool4k, {threads} threads");
        let value = rows.against("thread_local", "pool4k", "lto", threads);
        bars.push(Bar::ratio(format!("{what}: against thread_local"), 1.0, value));
        let value = rows.against_best(&["thread_local"], "pool4k", "lto", threads);
        bars.push(Bar::ratio(format!("{what}: against the best peer"), 1.0, value));
    }
    let value = rows.against("ArrayQueue", "pool4k_handoff", "lto", 2);
    bars.push(Bar::ratio("pool4k_handoff: against ArrayQueue", 0.6, value));
    let value = rows.against_best(&[], "pool4k_handoff", "lto", 2);
    bars.push(Bar::ratio("pool4k_handoff: against the best peer", 1.0, value));
}

/// Scopes with a way of their own to allocate, against the system allocator and the fastest one
/// written in C.
fn scopes(rows: &Rows<'_>, bars: &mut Vec<Bar>) {
    for (bench, threads, system, mimalloc) in [
        ("scope_arena_json1m", &[1, 2][..], Some(0.52), Some(0.95)),
        ("scope_arena_btree", &[1, 2], Some(0.82), Some(1.0)),
        ("scope_arena_box1000", &[1, 2], Some(0.52), Some(0.85)),
        ("scope_arena_remote", &[2], Some(0.20), Some(0.40)),
        ("magazine64_lifo", &[1, 2], None, Some(1.0)),
        ("magazine64_batch", &[1, 2], Some(0.50), None),
    ] {
        for &threads in threads {
            for (peer, limit) in [("system", system), ("mimalloc", mimalloc)] {
                let Some(limit) = limit else { continue };
                let value = rows.against(peer, bench, "lto", threads);
                bars.push(Bar::ratio(
                    format!("{bench}, {threads} threads: against {peer}"),
                    limit,
                    value,
                ));
            }
        }
    }
}
