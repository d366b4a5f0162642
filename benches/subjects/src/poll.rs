//! Futures that do nothing but be polled.

use std::future::Future;
use std::hint::black_box;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::bench::timed;

/// Is pending for the given number of polls, then ready.
#[derive(Debug)]
pub struct Pending(
    /// Polls left before it is ready.
    pub u64,
);

impl Future for Pending {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.0 == 0 {
            return Poll::Ready(());
        }
        self.0 -= 1;
        Poll::Pending
    }
}

/// Futures that are made, polled twice (pending, then ready) and dropped; one iteration is one
/// poll. Polled through a `dyn Future`, as executors do.
///
/// # Panics
///
/// When a future is not pending exactly once.
#[inline(always)]
pub fn short<F: Future>(iterations: u64, make: impl Fn() -> F) -> Duration {
    let mut context = Context::from_waker(Waker::noop());
    // Half of the iterations, each of two polls.
    timed(iterations.div_ceil(2), |_| {
        let future = std::pin::pin!(make());
        let mut future: Pin<&mut dyn Future<Output = F::Output>> = black_box(future);
        assert!(future.as_mut().poll(&mut context).is_pending());
        assert!(future.as_mut().poll(&mut context).is_ready());
    })
}

/// One future that stays pending; one iteration is one poll.
///
/// # Panics
///
/// When the future is ready.
#[inline(always)]
pub fn long<F: Future>(iterations: u64, future: F) -> Duration {
    let mut context = Context::from_waker(Waker::noop());
    let future = std::pin::pin!(future);
    let mut future: Pin<&mut dyn Future<Output = F::Output>> = black_box(future);
    timed(iterations, |_| assert!(future.as_mut().poll(&mut context).is_pending()))
}
