//! Chains of async functions: how deep the compiler follows them, how large their futures are, and
//! how much stack their first poll takes. Each beside the plain functions.

use std::cell::Cell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

/// A chain of functions: the first awaits a [`Leaf`], each other the one before.
macro_rules! chain {
    ($(#[$attr:meta])* $local:ident $first:ident $($rest:ident)*) => {
        $(#[$attr])*
        pub async fn $first(x: u64) -> u64 {
            super::Leaf(false, x).await
        }
        chain!(@ $(#[$attr])* $local $first $($rest)*);
    };
    (@ $(#[$attr:meta])* small $before:ident $name:ident $($rest:ident)*) => {
        $(#[$attr])*
        pub async fn $name(x: u64) -> u64 {
            $before(x).await + 1
        }
        chain!(@ $(#[$attr])* small $name $($rest)*);
    };
    (@ $(#[$attr:meta])* large $before:ident $name:ident $($rest:ident)*) => {
        $(#[$attr])*
        pub async fn $name(x: u64) -> u64 {
            let local = [x; 32];
            let sum = $before(x).await;
            sum + std::hint::black_box(local).iter().sum::<u64>()
        }
        chain!(@ $(#[$attr])* large $name $($rest)*);
    };
    (@ $(#[$attr:meta])* $local:ident $last:ident) => {};
}

mod plain {
    chain!(small f1 f2 f3 f4 f5 f6 f7 f8 f9 f10);
}

mod annotated {
    chain!(#[memopt::track_alloc] small f1 f2 f3 f4 f5 f6 f7 f8 f9 f10);
}

mod plain_large {
    chain!(large f1 f2 f3 f4 f5 f6 f7 f8 f9 f10);
}

mod annotated_large {
    chain!(#[memopt::track_alloc] large f1 f2 f3 f4 f5 f6 f7 f8 f9 f10);
}

mod deep {
    chain!(#[memopt::track_alloc] small f1 f2 f3 f4 f5 f6 f7 f8 f9 f10 f11 f12 f13 f14 f15 f16 f17
        f18 f19 f20 f21 f22 f23 f24 f25 f26 f27 f28 f29 f30 f31 f32 f33 f34 f35 f36 f37 f38 f39
        f40);
}

/// Pending once. It notes where the stack is.
pub struct Leaf(bool, u64);

thread_local! {
    static STACK: Cell<usize> = const { Cell::new(0) };
}

impl Future for Leaf {
    type Output = u64;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u64> {
        let here = 0u8;
        STACK.set((&raw const here).addr());
        if std::mem::replace(&mut self.0, true) { Poll::Ready(self.1) } else { Poll::Pending }
    }
}

/// Bytes of stack from here to the leaf.
#[inline(never)]
fn first_poll(future: impl Future<Output = u64>) -> usize {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    let here = 0u8;
    assert!(future.as_mut().poll(&mut cx).is_pending());
    let stack = (&raw const here).addr() - STACK.get();
    assert!(future.as_mut().poll(&mut cx).is_ready());
    stack
}

fn send<T: Send>(future: T) -> T {
    future
}

#[test]
fn the_compiler_follows_forty_levels() {
    assert!(pin!(send(deep::f40(1))).poll(&mut Context::from_waker(Waker::noop())).is_pending());
}

#[test]
fn a_level_takes_two_words_more() {
    let (plain, annotated) = (size_of_val(&plain::f10(1)), size_of_val(&annotated::f10(1)));
    println!("ten levels: {plain} and {annotated} bytes");
    assert!(annotated <= plain + 10 * 24);
    let (plain, annotated) =
        (size_of_val(&plain_large::f10(1)), size_of_val(&annotated_large::f10(1)));
    println!("of 256 bytes each: {plain} and {annotated} bytes");
    assert!(annotated * 100 <= plain * 115);
}

#[test]
fn the_first_poll_takes_little_more_stack() {
    // Once before: a thread's first scope makes room for its records.
    first_poll(annotated::f10(1));
    for (plain, annotated) in [
        (first_poll(plain::f10(1)), first_poll(annotated::f10(1))),
        (first_poll(plain_large::f10(1)), first_poll(annotated_large::f10(1))),
    ] {
        println!("ten levels: {plain} and {annotated} bytes of stack");
        if cfg!(debug_assertions) {
            assert!(annotated * 2 <= plain * 3, "{annotated} bytes, plain {plain}");
        }
    }
}

#[test]
fn whatever_a_future_is_it_stays() {
    fn is<T: Send + Sync + std::panic::UnwindSafe + std::panic::RefUnwindSafe>(_: &T) {}
    is(&plain::f10(1));
    is(&annotated::f10(1));
}

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();
