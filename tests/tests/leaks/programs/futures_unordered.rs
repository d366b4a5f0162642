//! A batcher pushes its writes into a `FuturesUnordered` and polls it only until the first is done, so that the others
//! gather.

use super::runtime;
use crate::harness::Program;
use futures_util::StreamExt;
use futures_util::future::{BoxFuture, FutureExt};
use futures_util::stream::FuturesUnordered;

type Writes = FuturesUnordered<BoxFuture<'static, usize>>;

async fn write(page: Vec<u8>) -> usize {
    tokio::task::yield_now().await;
    page.len()
}

#[memopt::track_alloc(name = "submit")]
fn submit(writes: &Writes, pages: usize) {
    for _ in 0..pages {
        writes.push(write(vec![0; 512]).boxed());
    }
}

pub(crate) fn program() -> Program {
    let runtime = runtime();
    let mut writes = Writes::new();
    Box::new(move |_| {
        runtime.block_on(async {
            submit(&writes, 40);
            writes.next().await;
        });
    })
}
