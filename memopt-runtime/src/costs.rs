//! What calls to the allocator cost here, measured in short windows, so that findings predict CPU
//! time.

mod windows;

use self::windows::{FIGURES, Windows};
use crate::process::PerProcess;
use crate::report::CostModel;
use crate::thread::size_class::SMALL_MAX;
use crate::thread::state::now_ns;
use crate::thread::untracked::untracked;
use std::alloc::{GlobalAlloc, Layout, System, alloc, dealloc};
use std::hint::black_box;

/// Allocations while a size is measured, each freed before the next.
const PAIRS: u32 = 64;
/// Whether the program's own global allocator is measured too.
const HOOKED: bool = cfg!(debug_assertions);
/// What a pair takes among other work, in pairs of a loop that does nothing else: the checks and
/// the dropping of a collection, the hook, and caches that other work uses. In small programs it
/// was 1.9 to 2.2 (`tests/tests/judged`). A hook that is not optimised is added.
const AMONG_WORK: f64 = 2.0;
/// What the hook takes of a small block, and of another, in what it takes of an untracked one; not
/// optimised. Measured in a scope: 0.19 and 1.05, with an optimised runtime 0.24 and 0.73.
const HOOK: [f64; 2] = [if IS_WRITTEN_OUT { 0.2 } else { 1.0 }, 0.9];
/// Whether common calls and blocks are written out where nothing is optimised.
const IS_WRITTEN_OUT: bool = cfg!(all(target_arch = "x86_64", target_pointer_width = "64"));
/// Repetitions in a window, of which the fastest counts: others were interrupted.
const ROUNDS: usize = 12;
/// Bytes moved to learn what moving costs: within the second-level cache.
const MOVED: usize = 128 << 10;
/// Bytes of a page.
const PAGE: usize = 4 << 10;

/// Entry and exit of a tracked function, ns.
pub(crate) fn call_ns() -> f64 {
    let unoptimised = if IS_WRITTEN_OUT { 45.0 } else { 100.0 };
    if cfg!(debug_assertions) { unoptimised } else { CostModel::default().call_ns }
}

/// What calls cost in this process: the medians of short windows. The first call measures some of
/// them, in about a millisecond; later ones add a window now and then, as a machine that others
/// share changes its speed.
///
/// Pages first touched are not measured: a program that reads its report should not grow by it. A
/// constant stands for them.
pub fn measured() -> CostModel {
    by_windows(|windows| windows.renew(now_ns(), window))
}

/// The same without measuring again: recordings are shorter than a window.
pub(crate) fn known() -> CostModel {
    by_windows(|windows| {
        if windows.is_empty() {
            windows.renew(now_ns(), window);
        }
    })
}

fn by_windows(look: impl FnOnce(&mut Windows)) -> CostModel {
    // A process that was forked while another thread measured has a lock of its own.
    static WINDOWS: PerProcess<Windows> = PerProcess::new(Windows::new);
    let constants = CostModel::default();
    // Miri's clock says nothing of a processor.
    if cfg!(miri) {
        return constants;
    }
    let [pairs @ .., copied] = untracked(|| {
        let mut windows = WINDOWS.lock();
        look(&mut windows);
        windows.medians()
    });
    // A clock that stands still measures nothing.
    if pairs.iter().chain([&copied]).any(|ns| *ns <= 0.0) {
        return constants;
    }
    CostModel::measured(pairs, copied, constants.touched_page_ns, call_ns())
}

/// A pair of each size, and moving 1 KiB.
fn window() -> [f64; FIGURES] {
    let [small, middle, large, largest] = CostModel::SIZES.map(|size| {
        let system = fastest(|| pairs_ns(&System, size as usize));
        AMONG_WORK * system + if HOOKED { hook_ns(size as usize, system) } else { 0.0 }
    });
    [small, middle, large, largest, copied_kib_ns()]
}

/// What the hook adds to a pair that takes the system's allocator so long.
fn hook_ns(size: usize, system: f64) -> f64 {
    let untracked = fastest(|| pairs_ns(&Global, size)) - system;
    HOOK[usize::from(size > SMALL_MAX)] * untracked.max(0.0)
}

/// The program's own global allocator.
struct Global;

// SAFETY: passes all on to the global allocator.
unsafe impl GlobalAlloc for Global {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's word.
        unsafe { alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's word.
        unsafe { dealloc(block, layout) }
    }
}

fn fastest(mut measure: impl FnMut() -> f64) -> f64 {
    (0..ROUNDS).map(|_| measure()).fold(f64::INFINITY, f64::min)
}

/// One allocation of `size` bytes and its free, one after the other.
///
/// Not by the program's own allocator alone: the hook takes a longer way for what is untracked.
fn pairs_ns(allocator: &impl GlobalAlloc, size: usize) -> f64 {
    let Ok(layout) = Layout::from_size_align(size, 8) else { return 0.0 };
    // SAFETY: the layout has a size, and each block is freed once with the layout it was asked for
    // with. Null is a block that was not to be had, and is not freed.
    let take = || unsafe { black_box(allocator.alloc(layout)) };
    let free = |block: *mut u8| {
        if !block.is_null() {
            // SAFETY: as above.
            unsafe { allocator.dealloc(block, layout) }
        }
    };
    // A block at the end of the heap goes back to the kernel when it is freed, and is asked for
    // again: behind another block it stays, as most blocks of a program do.
    let (first, behind) = (take(), take());
    free(first);
    let since = now_ns();
    for _ in 0..PAIRS {
        free(take());
    }
    let took = now_ns().saturating_sub(since);
    free(behind);
    took as f64 / f64::from(PAIRS)
}

/// Moving 1 KiB.
fn copied_kib_ns() -> f64 {
    // Made once: what is so large comes from the kernel each time.
    let (from, mut to) = (vec![1u8; MOVED], vec![2u8; MOVED + PAGE]);
    // Of two addresses that lie up to 63 bytes apart in their pages, some processors move twenty
    // times as slowly (glibc's `rep movsb`, AMD EPYC); half a page apart none does.
    let apart = from.as_ptr().addr().wrapping_sub(to.as_ptr().addr()).wrapping_add(PAGE / 2) % PAGE;
    let Some(to) = to.get_mut(apart..apart + MOVED) else { return 0.0 };
    fastest(|| {
        let since = now_ns();
        to.copy_from_slice(black_box(&from));
        black_box(&mut *to);
        now_ns().saturating_sub(since) as f64 / (MOVED as f64 / 1024.0)
    })
}

#[cfg(all(test, not(miri)))]
mod tests {
    use super::measured;
    use crate::report::CostSource;

    #[test]
    fn figures_are_of_this_machine_and_of_a_plausible_size() {
        let costs = measured();
        assert_eq!(costs.source, CostSource::Measured);
        for ns in costs.pairs_ns {
            assert!((1.0..20_000.0).contains(&ns), "{costs:?}");
        }
        assert!((0.5..5_000.0).contains(&costs.copied_kib_ns), "{costs:?}");
    }
}
