//! memopt over mimalloc.

#[global_allocator]
static ALLOC: memopt::Alloc<mimalloc::MiMalloc> = memopt::Alloc::new(mimalloc::MiMalloc);

#[test]
fn counts_are_exact_over_mimalloc() {
    memopt_allocators::check();
}
