//! `reclaim` asks everything that holds memory, then the allocator. One test: it is about the whole
//! process.

use memopt::remedy::{Pressure, Reclaimable, reclaim, register, set_purge};
use memopt::report::{ReclaimableReport, Remedy};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

/// Holds as many bytes as it says.
struct Hoard(AtomicU64);

impl Reclaimable for Hoard {
    fn report(&self) -> ReclaimableReport {
        ReclaimableReport::new("hoard", Remedy::Pool)
    }

    fn reclaim(&self, pressure: Pressure) -> u64 {
        if pressure == Pressure::Critical { self.0.swap(0, Relaxed) } else { 0 }
    }
}

#[derive(memopt::remedy::Pooled)]
struct Frame {
    bytes: Vec<u8>,
}

/// More small blocks than fit into the chunks that a thread keeps for itself.
#[memopt::arena]
fn many() -> usize {
    let blocks: Vec<Box<[u8; 500]>> = (0..20_000).map(|_| Box::new([1; 500])).collect();
    blocks.len()
}

/// Blocks of thirty classes, of each of which the thread keeps a chunk for the next.
#[memopt::arena(reuse)]
fn of_every_size() -> usize {
    let blocks: Vec<Vec<u8>> = (0..30 * 100).map(|i| vec![1; 16 + i % 30 * 16]).collect();
    blocks.len()
}

static HOARD: Hoard = Hoard(AtomicU64::new(5000));
static PURGED: AtomicU64 = AtomicU64::new(0);

#[test]
fn every_holder_is_asked_and_the_allocator_too() {
    register(&HOARD);
    let mut frame = Frame::acquire();
    frame.bytes.resize(2 << 20, 1);
    drop(frame);
    assert_eq!(many(), 20_000);

    // No pressure, nothing happens.
    let nothing = reclaim(Pressure::None);
    assert_eq!((nothing.let_go(), nothing.parts.len()), (0, 0));

    let live = memopt::report().total().live_bytes();
    let reclaimed = reclaim(Pressure::Critical);
    let of = |part: &str| {
        reclaimed.parts.iter().find(|(name, _)| name.contains(part)).map(|(_, bytes)| *bytes)
    };
    assert_eq!(of("hoard"), Some(5000));
    assert!(of("Frame").is_some_and(|bytes| bytes >= 2 << 20), "{reclaimed}");
    assert!(of("chunks").is_some_and(|bytes| bytes >= 4 << 20), "{reclaimed}");
    // The pool's object was the program's: its end is counted.
    assert!(live - memopt::report().total().live_bytes() >= 1 << 20);
    if cfg!(target_os = "linux") {
        assert!(reclaimed.returned().is_some_and(|bytes| bytes >= 4 << 20), "{reclaimed}");
    }
    assert!(reclaimed.to_string().starts_with("let go "), "{reclaimed}");

    // Another allocator inside has its own way.
    set_purge(|| _ = PURGED.fetch_add(1, Relaxed));
    reclaim(Pressure::Low);
    assert_eq!(PURGED.load(Relaxed), 1);
    // What was purged serves again.
    assert_eq!(many(), 20_000);

    reclaim(Pressure::Critical);
    assert_eq!(of_every_size(), 3000);
    let reclaimed = reclaim(Pressure::Critical);
    let chunks = reclaimed.parts.iter().find(|(name, _)| name.contains("chunks"));
    assert!(chunks.is_some_and(|(_, bytes)| *bytes >= 30 << 16), "{reclaimed}");
    assert_eq!(of_every_size(), 3000);
}
