//! memopt over jemalloc.

use std::ptr;

#[global_allocator]
static ALLOC: memopt::Alloc<tikv_jemallocator::Jemalloc> =
    memopt::Alloc::new(tikv_jemallocator::Jemalloc);

/// Gives back what this thread keeps, then what all arenas have free.
fn purge() {
    for name in [c"thread.tcache.flush", c"arena.4096.purge"] {
        // SAFETY: the name ends in a zero, and neither control reads or writes a value.
        let failed = unsafe {
            tikv_jemalloc_sys::mallctl(
                name.as_ptr(),
                ptr::null_mut(),
                ptr::null_mut(),
                ptr::null_mut(),
                0,
            )
        };
        assert_eq!(failed, 0, "{name:?}");
    }
}

/// One after another: the optimizer and what is resident are the process's.
#[test]
fn counts_trials_and_purges_hold_over_jemalloc() {
    memopt_allocators::check();
    memopt_allocators::check_optimizer();
    memopt_allocators::check_purge(purge);
    memopt_allocators::check_usable(
        // SAFETY: a function of the size alone, which is not 0.
        |size| unsafe { tikv_jemalloc_sys::nallocx(size, 0) },
        // SAFETY: a block of the allocator's.
        |block| unsafe { tikv_jemalloc_sys::sallocx(block.as_ptr().cast(), 0) },
    );
}
