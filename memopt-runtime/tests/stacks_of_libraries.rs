//! Libraries that are opened and closed while threads take stacks.
#![cfg(all(
    feature = "track",
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(miri)
))]

use memopt_runtime::__private::modules::{is_stale, own_bytes, refresh};
use memopt_runtime::__private::unwind::{Walk, walk};
use memopt_runtime::report::{HeapReport, StackFrame};
use std::cell::Cell;
use std::ffi::{CString, c_void};
use std::path::{Path, PathBuf};
use std::process::Command;
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

/// Builds a library whose function `bounce` calls back, with a frame of `words`; `None` where there is no compiler.
fn build(name: &str, words: usize) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (source, library) = (folder.join(format!("{name}.rs")), folder.join(format!("lib{name}.so")));
    let code = format!(
        "#[inline(never)]
        fn {name}_inner(call: extern \"C\" fn()) -> u64 {{
            let room = std::hint::black_box([1u64; {words}]);
            call();
            std::hint::black_box(room)[0]
        }}
        #[unsafe(no_mangle)]
        pub extern \"C\" fn bounce(call: extern \"C\" fn()) -> u64 {{
            std::hint::black_box({name}_inner(call)) + 1
        }}"
    );
    std::fs::write(&source, code).unwrap();
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let built = Command::new(rustc)
        .args([
            "--crate-type=cdylib",
            "--edition=2024",
            "-Copt-level=1",
            "-Cdebuginfo=1",
            "-Cpanic=abort",
            "-o",
        ])
        .args([&library, &source])
        .status();
    match built {
        Ok(status) => assert!(status.success(), "the library was not built: {status}"),
        Err(error) => {
            eprintln!("NOT TESTED: there is no `rustc` to build a library with: {error}");
            return None;
        }
    }
    Some(library)
}

struct Library(*mut c_void);

impl Library {
    fn open(path: &Path) -> Self {
        let path = CString::new(path.to_str().unwrap()).unwrap();
        // SAFETY: a library of our own making.
        let handle = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
        assert!(!handle.is_null());
        Self(handle)
    }

    fn bounce(&self) -> (Walk, [usize; 64]) {
        // SAFETY: the function has this type.
        unsafe {
            let bounce = libc::dlsym(self.0, c"bounce".as_ptr());
            assert!(!bounce.is_null());
            let bounce: extern "C" fn(extern "C" fn()) -> u64 = std::mem::transmute(bounce);
            bounce(look);
        }
        SEEN.get()
    }
}

impl Drop for Library {
    fn drop(&mut self) {
        // SAFETY: nothing of it is in use.
        assert_eq!(unsafe { libc::dlclose(self.0) }, 0);
    }
}

fn names(frames: &[usize]) -> String {
    let frame = |&address: &usize| StackFrame { address: address as u64 - 1, lines: Vec::new() };
    let mut report = HeapReport { frames: frames.iter().map(frame).collect(), ..HeapReport::default() };
    report.resolve();
    let names = report.frames.iter().flat_map(|frame| &frame.lines).map(|line| line.function.as_str());
    names.collect::<Vec<_>>().join(" < ")
}

#[test]
fn libraries_come_and_go_while_stacks_are_taken() {
    static STOP: AtomicBool = AtomicBool::new(false);
    let Some(paths) = build("first", 3).zip(build("second", 300)).map(|(first, second)| [first, second])
    else {
        return;
    };
    refresh();

    // Its frames are not known, then they are.
    let library = Library::open(&paths[0]);
    let _before_it_is_known = library.bounce();
    assert!(is_stale());
    refresh();
    let (walk, frames) = library.bounce();
    assert!(walk.whole && !is_stale(), "{walk:?}");
    let named = names(&frames[..walk.frames]);
    assert!(named.contains("first_inner < bounce < ") && named.contains("libraries_come_and_go"), "{named}");
    drop(library);
    refresh();
    // Closed, and still named.
    assert!(names(&frames[..walk.frames]).contains("first_inner < bounce < "));

    let open = |path: PathBuf| {
        move || {
            while !STOP.load(Relaxed) {
                let library = Library::open(&path);
                for _ in 0..20 {
                    let (walk, _) = library.bounce();
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
        let (walk, frames) = library.bounce();
        assert!(walk.whole, "{walk:?}");
        let inner = if path == &paths[0] { "first_inner" } else { "second_inner" };
        assert!(names(&frames[..walk.frames]).contains(inner), "{}", names(&frames[..walk.frames]));
    }
    refresh();
    assert_eq!(own_bytes(), before);
}
