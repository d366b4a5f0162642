//! What a scope costs, at run time and to the compiler.

use super::{Bar, Limit, Rows};

pub(super) fn add(rows: &Rows<'_>, bars: &mut Vec<Bar>) {
    for (bench, what, limit) in [
        ("scope", "one scope, one site", 9.0),
        ("scope_200", "one scope, 200 sites at random", 16.0),
        ("poll", "one poll of a future that is pending once", 11.5),
        ("poll_long", "one poll of a future that stays pending", 11.5),
    ] {
        for threads in [1, 2] {
            let value = rows.memopt(bench, "lto", threads).map(|row| row.ns);
            let what = format!("{what}, lto, {threads} threads");
            bars.push(Bar { what, limit: Limit::AtMost(limit), value, unit: " ns" });
        }
    }
    let ns = |bench, subject, profile| rows.find(bench, subject, profile, 1).map(|row| row.ns);
    let memopt = ns("scope", "memopt", "lto");
    for (bench, what, limit) in [("scope", "full speed", 0.15), ("scope_paced", "paced", 0.4)] {
        let value = memopt.zip(ns(bench, "hotpath", "lto")).map(|(own, peer)| own / peer);
        bars.push(Bar::ratio(format!("one scope against hotpath, {what}"), limit, value));
    }
    for profile in ["check", "dev"] {
        let memopt = ns("compile1000", "memopt", profile);
        let value = memopt.zip(ns("compile1000", "tracing", profile)).map(|(own, peer)| own / peer);
        bars.push(Bar::ratio(
            format!("compile1000, {profile}: against tracing::instrument"),
            1.0,
            value,
        ));
    }
}
