//! Prints what a span of `tracing` and a request of `tower` cost with memopt's layers and without:
//! see the README of the folder above.
//!
//! All subjects share a process and its allocator, and take turns of about half a millisecond.

use std::convert::Infallible;
use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Instant;

use memopt::integrate::tower::RequestLayer;
use memopt::integrate::tracing::{Untracked, layer};
use memopt_benches::stats::Quartiles;
use tower::{Layer as _, Service, service_fn};
use tracing::{Dispatch, info_span};
use tracing_subscriber::layer::SubscriberExt as _;

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

const ROUNDS: usize = 600;
const ITERATIONS: u32 = 2000;

/// One way to do the work: its name and a turn of it.
type Subject = (&'static str, Box<dyn FnMut()>);

fn main() {
    compare(
        "a span made, entered, left and closed around 64 bytes",
        subscribers(|| {
            info_span!("work").in_scope(|| drop(black_box(vec![0u8; 64])));
        }),
    );
    compare("a span entered and left", subscribers_with_span());
    compare("a request that allocates 64 bytes", requests());
}

fn dispatches() -> [(&'static str, Dispatch); 3] {
    [
        ("registry alone", Dispatch::new(tracing_subscriber::registry())),
        ("with the layer", Dispatch::new(tracing_subscriber::registry().with(layer()))),
        (
            "with it, unbilled",
            Dispatch::new(Untracked::new(tracing_subscriber::registry().with(layer()))),
        ),
    ]
}

fn subscribers(work: fn()) -> Vec<Subject> {
    let turn = |(name, dispatch): (&'static str, Dispatch)| -> Subject {
        (
            name,
            Box::new(move || {
                tracing::dispatcher::with_default(&dispatch, || {
                    (0..ITERATIONS).for_each(|_| work())
                });
            }),
        )
    };
    dispatches().into_iter().map(turn).collect()
}

fn subscribers_with_span() -> Vec<Subject> {
    let turn = |(name, dispatch): (&'static str, Dispatch)| -> Subject {
        let span = tracing::dispatcher::with_default(&dispatch, || info_span!("stay"));
        (name, Box::new(move || (0..ITERATIONS).for_each(|_| drop(black_box(span.enter())))))
    };
    dispatches().into_iter().map(turn).collect()
}

fn requests() -> Vec<Subject> {
    let plain = service_fn(|(): ()| async {
        drop(black_box(vec![0u8; 64]));
        Ok::<_, Infallible>(())
    });
    let named = RequestLayer::by(|(): &()| "GET /").layer(plain);
    let formatted =
        RequestLayer::by(|(): &()| format!("GET {}", black_box("/users/{id}"))).layer(plain);
    vec![
        ("the service alone", answers(plain)),
        ("by a static name", answers(named)),
        ("by a formatted name", answers(formatted)),
    ]
}

fn answers(mut service: impl Service<(), Error = Infallible> + 'static) -> Box<dyn FnMut()> {
    Box::new(move || {
        let cx = &mut Context::from_waker(Waker::noop());
        for _ in 0..ITERATIONS {
            assert!(pin!(service.call(())).poll(cx).is_ready());
        }
    })
}

/// Lets the subjects take turns; prints the median time of each and the quartiles of its ratio to
/// the first in the same round.
fn compare(what: &str, mut subjects: Vec<Subject>) {
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); subjects.len()];
    for _ in 0..ROUNDS {
        for ((_, turn), times) in subjects.iter_mut().zip(&mut times) {
            let start = Instant::now();
            turn();
            times.push(start.elapsed().as_nanos() as f64 / f64::from(ITERATIONS));
        }
    }
    println!("{what}");
    for ((name, _), own) in subjects.iter().zip(&times) {
        let ratios: Vec<f64> = own.iter().zip(&times[0]).map(|(own, first)| own / first).collect();
        let (Some(time), Some(ratio)) = (Quartiles::of(own), Quartiles::of(&ratios)) else {
            continue;
        };
        println!(
            "  {name:20} {:7.1} ns  {:.2}x ({:.2} to {:.2})",
            time.median, ratio.median, ratio.low, ratio.high
        );
    }
}
