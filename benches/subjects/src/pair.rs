//! Two threads at work on the same things: one makes them, the other gets them through a channel
//! and disposes of them.
//!
//! Things travel by the load, and each thread works on an array of its own: a load is made there
//! and copied over, and copied out before it is disposed of. Where the work itself reads and writes
//! the channel's lines, which the other thread had last, most of its time is spent waiting for
//! these, the longer the more it has stored meanwhile: that cannot be taken off afterwards.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering, fence};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, mpsc};
use std::time::{Duration, Instant};

use rtrb::RingBuffer;

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

/// How things travel.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    /// Things that are handed over at once.
    pub load: usize,
    /// Things between the two threads, at most.
    pub under_way: usize,
}

/// What the passing of things took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Taken {
    /// From the first thing made until the last one disposed of: the time of the slower thread,
    /// with the channel's and all that the two cost each other.
    pub whole: Duration,
    /// In the making of things and in disposing of them, both threads together, the channel and
    /// waiting left out. What a load has stored is waited for, so that it is not charged to what
    /// comes next.
    pub work: Duration,
}

/// Times `iterations` things made here and disposed of by the other thread. Threads that share a
/// core take turns and do not get into each other's way, which is not what is measured: it is then
/// tried again, and after some attempts [`disturbed`].
///
/// # Panics
///
/// When the other thread is gone.
pub fn pass<T: Send + 'static>(
    iterations: u64,
    way: Way,
    make: impl Fn() -> T,
    dispose: impl Fn(T) + Copy + Send + 'static,
) -> Taken {
    let mut last = Taken::default();
    for _ in 0..ATTEMPTS {
        let (taken, undisturbed) = attempt(iterations, way, &make, dispose);
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
    way: Way,
    make: impl Fn() -> T,
    dispose: impl Fn(T) + Copy + Send + 'static,
) -> (Taken, bool) {
    let (mut to, mut from) = RingBuffer::new(way.under_way);
    let ready = Arc::new(AtomicU64::new(0));
    let (finish, finished) = mpsc::channel();
    let there = ready.clone();
    other(Box::new(move || {
        let mut load = Vec::with_capacity(way.load);
        let mut work = Duration::ZERO;
        meet(&there);
        let core = on_core();
        for length in loads(iterations, way.load) {
            let chunk = loop {
                match from.read_chunk(length) {
                    Ok(chunk) => break chunk,
                    Err(_) => std::hint::spin_loop(),
                }
            };
            load.extend(chunk);
            work += length_of(|| load.drain(..).for_each(dispose));
        }
        let end = Instant::now();
        // The one who waits for it sees that it is gone.
        _ = finish.send((end, work, on_core().saturating_sub(core)));
    }));
    let mut load = Vec::with_capacity(way.load);
    let mut work = Duration::ZERO;
    meet(&ready);
    let (begin, core) = (Instant::now(), on_core());
    for length in loads(iterations, way.load) {
        work += length_of(|| load.extend((0..length).map(|_| make())));
        let chunk = loop {
            match to.write_chunk_uninit(length) {
                Ok(chunk) => break chunk,
                Err(_) => std::hint::spin_loop(),
            }
        };
        chunk.fill_from_iter(load.drain(..));
    }
    let (busy, own) = (begin.elapsed(), on_core().saturating_sub(core));
    let (end, others_work, others) = finished.recv().expect("the other thread answers");
    let whole = end.saturating_duration_since(begin);
    (Taken { whole, work: work + others_work }, own * 10 >= busy * 9 && others * 10 >= whole * 9)
}

/// How long something takes, until all it stored has reached the caches.
#[inline(always)]
fn length_of(work: impl FnOnce()) -> Duration {
    let begin = Instant::now();
    work();
    fence(Ordering::SeqCst);
    begin.elapsed()
}

/// The lengths of the loads that so many things make.
fn loads(things: u64, load: usize) -> impl Iterator<Item = usize> {
    (0..things).step_by(load).map(move |done| load.min((things - done) as usize))
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
