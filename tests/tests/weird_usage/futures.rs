//! Async functions, and functions that return futures.

use super::*;
use memopt::TrackAlloc;

#[track_alloc]
async fn waits(n: usize) -> Vec<u8> {
    let mut all = Vec::with_capacity(n);
    for _ in 0..n {
        pause().await;
        all.push(*Box::new(1));
    }
    all
}

#[track_alloc]
async fn asks(text: &str) -> Result<Box<u8>, Box<dyn std::error::Error + Send + Sync>> {
    let parsed = text.parse()?;
    if parsed == 0 {
        return Err("zero".into());
    }
    pause().await;
    Ok(Box::new(parsed))
}

#[track_alloc]
async fn opaque(x: u8) -> impl Fn() -> u8 {
    let boxed = Box::new(x);
    move || *boxed
}

#[track_alloc]
async fn half_opaque<'a>(
    x: &'a str,
) -> Result<(impl AsRef<str> + 'a, u8), std::num::ParseIntError> {
    Ok((x.to_owned(), x.parse()?))
}

#[track_alloc]
async fn never() -> ! {
    std::panic::resume_unwind(Box::new("out"))
}

#[track_alloc]
async unsafe fn danger((a, b): (u8, u8), mut rest: Vec<u8>) -> Vec<u8> {
    rest.extend([a, b]);
    rest
}

#[test]
fn async_functions() {
    let recording = record(|| {
        assert_eq!(block_on(waits(3)), [1, 1, 1]);
        assert_eq!(*block_on(asks("7")).unwrap(), 7);
        assert_eq!(block_on(asks("0")).unwrap_err().to_string(), "zero");
        assert_eq!(block_on(opaque(2))(), 2);
        assert_eq!(block_on(half_opaque("3")).unwrap().1, 3);
        // SAFETY: nothing is asked of the caller.
        assert_eq!(block_on(unsafe { danger((1, 2), Vec::new()) }), [1, 2]);
        assert!(std::panic::catch_unwind(|| block_on(never())).is_err());
    });
    // The vector and three boxes.
    assert_eq!(count(&recording, "futures::waits"), (1, 4));
    assert_eq!(count(&recording, "futures::asks").0, 2);
    assert_eq!(count(&recording, "futures::opaque"), (1, 1));
    assert_eq!(count(&recording, "futures::half_opaque"), (1, 1));
    assert_eq!(count(&recording, "futures::danger"), (1, 1));
    assert_eq!(recording.report.site("futures::never").unwrap().panics, 1);
}

#[track_alloc]
fn boxed(n: u8) -> Pin<Box<dyn Future<Output = Box<u8>> + Send>> {
    let doubled = n * 2;
    Box::pin(async move {
        pause().await;
        Box::new(doubled)
    })
}

#[track_alloc]
#[expect(clippy::manual_async_fn, reason = "this shape is under test")]
fn bare<'a>(text: &'a str) -> impl Future<Output = String> + 'a {
    async move {
        pause().await;
        text.to_owned()
    }
}

#[test]
fn functions_that_return_a_future_are_measured_while_it_runs() {
    let recording = record(|| {
        drop(boxed(1));
        assert_eq!(*block_on(boxed(4)), 8);
        assert_eq!(block_on(bare("abc")), "abc");
    });
    // The first was never polled.
    assert_eq!(count(&recording, "futures::boxed"), (1, 1));
    assert_eq!(count(&recording, "futures::bare"), (1, 1));
}

struct Service;

#[async_trait::async_trait]
trait Call {
    async fn above(&self, x: u8) -> Box<u8>;
    async fn below(&self, x: u8) -> Box<u8>;
}

#[async_trait::async_trait]
impl Call for Service {
    #[track_alloc]
    async fn above(&self, x: u8) -> Box<u8> {
        pause().await;
        Box::new(x)
    }

    async fn below(&self, x: u8) -> Box<u8> {
        *Box::new(self.above(x).await)
    }
}

struct Whole;

#[track_alloc]
#[async_trait::async_trait]
impl Call for Whole {
    async fn above(&self, x: u8) -> Box<u8> {
        pause().await;
        Box::new(x)
    }

    async fn below(&self, x: u8) -> Box<u8> {
        self.above(x).await
    }
}

#[test]
fn async_trait_in_both_orders() {
    let recording = record(|| {
        assert_eq!(*block_on(Service.below(1)), 1);
        assert_eq!(*block_on(Whole.below(2)), 2);
    });
    assert_eq!(count(&recording, "Service::above"), (1, 1));
    assert_eq!(count(&recording, "Whole::above"), (1, 1));
    assert_eq!(count(&recording, "Whole::below").0, 1);
}

/// Waits three times, with a block more each time.
#[track_alloc]
async fn in_parts(text: &str) -> Vec<String> {
    let mut all = Vec::with_capacity(4);
    for _ in 0..3 {
        all.push(text.to_owned());
        pause().await;
    }
    all
}

#[track_alloc]
async fn part_of(text: &str) -> usize {
    let all = in_parts(text).await;
    drop(Box::new(0u64));
    all.len()
}

#[test]
fn all_polls_together_are_one_call() {
    let recording = record(|| assert_eq!(block_on(part_of("abc")), 3));
    let inner = recording.report.site("futures::in_parts").unwrap();
    assert_eq!((inner.calls, inner.allocs.total(), inner.allocs.max()), (1, 4, 4));
    assert_eq!(inner.bytes.max(), 4 * 24 + 3 * 3);
    let outer = recording.report.site("futures::part_of").unwrap();
    assert_eq!((outer.calls, outer.allocs.max(), outer.self_allocs), (1, 5, 1));
    assert_eq!(outer.retained.max(), 0);
}

#[test]
fn a_future_that_is_dropped_while_it_waits_is_cancelled() {
    let recording = record(|| {
        drop(part_of("never polled"));
        let mut future = Box::pin(part_of("abc"));
        assert!(poll(future.as_mut()).is_pending());
        assert!(poll(future.as_mut()).is_pending());
        drop(future);
    });
    for (name, allocs) in [("futures::in_parts", 3), ("futures::part_of", 3)] {
        let site = recording.report.site(name).unwrap();
        assert_eq!((site.calls, site.cancelled, site.allocs.max()), (1, 1, allocs), "{name}");
        // What it held was freed in its scope.
        assert_eq!(site.retained.max(), 0, "{name}");
    }
}

#[test]
fn polls_on_different_threads_are_one_call() {
    let mut future = Box::pin(in_parts("abc"));
    for _ in 0..3 {
        future = std::thread::spawn(move || {
            assert!(poll(future.as_mut()).is_pending());
            future
        })
        .join()
        .unwrap();
    }
    let recording = record(|| assert!(poll(future.as_mut()).is_ready()));
    let site = recording.report.site("futures::in_parts").unwrap();
    assert_eq!((site.calls, site.allocs.max(), site.bytes.max()), (1, 4, 4 * 24 + 3 * 3));
}

/// Polls two futures in turn, as `join!` does.
async fn both<A: Future, B: Future>(a: A, b: B) {
    let (mut a, mut b) = (Box::pin(a), Box::pin(b));
    let (mut a_done, mut b_done) = (false, false);
    std::future::poll_fn(|cx| {
        a_done = a_done || a.as_mut().poll(cx).is_ready();
        b_done = b_done || b.as_mut().poll(cx).is_ready();
        if a_done && b_done { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
}

#[track_alloc]
async fn boxes(n: usize) {
    for n in 0..n {
        drop(Box::new(n));
        pause().await;
    }
}

#[track_alloc]
async fn vectors(n: usize) {
    for n in 0..n {
        drop(vec![n; 8]);
        pause().await;
    }
}

#[track_alloc]
fn recursive(n: u8) -> Pin<Box<dyn Future<Output = u8>>> {
    Box::pin(async move {
        pause().await;
        if n == 0 { *Box::new(0) } else { recursive(n - 1).await + 1 }
    })
}

#[test]
fn futures_that_take_turns_keep_their_own() {
    let recording = record(|| {
        block_on(both(boxes(3), vectors(5)));
        assert_eq!(block_on(recursive(3)), 3);
    });
    assert_eq!(count(&recording, "futures::boxes"), (1, 3));
    assert_eq!(count(&recording, "futures::vectors"), (1, 5));
    assert_eq!(recording.report.site("futures::vectors").unwrap().bytes.max(), 5 * 64);
    assert_eq!(recording.report.site("futures::recursive").unwrap().calls, 4);
}

/// How often guards of a site were closed with others or by the end of a poll.
fn out_of_order<T>(recording: &Recording<T>, site: &str) -> u64 {
    recording.report.site(site).map_or(0, |site| site.out_of_order)
}

/// Two branches of one task, each with a guard that is held over a wait.
async fn crossing() -> u8 {
    let first = async {
        let _scope = memopt::scope!("first branch");
        pause().await;
        Box::new(1)
    };
    let second = async {
        let _scope = memopt::scope!("second branch");
        pause().await;
        Box::new(2)
    };
    let (first, second) = tokio::join!(biased; first, second);
    *first + *second
}

#[test]
fn guards_of_two_branches_that_cross_are_told() {
    // The first branch ends while the second is open; or the poll around both ends.
    let in_plain = record(|| block_on(crossing()));
    let in_tracked = record(|| block_on(crossing().track_alloc(memopt::site!("around"))));
    for recording in [in_plain, in_tracked] {
        assert_eq!(recording.value, 3);
        assert_eq!(out_of_order(&recording, "first branch"), 1);
        assert_eq!(out_of_order(&recording, "second branch"), 1);
        let text = recording.report.to_string();
        assert!(text.contains("first branch: calls: 1 out of order"), "{text}");
        assert!(text.contains("use `future.track_alloc(site!(..))` there"), "{text}");
    }
}

#[test]
fn a_guard_held_where_a_tracked_body_waits_is_told() {
    #[track_alloc]
    async fn holds() -> Box<u8> {
        let _scope = memopt::scope!("held over a wait");
        pause().await;
        Box::new(1)
    }
    let recording = record(|| block_on(holds()));
    assert_eq!(out_of_order(&recording, "held over a wait"), 1);
    assert_eq!((count(&recording, "held over a wait"), count(&recording, "holds")), {
        // The block is made after the wait, when the scope was closed.
        ((1, 0), (1, 1))
    });
}

#[test]
fn branches_of_join_and_select_are_billed_to_their_own_sites() {
    #[track_alloc]
    async fn left(n: usize) -> Vec<u8> {
        let _within = {
            let _scope = memopt::scope!("within one poll");
            Box::new(0u8)
        };
        waits(n).await
    }
    #[track_alloc]
    async fn right(n: usize) -> Vec<u8> {
        pause().await;
        vec![1; n]
    }
    #[track_alloc]
    async fn both() -> usize {
        let (a, b) = tokio::join!(left(4), async {
            let kept = Box::new(2u8);
            right(3).await.len() + usize::from(*kept)
        });
        let first = tokio::select! {
            biased;
            long = left(9) => long,
            short = right(2) => {
                let of_both: Vec<u8> = [short, vec![7]].concat();
                of_both
            }
        };
        a.len() + b + first.len()
    }
    let recording = record(|| block_on(both()));
    assert_eq!(recording.value, 12);
    let report = &recording.report;
    let own = |name: &str| {
        let site = report.site(name).unwrap();
        (site.calls, site.self_allocs, site.out_of_order)
    };
    // One block a list and one a turn; of the second call one turn came to its block.
    assert_eq!(own("waits"), (2, 1 + 4 + 1 + 1, 0));
    assert_eq!(own("right"), (2, 2, 0));
    assert_eq!(own("within one poll"), (2, 2, 0));
    assert_eq!(own("left"), (2, 0, 0));
    // The box kept beside, the list of one, and both together.
    assert_eq!(own("both"), (1, 3, 0));
    assert_eq!(report.site("left").unwrap().cancelled, 1);
}
