//! What samples tell of the blocks themselves: what was written to them, how long they lived, the
//! room they took.
#![cfg(all(feature = "track", not(miri)))]

use memopt_runtime::__private::{Place, Site, SiteKind, enter};
use memopt_runtime::report::{Contents, HeapReport, Lifetimes};
use memopt_runtime::{Alloc, heap, scope};
use std::hint::black_box;
use std::sync::{Mutex, MutexGuard, PoisonError};

#[global_allocator]
static ALLOC: Alloc = Alloc::system();

const PLACE: Place = Place { file: file!(), line: 1, column: 1, manifest_dir: None };
const KIB: usize = 1024;

/// One test at a time: the mode is the process's. One block each 4 KiB is sampled.
fn sampled() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    let one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    heap::start_sampling(4 * KIB as u64).unwrap();
    one
}

fn sum<T: Default>(
    heap: &HeapReport,
    name: &str,
    add: impl Fn(&mut T, &memopt_runtime::report::CallPath),
) -> T {
    let mut sum = T::default();
    for call_path in heap
        .call_paths
        .iter()
        .filter(|call_path| call_path.scopes.iter().any(|scope| scope.ends_with(name)))
    {
        add(&mut sum, call_path);
    }
    sum
}

fn contents(name: &str) -> Contents {
    sum(&heap::snapshot(), name, |sum: &mut Contents, call_path| {
        sum.samples += call_path.contents.samples;
        sum.looked_at += call_path.contents.looked_at;
        sum.never_written += call_path.contents.never_written;
        sum.zero += call_path.contents.zero;
        sum.duplicate += call_path.contents.duplicate;
    })
}

/// `part` of `whole`, percent.
fn percent(part: u64, whole: u64) -> f64 {
    part as f64 * 100.0 / whole.max(1) as f64
}

#[test]
fn what_large_buffers_never_used_is_told() {
    let _one = sampled();
    for n in 0..1000u64 {
        let _scope = scope!("a_quarter_used");
        let mut buffer = Vec::<u64>::with_capacity(64 * KIB / 8);
        buffer.extend((0..16 * KIB as u64 / 8).map(|at| at ^ (n << 32) ^ 0x1234_5678));
        drop(black_box(buffer));
    }
    let found = contents("a_quarter_used");
    // Nearly each of them is sampled: 1 − e^−16.
    assert!((998..=1000).contains(&found.samples), "{found:?}");
    // By a place of each: a standard error of 1.4 %.
    assert!((percent(found.never_written, found.looked_at) - 75.0).abs() < 7.0, "{found:?}");
    assert_eq!((found.zero, found.duplicate), (0, 0));
}

#[test]
fn exact_mode_finds_the_room_that_sampling_finds() {
    use memopt_runtime::report::leak::{LeakKind, LeakWatch, Moment};

    let _one = sampled();
    let modes: [(&str, fn()); 2] = [
        ("sampled", || heap::start_sampling(4 * KIB as u64).unwrap()),
        ("exact", || heap::start_exact().unwrap()),
    ];
    for (mode, start) in modes {
        start();
        let site: &'static Site =
            Box::leak(Box::new(Site::new(SiteKind::Block, "roomy", || "roomy", PLACE)));
        let make = || {
            let _scope = enter(site);
            let mut buffer = Vec::<u8>::with_capacity(64 * KIB);
            buffer.extend((0..KIB).map(|at| at as u8 | 1));
            black_box(buffer)
        };
        // 4 MiB, of which one part in 64 is written; each round makes them anew.
        let mut kept: Vec<Vec<u8>> = (0..64).map(|_| make()).collect();
        let mut watch = LeakWatch::new();
        for round in 0..16 {
            kept.iter_mut().for_each(|buffer| *buffer = make());
            let mut heap = heap::snapshot();
            // The other mode's figures are another site's of the same name.
            heap.call_paths.retain(|path| path.live.bytes > 0);
            watch.add(&heap, &Moment::at(round * 1_000_000_000));
        }
        let verdicts = watch.verdicts();
        let bloat = verdicts.iter().find(|verdict| verdict.kind == LeakKind::Bloat);
        let bloat = bloat.unwrap_or_else(|| panic!("{mode}: {verdicts}"));
        assert!(bloat.site().ends_with("roomy"), "{mode}: {bloat}");
        // 98 % of 4 MiB.
        assert!((3_500_000..=4_300_000).contains(&bloat.bytes), "{mode}: {bloat}");
        drop(kept);
    }
}

#[test]
fn the_spare_half_of_what_grew_is_told() {
    let _one = sampled();
    for n in 0..100u64 {
        let _scope = scope!("grew_to_the_double");
        let mut buffer = Vec::<u64>::with_capacity(32 * KIB / 8);
        buffer.extend((0..32 * KIB as u64 / 8).map(|at| at ^ (n << 32) ^ 0x1234_5678));
        // One more: the capacity doubles, and nearly half of it stays empty.
        buffer.push(n);
        assert_eq!(buffer.capacity(), 64 * KIB / 8);
        drop(black_box(buffer));
    }
    let found = contents("grew_to_the_double");
    // 100 blocks of 32 KiB full, and 100 of 64 KiB of which the upper half holds 8 bytes.
    let share = percent(found.never_written, found.looked_at);
    assert!((share - 100.0 * 32.0 / 96.0).abs() < 0.5, "{share} {found:?}");
}

#[test]
fn zeroes_and_copies_are_told() {
    let _one = sampled();
    for _ in 0..50 {
        let _scope = scope!("zeroes");
        drop(black_box(vec![0u8; 256 * KIB]));
    }
    let found = contents("zeroes");
    assert_eq!((found.samples, found.zero, found.never_written), (50, found.looked_at, 0));
    let text: Vec<u8> = (0..100 * KIB).map(|at| (at * 7 % 251) as u8).collect();
    for _ in 0..50 {
        let _scope = scope!("copies");
        drop(black_box(text.clone()));
    }
    let found = contents("copies");
    // All but the first.
    assert!((percent(found.duplicate, found.looked_at) - 98.0).abs() < 0.1, "{found:?}");
}

#[test]
fn shares_and_lifetimes_are_those_of_all_blocks_and_not_of_the_samples() {
    let _one = sampled();
    // From one place, so one call path: 20,000 small blocks that are full and go at once, 20 large
    // ones that stay empty and for 20 ms.
    let block = |size: usize, full: bool| {
        let _scope = scope!("large_and_small");
        let mut block = Vec::<u8>::with_capacity(size);
        if full {
            block.extend((0..size).map(|at| (at * 31 % 249) as u8));
        }
        black_box(block)
    };
    for n in 0..20_020 {
        if n % 1001 == 1000 {
            let large = block(8 * KIB, false);
            std::thread::sleep(std::time::Duration::from_millis(20));
            drop(large);
        } else {
            drop(block(64, true));
        }
    }
    let heap = heap::snapshot();
    let lifetimes = sum(&heap, "large_and_small", |sum: &mut Lifetimes, call_path| {
        sum.blocks += call_path.lifetimes.blocks;
        sum.total_ns += call_path.lifetimes.total_ns;
        sum.powers.resize(48, 0);
        call_path.lifetimes.powers.iter().zip(&mut sum.powers).for_each(|(from, to)| *to += from);
    });
    // Small ones are drawn with 1.55 %, so 310 of them: a standard error of 5.6 %.
    assert!((14_400..=25_600).contains(&lifetimes.blocks), "{lifetimes:?}");
    assert!(
        lifetimes.quantile_ns(0.9).unwrap() < 10_000_000,
        "nine of ten are small: {lifetimes:?}"
    );
    assert!(lifetimes.quantile_ns(0.9999).unwrap() > 10_000_000, "{lifetimes:?}");
    // 160 KiB of 1.41 MiB are empty: 11.3 %. By samples it would be 17 of 327 blocks, or 87 % of
    // their bytes.
    let found = contents("large_and_small");
    let share = percent(found.never_written, found.looked_at);
    assert!((7.0..=17.0).contains(&share), "{share} {found:?}");
}

#[test]
fn the_room_that_blocks_take_is_that_of_the_allocator_or_what_is_said() {
    let _one = sampled();
    heap::start_exact().unwrap();
    let kept: Vec<Box<u8>> = (0..20_000)
        .map(|_| {
            let _scope = scope!("single_bytes");
            Box::new(1)
        })
        .collect();
    let room = |name: &str| {
        sum(&heap::snapshot(), name, |sum: &mut u64, call_path| *sum += call_path.usable_bytes)
    };
    // glibc has no block below 24 bytes. One in 16 is asked: a standard error of 2.7 %.
    if cfg!(all(target_env = "gnu", target_pointer_width = "64")) {
        let usable = room("single_bytes");
        assert!((415_000..=545_000).contains(&usable), "{usable}");
    }
    drop(kept);
    heap::set_usable_size(|size| size.next_power_of_two().max(64));
    let kept: Vec<Vec<u8>> = (0..20_000)
        .map(|_| {
            let _scope = scope!("sixty_five");
            Vec::with_capacity(65)
        })
        .collect();
    let usable = room("sixty_five");
    // 128 each.
    assert!((2_390_000..=2_730_000).contains(&usable), "{usable}");
    drop(kept);
}

#[test]
fn more_pairs_than_are_told_apart_are_told_together() {
    let _one = sampled();
    heap::start_exact().unwrap();
    // 90 sites that allocate × 90 that free are 8,100 pairs; 16 blocks and more of each, so that
    // nearly all are noted once.
    let site = || Site::new(SiteKind::Block, "one_of_many", || "one_of_many", PLACE);
    let sites: Vec<&'static Site> = (0..90).map(|_| &*Box::leak(Box::new(site()))).collect();
    for from in &sites {
        for to in &sites {
            let made: [Box<u64>; 64] = {
                let _scope = enter(from);
                std::array::from_fn(|n| Box::new(n as u64))
            };
            let _scope = enter(to);
            drop(black_box(made));
        }
    }
    let heap = heap::snapshot();
    assert!((1000..=1024).contains(&heap.hand_offs.len()), "{}", heap.hand_offs.len());
    let told: u64 = heap.hand_offs.iter().map(|way| way.freed.blocks).sum();
    let all = told + heap.hand_offs_lost.blocks;
    // 518,400 blocks, with a standard error of 2,790, and those of the other tests.
    assert!((504_000..=640_000).contains(&all), "{told} and {:?}", heap.hand_offs_lost);
    assert!(heap.hand_offs_lost.blocks > 400_000, "{:?}", heap.hand_offs_lost);
    let text = heap.table().to_string();
    assert!(text.contains("freed by more pairs than are told apart: "), "{text}");
}
