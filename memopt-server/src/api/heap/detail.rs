//! How long blocks live, how their bytes are used, and who frees them.

use crate::answer::{List, Part};
use crate::app::Shared;
use crate::extract::Query;
use crate::problem::Problem;
use axum::extract::State;
use axum::response::Json;
use memopt_report::{CallPath, HeapReport};
use serde::Serialize;
use std::collections::HashMap;
use utoipa::ToSchema;

/// How long the blocks of a place live.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Lifetime {
    /// The innermost site; `""` outside of every scope.
    site: String,
    /// The innermost function of the stack.
    function: Option<String>,
    live_bytes: u64,
    allocated_bytes: u64,
    /// Blocks that were freed.
    blocks: u64,
    mean_ns: f64,
    p50_ns: f64,
    p99_ns: f64,
    /// Blocks that lived below 2, 4, 8, .. ns.
    powers: Vec<u64>,
}

/// How the bytes of a place are used.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Utilisation {
    /// The innermost site; `""` outside of every scope.
    site: String,
    /// The innermost function of the stack.
    function: Option<String>,
    live_bytes: u64,
    /// What the live blocks take up in the allocator.
    usable_bytes: u64,
    /// Bytes of freed blocks that were looked at.
    looked_at_bytes: u64,
    never_written_ratio: Option<f64>,
    zero_ratio: Option<f64>,
    duplicate_ratio: Option<f64>,
}

/// Blocks that one place allocated and another freed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HandOff {
    from: String,
    to: String,
    from_thread: String,
    to_thread: String,
    blocks: u64,
    bytes: u64,
}

/// Sums of call paths with one site and one innermost function.
#[derive(Debug, Default)]
struct Place {
    live: u64,
    usable: u64,
    allocated: u64,
    freed: u64,
    total_ns: f64,
    powers: Vec<u64>,
    looked_at: u64,
    never_written: u64,
    zero: u64,
    duplicate: u64,
}

type Key = (String, Option<String>);

fn places(heap: &HeapReport) -> Vec<(Key, Place)> {
    let mut all: HashMap<Key, Place> = HashMap::new();
    for path in &heap.call_paths {
        let place = all.entry(key(heap, path)).or_default();
        place.live += path.live.bytes;
        place.usable += path.usable_bytes;
        place.allocated += path.allocated.bytes;
        place.freed += path.lifetimes.blocks;
        place.total_ns += path.lifetimes.total_ns;
        let powers = &path.lifetimes.powers;
        place.powers.resize(place.powers.len().max(powers.len()), 0);
        place.powers.iter_mut().zip(powers).for_each(|(sum, one)| *sum += one);
        place.looked_at += path.contents.looked_at;
        place.never_written += path.contents.never_written;
        place.zero += path.contents.zero;
        place.duplicate += path.contents.duplicate;
    }
    let mut all: Vec<(Key, Place)> = all.into_iter().collect();
    all.sort_by(|a, b| b.1.allocated.cmp(&a.1.allocated).then_with(|| a.0.cmp(&b.0)));
    all
}

fn key(heap: &HeapReport, path: &CallPath) -> Key {
    let site = path.scopes.last().cloned().unwrap_or_default();
    // Without the hook and what else leads to the allocator.
    (site, heap.lines(path).next().map(|line| line.function.clone()))
}

/// The time that a share of the blocks did not reach: the middle of its power of two.
fn quantile(powers: &[u64], q: f64) -> f64 {
    let all: u64 = powers.iter().sum();
    let mut before = 0;
    for (power, count) in powers.iter().enumerate() {
        before += count;
        if *count > 0 && before as f64 >= q * all as f64 {
            return 1.5 * (power as f64).exp2();
        }
    }
    0.0
}

/// How long blocks live, by site and function
#[utoipa::path(
    get, path = "/heap/lifetimes", tag = "heap", params(Part),
    responses(
        (status = 200, body = List<Lifetime>),
        (status = 409, body = crate::problem::ProblemDocument),
    ),
)]
pub(in crate::api) async fn lifetimes(
    State(app): State<Shared>,
    Query(part): Query<Part>,
) -> Result<Json<List<Lifetime>>, Problem> {
    let heap = app.heap().await?;
    let item = |((site, function), place): (Key, Place)| Lifetime {
        site,
        function,
        live_bytes: place.live,
        allocated_bytes: place.allocated,
        blocks: place.freed,
        mean_ns: if place.freed == 0 { 0.0 } else { place.total_ns / place.freed as f64 },
        p50_ns: quantile(&place.powers, 0.5),
        p99_ns: quantile(&place.powers, 0.99),
        powers: place.powers,
    };
    app.list(part, places(&heap).into_iter().map(item).collect()).map(Json)
}

/// How the bytes of blocks are used, by site and function
#[utoipa::path(
    get, path = "/heap/utilisation", tag = "heap", params(Part),
    responses(
        (status = 200, body = List<Utilisation>),
        (status = 409, body = crate::problem::ProblemDocument),
    ),
)]
pub(in crate::api) async fn utilisation(
    State(app): State<Shared>,
    Query(part): Query<Part>,
) -> Result<Json<List<Utilisation>>, Problem> {
    let heap = app.heap().await?;
    let item = |((site, function), place): (Key, Place)| {
        let share =
            |bytes: u64| (place.looked_at > 0).then(|| bytes as f64 / place.looked_at as f64);
        Utilisation {
            site,
            function,
            live_bytes: place.live,
            usable_bytes: place.usable,
            looked_at_bytes: place.looked_at,
            never_written_ratio: share(place.never_written),
            zero_ratio: share(place.zero),
            duplicate_ratio: share(place.duplicate),
        }
    };
    app.list(part, places(&heap).into_iter().map(item).collect()).map(Json)
}

/// Who frees what others allocated
#[utoipa::path(
    get, path = "/heap/hand-offs", tag = "heap", params(Part),
    responses(
        (status = 200, body = List<HandOff>),
        (status = 409, body = crate::problem::ProblemDocument),
    ),
)]
pub(in crate::api) async fn hand_offs(
    State(app): State<Shared>,
    Query(part): Query<Part>,
) -> Result<Json<List<HandOff>>, Problem> {
    let heap = app.heap().await?;
    let thread = |index: u32| heap.threads.get(index as usize).cloned().unwrap_or_default();
    let mut all: Vec<HandOff> = heap
        .hand_offs
        .iter()
        .map(|it| HandOff {
            from: it.from.clone(),
            to: it.to.clone(),
            from_thread: thread(it.from_thread),
            to_thread: thread(it.to_thread),
            blocks: it.freed.blocks,
            bytes: it.freed.bytes,
        })
        .collect();
    all.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| (&a.from, &a.to).cmp(&(&b.from, &b.to))));
    app.list(part, all).map(Json)
}

#[cfg(test)]
mod tests {
    use super::quantile;

    #[test]
    fn a_quantile_lies_in_its_power_of_two() {
        // 4 blocks below 2 ns, 5 below 8 ns, one below 16 ns.
        let powers = [4, 0, 5, 1];
        assert_eq!(quantile(&powers, 0.3), 1.5);
        assert_eq!(quantile(&powers, 0.5), 6.0);
        assert_eq!(quantile(&powers, 0.99), 12.0);
        assert_eq!(quantile(&[], 0.5), 0.0);
    }
}
