//! Every shape of function the attribute must take, each run and its count checked.

// Boxes are what is counted, and the shapes are odd on purpose.
#![allow(
    clippy::unnecessary_box_returns,
    clippy::vec_box,
    clippy::boxed_local,
    clippy::multiple_bound_locations
)]
#![allow(
    clippy::items_after_statements,
    clippy::trivially_copy_pass_by_ref,
    clippy::elidable_lifetime_names
)]
#![allow(unreachable_pub)]

mod containers;
mod functions;
mod futures;
mod names;

use memopt::runtime::Recording;
use memopt::{record, track_alloc};
use std::future::Future;
use std::pin::Pin;

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

/// Calls and allocations of one site of a recording; a site that never ran has neither.
fn count<T>(recording: &Recording<T>, site: &str) -> (u64, u64) {
    recording.report.site(site).map_or((0, 0), |site| (site.calls, site.inclusive.allocs))
}

/// Runs a future that never waits for anything.
fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(value) = future.as_mut().poll(&mut cx) {
            return value;
        }
    }
}

/// One poll.
fn poll<F: Future>(future: Pin<&mut F>) -> std::task::Poll<F::Output> {
    future.poll(&mut std::task::Context::from_waker(std::task::Waker::noop()))
}

/// Pending once.
async fn pause() {
    let mut polled = false;
    std::future::poll_fn(|_| {
        if std::mem::replace(&mut polled, true) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
}
