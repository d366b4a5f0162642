//! `jemalloc` with its heap profiler on: a backtrace for one in 512 KiB. The library is built with
//! it, so this program is built apart from the others.

use memopt_subjects::{Part, plus, serve, tracked};

#[global_allocator]
static ALLOC: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Read by jemalloc when it starts.
// SAFETY: the name is that of jemalloc's own symbol with the crate's prefix, a pointer to a string
// that ends with a zero.
#[unsafe(export_name = "_rjem_malloc_conf")]
pub static CONF: &[u8; 45] = b"prof:true,prof_active:true,lg_prof_sample:19\0";

mod bare {
    memopt_subjects::functions!(memopt_subjects::calls::nothing);
}

const JSON: &[Part] = &[plus(bare::json)];

fn main() {
    serve(&tracked::benches(JSON), || ());
}
