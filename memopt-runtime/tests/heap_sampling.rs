//! Sampling: the estimates of 200 sites against what they really have in use, round after round.
#![cfg(all(feature = "track", not(miri)))]

use memopt_runtime::__private::{Place, Site, SiteKind, enter};
use memopt_runtime::report::{Estimate, HeapReport};
use memopt_runtime::{Alloc, heap};
use std::alloc::{GlobalAlloc, Layout};
use std::collections::HashMap;

#[global_allocator]
static ALLOC: Alloc = Alloc::system();

const PLACE: Place = Place { file: file!(), line: 1, column: 1, manifest_dir: None };
const INTERVAL: u64 = 512 << 10;
const SITES: usize = 200;
const ROUNDS: usize = 12;
/// Blocks that a place has in use, at most.
const ROOM: usize = 16_384;

macro_rules! sites {
    ($($name:literal)*) => {
        [$({
            static SITE: Site = Site::new(SiteKind::Block, $name, || $name, PLACE);
            &SITE
        }),*]
    };
}

/// Chains of one each are the 200 places where blocks are allocated.
static OUTER: [&Site; 10] = sites!("o0" "o1" "o2" "o3" "o4" "o5" "o6" "o7" "o8" "o9");
static INNER: [&Site; 20] = sites!(
    "i0" "i1" "i2" "i3" "i4" "i5" "i6" "i7" "i8" "i9"
    "i10" "i11" "i12" "i13" "i14" "i15" "i16" "i17" "i18" "i19"
);

fn chain(place: usize) -> [&'static Site; 2] {
    [OUTER[place % 10], INNER[place / 10]]
}

/// xorshift64*.
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Sizes between the two, as many of each order of magnitude.
fn between(random: &mut Random, low: f64, high: f64) -> usize {
    (low * (high / low).powf(random.uniform())) as usize
}

/// A block in use. Nothing is written to it.
struct Block {
    address: usize,
    layout: Layout,
}

impl Block {
    fn new(size: usize) -> Self {
        let layout = Layout::from_size_align(size, 8).unwrap();
        // SAFETY: the layout has a size.
        let block = unsafe { ALLOC.alloc(layout) };
        assert!(!block.is_null());
        Self { address: block.expose_provenance(), layout }
    }

    /// As a vector grows.
    fn grow(&mut self, size: usize) {
        // SAFETY: the block is of this allocator with this layout, and the size is not 0.
        let block = unsafe {
            ALLOC.realloc(std::ptr::with_exposed_provenance_mut(self.address), self.layout, size)
        };
        assert!(!block.is_null());
        self.address = block.expose_provenance();
        self.layout = Layout::from_size_align(size, 8).unwrap();
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: the block is of this allocator with this layout, and nobody uses it any more.
        unsafe { ALLOC.dealloc(std::ptr::with_exposed_provenance_mut(self.address), self.layout) };
    }
}

/// What one place allocates in a round: 1.2 GiB for all places together, a part of it freed.
fn work(place: usize, random: &mut Random, blocks: &mut Vec<Block>, change: impl Fn()) {
    let (bytes, low, high) = match place % 4 {
        // Small ones: more would take the test's time.
        0 => (1 << 20, 16.0, 256.0),
        1 => (8 << 20, 16.0, 262_144.0),
        2 => (8 << 20, 1024.0, 32_768.0),
        _ => (8 << 20, 65_536.0, 262_144.0),
    };
    let kept = 0.1 + 0.8 * (place as f64 / SITES as f64);
    let (mut sum, mut changed) = (0, false);
    while sum < bytes {
        let size = between(random, low, high);
        sum += size;
        let mut block = Block::new(size);
        if random.uniform() < 0.05 {
            sum += size;
            block.grow(size * 2);
        }
        if random.uniform() < kept {
            blocks.push(block);
        }
        if sum > bytes / 2 && !changed {
            change();
            changed = true;
        }
    }
    assert!(blocks.len() < ROOM, "the list must not grow: it would be in use too");
}

/// The estimates of what is in use, by chain.
fn live(report: &HeapReport) -> HashMap<[String; 2], Estimate> {
    let mut live: HashMap<[String; 2], Estimate> = HashMap::new();
    for call_path in &report.call_paths {
        if let Ok(chain) = <[String; 2]>::try_from(call_path.scopes.clone()) {
            live.entry(chain).or_default().add(&call_path.live);
        }
    }
    live
}

/// What a place has in use, and how much the estimate of its blocks varies, at most: the sum of `1
/// / p − 1`.
struct Truth {
    blocks: f64,
    bytes: u64,
    blocks_variance: f64,
}

impl Truth {
    fn of(blocks: &[Block]) -> Self {
        let sizes = || blocks.iter().map(|block| block.layout.size());
        let varies = |size: usize| 1.0 / (1.0 - (-(size as f64) / INTERVAL as f64).exp()) - 1.0;
        Self {
            blocks: blocks.len() as f64,
            bytes: sizes().map(|size| size as u64).sum(),
            blocks_variance: sizes().map(varies).sum(),
        }
    }
}

/// One round on a thread of its own, which draws its own samples: estimates and truth, place by
/// place.
fn round(number: usize) -> Vec<(Estimate, Truth)> {
    let seed = 0x9E37_79B9_7F4A_7C15u64.wrapping_mul(number as u64 + 1);
    let work = move || {
        let mut random = Random(seed);
        heap::start_sampling(INTERVAL).unwrap();
        let mut blocks: Vec<Vec<Block>> = Vec::new();
        for place in 0..SITES {
            let [outer, inner] = chain(place);
            // In every other round, in the middle of every place's work.
            let change = || {
                if number % 2 == 1 {
                    heap::stop();
                    heap::start_sampling(if place % 2 == 0 { INTERVAL / 4 } else { INTERVAL })
                        .unwrap();
                }
            };
            let mut list = Vec::with_capacity(ROOM);
            {
                let _outer = enter(outer);
                let _inner = enter(inner);
                work(place, &mut random, &mut list, change);
            }
            blocks.push(list);
        }
        let mut estimates = live(&heap::snapshot());
        // Where nothing was sampled nothing is said of the place, which is to say: fewer than would
        // have shown.
        let mut unseen = Estimate::default();
        unseen.largest_weight = (INTERVAL + 262_144) as f64;
        let result = (0..SITES)
            .map(|place| {
                let names = chain(place).map(Site::full_name);
                (estimates.remove(&names).unwrap_or(unseen), Truth::of(&blocks[place]))
            })
            .collect();
        // Half of it is freed by another thread.
        let other = blocks.split_off(SITES / 2);
        std::thread::spawn(move || drop(other)).join().unwrap();
        drop(blocks);
        result
    };
    std::thread::spawn(work).join().unwrap()
}

#[test]
fn intervals_hold_the_truth_and_estimates_are_unbiased() {
    let (mut inside, mut all) = (0, 0);
    // By kind of place: errors in bytes, their variance, errors in blocks, their variance.
    let mut kinds = [[0.0; 4]; 4];
    for number in 0..ROUNDS {
        for (place, (estimate, truth)) in round(number).into_iter().enumerate() {
            let (low, high) = estimate.bytes_interval();
            inside += usize::from((low..=high).contains(&truth.bytes));
            all += 1;
            let kind = &mut kinds[place % 4];
            kind[0] += estimate.bytes as f64 - truth.bytes as f64;
            kind[1] += estimate.bytes_variance;
            kind[2] += estimate.blocks as f64 - truth.blocks;
            kind[3] += truth.blocks_variance;
        }
    }
    let covered = f64::from(inside as u32) / f64::from(all as u32);
    println!("{:.2} % of {all} intervals hold the truth", 100.0 * covered);
    let errors = kinds.map(|[bytes, variance, blocks, blocks_variance]| {
        [bytes / f64::sqrt(variance), blocks / f64::sqrt(blocks_variance)]
    });
    for (number, [bytes, blocks]) in errors.into_iter().enumerate() {
        println!("kind {number}: bytes off by {bytes:.2} standard errors, blocks by {blocks:.2}");
    }
    assert!(covered >= 0.95, "{covered}");
    // Five standard errors are passed once in a million times; blocks have more of a tail, as few
    // small ones stand for many.
    assert!(errors.as_flattened().iter().all(|error| error.abs() < 5.0), "{errors:?}");
    let heap = heap::snapshot();
    assert_eq!(heap.lost, 0);
    assert!(live(&heap).values().all(|live| live.samples == 0 && live.bytes == 0), "all was freed");
}
