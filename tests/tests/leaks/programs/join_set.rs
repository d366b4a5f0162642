//! A server spawns its connections into a `JoinSet` and never asks it who is done: finished tasks
//! stay in it with their results.

use super::runtime;
use crate::harness::{Leaking, Program};
use tokio::task::{JoinSet, yield_now};

/// Connections a round, and what each leaves behind.
const CONNECTIONS: u64 = 50;
const SUMMARY: usize = 4096;

pub(crate) const LEAK: Leaking =
    Leaking { per_second: CONNECTIONS * SUMMARY as u64, per_call: Some(SUMMARY as u64) };

/// Some work, then a summary.
async fn serve(number: u64) -> [u8; SUMMARY] {
    yield_now().await;
    [number as u8; SUMMARY]
}

#[memopt::track_alloc(name = "accept")]
fn accept(connections: &mut JoinSet<[u8; SUMMARY]>, number: u64) {
    connections.spawn(serve(number));
}

pub(crate) fn program() -> Program {
    let runtime = runtime();
    let mut connections = JoinSet::new();
    Box::new(move |round| {
        runtime.block_on(async {
            for i in 0..CONNECTIONS {
                accept(&mut connections, round * CONNECTIONS + i);
            }
            // All of them end.
            for _ in 0..10 {
                yield_now().await;
            }
        });
    })
}
