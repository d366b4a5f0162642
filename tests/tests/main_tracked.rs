//! `#[memopt::main]` above `#[track_alloc]`: `main` is a site whose call is over when the report is
//! made.

#[path = "mains/tracked.rs"]
mod tracked;

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

#[memopt::main]
#[memopt::track_alloc]
fn main() {
    tracked::run("main_tracked");
}
