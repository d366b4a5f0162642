//! What the hook does for blocks that are followed.
//!
//! Small ones lie in slabs of the region, behind a [`Tag`]; the address tells a free that they do. Others stay where the inner
//! allocator put them, with an entry in a table. Nothing here allocates, locks or panics.

use super::contents;
use super::spots::Origin;
use super::sums::Weight;
use super::tables::{self, Tables};
use super::tag::{Carried, Noted, Tag};
use super::{interval, unwind};
use crate::alloc::local::{Local, now_ns};
use crate::alloc::region;
use crate::count;
use crate::record::{Frame, Node};
use std::alloc::Layout;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Whether stacks are taken in exact mode.
static STACKS: AtomicBool = AtomicBool::new(false);

/// In exact mode one block in so many, drawn by chance, has its lifetime noted: two readings of the clock cost more than all the rest.
pub(super) const TIMED: u64 = 16;

pub(super) fn take_stacks(yes: bool) {
    STACKS.store(yes, Relaxed);
}

/// Room for a block that is to be followed, its tag in front; `None` where it has to come from the inner allocator.
pub(crate) fn inside(local: &Local, layout: Layout) -> Option<NonNull<u8>> {
    // An alignment of 16 has its block 8 bytes further on.
    let (size, shift) = match layout.align() {
        ..=8 => (layout.size() + Tag::SIZE, 0),
        16 => (layout.size() + Tag::SIZE + 8, 8),
        _ => return None,
    };
    let slot = region::followed(local, size)?;
    // SAFETY: the slot has room for tag, shift and block.
    Some(unsafe { slot.add(Tag::SIZE + shift) })
}

/// The slot of a block of ours that has a tag in front.
fn slot_of(block: *mut u8) -> *mut u8 {
    let shift = if block.addr() & 8 == 0 { 8 } else { 0 };
    block.wrapping_sub(Tag::SIZE + shift)
}

/// What is known of a block before it is followed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Begin {
    /// It is new.
    Fresh,
    /// It is new, and zeroes were asked for.
    Zeroed,
    /// It had so many bytes before, which stay.
    Grown(usize),
}

/// Notes a block that was just allocated, and zeroes it where that was asked for and has not been done.
///
/// # Safety
///
/// - `block` must have room for `layout`, and nobody may use it yet; where `is_inside` it must come from [`inside`], else its
///   contents must be zero already if zeroes are asked for.
pub(crate) unsafe fn begin(local: &Local, block: *mut u8, layout: Layout, is_inside: bool, fresh: Begin) {
    let interval = local.interval();
    let size = layout.size();
    if interval > interval::EXACT {
        local.sample_again(interval::next_gap(local, interval));
    }
    let mut noted = Noted { size: size as u64, interval, ..Noted::default() };
    let timed = interval > interval::EXACT || local.random() < u32::MAX / TIMED as u32;
    if timed {
        noted.born_ns = now_ns();
    }
    noted.carried = match fresh {
        Begin::Zeroed => Carried::Zeroes,
        Begin::Fresh if interval > interval::EXACT => Carried::Pattern,
        Begin::Grown(old) if interval > interval::EXACT && old <= size / 2 => Carried::UpperHalf,
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
    noted.thread = thread(local, tables);
    let Some((spot, realm)) = spot(local, tables, interval) else {
        return lose(tables, block, is_inside);
    };
    (noted.spot, noted.realm) = (spot, realm);
    if is_inside {
        // SAFETY: a block of `inside` has a tag in its slot.
        unsafe { &*slot_of(block).cast::<Tag>() }.write(&noted);
    } else if !count::may_be_ours(block, layout) || !tables.outside.put(block.addr(), &noted) {
        // A small one that found no room inside: nobody would look for it in the table when it is freed.
        return lose(tables, block, false);
    }
    tables.spots.get(spot).allocated(&noted, &tables.total);
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

/// The spot of what is allocated now, and the number of the recording.
fn spot(local: &Local, tables: &Tables, interval: u64) -> Option<(u32, u32)> {
    // SAFETY: null, or a frame of this thread's shard, which is never unmapped.
    let node = unsafe { local.top().as_ref() }.map(Frame::node);
    if interval > interval::EXACT || STACKS.load(Relaxed) {
        let mut origin = Origin::of(node);
        origin.add_stack(unwind::capture);
        return Some((tables.spots.find(&origin)?, origin.realm));
    }
    let realm = node.map_or(0, Node::realm) as u32;
    let key = node.map_or(ptr::null(), ptr::from_ref);
    if let Some(known) = local.known_spot(key, realm) {
        return Some((known, realm));
    }
    let spot = tables.spots.find(&Origin::of(node))?;
    local.know_spot(key, realm, spot);
    Some((spot, realm))
}

/// The number of the calling thread.
fn thread(local: &Local, tables: &Tables) -> u16 {
    local.followed_as(|| tables.threads.add())
}

/// Frees the slot of a followed block of ours, on whatever thread.
///
/// # Safety
///
/// - The block must be one of [`inside`] that nobody uses any more.
#[inline(never)]
pub(crate) unsafe fn end_inside(local: &Local, block: *mut u8) -> *mut u8 {
    let slot = region::whole(slot_of(block));
    // SAFETY: the slot has a tag.
    if let (Some(noted), Some(tables)) = (unsafe { &*slot.cast::<Tag>() }.take(), tables::get()) {
        // SAFETY: the caller's word; what is carried is known where the tag says so.
        unsafe { end(local, tables, block, &noted) };
    }
    slot
}

/// A block of the inner allocator's is about to be freed, or to change its place: what there was noted of it is taken out.
#[inline(never)]
pub(crate) fn end_outside(local: &Local, block: *mut u8) {
    let Some(tables) = tables::get() else { return };
    if let Some(noted) = tables.outside.take(block.addr()) {
        // SAFETY: the block is in use yet, by the caller alone, and was handed out with what is noted.
        unsafe { end(local, tables, block, &noted) };
    }
}

/// Counts a block that goes.
///
/// # Safety
///
/// - Nobody may use the block, and it must have been handed out with what the tag says.
unsafe fn end(local: &Local, tables: &Tables, block: *mut u8, noted: &Noted) {
    let now = if noted.born_ns == 0 { 0 } else { now_ns() };
    let (spot, weight) = (tables.spots.get(noted.spot), noted.weight());
    if noted.carried != Carried::Anything && cfg!(not(miri)) {
        // SAFETY: the caller's word.
        let found = unsafe {
            contents::look(block, noted.size as usize, noted.carried, drawn(block, noted), &tables.seen)
        };
        spot.looked_at(&found, noted.size, &weight);
    }
    spot.freed(noted, &weight, now, &tables.total);
    if now != 0 {
        // SAFETY: null, or a frame of this thread's shard, which is never unmapped.
        let to = unsafe { local.top().as_ref() }.and_then(|frame| frame.node().site());
        let way = super::hand_offs::Way {
            from: spot.site(),
            to,
            from_thread: noted.thread,
            to_thread: thread(local, tables),
        };
        let exact = noted.interval <= interval::EXACT;
        tables
            .hand_offs
            .add(&way, &if exact { Weight::by_chance(noted.size, 1.0 / TIMED as f64) } else { weight });
    }
}
