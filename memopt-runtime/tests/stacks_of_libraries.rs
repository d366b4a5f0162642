//! Libraries that are opened and closed while threads take stacks.
#![cfg(all(
    feature = "track",
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(miri)
))]

#[path = "libraries/library.rs"]
mod library;

use library::{Library, build};
use memopt_runtime::__private::modules::{is_stale, own_bytes, refresh};
use memopt_runtime::__private::unwind::{Walk, walk};
use memopt_runtime::report::{HeapReport, StackFrame};
use std::cell::Cell;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;

thread_local! {
    static SEEN: Cell<(Walk, [usize; 64])> = const { Cell::new((Walk { frames: 0, whole: false }, [0; 64])) };
}

extern "C" fn look() {
    let mut frames = [0; 64];
    let walk = walk(&mut frames);
    SEEN.set((walk, frames));
}

/// What `look` sees below the library.
fn look_through(library: &Library) -> (Walk, [usize; 64]) {
    library.bounce(look);
    SEEN.get()
}

fn names(frames: &[usize]) -> String {
    let frame = |&address: &usize| StackFrame::new(address as u64 - 1, Vec::new());
    let mut report = HeapReport::default();
    report.frames = frames.iter().map(frame).collect();
    memopt_runtime::heap::resolve(&mut report);
    let names =
        report.frames.iter().flat_map(|frame| &frame.lines).map(|line| line.function.as_str());
    names.collect::<Vec<_>>().join(" < ")
}

#[test]
fn libraries_come_and_go_while_stacks_are_taken() {
    static STOP: AtomicBool = AtomicBool::new(false);
    let Some(paths) =
        build("first", 3).zip(build("second", 300)).map(|(first, second)| [first, second])
    else {
        return;
    };
    refresh();

    // Its frames are not known, then they are.
    let library = Library::open(&paths[0]);
    let _before_it_is_known = look_through(&library);
    assert!(is_stale());
    refresh();
    let (walk, frames) = look_through(&library);
    assert!(walk.whole && !is_stale(), "{walk:?}");
    let named = names(&frames[..walk.frames]);
    assert!(
        named.contains("first_inner < bounce < ") && named.contains("libraries_come_and_go"),
        "{named}"
    );
    drop(library);
    refresh();
    // Closed, and still named.
    assert!(names(&frames[..walk.frames]).contains("first_inner < bounce < "));

    let open = |path: PathBuf| {
        move || {
            while !STOP.load(Relaxed) {
                let library = Library::open(&path);
                for _ in 0..20 {
                    let (walk, _) = look_through(&library);
                    assert!(walk.frames > 0);
                }
            }
        }
    };
    let look_on = || {
        while !STOP.load(Relaxed) {
            look();
            assert!(SEEN.get().0.whole, "{:?}", SEEN.get().0);
        }
    };
    let threads = [
        thread::spawn(open(paths[0].clone())),
        thread::spawn(open(paths[1].clone())),
        thread::spawn(look_on),
        thread::spawn(look_on),
    ];
    for _ in 0..300 {
        refresh();
        thread::sleep(std::time::Duration::from_millis(2));
    }
    STOP.store(true, Relaxed);
    for thread in threads {
        thread.join().unwrap();
    }

    // Nothing has piled up, and what is there now is what is seen.
    refresh();
    let before = own_bytes();
    for path in [&paths[1], &paths[0]] {
        let library = Library::open(path);
        refresh();
        let (walk, frames) = look_through(&library);
        assert!(walk.whole, "{walk:?}");
        let inner = if path == &paths[0] { "first_inner" } else { "second_inner" };
        assert!(names(&frames[..walk.frames]).contains(inner), "{}", names(&frames[..walk.frames]));
    }
    refresh();
    assert_eq!(own_bytes(), before);
}
