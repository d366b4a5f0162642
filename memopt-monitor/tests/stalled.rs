//! A disk that stalls delays neither the program's start nor its end.
//!
//! The file of the store has a lease: whoever opens it waits until the lease is given back, as for
//! a disk that does not answer.
#![cfg(target_os = "linux")]

use memopt_monitor::Monitor;
use memopt_monitor::history::{Health, Window};
use memopt_monitor::series::Key;
use memopt_monitor::source::process;
use memopt_runtime::heap;
use std::fs::{self, File, OpenOptions};
use std::os::fd::AsRawFd as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

/// A file that nobody else can open until it is dropped, or for 45 s.
struct Stalled {
    _file: File,
}

impl Stalled {
    /// `None` where the file system knows no leases.
    fn new(path: &Path) -> Option<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path).expect("it is ours");
        // SAFETY: the signal that asks for the lease back is ignored.
        unsafe { libc::signal(libc::SIGIO, libc::SIG_IGN) };
        // SAFETY: a call on a file that is open.
        let given = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETLEASE, libc::F_WRLCK) };
        (given == 0).then_some(Self { _file: file })
    }
}

fn until(what: impl Fn() -> bool) {
    let began = Instant::now();
    while !what() {
        assert!(began.elapsed() < Duration::from_secs(40), "it does not come");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn neither_the_start_nor_the_end_waits_for_the_store() {
    let folder = std::env::temp_dir().join(format!("memopt-stalled-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder is made");
    let start = || {
        let interval = Duration::from_millis(20);
        Monitor::builder().interval(interval).folder(&folder).start().expect("it starts")
    };
    let Some(stalled) = Stalled::new(&folder.join("history.tail")) else {
        println!("!! LEFT OUT: this file system knows no leases, no disk is stalled");
        return;
    };
    let began = Instant::now();
    let monitor = start();
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(monitor.history().state().health, Health::Opening);
    let resident = Key::new(process::RESIDENT.name);
    assert!(monitor.history().series(&resident, Window::All).points().is_empty());
    assert!(monitor.published().is_none());
    drop(stalled);
    until(|| monitor.published().is_some());
    assert_eq!(monitor.history().state().health, Health::Stored);
    assert_eq!((monitor.history().run(), monitor.published().map(|now| now.at.run)), (1, Some(1)));
    drop(monitor);

    let stalled = Stalled::new(&folder.join("history.tail")).expect("it was given before");
    let monitor = start();
    let history = Arc::clone(monitor.history());
    std::thread::sleep(Duration::from_millis(200));
    assert!(heap::is_on(), "the monitor samples");
    let began = Instant::now();
    drop(monitor);
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    assert!(!heap::is_on());
    // What others sample now is not ended by the thread that was left behind.
    heap::start_sampling(1 << 20).expect("the program may sample");
    assert_eq!(history.state().health, Health::Opening);
    drop(stalled);
    // The thread that was left behind ends, and leaves the store whole to the next.
    until(|| Arc::strong_count(&history) == 1);
    assert!(heap::is_on());
    heap::stop();
    assert_eq!(history.state().health, Health::Stored);
    drop(history);
    let monitor = start();
    until(|| monitor.published().is_some());
    assert!(!monitor.history().state().is_beside);
    assert!(monitor.history().series(&resident, Window::All).points()[0].at.run == 1);
    drop(monitor);
    fs::remove_dir_all(folder).expect("it is there");
}
