//! Blocks allocated below libraries that are opened and closed while other threads are sampled.
#![cfg(all(
    feature = "track",
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(miri)
))]

#[path = "libraries/library.rs"]
mod library;

use library::{Library, build};
use memopt_runtime::__private::modules::is_stale;
use memopt_runtime::report::HeapWeight;
use memopt_runtime::report::{CallPath, HeapReport};
use memopt_runtime::{Alloc, dump, heap, scope};
use std::hint::black_box;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOC: Alloc = Alloc::system();

/// Bytes between samples: each call of [`allocate`] has some 25 of them.
const MEAN: u64 = 512;
const ROUNDS: usize = 200;

/// One test at a time: what is loaded is the process's.
fn one() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Called by the library.
extern "C" fn allocate() {
    drop(black_box((0..100).map(|_| Vec::<u8>::with_capacity(128)).collect::<Vec<_>>()));
}

#[inline(never)]
fn opens_and_calls(path: &Path) -> Library {
    let library = Library::open(path);
    heap::refresh_modules();
    let _scope = scope!("below_the_library");
    library.bounce(allocate);
    library
}

/// The functions of a stack, innermost first.
fn functions(heap: &HeapReport, call_path: &CallPath) -> String {
    let lines = call_path.stack.iter().flat_map(|&frame| &heap.frames[frame as usize].lines);
    lines.map(|line| line.function.as_str()).collect::<Vec<_>>().join(" < ")
}

#[test]
fn stacks_lead_through_a_library_to_its_caller_while_libraries_come_and_go() {
    static STOP: AtomicBool = AtomicBool::new(false);
    let _one = one();
    let Some((first, second)) = build("sampled_first", 3).zip(build("sampled_second", 300)) else {
        return;
    };
    heap::start_sampling(MEAN).unwrap();
    let busy = || {
        let _scope = scope!("beside");
        while !STOP.load(Relaxed) {
            drop(black_box(
                (0..50).map(|size| Vec::<u8>::with_capacity(size * 40)).collect::<Vec<_>>(),
            ));
        }
    };
    let read = || {
        while !STOP.load(Relaxed) {
            black_box(heap::snapshot());
            thread::yield_now();
        }
    };
    let beside = [thread::spawn(busy), thread::spawn(busy), thread::spawn(read)];
    for round in 0..ROUNDS {
        drop(opens_and_calls(if round % 2 == 0 { &second } else { &first }));
    }
    let last = opens_and_calls(&second);
    STOP.store(true, Relaxed);
    for thread in beside {
        thread.join().unwrap();
    }
    heap::stop();

    let mut heap = heap::snapshot();
    memopt_runtime::heap::resolve(&mut heap);
    let below: Vec<&CallPath> = heap
        .call_paths
        .iter()
        .filter(|s| s.scopes.iter().any(|s| s.ends_with("below_the_library")))
        .collect();
    let samples: u64 = below.iter().map(|call_path| call_path.allocated.samples).sum();
    // 25 expected each.
    assert!(samples > 10 * ROUNDS as u64, "{samples}");
    for call_path in &below {
        let functions = functions(&heap, call_path);
        assert!(
            functions.contains("allocate < ") && functions.contains("opens_and_calls"),
            "{functions}"
        );
    }
    // The library that is open is named too, between the two, in what is exported.
    let folded = heap.to_folded(HeapWeight::Allocated);
    let between = |line: &str| {
        let at = |name: &str| line.find(name);
        let [Some(caller), Some(outer), Some(inner), Some(below)] = [
            at("opens_and_calls"),
            at(";bounce"),
            at("::sampled_second_inner"),
            line.rfind("allocate"),
        ] else {
            return false;
        };
        caller < outer && outer < inner && inner < below
    };
    assert!(folded.lines().any(between), "{folded}");
    let mut profile = Vec::new();
    heap.write_pprof(&mut profile).unwrap();
    assert_eq!(profile[..2], [0x1f, 0x8b]);
    drop(last);
}

#[test]
fn a_thread_that_dumps_reads_what_was_opened() {
    let _one = one();
    let Some(path) = build("sampled_third", 30) else { return };
    heap::start_sampling(MEAN).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path_of_dumps = folder.path().join("heap.json");
    let dumps = dump::dump_above(1 << 60, path_of_dumps.to_str().unwrap()).unwrap();
    let library = Library::open(&path);
    // A minute is for a machine that stands still.
    let start = Instant::now();
    loop {
        library.bounce(allocate);
        if !is_stale() {
            break;
        }
        dumps.look();
        assert!(start.elapsed() < Duration::from_secs(60), "the library is not known");
        thread::sleep(Duration::from_millis(2));
    }
    library.bounce(allocate);
    heap::stop();
    let mut heap = heap::snapshot();
    memopt_runtime::heap::resolve(&mut heap);
    let through = |call_path: &CallPath| {
        functions(&heap, call_path).contains("sampled_third_inner < bounce < ")
    };
    assert!(heap.call_paths.iter().any(through));
    drop((library, dumps));
}
