//! memopt over mimalloc.

#[global_allocator]
static ALLOC: memopt::Alloc<mimalloc::MiMalloc> = memopt::Alloc::new(mimalloc::MiMalloc);

fn purge() {
    // SAFETY: takes the allocator's own locks and touches free memory only.
    unsafe { libmimalloc_sys::mi_collect(true) };
}

/// One after another: the optimizer and what is resident are the process's.
#[test]
fn counts_trials_and_purges_hold_over_mimalloc() {
    memopt_allocators::check();
    memopt_allocators::check_optimizer();
    memopt_allocators::check_purge(purge);
    memopt_allocators::check_usable(
        // SAFETY: a function of the size alone.
        |size| unsafe { libmimalloc_sys::mi_good_size(size) },
        // SAFETY: a block of the allocator's.
        |block| unsafe { libmimalloc_sys::mi_usable_size(block.as_ptr().cast()) },
    );
}
