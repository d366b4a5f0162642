//! A batcher pushes its writes into a `FuturesUnordered` and polls it only until the first is done,
//! so that the others gather.

use super::runtime;
use crate::harness::{Leaking, Program};
use futures_util::StreamExt;
use futures_util::future::{BoxFuture, FutureExt};
use futures_util::stream::FuturesUnordered;

/// Pages a round, of which one is written.
const PAGES: usize = 40;
const PAGE: usize = 4096;

const LEFT: u64 = ((PAGES - 1) * PAGE) as u64;
pub(crate) const LEAK: Leaking = Leaking { per_second: LEFT, per_call: Some(LEFT) };

type Writes = FuturesUnordered<BoxFuture<'static, usize>>;

async fn write(page: Vec<u8>) -> usize {
    tokio::task::yield_now().await;
    page.len()
}

#[memopt::track_alloc(name = "submit")]
fn submit(writes: &Writes) {
    for _ in 0..PAGES {
        writes.push(write(vec![0; PAGE]).boxed());
    }
}

pub(crate) fn program() -> Program {
    let runtime = runtime();
    let mut writes = Writes::new();
    Box::new(move |_| {
        runtime.block_on(async {
            submit(&writes);
            writes.next().await;
        });
    })
}
