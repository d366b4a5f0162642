//! What the hook does for blocks that are sampled.
//!
//! Small ones lie in slabs of the region, behind a [`Tag`]; the address tells a free that they do.
//! Others stay where the inner allocator put them, with an entry in a table. Nothing here
//! allocates, locks or panics.

use super::call_path::CallPath;
use super::call_paths::Origin;
use super::contents;
use super::tables::{self, Tables};
use super::tag::{Carried, Noted, Tag, is_timed};
use super::threads;
use super::total::LANES;
use super::unwind;
use crate::record::{Frame, Node};
use crate::region;
use crate::thread::interval;
use crate::thread::state::{ThreadState, now_ns};
use std::alloc::Layout;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Whether stacks are taken in exact mode.
static STACKS: AtomicBool = AtomicBool::new(false);

pub(super) fn take_stacks(yes: bool) {
    STACKS.store(yes, Relaxed);
}

/// Room for a block that is to be sampled, its tag in front; `None` where it has to come from the
/// inner allocator.
pub(crate) fn inside(thread: &ThreadState, layout: Layout) -> Option<NonNull<u8>> {
    // An alignment of 16 has its block 8 bytes further on.
    let (size, shift) = match layout.align() {
        ..=8 => (layout.size() + Tag::SIZE, 0),
        16 => (layout.size() + Tag::SIZE + 8, 8),
        _ => return None,
    };
    let slot = region::sampled(thread, size)?;
    // SAFETY: the slot has room for tag, shift and block.
    Some(unsafe { slot.add(Tag::SIZE + shift) })
}

/// The slot of a block of ours that has a tag in front.
fn slot_of(block: *mut u8) -> *mut u8 {
    let shift = if block.addr() & 8 == 0 { 8 } else { 0 };
    block.wrapping_sub(Tag::SIZE + shift)
}

/// Where a block lies that is to be sampled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a slot of the region, from [`inside`].
    Inside,
    /// With the inner allocator, and its free will look for it.
    Beside,
    /// With the inner allocator, and its free will not look for it: it cannot be sampled.
    Unseen,
}

/// What is known of a block before it is sampled.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Begin {
    /// It is new.
    Fresh,
    /// It is new, and zeroes were asked for.
    Zeroed,
    /// It had so many bytes before, which stay.
    Grown(usize),
}

/// A block that is to be sampled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct New {
    /// What it was asked for with.
    pub(crate) layout: Layout,
    /// Where it lies.
    pub(crate) place: Place,
    /// What is in it.
    pub(crate) begin: Begin,
    /// An address in the frame of the outermost function of the hook: its stack begins above.
    pub(crate) hook_frame: usize,
}

/// Notes a block that was just allocated, and zeroes it where that was asked for and has not been
/// done.
///
/// # Safety
///
/// - `block` must have room for its layout, and nobody may use it yet; where it is inside it must
///   come from [`inside`], else its contents must be zero already if zeroes are asked for.
pub(crate) unsafe fn begin(thread: &ThreadState, block: *mut u8, new: New) {
    let New { layout, place, begin: fresh, hook_frame } = new;
    let is_inside = place == Place::Inside;
    let interval = thread.interval();
    let size = layout.size();
    if interval > interval::EXACT {
        thread.sample_again(interval::next_gap(thread, interval));
    }
    let mut noted = Noted { size: size as u64, interval, ..Noted::default() };
    let timed = is_timed(size as u64, interval, thread.random());
    if timed {
        noted.born_ns = now_ns();
    }
    noted.carried = match fresh {
        Begin::Zeroed => Carried::Zeroes,
        // In exact mode one small block in 16 tells what of it was written, as in sampling all do.
        Begin::Fresh if timed => Carried::Pattern,
        Begin::Grown(old) if timed && old <= size / 2 => Carried::UpperHalf,
        Begin::Fresh | Begin::Grown(_) => Carried::Anything,
    };
    match noted.carried {
        // SAFETY: the caller's word.
        Carried::Zeroes if is_inside => unsafe { block.write_bytes(0, size) },
        // SAFETY: the caller's word.
        Carried::Pattern | Carried::UpperHalf => unsafe {
            contents::fill(block, size, noted.carried, drawn(block, &noted));
        },
        Carried::Zeroes | Carried::Anything => {}
    }
    let Some(tables) = tables::get() else { return };
    noted.thread = number(thread, tables);
    let lane = lane(thread, noted.thread);
    let Some((call_path, recording)) = call_path(thread, tables, interval, lane, hook_frame) else {
        return lose(tables, block, is_inside);
    };
    (noted.call_path, noted.recording) = (call_path, recording);
    if is_inside {
        // SAFETY: a block of `inside` has a tag in its slot.
        unsafe { &*slot_of(block).cast::<Tag>() }.write(&noted);
    } else if place == Place::Unseen || !tables.side_table.put(block.addr(), &noted) {
        // A small one that found no room inside: nobody would look for it in the table when it is
        // freed.
        return lose(tables, block, false);
    }
    let head = head(tables, call_path);
    tables.call_paths.get(call_path).allocated(&noted, head, &tables.total, lane);
}

/// A number by chance that is known again when the block goes: of its address and of when it came.
fn drawn(block: *mut u8, noted: &Noted) -> u64 {
    (block.addr() as u64 ^ noted.born_ns.rotate_left(32)).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 16
}

/// A block found no room in a table.
#[cold]
fn lose(tables: &Tables, block: *mut u8, is_inside: bool) {
    tables.lost.fetch_add(1, Relaxed);
    if is_inside {
        // SAFETY: a block of `inside` has a tag in its slot.
        unsafe { &*slot_of(block).cast::<Tag>() }.clear();
    }
}

/// The head of a call path.
fn head(tables: &Tables, call_path: u32) -> &CallPath {
    tables.call_paths.get(tables.call_paths.head(call_path))
}

/// The call path to which a thread of this lane counts what it allocates now, and the number of the
/// recording.
fn call_path(
    thread: &ThreadState,
    tables: &Tables,
    interval: u64,
    lane: u32,
    hook_frame: usize,
) -> Option<(u32, u32)> {
    // SAFETY: null, or a frame of this thread's shard, which is never unmapped.
    let node = unsafe { thread.top().as_ref() }.map(Frame::node);
    if interval > interval::EXACT || STACKS.load(Relaxed) {
        let mut origin = Origin::of(node);
        origin.add_stack(|frames| unwind::capture_above(hook_frame, frames));
        // Samples are few: threads share their call paths.
        let call_path = if interval > interval::EXACT {
            tables.call_paths.find_common(&origin)
        } else {
            tables.call_paths.find(&origin, lane)
        };
        return Some((call_path?, origin.recording));
    }
    let recording = node.map_or(0, Node::recording) as u32;
    let key = node.map_or(ptr::null(), ptr::from_ref);
    if let Some(known) = thread.known_call_path(key.cast(), recording) {
        return Some((known, recording));
    }
    let call_path = tables.call_paths.find(&Origin::of(node), lane)?;
    thread.know_call_path(key.cast(), recording, call_path);
    Some((call_path, recording))
}

/// The number of the calling thread.
fn number(thread: &ThreadState, tables: &Tables) -> u16 {
    thread.sampled_as(|| tables.threads.add())
}

/// The lane the calling thread is in, whose number is given.
fn lane(thread: &ThreadState, number: u16) -> u32 {
    if usize::from(number) < threads::LEN - 1 {
        return u32::from(number) % LANES;
    }
    // Threads that share a number are told apart by where their state lies.
    let address = ptr::from_ref(thread).addr() as u64;
    (address.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as u32 % LANES
}

/// Frees the slot of a sampled block of ours, on whatever thread.
///
/// # Safety
///
/// - The block must be one of [`inside`] that nobody uses any more.
#[inline(never)]
pub(crate) unsafe fn end_inside(thread: &ThreadState, block: *mut u8) -> *mut u8 {
    let slot = region::whole(slot_of(block));
    // SAFETY: the slot has a tag.
    if let (Some(noted), Some(tables)) = (unsafe { &*slot.cast::<Tag>() }.take(), tables::get()) {
        // SAFETY: the caller's word; what is carried is known where the tag says so.
        unsafe { end(thread, tables, block, &noted) };
    }
    slot
}

/// A block of the inner allocator's is about to be freed, or to change its place: what there was
/// noted of it is taken out.
#[inline(never)]
pub(crate) fn end_beside(thread: &ThreadState, block: *mut u8) {
    let Some(tables) = tables::get() else { return };
    if let Some(noted) = tables.side_table.take(block.addr()) {
        // SAFETY: the block is in use yet, by the caller alone, and was handed out with what is
        // noted.
        unsafe { end(thread, tables, block, &noted) };
    }
}

/// Counts a block that goes.
///
/// # Safety
///
/// - Nobody may use the block, and it must have been handed out with what the tag says.
unsafe fn end(thread: &ThreadState, tables: &Tables, block: *mut u8, noted: &Noted) {
    let now = if noted.born_ns == 0 { 0 } else { now_ns() };
    let (call_path, weight) = (tables.call_paths.get(noted.call_path), noted.weight());
    if noted.carried != Carried::Anything && cfg!(not(miri)) {
        // SAFETY: the caller's word.
        let found = unsafe {
            contents::look(
                block,
                noted.size as usize,
                noted.carried,
                drawn(block, noted),
                &tables.seen,
            )
        };
        let by_chance = noted.interval <= interval::EXACT && noted.carried != Carried::Zeroes;
        let stands_for = if by_chance { noted.timed_weight() } else { weight };
        call_path.looked_at(&found, noted.size, &stands_for);
    }
    let (head, to_thread) = (head(tables, noted.call_path), number(thread, tables));
    call_path.freed(noted, &weight, now, head, &tables.total, lane(thread, to_thread));
    if now != 0 {
        // SAFETY: null, or a frame of this thread's shard, which is never unmapped.
        let to = unsafe { thread.top().as_ref() }.and_then(|frame| frame.node().site());
        let way =
            super::hand_offs::Way { from: head.site(), to, from_thread: noted.thread, to_thread };
        tables.hand_offs.add(&way, &noted.timed_weight());
    }
}
