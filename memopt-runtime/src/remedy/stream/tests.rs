//! The mechanism without the attribute; small enough for Miri, and run there.

use super::{streamed, streamed_async};
use futures_core::Stream as _;
use std::cell::Cell;
use std::iter::once;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// Counts its drops.
struct Counted(Rc<Cell<usize>>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

/// Waits for one poll.
async fn pause() {
    let mut first = true;
    std::future::poll_fn(
        |_| if std::mem::take(&mut first) { Poll::Pending } else { Poll::Ready(()) },
    )
    .await;
}

#[test]
fn items_come_in_order_and_then_none() {
    fn numbers<const N: usize>() -> Vec<String> {
        let mut rows = streamed::<_, _, N>(|out| async move {
            let words = ["a".to_owned(), "b".to_owned()];
            for word in &words {
                out.push(word.clone());
                out.room(()).await;
            }
            out.extend(words).await;
            out.append(&mut vec!["c".to_owned()]).await;
            out.extend_from_slice(&["d".to_owned(), "e".to_owned()]).await;
        });
        assert_eq!(rows.size_hint(), (0, None));
        let all: Vec<String> = rows.by_ref().collect();
        assert_eq!((rows.next(), rows.size_hint()), (None, (0, Some(0))));
        all
    }
    let expected = ["a", "b", "a", "b", "c", "d", "e"];
    assert_eq!(numbers::<1>(), expected);
    assert_eq!(numbers::<2>(), expected);
    assert_eq!(numbers::<3>(), expected);
    assert_eq!(numbers::<7>(), expected);
    assert_eq!(numbers::<100>(), expected);
}

#[test]
fn an_error_is_the_last_item() {
    fn rows<const N: usize>() -> Vec<Result<u8, String>> {
        let mut rows = streamed::<_, _, N>(|out| async move {
            out.extend(&[1, 2]).await;
            Err("cut".to_owned())
        });
        let first = rows.next();
        assert_eq!(first, Some(Ok(1)));
        if N > 2 {
            assert_eq!(rows.size_hint(), (2, Some(2)));
        }
        first.into_iter().chain(rows).collect()
    }
    let expected = [Ok(1), Ok(2), Err("cut".to_owned())];
    assert_eq!(rows::<1>(), expected);
    assert_eq!(rows::<2>(), expected);
    assert_eq!(rows::<5>(), expected);
}

#[test]
fn what_was_not_asked_for_is_not_made_and_locals_are_dropped() {
    let (locals, items) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    let (local, item) = (locals.clone(), items.clone());
    let mut rows = streamed::<_, _, 4>(|out| async move {
        let _local = Counted(local);
        out.extend((0..100).map(|_| Counted(item.clone()))).await;
    });
    drop(rows.next());
    assert_eq!((locals.get(), items.get()), (0, 1));
    drop(rows);
    assert_eq!((locals.get(), items.get()), (1, 4));
    // Never asked at all: what it would have used goes all the same.
    let unused = Counted(locals.clone());
    drop(streamed::<u8, _, 1>(|_| async move { drop(unused) }));
    assert_eq!(locals.get(), 2);
}

#[test]
fn a_panic_comes_out_of_next_and_ends_it() {
    let drops = Rc::new(Cell::new(0));
    let local = Counted(drops.clone());
    let mut rows = streamed::<_, _, 1>(|out| async move {
        let _local = local;
        out.extend(once(1)).await;
        assert!(std::hint::black_box(false), "in the body");
    });
    assert_eq!(rows.next(), Some(1));
    assert!(catch_unwind(AssertUnwindSafe(|| rows.next())).is_err());
    assert_eq!((rows.next(), rows.size_hint(), drops.get()), (None, (0, Some(0)), 1));
}

#[test]
fn a_borrowing_body_moves_with_its_iterator() {
    let text = String::from("a b c");
    let rows = streamed::<_, _, 1>(|out| {
        let text = text.as_str();
        async move {
            let mut own = String::new();
            let held = &mut own;
            for word in text.split(' ') {
                held.push_str(word);
                out.push(held.len());
                out.room(()).await;
            }
        }
    });
    let mut moved = Box::new((rows, 0));
    assert_eq!(moved.0.next(), Some(1));
    let (mut rows, _) = *moved;
    assert_eq!((rows.next(), rows.next(), rows.next()), (Some(2), Some(3), None));
}

#[test]
fn a_stream_is_pending_where_its_body_is() {
    let mut rows = streamed_async::<_, _, 2>(|out| async move {
        for n in 0..3 {
            pause().await;
            out.push(n);
            out.room(()).await;
        }
    });
    let mut task = Context::from_waker(Waker::noop());
    let mut polls = Vec::new();
    while polls.last() != Some(&Poll::Ready(None)) {
        polls.push(Pin::new(&mut rows).poll_next(&mut task));
    }
    let item = |n| Poll::Ready(Some(n));
    // There is room for two, but an item is given out as soon as the body waits for something else.
    assert_eq!(polls, [Poll::Pending, item(0), item(1), item(2), Poll::Ready(None)]);
}

#[test]
fn a_body_that_sends_is_sendable() {
    let rows = streamed::<_, _, 1>(|out| async move { out.extend(["a", "b"]).await });
    let words: Vec<&str> =
        std::thread::scope(|threads| threads.spawn(|| rows.collect()).join().unwrap());
    assert_eq!(words, ["a", "b"]);
}

#[test]
#[should_panic(expected = "make it an `async fn`")]
fn an_iterator_does_not_wait() {
    streamed::<u8, _, 1>(|_| async move { pause().await }).for_each(drop);
}

/// A generator of test programs (PCG's multiplier; the high bits are good enough).
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }

    /// Another one.
    pub(super) fn fork(&mut self) -> Self {
        Self(self.below(1 << 30) as u64)
    }
}
