//! Buffers that are made over and over, in threads and futures.

use crate::case::Case;
use std::hint::black_box;

const fn case(name: &'static str, site: &'static str, before: fn(), after: fn()) -> Case {
    Case { name, code: "memopt::reuse", site, before, after, measured: true }
}

pub(crate) const CASES: [Case; 3] = [
    case("a buffer in each job of some threads", "job", || jobs(false), || jobs(true)),
    case("a buffer in each async call", "fetch", || fetches(false), || fetches(true)),
    case("a future that waits with its buffer", "relay", || relays(false), || relays(true)),
];

#[memopt::track_alloc]
fn job(number: u64, scratch: &mut Vec<u64>, kept: bool) -> u64 {
    if kept {
        scratch.clear();
        scratch.extend((0..64).map(|step| step * number));
        return scratch.iter().sum();
    }
    let mut own: Vec<u64> = Vec::with_capacity(64);
    own.extend((0..64).map(|step| step * number));
    own.iter().sum()
}

fn jobs(kept: bool) {
    let context = memopt::Context::current();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            let context = context.clone();
            scope.spawn(move || {
                context.run(|| {
                    let mut scratch = Vec::new();
                    for number in 0..10_000 {
                        black_box(job(number, &mut scratch, kept));
                    }
                });
            });
        }
    });
}

#[memopt::track_alloc]
async fn fetch(number: u32, kept: Option<&mut Vec<u8>>) -> usize {
    let mut own = Vec::new();
    let bytes = kept.unwrap_or(&mut own);
    bytes.clear();
    bytes.extend((0..200).map(|step| (number + step) as u8));
    bytes.len()
}

fn fetches(kept: bool) {
    let mut bytes = Vec::new();
    for number in 0..5_000 {
        black_box(block_on(fetch(number, kept.then_some(&mut bytes))));
    }
}

#[memopt::track_alloc]
async fn relay(number: u32, kept: Option<&mut Vec<u32>>) -> u32 {
    let mut own = Vec::new();
    let words = kept.unwrap_or(&mut own);
    words.clear();
    words.extend(number..number + 60);
    memopt_tests::yield_now().await;
    words.iter().sum()
}

fn relays(kept: bool) {
    let mut words = Vec::new();
    for number in 0..5_000 {
        black_box(block_on(relay(number, kept.then_some(&mut words))));
    }
}

/// Polls to the end; every future here wakes itself.
fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
}
