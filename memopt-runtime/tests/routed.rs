//! Routed scopes: random programs of allocations against a model, whatever escapes, on two threads.
#![cfg(feature = "track")]

use memopt_runtime::__private::{Place, Scope, Site, SiteKind, enter};
use memopt_runtime::{Alloc, record};
use std::alloc::{GlobalAlloc, Layout};
use std::collections::HashSet;
use std::sync::mpsc;

#[global_allocator]
static ALLOC: Alloc = Alloc::system();

const PLACE: Place = Place { file: file!(), line: 1, column: 1, manifest_dir: None };

static ARENA: Site = Site::new(SiteKind::Block, "arena", || "arena", PLACE).arena();
static INNER: Site = Site::new(SiteKind::Block, "inner", || "inner", PLACE).arena();
static PLAIN: Site = Site::new(SiteKind::Block, "plain", || "plain", PLACE);
static MAGAZINE: Site = Site::new(SiteKind::Block, "magazine", || "magazine", PLACE).magazine();

/// A free list writes into freed blocks. Under Stacked Borrows that counts against the box whose
/// drop frees it (allocators of the system are exempt), so Miri sees arenas only.
const SLABS: &Site = if cfg!(miri) { &INNER } else { &MAGAZINE };

/// xorshift64*.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % limit
    }
}

/// A block and the byte that all of it holds.
struct Block {
    at: *mut u8,
    layout: Layout,
    byte: u8,
}

// SAFETY: the block is owned and plain bytes.
unsafe impl Send for Block {}

impl Block {
    fn new(random: &mut Random) -> Self {
        let largest = if cfg!(miri) { 1000 } else { 20_000 };
        let size = [1 + random.below(64), 1 + random.below(600), 1 + random.below(largest)]
            [random.below(3)];
        let align = [1, 2, 4, 8, 8, 8, 16, 64][random.below(8)];
        let layout = Layout::from_size_align(size, align).unwrap();
        let byte = random.below(256) as u8;
        let zeroed = random.below(4) == 0;
        // SAFETY: the layout has a size.
        let at = unsafe { if zeroed { ALLOC.alloc_zeroed(layout) } else { ALLOC.alloc(layout) } };
        assert!(!at.is_null() && at.addr().is_multiple_of(align));
        let mut block = Self { at, layout, byte };
        if zeroed {
            block.byte = 0;
            block.check();
        }
        block.fill(byte);
        block
    }

    fn fill(&mut self, byte: u8) {
        self.byte = byte;
        // SAFETY: the block is ours and that large.
        unsafe { self.at.write_bytes(byte, self.layout.size()) };
    }

    /// Nobody else wrote into it.
    fn check(&self) {
        // SAFETY: the block is ours, that large and initialised.
        let bytes = unsafe { std::slice::from_raw_parts(self.at, self.layout.size()) };
        assert!(
            bytes.iter().all(|byte| *byte == self.byte),
            "a block of {} was written into",
            bytes.len()
        );
    }

    fn resize(&mut self, size: usize) {
        let old = self.layout.size();
        // SAFETY: the block has this layout; the new size is neither 0 nor near the largest.
        self.at = unsafe { ALLOC.realloc(self.at, self.layout, size) };
        self.layout = Layout::from_size_align(size, self.layout.align()).unwrap();
        assert!(self.at.addr().is_multiple_of(self.layout.align()));
        // SAFETY: what was there before.
        let kept = unsafe { std::slice::from_raw_parts(self.at, old.min(size)) };
        assert!(
            kept.iter().all(|byte| *byte == self.byte),
            "a realloc from {old} to {size} lost bytes"
        );
        let byte = self.byte;
        self.fill(byte);
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        self.check();
        // SAFETY: the block has this layout and is not used again.
        unsafe { ALLOC.dealloc(self.at, self.layout) };
    }
}

/// A program of `steps` operations: scopes of three kinds open and close, blocks come, go, grow,
/// and are sent away.
fn program(seed: u64, steps: usize, away: &mpsc::Sender<Block>, back: &mpsc::Receiver<Block>) {
    let mut random = Random(seed | 1);
    let mut scopes: Vec<Scope> = Vec::with_capacity(32);
    let mut blocks: Vec<Block> = Vec::with_capacity(steps);
    for _ in 0..steps {
        match random.below(16) {
            0 if scopes.len() < 20 => scopes.push(enter([&ARENA, &INNER, SLABS][random.below(3)])),
            1 => drop(scopes.pop()),
            2 | 3 if !blocks.is_empty() => drop(blocks.swap_remove(random.below(blocks.len()))),
            4 if !blocks.is_empty() => {
                let at = random.below(blocks.len());
                let size = 1 + random.below(if cfg!(miri) { 300 } else { 3000 });
                blocks[at].resize(size);
            }
            // The block handed out last, which may grow where it lies.
            5 => {
                if let Some(last) = blocks.last_mut() {
                    let size = last.layout.size() + random.below(100);
                    last.resize(size);
                }
            }
            6 if !blocks.is_empty() => {
                _ = away.send(blocks.swap_remove(random.below(blocks.len())));
            }
            7 => drop(back.try_recv()),
            8 => blocks.truncate(blocks.len() / 2),
            _ => blocks.push(Block::new(&mut random)),
        }
    }
    while scopes.pop().is_some() {}
    blocks.iter().for_each(Block::check);
}

#[test]
fn blocks_never_overlap_whatever_escapes() {
    let (rounds, mut steps) = if cfg!(miri) { (1, 100) } else { (10, 20_000) };
    // Fewer under valgrind, which is slow.
    if let Some(given) = std::env::var("MEMOPT_STEPS").ok().and_then(|text| text.parse().ok()) {
        steps = given;
    }
    for round in 0..rounds {
        let (to_right, from_left) = mpsc::channel();
        let (to_left, from_right) = mpsc::channel();
        // The channels outlive the threads, so blocks outlive the threads that made them.
        std::thread::scope(|threads| {
            let (to_right, to_left) = (&to_right.clone(), &to_left.clone());
            let (from_right, from_left) = (from_right, from_left);
            let left = threads.spawn({
                let (to_right, from_right) = (to_right.clone(), from_right);
                move || {
                    program(2 * round + 1, steps, &to_right, &from_right);
                    from_right
                }
            });
            let right = threads.spawn({
                let (to_left, from_left) = (to_left.clone(), from_left);
                move || {
                    program(2 * round + 2, steps, &to_left, &from_left);
                    from_left
                }
            });
            let (from_right, from_left) = (left.join().unwrap(), right.join().unwrap());
            from_right.try_iter().chain(from_left.try_iter()).for_each(drop);
        });
    }
}

#[test]
fn routed_work_is_counted_like_any_other() {
    let work = |site: &'static Site| {
        record(|| {
            let _scope = enter(site);
            let mut kept = Vec::with_capacity(10);
            for n in 1..=10usize {
                drop(vec![0u8; 100 * n]);
                kept.push(vec![1u8; n]);
            }
            kept.push(vec![7u8; 40_000]);
            kept
        })
    };
    let plain = work(&PLAIN);
    for site in [&ARENA, SLABS] {
        let routed = work(site);
        assert_eq!(routed.report.total(), plain.report.total());
        let (a, b) = (&routed.report.sites()[0], &plain.report.sites()[0]);
        assert_eq!(
            (a.bytes.total(), a.peak.max(), a.retained.max()),
            (b.bytes.total(), b.peak.max(), b.retained.max())
        );
        assert_eq!(a.size_classes, b.size_classes);
        assert_eq!(routed.value, plain.value);
    }
}

/// Address of a fresh block.
fn fresh_block() -> (Box<[u8; 48]>, usize) {
    let block = Box::new([0u8; 48]);
    let at = block.as_ptr().addr();
    (block, at)
}

#[test]
fn an_arena_begins_again_when_all_its_blocks_are_gone() {
    // No other test changes how its site is served.
    static AGAIN: Site = Site::new(SiteKind::Block, "again", || "again", PLACE).arena();
    std::thread::spawn(|| {
        let first = {
            let _scope = enter(&AGAIN);
            let (block, first) = fresh_block();
            let (_, second) = fresh_block();
            assert_eq!(second, first + 48, "blocks lie one behind the other");
            drop(block);
            first
        };
        let kept = {
            let _scope = enter(&AGAIN);
            let (block, at) = fresh_block();
            assert_eq!(at, first, "the chunk begins again");
            block
        };
        {
            let _scope = enter(&AGAIN);
            assert_ne!(fresh_block().1, first, "a block that was kept is not overwritten");
        }
        drop(kept);
        let _scope = enter(&AGAIN);
        assert_eq!(fresh_block().1, first);
    })
    .join()
    .unwrap();
}

#[test]
fn a_panic_leaves_the_arena() {
    // No other test changes how its site is served.
    static LEFT: Site = Site::new(SiteKind::Block, "left", || "left", PLACE).arena();
    std::thread::spawn(|| {
        let inside = std::panic::catch_unwind(|| {
            let _scope = enter(&LEFT);
            let (_, at) = fresh_block();
            std::panic::resume_unwind(Box::new(at));
        })
        .unwrap_err();
        let at = *inside.downcast_ref::<usize>().unwrap();
        assert_eq!(at % 16, 8);
        let (_block, outside) = fresh_block();
        assert_eq!(outside % 16, 0, "outside the scope the inner allocator serves");
    })
    .join()
    .unwrap();
}

#[cfg(not(miri))]
#[test]
fn a_magazine_hands_out_freed_blocks_again() {
    const BLOCKS: usize = 100;
    // No other test changes how its site is served.
    static AGAIN: Site = Site::new(SiteKind::Block, "again", || "again", PLACE).magazine();
    std::thread::spawn(|| {
        let _scope = enter(&AGAIN);
        let mut seen = HashSet::new();
        for _ in 0..50 {
            let blocks: Vec<_> = (0..BLOCKS).map(|_| fresh_block()).collect();
            assert!(blocks.iter().all(|(_, at)| at % 16 == 8));
            let own: HashSet<usize> = blocks.iter().map(|(_, at)| *at).collect();
            assert_eq!(own.len(), BLOCKS, "no block is handed out twice");
            seen.extend(own);
        }
        // Blocks are cut a page at a time.
        assert!(seen.len() < BLOCKS + 4096 / 16, "{} blocks for {BLOCKS}", seen.len());
    })
    .join()
    .unwrap();
}

#[cfg(not(miri))]
#[test]
fn a_site_whose_blocks_survive_goes_back_to_plain() {
    static SURVIVORS: Site = Site::new(SiteKind::Block, "survivors", || "survivors", PLACE).arena();
    std::thread::spawn(|| {
        let mut kept = Vec::new();
        let mut routed = Vec::new();
        for _ in 0..8 {
            let _scope = enter(&SURVIVORS);
            // 8 MB a call in blocks of 1 KiB, of which one in a hundred stays.
            let blocks: Vec<Box<[u8; 1024]>> = (0..8000).map(|_| Box::new([1; 1024])).collect();
            routed.push(blocks[7999].as_ptr().addr() % 16 == 8);
            kept.extend(blocks.into_iter().step_by(100));
        }
        assert!(routed[0], "{routed:?}");
        assert!(!routed[2..].contains(&true), "found out after two calls: {routed:?}");
    })
    .join()
    .unwrap();
}
