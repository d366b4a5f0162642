//! `#[track_alloc]` above `#[memopt::main]`: the same as in the other order.

#[path = "mains/tracked.rs"]
mod tracked;

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

#[memopt::track_alloc]
#[memopt::main]
fn main() {
    tracked::run("main_tracked_first");
}
