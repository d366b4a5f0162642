//! What reading lazily loaded values and starting collections with the room they need costs, as ratios within one round:
//! `cargo run --release -p memopt-runtime --example lazy_cost`.

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Instant;

use memopt_runtime::remedy::{Cache, Lazy, Learner, Singleton};

const ROUNDS: usize = 31;
const TIMES: u32 = 200_000;

/// Nanoseconds of one call.
fn time(mut work: impl FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..TIMES {
        work();
    }
    start.elapsed().as_nanos() as f64 / f64::from(TIMES)
}

/// Medians of the time of `ours` and of its ratio to `base` in the same round.
fn compare(name: &str, mut base: impl FnMut(), mut ours: impl FnMut()) {
    let mut rounds: Vec<(f64, f64)> = (0..ROUNDS).map(|_| (time(&mut base), time(&mut ours))).collect();
    rounds.sort_by(|a, b| (a.1 / a.0).total_cmp(&(b.1 / b.0)));
    let (base, ours) = rounds[ROUNDS / 2];
    println!("{name:44} {base:8.2} ns {ours:8.2} ns {:6.2}x", ours / base);
}

fn grow<const N: usize>(mut vec: Vec<u64>) -> Vec<u64> {
    for n in 0..N as u64 {
        vec.push(black_box(n));
    }
    vec
}

fn presized<const N: usize>(learner: &'static Learner) {
    compare(
        &format!("Vec of {N}: grown, pre-sized"),
        || drop(black_box(grow::<N>(Vec::new()))),
        || {
            let vec = learner.start(Vec::new());
            let started = learner.started(&vec);
            let vec = grow::<N>(vec);
            learner.end(started, &vec);
            drop(black_box(vec));
        },
    );
}

fn main() {
    static LOCK: LazyLock<u64> = LazyLock::new(|| 7);
    static CELL: Lazy<u64> = Lazy::new();
    compare(
        "read: LazyLock, Lazy",
        || _ = black_box(**black_box(&LOCK)),
        || _ = black_box(*black_box(&CELL).get_or_load(|| 7)),
    );

    static ONE: Singleton<u64> = Singleton::new("one", |_| 8);
    static SHARED: Mutex<Option<Arc<u64>>> = Mutex::new(None);
    *SHARED.lock().expect("not poisoned") = Some(Arc::new(7));
    compare(
        "handle: Mutex<Option<Arc>>, Singleton",
        || drop(black_box(SHARED.lock().expect("not poisoned").clone())),
        || drop(black_box(ONE.get(|| 7))),
    );

    static MANY: Cache<u64, u64> = Cache::new("many", |_| 8);
    static MAP: LazyLock<Mutex<HashMap<u64, Arc<u64>>>> =
        LazyLock::new(|| Mutex::new((0..64).map(|n| (n, Arc::new(n))).collect()));
    let (mut a, mut b) = (0, 0);
    compare(
        "by key: Mutex<HashMap<_, Arc>>, Cache",
        || {
            a = (a + 1) % 64;
            drop(black_box(MAP.lock().expect("not poisoned").get(&a).cloned()));
        },
        || {
            b = (b + 1) % 64;
            drop(black_box(MANY.get(b, |n| n)));
        },
    );

    static EMPTY: Learner = Learner::new("empty");
    compare(
        "empty Vec: plain, with a learner",
        || drop(black_box(Vec::<u64>::new())),
        || {
            let vec: Vec<u64> = EMPTY.start(Vec::new());
            let started = EMPTY.started(&vec);
            EMPTY.end(started, black_box(&vec));
        },
    );
    static TENS: Learner = Learner::new("tens");
    static THOUSANDS: Learner = Learner::new("thousands");
    presized::<10>(&TENS);
    presized::<1000>(&THOUSANDS);
}
