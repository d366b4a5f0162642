//! Two threads at work on the same things: one makes them, the other gets them through a channel and disposes of them.
//!
//! The time is what passes from the first thing made until the last one disposed of, so it is that of the slower of the
//! two, with all they cost each other.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, mpsc};
use std::time::{Duration, Instant};

use rtrb::{PopError, PushError, RingBuffer};

use crate::bench::on_core;

/// How often the work is done again when one of the threads did not have a core for itself.
const ATTEMPTS: u32 = 16;

type Job = Box<dyn FnOnce() + Send>;

/// Whether a time was given that is none: the threads never had a core each.
static DISTURBED: AtomicBool = AtomicBool::new(false);

/// Whether that was so since this was last asked.
pub fn disturbed() -> bool {
    DISTURBED.swap(false, Ordering::Relaxed)
}

/// Times `iterations` things made here and disposed of by the other thread, of which at most `under_way` are between the
/// two. Threads that share a core take turns and do not get into each other's way, which is not what is measured: it is then
/// tried again, and after some attempts [`disturbed`].
///
/// # Panics
///
/// When the other thread is gone.
pub fn pass<T: Send + 'static>(
    iterations: u64,
    under_way: usize,
    make: impl Fn() -> T,
    dispose: impl Fn(T) + Copy + Send + 'static,
) -> Duration {
    let mut last = Duration::ZERO;
    for _ in 0..ATTEMPTS {
        let (taken, undisturbed) = attempt(iterations, under_way, &make, dispose);
        if undisturbed {
            return taken;
        }
        last = taken;
    }
    DISTURBED.store(true, Ordering::Relaxed);
    last
}

/// One time, and whether both threads had a core for nine tenths of it.
fn attempt<T: Send + 'static>(
    iterations: u64,
    under_way: usize,
    make: impl Fn() -> T,
    dispose: impl Fn(T) + Copy + Send + 'static,
) -> (Duration, bool) {
    let (mut to, mut from) = RingBuffer::new(under_way);
    let ready = Arc::new(AtomicU64::new(0));
    let (finish, finished) = mpsc::channel();
    let there = ready.clone();
    other(Box::new(move || {
        meet(&there);
        let core = on_core();
        for _ in 0..iterations {
            let thing = loop {
                match from.pop() {
                    Ok(thing) => break thing,
                    Err(PopError::Empty) => std::hint::spin_loop(),
                }
            };
            dispose(thing);
        }
        let end = Instant::now();
        // The one who waits for it sees that it is gone.
        _ = finish.send((end, on_core().saturating_sub(core)));
    }));
    meet(&ready);
    let (begin, core) = (Instant::now(), on_core());
    for _ in 0..iterations {
        let mut thing = make();
        while let Err(PushError::Full(back)) = to.push(thing) {
            thing = back;
            std::hint::spin_loop();
        }
    }
    let (busy, own) = (begin.elapsed(), on_core().saturating_sub(core));
    let (end, others) = finished.recv().expect("the other thread answers");
    let taken = end.saturating_duration_since(begin);
    (taken, own * 10 >= busy * 9 && others * 10 >= taken * 9)
}

/// Waits, spinning, until both threads are here.
fn meet(ready: &AtomicU64) {
    ready.fetch_add(1, Ordering::SeqCst);
    while ready.load(Ordering::SeqCst) < 2 {
        std::hint::spin_loop();
    }
}

/// Has the other thread, the same one for the whole run, do something.
fn other(job: Job) {
    static JOBS: OnceLock<Mutex<mpsc::Sender<Job>>> = OnceLock::new();
    let jobs = JOBS.get_or_init(|| {
        let (jobs, todo) = mpsc::channel::<Job>();
        std::thread::spawn(move || todo.into_iter().for_each(|job| job()));
        Mutex::new(jobs)
    });
    jobs.lock().unwrap_or_else(PoisonError::into_inner).send(job).expect("the other thread waits");
}
