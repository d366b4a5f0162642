//! Tests live in `tests/`; here is what several of them share.

/// Lets other tasks run; tokio's own `yield_now` keeps wakers in a vector that grows in the
/// caller's scope.
pub async fn yield_now() {
    let mut yielded = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            return std::task::Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}
