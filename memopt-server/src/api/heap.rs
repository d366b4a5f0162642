//! The heap: how much is live, where it was allocated, how long it lives, who frees it.

mod detail;
mod node;
mod tree;

pub(super) use self::detail::{
    __path_hand_offs, __path_lifetimes, __path_utilisation, hand_offs, lifetimes, utilisation,
};
pub(crate) use self::node::Node;
pub(super) use self::tree::{__path_tree, tree};

use crate::answer::Answer;
use crate::app::Shared;
use crate::problem::Problem;
use axum::extract::State;
use axum::response::Json;
use memopt_report::{Estimate, HeapMode, HeapReport};
use serde::Serialize;
use utoipa::ToSchema;

/// The heap in sum.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Heap {
    /// `off`, `sampled`, `exact`.
    mode: &'static str,
    /// Mean bytes between two samples; 1 where every block is tracked.
    interval_bytes: u64,
    at_ms: i64,
    live: EstimateItem,
    allocated: EstimateItem,
    /// Bytes live at the peak of the process, by the sampled blocks.
    peak_bytes: u64,
    /// Bytes that sampling itself takes.
    own_bytes: u64,
    /// Blocks that found no room, and are in no figure.
    lost: u64,
    limit_bytes: Option<u64>,
    call_paths: usize,
    threads: Vec<String>,
}

/// An estimate, with its 95 % interval.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EstimateItem {
    blocks: u64,
    bytes: u64,
    low_bytes: u64,
    high_bytes: u64,
    /// Blocks that were sampled.
    samples: u64,
}

impl EstimateItem {
    pub(crate) fn of(estimate: &Estimate) -> Self {
        let (low_bytes, high_bytes) = estimate.bytes_interval();
        let Estimate { blocks, bytes, samples, .. } = *estimate;
        Self { blocks, bytes, low_bytes, high_bytes, samples }
    }
}

/// The word of a mode.
pub(crate) fn mode(mode: HeapMode) -> &'static str {
    match mode {
        HeapMode::Sampled => "sampled",
        HeapMode::Exact => "exact",
        _ => "off",
    }
}

/// The heap in sum
#[utoipa::path(
    get, path = "/heap", tag = "heap",
    responses(
        (status = 200, body = Answer<Heap>),
        (status = 409, body = crate::problem::ProblemDocument),
    ),
)]
pub(super) async fn heap(State(app): State<Shared>) -> Result<Json<Answer<Heap>>, Problem> {
    let heap = app.heap().await?;
    let sum = |of: fn(&memopt_report::CallPath) -> &Estimate| {
        let mut sum = Estimate::default();
        heap.call_paths.iter().for_each(|path| sum.add(of(path)));
        EstimateItem::of(&sum)
    };
    Ok(Json(app.answer(Heap {
        mode: mode(heap.mode),
        interval_bytes: heap.interval,
        at_ms: at_ms(&heap),
        live: sum(|path| &path.live),
        allocated: sum(|path| &path.allocated),
        peak_bytes: heap.peak_bytes,
        own_bytes: heap.own_bytes,
        lost: heap.lost,
        limit_bytes: heap.limit_bytes,
        call_paths: heap.call_paths.len(),
        threads: heap.threads.clone(),
    })))
}

/// When a heap report was made.
pub(crate) fn at_ms(heap: &HeapReport) -> i64 {
    (heap.unix_ns / 1_000_000) as i64
}
