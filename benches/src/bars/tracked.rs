//! What it costs to track blocks: a sample of them, or all.

use super::{Bar, Rows};

pub(super) fn add(rows: &Rows<'_>, bars: &mut Vec<Bar>) {
    let instructions =
        |bench, subject| rows.find(bench, subject, "lto", 1).and_then(|row| row.instructions);
    let quotient =
        |bench, subject, base| Some(instructions(bench, subject)? / instructions(bench, base)?);
    for (bench, limit) in
        [("sampled_json1m", 1.02), ("sampled_btree", 1.02), ("sampled_alloc64", 1.10)]
    {
        for threads in [1, 2] {
            let time = |subject| rows.find(bench, subject, "lto", threads).map(|row| row.ratio);
            let what = format!("{bench}, {threads} threads");
            let own = time("memopt");
            bars.push(Bar::ratio(what.clone(), limit, own));
            let jemalloc =
                time("jemalloc_prof").zip(time("jemalloc")).map(|(with, without)| with / without);
            let against = own.zip(jemalloc).map(|(own, theirs)| own / theirs);
            bars.push(Bar::ratio(what + ": over jemalloc's profiler over jemalloc", 1.0, against));
        }
        let own = quotient(bench, "memopt", "counting");
        bars.push(Bar::ratio(format!("{bench}, instructions"), limit, own));
        let jemalloc = quotient(bench, "jemalloc_prof", "jemalloc");
        let against = own.zip(jemalloc).map(|(own, theirs)| own / theirs);
        bars.push(Bar::ratio(
            format!("{bench}, instructions: over jemalloc's profiler"),
            1.0,
            against,
        ));
    }
    for threads in [1, 2] {
        let row = rows.memopt("exact_json1m", "lto", threads);
        bars.push(Bar::ratio(
            format!("exact_json1m, {threads} threads"),
            2.5,
            row.map(|row| row.ratio),
        ));
    }
    let own = quotient("exact_json1m", "memopt", "plain");
    bars.push(Bar::ratio("exact_json1m, instructions", 2.5, own));
}
