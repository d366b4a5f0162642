//! memopt over jemalloc.

#[global_allocator]
static ALLOC: memopt::Alloc<tikv_jemallocator::Jemalloc> = memopt::Alloc::new(tikv_jemallocator::Jemalloc);

#[test]
fn counts_are_exact_over_jemalloc() {
    memopt_allocators::check();
}
