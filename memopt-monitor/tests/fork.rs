//! A forked child has the parent's files open, and leaves them alone.
#![cfg(unix)]

use memopt_monitor::clock::Stamp;
use memopt_monitor::history::{Health, History, Options, Window};
use memopt_monitor::series::Key;
use memopt_monitor::source::Frame;

fn append(history: &History, seconds: std::ops::Range<u64>) {
    for second in seconds {
        let unix_ms = 1_800_000_000_000 + second as i64 * 1_000;
        let at = Stamp { run: history.run(), monotonic_ns: second * 1_000_000_000, unix_ms };
        let mut frame = Frame::new(at);
        frame.add(Key::new("heap.live"), second as f64);
        history.append(&frame);
    }
}

fn values(history: &History) -> Vec<f64> {
    history.series(&Key::new("heap.live"), Window::All).values()
}

#[test]
fn a_child_writes_nothing_and_the_parent_goes_on() {
    let folder = std::env::temp_dir().join(format!("memopt-fork-{}", std::process::id()));
    // A process that ended may have had the same number.
    let _ = std::fs::remove_dir_all(&folder);
    let mut options = Options::default();
    options.folder = Some(folder.clone());
    let history = History::open(&options);
    append(&history, 0..200);
    // SAFETY: the child uses nothing but what this thread holds, and ends without the harness.
    let child = unsafe { libc::fork() };
    assert!(child >= 0);
    if child == 0 {
        // SAFETY: it ends this process, should it hang.
        unsafe { libc::alarm(60) };
        // More than a block: what would be a transaction.
        append(&history, 1_000..1_500);
        let enough = values(&history).len() == 700;
        drop(history);
        // SAFETY: ends the process at once.
        unsafe { libc::_exit(i32::from(!enough)) };
    }
    let mut status = 0;
    // SAFETY: waits for the child made above, and writes its status to the address given.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert_eq!(status, 0, "the child keeps its history in memory");
    append(&history, 200..500);
    assert_eq!(history.state().health, Health::Stored);
    drop(history);
    let again = History::open(&options);
    assert_eq!((again.state().damaged, again.run()), (0, 2));
    assert!(values(&again).into_iter().eq((0..500).map(f64::from)));
    drop(again);
    let _ = std::fs::remove_dir_all(folder);
}
