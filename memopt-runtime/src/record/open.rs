//! Finding and making nodes: the slow side of entering a scope, and the way of a carried context.

use super::child::{child, renew_children};
use super::fold;
use super::frame::Frame;
use super::node::{Node, NodeOf};
use super::recording::Step;
use super::shard::{Shard, recording_key};
use super::site_record::Record;
use crate::site::Site;
use crate::thread::state::ThreadState;
use crate::thread::untracked::untracked;
use std::ptr;
use std::sync::atomic::Ordering::Relaxed;

/// Makes scopes enterable on this thread: registers it and gives it a shard. `false` where it
/// cannot be (the thread is ending, our own work is being done, no memory).
#[cold]
#[inline(never)]
pub(crate) fn ready(thread: &ThreadState) -> bool {
    let Some(slot) = thread.slot() else { return false };
    if !thread.shard().get().is_null() {
        return !thread.top().is_null();
    }
    let mut shard: *const Shard = slot.shard();
    if shard.is_null() {
        let Some(made) = Shard::make() else { return false };
        shard = made;
        slot.set_shard(made);
    }
    // SAFETY: shards are never freed.
    let held = unsafe { &*shard };
    thread.shard().set(shard);
    thread.last_frame().set(held.last_frame());
    thread.set_top(held.first_frame());
    thread.groups().set(held.groups());
    renew_children(thread, held);
    fold::closed_recordings(thread, held);
    true
}

/// The node a site leads to from the innermost open one, with the flags of its frame, made at the
/// first call.
#[cold]
#[inline(never)]
pub(crate) fn child_of_top(thread: &ThreadState, site: &'static Site) -> (&'static Node, u32) {
    // SAFETY: the caller has checked that scopes can be entered, so both are set.
    let (shard, top) = unsafe { (&*thread.shard().get(), &*thread.top()) };
    child(thread, shard, top.node(), site)
}

/// The node of `steps` from this thread's root, made where it is not there. Closed recordings are
/// passed over.
pub(crate) fn walk_path(thread: &ThreadState, steps: &[Step]) -> &'static Node {
    // SAFETY: the caller has checked that scopes can be entered.
    let shard = unsafe { &*thread.shard().get() };
    fold::closed_recordings(thread, shard);
    let mut node = shard.root();
    for step in steps {
        node = match step {
            Step::Site(site) => child(thread, shard, node, site).0,
            Step::RecordingId(recording) if recording.is_closed() => node,
            Step::RecordingId(recording) => {
                let key = recording_key(recording.id());
                match shard.find(node, key) {
                    Some((found, _)) => found,
                    None => open_recording(shard, node, recording).unwrap_or(node),
                }
            }
        };
    }
    node
}

/// The root of a recording that starts in the innermost open scope.
pub(crate) fn recording_in_top(
    thread: &ThreadState,
    recording: &std::sync::Arc<super::RecordingId>,
) -> Option<&'static Node> {
    // SAFETY: the caller has checked that scopes can be entered, so both are set.
    let (shard, top) = unsafe { (&*thread.shard().get(), &*thread.top()) };
    open_recording(shard, top.node(), recording)
}

/// The way from the thread's root to a frame of this thread.
pub(crate) fn path_to(thread: &ThreadState, frame: *const Frame) -> Vec<Step> {
    // SAFETY: null, or this thread's shard.
    let Some(shard) = (unsafe { thread.shard().get().as_ref() }) else { return Vec::new() };
    // SAFETY: null, or a frame of this thread's shard.
    let mut up = unsafe { frame.as_ref() }.map(Frame::node);
    let mut steps = Vec::new();
    while let Some(node) = up {
        if let Some(site) = node.site() {
            steps.push(Step::Site(site));
        } else if node.is_recording() {
            steps.extend(recording_of(shard, node).map(Step::RecordingId));
        }
        up = node.parent();
    }
    steps.reverse();
    steps
}

/// The recording that the innermost open scope is in.
pub(crate) fn recording_around(thread: &ThreadState) -> Option<std::sync::Arc<super::RecordingId>> {
    // SAFETY: null, or this thread's shard and a frame of it.
    let (shard, top) = unsafe { (thread.shard().get().as_ref()?, thread.top().as_ref()?) };
    let mut up = Some(top.node());
    while let Some(node) = up {
        if node.is_recording() {
            return recording_of(shard, node);
        }
        up = node.parent();
    }
    None
}

/// The recording of this thread that has this root.
fn recording_of(shard: &Shard, root: &'static Node) -> Option<std::sync::Arc<super::RecordingId>> {
    // SAFETY: this thread has the shard; nothing within borrows it again.
    unsafe {
        shard.owned(|owned| {
            owned
                .recordings
                .iter()
                .find(|(_, node)| ptr::eq(*node, root))
                .map(|(recording, _)| recording.clone())
        })
    }
}

fn open_recording(
    shard: &Shard,
    parent: &'static Node,
    recording: &std::sync::Arc<super::RecordingId>,
) -> Option<&'static Node> {
    untracked(|| {
        let node = shard.new_node()?;
        if !shard.link(parent, recording_key(recording.id()), node, 0) {
            shard.forget(&[node], &[]);
            return None;
        }
        node.open(parent, &NodeOf::RecordingId { id: recording.id(), scratch: shard.scratch() });
        // SAFETY: this thread has the shard; nothing within borrows it again.
        unsafe { shard.owned(|owned| owned.recordings.push((recording.clone(), node))) };
        Some(node)
    })
}

/// The record of the innermost open scope.
pub(crate) fn current_record(thread: &ThreadState) -> Option<&'static Record> {
    // SAFETY: null, or a frame of this thread's shard.
    unsafe { thread.top().as_ref() }.and_then(|frame| frame.node().record())
}

/// Whether the innermost open call of a site is one that the optimizer treats. Calls of other sites
/// inside are looked past.
pub(crate) fn is_treated(site: &'static Site) -> bool {
    ThreadState::with(|thread| {
        // SAFETY: null, or this thread's shard.
        let Some(shard) = (unsafe { thread.shard().get().as_ref() }) else { return false };
        let mut at = thread.top();
        while !at.is_null() && at > shard.first_frame() {
            // SAFETY: an open frame of this thread's array, above the first.
            let frame = unsafe { &*at };
            if frame.node().site().is_some_and(|of| ptr::eq(of, site)) {
                return frame.flags.load(Relaxed) & Frame::TREATED != 0;
            }
            at = at.wrapping_sub(1);
        }
        false
    })
}
