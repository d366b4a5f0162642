//! Async functions: the same, and dropped at each place where they wait.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use crate::log::{D, dropped, pair};

/// Pending once.
pub struct Wait(pub bool, pub D);

impl Future for Wait {
    type Output = usize;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<usize> {
        if std::mem::replace(&mut self.0, true) { Poll::Ready(self.1.len()) } else { Poll::Pending }
    }
}

pub fn wait(name: &'static str) -> Wait {
    Wait(false, D(name))
}

pub fn wait_for<'a>(wait: Wait, _: &'a D) -> Pin<Box<dyn Future<Output = usize> + 'a>> {
    Box::pin(wait)
}

/// An await that the attribute does not see.
macro_rules! hidden {
    ($future:expr) => {
        $future.await
    };
}

twice! {
    use super::*;

    pub async fn arguments(work: D, _guard: D, _: D, fail: usize) -> usize {
        wait("first").await;
        let _ = check(fail, 1);
        wait("second").await + work.len()
    }

    pub async fn unused_arguments(_a: D, _b: D, _: D, _fail: usize) {
        let _c = D("c");
        wait("first").await;
    }

    pub async fn patterns((a, _): (D, D), Pair { x, .. }: Pair, ref r: D, mut m: D, fail: usize) {
        let _kept = (a, x);
        let length = m.len();
        m = D("assigned");
        wait("first").await;
        let _ = check(fail, 1);
        let _ = (r.len(), m.len(), length);
    }

    pub async fn temporaries(a: D, _fail: usize) -> usize {
        let b = wait_for(wait("first"), &D("borrowed")).await + D("later").len();
        let _c = D("c");
        wait_for(wait("tail"), D("temporary").itself()).await + a.len() + b
    }

    pub async fn tail_only(_a: D, _fail: usize) -> usize {
        let _b = D("b");
        D("temporary").itself().len()
    }

    pub async fn tail_match(_a: D, fail: usize) -> usize {
        let _b = D("b");
        match wait_for(wait("first"), &D("scrutinee")).await {
            n => {
                let _c = D("c");
                n + wait("second").await + check(fail, 1).unwrap_or(0)
            }
        }
    }

    pub async fn question(a: D, fail: usize) -> Result<usize, D> {
        let _b = D("b");
        wait("first").await;
        check(fail, 1)?;
        let _c = D("c");
        Ok(check(fail, wait("second").await.min(2))? + a.len())
    }

    pub async fn in_a_loop(a: D, fail: usize) -> usize {
        for n in 0..2 {
            let _d = D("in a loop");
            if wait("each").await + n == fail + 3 {
                return a.len();
            }
        }
        let future = wait("kept");
        let _b = D("b");
        future.await
    }

    pub async fn nested(a: D, fail: usize) -> usize {
        let block = async move {
            let _b = D("b");
            wait("inside").await + a.len()
        };
        let _c = D("c");
        let n = block.await;
        let _ = check(fail, 1);
        n + question(D("other"), fail).await.unwrap_or(0)
    }

    pub async fn never_waits(a: D, _b: D, fail: usize) -> usize {
        let _c = D("c");
        check(fail, 1).unwrap_or(0) + a.len()
    }

    // These are wrapped.

    pub async fn hidden_arguments(work: D, _guard: D, _: D, fail: usize) -> usize {
        hidden!(wait("first"));
        let _ = check(fail, 1);
        wait("second").await + work.len()
    }

    pub async fn hidden_patterns(
        (a, _): (D, D), Pair { x, .. }: Pair, ref r: D, mut m: D, fail: usize,
    ) {
        let _kept = (a, x);
        let length = m.len();
        m = D("assigned");
        hidden!(wait("first"));
        let _ = check(fail, 1);
        let _ = (r.len(), m.len(), length);
    }

    pub async fn hidden_tail(_a: D, b: D, _fail: usize) -> usize {
        let _c = D("c");
        hidden!(wait_for(wait("tail"), D("temporary").itself())) + b.len()
    }

    pub async fn hidden_question(_a: D, fail: usize) -> Result<usize, D> {
        let _b = D("b");
        hidden!(wait("first"));
        check(fail, 1)?;
        let _c = D("c");
        Ok(check(fail, hidden!(wait("second")).min(2))? + D("temporary").itself().len())
    }

    pub struct Owner(pub D);

    impl Owner {
        pub async fn consumed(self, _b: D, fail: usize) -> usize {
            let _c = D("c");
            wait("first").await + check(fail, 1).unwrap_or(0) + self.0.len()
        }

        pub async fn hidden(self, _b: D, fail: usize) -> usize {
            let _c = D("c");
            hidden!(wait("first")) + check(fail, 1).unwrap_or(0) + self.0.len()
        }

        pub async fn hidden_unused(self, _b: D, _fail: usize) -> usize {
            hidden!(wait("first"))
        }
    }

    // Functions that return futures.

    pub fn boxed(a: D, _b: D, fail: usize) -> Pin<Box<dyn Future<Output = usize>>> {
        let c = D("c");
        Box::pin(async move {
            let _d = D("d");
            let n = wait("first").await + a.len() + check(fail, 1).unwrap_or(0);
            n + c.len()
        })
    }

    pub fn bare(a: D, _b: D, fail: usize) -> impl Future<Output = usize> {
        async move {
            let _d = D("d");
            wait_for(wait("tail"), D("temporary").itself()).await
                + a.len() + check(fail, 1).unwrap_or(0)
        }
    }
}

/// Polls a future so many times and drops it.
fn polled<F: Future>(future: F, times: usize) {
    let mut future = Box::pin(future);
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..times {
        if future.as_mut().poll(&mut cx).is_ready() {
            return;
        }
    }
}

/// `$made` with `$of` as the plain and as the annotated module.
macro_rules! compare {
    ($name:expr, |$of:ident, $fail:ident| $made:expr) => {
        for $fail in [0, 1, 2, 101, 102] {
            for times in 0..5 {
                let plain = {
                    use self::plain as $of;
                    dropped(|| polled($made, times))
                };
                let annotated = {
                    use self::annotated as $of;
                    dropped(|| polled($made, times))
                };
                assert!(!plain.0.is_empty());
                assert_eq!(annotated, plain, "{} {}, {} polls", $name, $fail, times);
            }
        }
        let site = &format!(
            "{}::asynchronous::annotated::{}",
            module_path!().split("::").next().unwrap(),
            $name
        );
        assert!(memopt::report().site(site).is_ok(), "{}", site);
    };
}

macro_rules! each {
    ($($name:ident ( $($argument:expr),* );)*) => {
        $(compare!(stringify!($name), |of, fail| of::$name($($argument,)* fail));)*
    };
}

#[test]
fn what_an_async_function_drops_it_drops_in_order() {
    each! {
        arguments(D("1"), D("2"), D("3"));
        unused_arguments(D("1"), D("2"), D("3"));
        patterns((D("1"), D("2")), pair("3", "4"), D("5"), D("6"));
        temporaries(D("1"));
        tail_only(D("1"));
        tail_match(D("1"));
        question(D("1"));
        in_a_loop(D("1"));
        nested(D("1"));
        never_waits(D("1"), D("2"));
        hidden_arguments(D("1"), D("2"), D("3"));
        hidden_patterns((D("1"), D("2")), pair("3", "4"), D("5"), D("6"));
        hidden_tail(D("1"), D("2"));
        hidden_question(D("1"));
        boxed(D("1"), D("2"));
        bare(D("1"), D("2"));
    }
    compare!("Owner::consumed", |of, fail| of::Owner(D("self")).consumed(D("1"), fail));
    compare!("Owner::hidden", |of, fail| of::Owner(D("self")).hidden(D("1"), fail));
    compare!("Owner::hidden_unused", |of, fail| of::Owner(D("self")).hidden_unused(D("1"), fail));
}
