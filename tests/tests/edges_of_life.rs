//! Before `main`, after thread-locals are gone, in threads of the system: the allocator works and
//! counts.
#![cfg(target_os = "linux")]

use memopt_runtime::report::Totals;
use memopt_runtime::{Alloc, Context, record, report, scope};
use std::cell::RefCell;
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOC: Alloc = Alloc::system();

static BEFORE_MAIN: AtomicUsize = AtomicUsize::new(0);

extern "C" fn before_main() {
    let _scope = scope!("before main");
    let block = black_box(vec![1u8; 1000]);
    BEFORE_MAIN.store(block.len(), SeqCst);
}

// SAFETY: the section holds pointers to functions without arguments that the loader calls; this is
// one.
#[used]
#[unsafe(link_section = ".init_array")]
static INIT: extern "C" fn() = before_main;

/// Blocks and bytes more than `before`: allocs, bytes, frees, freed bytes.
fn since(before: &Totals) -> [u64; 4] {
    let now = *report().total();
    [
        now.allocs - before.allocs,
        now.bytes - before.bytes,
        now.frees - before.frees,
        now.freed_bytes - before.freed_bytes,
    ]
}

fn allocations_before_main_are_counted_in_their_scope() {
    assert_eq!(BEFORE_MAIN.load(SeqCst), 1000);
    let report = report();
    let site = report.sites().iter().find(|s| s.name.ends_with("before main")).unwrap();
    assert_eq!((site.calls, site.own.allocs, site.own.bytes, site.own.frees), (1, 1, 1000, 1));
}

struct Last(Vec<u8>);

impl Drop for Last {
    fn drop(&mut self) {
        // Whatever of the thread's state is gone by now: scopes, recordings, contexts and blocks
        // still work.
        let _scope = scope!("in a destructor");
        self.0.reserve_exact(300);
        let recording = record(|| drop(black_box(Vec::<u8>::with_capacity(77))));
        assert!(recording.report.total().bytes <= 77);
        Context::current().run(|| drop(black_box(Vec::<u8>::with_capacity(23))));
        drop(black_box(vec![0u8; 500]));
    }
}

thread_local! {
    static EARLY: RefCell<Option<Last>> = const { RefCell::new(None) };
    static LATE: RefCell<Option<Last>> = const { RefCell::new(None) };
}

fn destructors_of_thread_locals_are_counted() {
    let run = || {
        thread::spawn(|| {
            // Registered before the runtime's own destructor can be …
            EARLY.with(|place| _ = place.borrow_mut().take());
            let _scope = scope!("in the thread");
            let block = black_box(vec![1u8; 10]);
            // … and after it.
            LATE.with(|place| *place.borrow_mut() = Some(Last(vec![1; 100])));
            EARLY.with(|place| *place.borrow_mut() = Some(Last(vec![1; 100])));
            drop(block);
        })
        .join()
        .unwrap();
    };
    run();
    let before = *report().total();
    run();
    let first = since(&before);
    let before = *report().total();
    run();
    assert_eq!(since(&before), first, "every such thread counts the same");
    // 2 × (100 + 300 + 77 + 23 + 500) + 10 and what making a thread takes.
    assert!(first[0] > 2 * 4 && first[1] >= 2 * 1000 + 10, "{first:?}");
    assert!(first[2] > 2 * 4 && first[3] >= 2 * 1000 + 10, "{first:?}");
}

extern "C" fn bare(_: *mut libc::c_void) -> *mut libc::c_void {
    let _scope = scope!("bare thread");
    drop(black_box(vec![1u8; 4321]));
    std::mem::forget(scope!("forgotten in a bare thread"));
    std::ptr::null_mut()
}

fn threads_not_made_by_std_are_counted() {
    let before = *report().total();
    for _ in 0..10 {
        // SAFETY: the thread function takes no argument and is waited for; `thread` is written by
        // the first call.
        unsafe {
            let mut thread = std::mem::zeroed();
            assert_eq!(
                libc::pthread_create(&raw mut thread, std::ptr::null(), bare, std::ptr::null_mut()),
                0
            );
            assert_eq!(libc::pthread_join(thread, std::ptr::null_mut()), 0);
        }
    }
    assert_eq!(since(&before), [10, 43_210, 10, 43_210]);
    let report = report();
    let find = |name: &str| report.sites().iter().find(|s| s.name.ends_with(name)).unwrap();
    let site = find("bare thread");
    assert_eq!((site.own.allocs, site.own.bytes), (10, 43_210));
    // The forgotten guard's scope is closed with its thread.
    assert_eq!(
        (find("forgotten in a bare thread").calls, find("forgotten in a bare thread").open),
        (10, 0)
    );
}

extern "C" fn frees_only(block: *mut libc::c_void) -> *mut libc::c_void {
    // SAFETY: made by `Box::into_raw` of this type for this thread alone.
    drop(unsafe { Box::from_raw(block.cast::<[u8; 256]>()) });
    std::ptr::null_mut()
}

fn a_thread_that_only_frees_is_counted() {
    let block = Box::into_raw(Box::new([0u8; 256]));
    let before = *report().total();
    // SAFETY: the block is the thread's alone; `thread` is written by the first call.
    unsafe {
        let mut thread = std::mem::zeroed();
        assert_eq!(
            libc::pthread_create(&raw mut thread, std::ptr::null(), frees_only, block.cast()),
            0
        );
        assert_eq!(libc::pthread_join(thread, std::ptr::null_mut()), 0);
    }
    assert_eq!(since(&before), [0, 0, 1, 256]);
}

/// Waits until nothing but this thread does anything: while a test starts, the harness allocates.
fn the_harness_is_done() {
    let (began, mut quiet) = (Instant::now(), 0);
    while quiet < 10 {
        assert!(began.elapsed() < Duration::from_secs(60), "another thread is at work");
        let before = *report().total();
        thread::sleep(Duration::from_millis(10));
        let is_quiet = *report().total() == before && others_sleep();
        quiet = if is_quiet { quiet + 1 } else { 0 };
    }
}

/// Whether the system says so of all other threads, where it says it.
fn others_sleep() -> bool {
    let own = std::fs::read_link("/proc/thread-self").unwrap_or_default();
    let all = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let others = all.filter(|task| own.file_name() != Some(&task.file_name()));
    // One that has ended meanwhile does nothing either.
    let stats = others.filter_map(|task| std::fs::read_to_string(task.path().join("stat")).ok());
    // `12 (name) S ..`, where a name may hold anything.
    stats
        .into_iter()
        .all(|stat| stat.rsplit(") ").next().is_some_and(|rest| !rest.starts_with('R')))
}

/// One test, as these read the totals of the process.
#[test]
fn the_edges_of_life_are_counted() {
    the_harness_is_done();
    allocations_before_main_are_counted_in_their_scope();
    destructors_of_thread_locals_are_counted();
    threads_not_made_by_std_are_counted();
    a_thread_that_only_frees_is_counted();
}
