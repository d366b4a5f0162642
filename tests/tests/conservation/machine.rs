//! Makes the moves of a program on real threads, one at a time, allocating nothing of its own
//! meanwhile.

use crate::program::{BLOCKS, CONTEXTS, Do, FUTURES, GUARDS, Move, SITES, STRAYS, THREADS, Wrap};
use memopt_runtime::__private::{Place, SiteKind, enter};
use memopt_runtime::{
    Context, Recording, Report, Scope, Site, TrackAlloc, record, record_async, site,
};
use std::future::Future;
use std::hint::black_box;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

/// More reports than a program makes.
pub(crate) const REPORTS: usize = 256;

type Boxed = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What the threads share. All of it has its room before a program starts.
pub(crate) struct Machine {
    mail: [(Mutex<Option<Do>>, Condvar); THREADS],
    done: (Mutex<bool>, Condvar),
    blocks: Mutex<[Option<Vec<u8>>; BLOCKS]>,
    contexts: Mutex<[Option<Context>; CONTEXTS]>,
    futures: [Mutex<Option<Boxed>>; FUTURES],
    /// The block each future is to hold when its poll ends.
    handed: [Mutex<Option<Vec<u8>>>; FUTURES],
    pub(crate) reports: Mutex<Vec<(Report, Option<u64>)>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) static MACHINE: Machine = Machine {
    mail: [const { (Mutex::new(None), Condvar::new()) }; THREADS],
    done: (Mutex::new(false), Condvar::new()),
    blocks: Mutex::new([const { None }; BLOCKS]),
    contexts: Mutex::new([const { None }; CONTEXTS]),
    futures: [const { Mutex::new(None) }; FUTURES],
    handed: [const { Mutex::new(None) }; FUTURES],
    reports: Mutex::new(Vec::new()),
};

/// What a level left.
enum Left {
    Pending,
    Ready,
}

/// A guard that is forgotten where dropping it would close another scope.
struct Held(Option<Scope>, bool);

impl Drop for Held {
    fn drop(&mut self) {
        if let (Some(scope), true) = (self.0.take(), self.1) {
            std::mem::forget(scope);
        }
    }
}

struct Worker {
    thread: usize,
    strays: [Option<Held>; STRAYS],
    /// The future being polled innermost.
    polled: usize,
}

impl Machine {
    /// Makes one move and waits until it is made.
    pub(crate) fn make(&self, step: Move) {
        let (mail, rings) = &self.mail[step.thread];
        *locked(mail) = Some(step.what);
        rings.notify_one();
        let (done, rings) = &self.done;
        let mut done = locked(done);
        while !*done {
            done = rings.wait(done).unwrap_or_else(PoisonError::into_inner);
        }
        *done = false;
    }

    fn done(&self) {
        *locked(&self.done.0) = true;
        self.done.1.notify_one();
    }

    fn next(&self, thread: usize) -> Do {
        let (mail, rings) = &self.mail[thread];
        let mut mail = locked(mail);
        loop {
            if let Some(what) = mail.take() {
                return what;
            }
            mail = rings.wait(mail).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The life of a thread: programs until it is told to `Finish` without one.
    pub(crate) fn work(&self, thread: usize) {
        let nowhere = Context::current();
        let mut worker = Worker { thread, strays: Default::default(), polled: 0 };
        while let Do::Begin { wrapped } = self.next(thread) {
            let mut program = || {
                worker.level();
                worker.strays.iter_mut().for_each(|stray| drop(stray.take()));
            };
            if wrapped {
                nowhere.run(program);
            } else {
                program();
            }
            self.done();
        }
        drop(nowhere);
        self.done();
    }
}

impl Worker {
    /// Makes moves until the level ends; says that it has begun.
    fn level(&mut self) -> Left {
        let mut guards: [Option<Held>; GUARDS] = Default::default();
        loop {
            MACHINE.done();
            match MACHINE.next(self.thread) {
                Do::End | Do::Finish => return Left::Pending,
                Do::Ready => return Left::Ready,
                Do::Panic => resume_unwind(Box::new(())),
                Do::Enter { site, guard, forget } => {
                    guards[guard] = Some(Held(Some(enter(SITE[site])), forget));
                }
                Do::Leave { guard } => drop(guards[guard].take()),
                Do::Forget { guard } => std::mem::forget(guards[guard].take()),
                what => self.make(what),
            }
        }
    }

    fn make(&mut self, what: Do) {
        match what {
            Do::Alloc { block, size } => {
                locked(&MACHINE.blocks)[block] = Some(Vec::with_capacity(size))
            }
            Do::Realloc { block, size } => {
                let mut blocks = locked(&MACHINE.blocks);
                let block = blocks[block].as_mut().expect("the model knows it");
                if size > block.capacity() {
                    block.reserve_exact(size);
                } else {
                    block.shrink_to(size);
                }
                assert_eq!(black_box(&block).capacity(), size);
            }
            Do::Free { block } => drop(black_box(locked(&MACHINE.blocks)[block].take())),
            Do::EnterStray { site, stray, forget } => {
                self.strays[stray] = Some(Held(Some(enter(SITE[site])), forget));
            }
            Do::LeaveStray { stray } => drop(self.strays[stray].take()),
            Do::Capture { context } => {
                locked(&MACHINE.contexts)[context] = Some(Context::current())
            }
            Do::Run { context } => {
                let context =
                    locked(&MACHINE.contexts)[context].clone().expect("the model knows it");
                context.run(|| self.level());
            }
            Do::Record => keep(record(|| _ = self.level())),
            Do::Catch => _ = catch_unwind(AssertUnwindSafe(|| self.level())),
            Do::Poll { future } => {
                let mut place = locked(&MACHINE.futures[future]);
                let future = place.as_mut().expect("the model knows it").as_mut();
                // What polls inside, a panic too, must leave the number of the future polled here.
                let outer = Restore(self.polled, self);
                WORKER.set(outer.1);
                _ = future.poll(&mut std::task::Context::from_waker(Waker::noop()));
            }
            Do::Make { future, wrap, site, context } => {
                let context = locked(&MACHINE.contexts)[context].clone();
                let made = make(wrap, future, SITE[site], context.as_ref());
                *locked(&MACHINE.futures[future]) = Some(made);
            }
            Do::Hold { block } => {
                let block = locked(&MACHINE.blocks)[block].take();
                *locked(&MACHINE.handed[self.polled]) = block;
            }
            Do::Cancel { future } => drop(locked(&MACHINE.futures[future]).take()),
            Do::Read => {
                let report = memopt_runtime::report();
                locked(&MACHINE.reports).push((report, None));
            }
            _ => unreachable!("a level makes these itself"),
        }
    }
}

fn keep(recording: Recording<()>) {
    locked(&MACHINE.reports).push((recording.report, Some(recording.peak_bytes)));
}

/// A recorded future has no peak.
fn keep_async(recording: Recording<()>) {
    locked(&MACHINE.reports).push((recording.report, None));
}

struct Restore(usize, *mut Worker);

impl Drop for Restore {
    fn drop(&mut self) {
        // SAFETY: the worker made it and outlives it; the poll that borrowed the worker is over.
        unsafe { (*self.1).polled = self.0 };
    }
}

thread_local! {
    /// The worker whose move polls a future.
    static WORKER: std::cell::Cell<*mut Worker> = const { std::cell::Cell::new(std::ptr::null_mut()) };
}

/// A future that makes moves of the thread that polls it.
struct Scripted {
    number: usize,
    held: Option<Vec<u8>>,
}

impl Future for Scripted {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut std::task::Context<'_>) -> Poll<()> {
        // A guard, as the block is handed over also when the level is unwound.
        struct Take<'a>(&'a mut Scripted);
        impl Drop for Take<'_> {
            fn drop(&mut self) {
                if let Some(block) = locked(&MACHINE.handed[self.0.number]).take() {
                    self.0.held = Some(block);
                }
            }
        }
        // SAFETY: set by the move that polls, whose exclusive borrow of the worker is not used
        // until the poll returns.
        let worker = unsafe { &mut *WORKER.get() };
        worker.polled = self.number;
        let _take = Take(&mut self);
        match worker.level() {
            Left::Pending => Poll::Pending,
            Left::Ready => Poll::Ready(()),
        }
    }
}

fn make(wrap: Wrap, number: usize, site: &'static Site, context: Option<&Context>) -> Boxed {
    let given = || context.cloned().expect("the model knows it");
    let inner = Scripted { number, held: None };
    match wrap {
        Wrap::Tracked => Box::pin(inner.track_alloc(site)),
        Wrap::InContext => Box::pin(given().attach(inner)),
        Wrap::ContextThenTracked => Box::pin(given().attach(inner.track_alloc(site))),
        Wrap::TrackedThenContext => Box::pin(given().attach(inner).track_alloc(site)),
        Wrap::Recorded => Box::pin(async move { keep_async(record_async(inner).await) }),
        Wrap::RecordedThenTracked => {
            Box::pin(async move { keep_async(record_async(inner.track_alloc(site)).await) })
        }
    }
}

/// Size of the box of a future.
pub(crate) fn size_of_future(wrap: Wrap) -> usize {
    size_of_val(&*make(wrap, 0, SITE[0], Some(&Context::current())))
}

const PLACE: Place = Place { file: file!(), line: line!(), column: 1, manifest_dir: None };

/// Two that take their blocks from the region: what is counted must be the same.
static ARENA: Site = Site::new(SiteKind::Future, "s10", || "s10", PLACE).named().arena();
static MAGAZINE: Site = Site::new(SiteKind::Future, "s11", || "s11", PLACE).named().magazine();

pub(crate) static SITE: [&Site; SITES] = [
    site!("s00"),
    site!("s01"),
    site!("s02"),
    site!("s03"),
    site!("s04"),
    site!("s05"),
    site!("s06"),
    site!("s07"),
    site!("s08"),
    site!("s09"),
    &ARENA,
    &MAGAZINE,
];
