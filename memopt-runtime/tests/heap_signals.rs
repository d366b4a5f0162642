//! Threads that are interrupted by signals while their blocks are sampled, within the hook too.
#![cfg(all(
    feature = "track",
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(miri)
))]

use memopt_runtime::__private::unwind::walk;
use memopt_runtime::report::HeapReport;
use memopt_runtime::{Alloc, dump, heap, scope};
use std::alloc::{GlobalAlloc, Layout};
use std::cell::Cell;
use std::hint::black_box;
use std::os::unix::thread::JoinHandleExt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// The hook, and a flag that says when a thread is in it.
struct Marked(Alloc);

thread_local! {
    static IN_HOOK: Cell<bool> = const { Cell::new(false) };
}

fn marked<T>(work: impl FnOnce() -> T) -> T {
    IN_HOOK.set(true);
    let value = work();
    IN_HOOK.set(false);
    value
}

// SAFETY: all is passed on as it comes.
unsafe impl GlobalAlloc for Marked {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's word.
        marked(|| unsafe { self.0.alloc(layout) })
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's word.
        marked(|| unsafe { self.0.dealloc(block, layout) });
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's word.
        marked(|| unsafe { self.0.alloc_zeroed(layout) })
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's word.
        marked(|| unsafe { self.0.realloc(block, layout, size) })
    }
}

#[global_allocator]
static ALLOC: Marked = Marked(Alloc::system());

/// Signals sent in each mode.
const SIGNALS: u64 = 1000;

/// Signals that arrived, those in the hook, and those from where no stack could be taken.
static RANG: AtomicU64 = AtomicU64::new(0);
static IN_THE_HOOK: AtomicU64 = AtomicU64::new(0);
static WITHOUT_STACK: AtomicU64 = AtomicU64::new(0);
static STOP: AtomicBool = AtomicBool::new(false);

extern "C" fn ring(_: libc::c_int) {
    let mut frames = [0; 8];
    if black_box(walk(&mut frames)).frames == 0 {
        WITHOUT_STACK.fetch_add(1, Relaxed);
    }
    if IN_HOOK.get() {
        IN_THE_HOOK.fetch_add(1, Relaxed);
    }
    RANG.fetch_add(1, Relaxed);
}

/// One test at a time: signals are the process's.
fn one() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes, grows and frees blocks of many sizes until it is told.
fn busy() {
    while !STOP.load(Relaxed) {
        let _scope = scope!("interrupted");
        let mut blocks: Vec<Vec<u8>> = Vec::new();
        for step in 0..500 {
            let size = if step % 64 == 0 { 1000 + step * 7 } else { 8 + step * 7 % 600 };
            blocks.push(black_box(Vec::with_capacity(size)));
        }
        for block in blocks.iter_mut().step_by(9) {
            block.reserve_exact(block.capacity() * 2);
        }
        drop(black_box(blocks));
    }
}

/// Sends the thread a signal and waits until `arrived`.
fn interrupt(thread: &JoinHandle<()>, signal: libc::c_int, arrived: impl Fn() -> bool) {
    // SAFETY: the thread has not been joined.
    assert_eq!(unsafe { libc::pthread_kill(thread.as_pthread_t(), signal) }, 0);
    let sent = Instant::now();
    while !arrived() {
        // That is for a machine that stands still.
        assert!(sent.elapsed() < Duration::from_secs(60), "the signal does not arrive");
        thread::yield_now();
    }
}

/// Has a thread work while `meanwhile` runs.
fn beside_a_busy_thread(meanwhile: impl FnOnce(&JoinHandle<()>)) {
    STOP.store(false, Relaxed);
    let thread = thread::spawn(busy);
    meanwhile(&thread);
    STOP.store(true, Relaxed);
    thread.join().unwrap();
}

#[test]
fn signals_interrupt_the_sampling_anywhere() {
    let _one = one();
    let handler: extern "C" fn(libc::c_int) = ring;
    // SAFETY: the handler reads its own stack and adds to atomics, nothing else.
    unsafe { libc::signal(libc::SIGALRM, handler as libc::sighandler_t) };
    for start in [heap::start_exact, heap::start_exact_with_stacks, || heap::start_sampling(256)] {
        start().unwrap();
        for count in [&RANG, &IN_THE_HOOK, &WITHOUT_STACK] {
            count.store(0, Relaxed);
        }
        beside_a_busy_thread(|thread| {
            for sent in 0..SIGNALS {
                interrupt(thread, libc::SIGALRM, || RANG.load(Relaxed) > sent);
            }
        });
        let in_the_hook = IN_THE_HOOK.load(Relaxed);
        println!("{in_the_hook} of {SIGNALS} signals came within the hook");
        assert_eq!((RANG.load(Relaxed), WITHOUT_STACK.load(Relaxed)), (SIGNALS, 0));
        // The thread does little else.
        assert!(in_the_hook > SIGNALS / 10, "{in_the_hook}");
    }
    heap::stop();
    let heap = heap::snapshot();
    assert_eq!(heap.lost, 0);
    let call_paths: Vec<_> = heap
        .call_paths
        .iter()
        .filter(|s| s.scopes.iter().any(|s| s.ends_with("interrupted")))
        .collect();
    assert!(
        !call_paths.is_empty() && call_paths.iter().all(|call_path| call_path.live.samples == 0),
        "all was freed"
    );
}

#[test]
fn a_signal_to_a_thread_that_allocates_writes_a_report() {
    let _one = one();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("heap-{n}.json");
    let dumps = dump::dump_on_signal(libc::SIGUSR2, path.to_str().unwrap()).unwrap();
    heap::start_sampling(4096).unwrap();
    beside_a_busy_thread(|thread| {
        for sent in 0..20 {
            interrupt(thread, libc::SIGUSR2, || dumps.written() > sent);
        }
    });
    heap::stop();
    let errors = dumps.take_errors();
    assert!(errors.is_empty(), "{errors:?}");
    let text = std::fs::read_to_string(dumps.last_path().unwrap()).unwrap();
    let heap = HeapReport::from_json(&text).unwrap();
    assert!(
        heap.call_paths
            .iter()
            .any(|call_path| call_path.scopes.iter().any(|scope| scope.ends_with("interrupted")))
    );
}
