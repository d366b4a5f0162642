//! Pools of 4 KiB buffers: what people write by hand, and the crates they take for it.
//!
//! Each is set up as its documentation says, with room for all buffers, and does not clear what
//! comes back.

use std::cell::RefCell;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use crossbeam_queue::{ArrayQueue, SegQueue};
use lockfree_object_pool::LinearObjectPool;
use memopt_subjects::buffer::{Buffer, cycle, fresh, handoff, nothing, touch};
use memopt_subjects::wrapped::Wrapped;
use memopt_subjects::{Bench, minus, plus, serve};

#[global_allocator]
static ALLOC: Wrapped = Wrapped;

/// Buffers a bounded pool has room for.
const ROOM: usize = 1024;

/// A buffer that was just taken, touched.
#[inline(always)]
fn touched(mut buffer: Box<Buffer>) -> Box<Buffer> {
    touch(&mut buffer);
    buffer
}

thread_local! {
    static FREE: RefCell<Vec<Box<Buffer>>> = const { RefCell::new(Vec::new()) };
}

/// A list in each thread: what there is to beat.
fn thread_local(iterations: u64) -> Duration {
    cycle(
        iterations,
        || touched(FREE.with_borrow_mut(Vec::pop).unwrap_or_else(fresh)),
        |buffer| FREE.with_borrow_mut(|free| free.push(buffer)),
    )
}

/// A new block each time, not cleared.
#[inline(always)]
fn allocated() -> Vec<u8> {
    let mut buffer = Vec::with_capacity(size_of::<Buffer>());
    buffer.push(1);
    std::hint::black_box(&mut buffer);
    buffer
}

fn system(iterations: u64) -> Duration {
    cycle(iterations, allocated, drop)
}

fn system_handoff(iterations: u64) -> Duration {
    handoff(iterations, allocated, drop)
}

static OBJECTS: LazyLock<object_pool::Pool<Box<Buffer>>> =
    LazyLock::new(|| object_pool::Pool::new(ROOM, fresh));

fn object_pool(iterations: u64) -> Duration {
    let pool = &*OBJECTS;
    let take = || {
        let mut buffer = pool.pull(fresh);
        touch(&mut buffer);
        buffer
    };
    cycle(iterations, take, drop)
}

fn object_pool_handoff(iterations: u64) -> Duration {
    let pool = &*OBJECTS;
    let take = || {
        let mut buffer = pool.pull(fresh);
        touch(&mut buffer);
        buffer
    };
    handoff(iterations, take, drop)
}

static LINEAR: LazyLock<LinearObjectPool<Box<Buffer>>> =
    LazyLock::new(|| LinearObjectPool::new(fresh, |_| ()));

fn lockfree(iterations: u64) -> Duration {
    let pool = &*LINEAR;
    let take = || {
        let mut buffer = pool.pull();
        touch(&mut buffer);
        buffer
    };
    cycle(iterations, take, drop)
}

/// Its borrowed guard cannot be sent, the owned one can.
fn lockfree_handoff(iterations: u64) -> Duration {
    static SHARED: LazyLock<Arc<LinearObjectPool<Box<Buffer>>>> =
        LazyLock::new(|| Arc::new(LinearObjectPool::new(fresh, |_| ())));
    let pool = &*SHARED;
    let take = || {
        let mut buffer = pool.pull_owned();
        touch(&mut buffer);
        buffer
    };
    handoff(iterations, take, drop)
}

struct Fresh;

impl opool::PoolAllocator<Box<Buffer>> for Fresh {
    fn allocate(&self) -> Box<Buffer> {
        fresh()
    }
}

fn opool(iterations: u64) -> Duration {
    static POOL: LazyLock<opool::Pool<Fresh, Box<Buffer>>> =
        LazyLock::new(|| opool::Pool::new(ROOM, Fresh));
    let pool = &*POOL;
    let take = || {
        let mut buffer = pool.get();
        touch(&mut buffer);
        buffer
    };
    cycle(iterations, take, drop)
}

/// A buffer in a slab, which is left as it is when it comes back.
struct Slot(Box<Buffer>);

impl Default for Slot {
    fn default() -> Self {
        Self(fresh())
    }
}

impl sharded_slab::Clear for Slot {
    fn clear(&mut self) {}
}

fn sharded_slab(iterations: u64) -> Duration {
    static POOL: LazyLock<sharded_slab::Pool<Slot>> = LazyLock::new(sharded_slab::Pool::new);
    let pool = &*POOL;
    let take = || {
        let mut slot = pool.create().expect("the slab has room");
        touch(&mut slot.0);
        slot.key()
    };
    cycle(iterations, take, |key| _ = pool.clear(key))
}

static ARRAY: LazyLock<ArrayQueue<Box<Buffer>>> = LazyLock::new(|| ArrayQueue::new(ROOM));

fn array_queue(iterations: u64) -> Duration {
    let queue = &*ARRAY;
    // What does not fit is freed.
    cycle(
        iterations,
        || touched(queue.pop().unwrap_or_else(fresh)),
        |buffer| _ = queue.push(buffer),
    )
}

fn array_queue_handoff(iterations: u64) -> Duration {
    let queue = &*ARRAY;
    handoff(
        iterations,
        || touched(queue.pop().unwrap_or_else(fresh)),
        |buffer| _ = queue.push(buffer),
    )
}

static SEGMENTS: SegQueue<Box<Buffer>> = SegQueue::new();

fn seg_queue(iterations: u64) -> Duration {
    cycle(
        iterations,
        || touched(SEGMENTS.pop().unwrap_or_else(fresh)),
        |buffer| SEGMENTS.push(buffer),
    )
}

fn seg_queue_handoff(iterations: u64) -> Duration {
    handoff(
        iterations,
        || touched(SEGMENTS.pop().unwrap_or_else(fresh)),
        |buffer| SEGMENTS.push(buffer),
    )
}

const BENCHES: &[Bench] = &[
    Bench::new("pool4k/thread_local", &[plus(thread_local)]),
    Bench::new("pool4k/system", &[plus(system)]),
    Bench::new("pool4k/object-pool", &[plus(object_pool)]),
    Bench::new("pool4k/lockfree-object-pool", &[plus(lockfree)]),
    Bench::new("pool4k/opool", &[plus(opool)]),
    Bench::new("pool4k/sharded-slab", &[plus(sharded_slab)]),
    Bench::new("pool4k/ArrayQueue", &[plus(array_queue)]),
    Bench::new("pool4k/SegQueue", &[plus(seg_queue)]),
    Bench::pair("pool4k_handoff/system", &[plus(system_handoff), minus(nothing)]),
    Bench::pair("pool4k_handoff/object-pool", &[plus(object_pool_handoff), minus(nothing)]),
    Bench::pair("pool4k_handoff/lockfree-object-pool", &[plus(lockfree_handoff), minus(nothing)]),
    Bench::pair("pool4k_handoff/ArrayQueue", &[plus(array_queue_handoff), minus(nothing)]),
    Bench::pair("pool4k_handoff/SegQueue", &[plus(seg_queue_handoff), minus(nothing)]),
];

fn main() {
    serve(BENCHES, || ());
}
