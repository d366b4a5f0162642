//! A server spawns its connections into a `JoinSet` and never asks it who is done: finished tasks stay in it with their
//! results.

use super::runtime;
use crate::harness::Program;
use tokio::task::{JoinSet, yield_now};

/// Some work, then a summary.
async fn serve(number: u64) -> [u8; 256] {
    yield_now().await;
    [number as u8; 256]
}

#[memopt::track_alloc(name = "accept")]
fn accept(connections: &mut JoinSet<[u8; 256]>, number: u64) {
    connections.spawn(serve(number));
}

pub(crate) fn program() -> Program {
    let runtime = runtime();
    let mut connections = JoinSet::new();
    Box::new(move |round| {
        runtime.block_on(async {
            for i in 0..50 {
                accept(&mut connections, round * 50 + i);
            }
            // All of them end.
            for _ in 0..10 {
                yield_now().await;
            }
        });
    })
}
