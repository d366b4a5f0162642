//! The node of a site entered in another node, found or made.

use super::frame::Frame;
use super::node::{Node, NodeOf};
use super::shard::Shard;
use crate::site::{Site, registry};
use crate::thread::state::ThreadState;
use crate::thread::untracked::untracked;
use std::ptr;

/// The node that `site` leads to from `parent`, with the flags of its frame, made at the first
/// call.
pub(super) fn child(
    thread: &ThreadState,
    shard: &Shard,
    parent: &'static Node,
    site: &'static Site,
) -> (&'static Node, u32) {
    if let Some(node) = shard.child(parent.child_key(site)) {
        return (node, flags_of(site));
    }
    let key = ptr::from_ref(site).addr();
    if let Some(found) = shard.find(parent, key) {
        if found.1 & Frame::CROSSED == 0 {
            remember(thread, shard, found.0);
        }
        return found;
    }
    let made = untracked(|| {
        registry::register(site);
        make_child(shard, parent, site, key)
    });
    let found = made.unwrap_or((shard.other(), Frame::CROSSED));
    if found.1 & Frame::CROSSED == 0 {
        remember(thread, shard, found.0);
    }
    found
}

/// Lets the node be found quickly from now on.
fn remember(thread: &ThreadState, shard: &Shard, node: &Node) {
    shard.remember(node);
    renew_children(thread, shard);
}

/// The flags of frames entered by the tree.
fn flags_of(site: &Site) -> u32 {
    if site.has_budget() { Frame::BUDGET } else { 0 }
}

fn make_child(
    shard: &Shard,
    parent: &'static Node,
    site: &'static Site,
    key: usize,
) -> Option<(&'static Node, u32)> {
    // Recursion: the site is open further up in the same recording, so the tree need not grow.
    let mut up = Some(parent);
    while let Some(node) = up.filter(|node| !node.is_recording()) {
        if node.site().is_some_and(|above| ptr::eq(above, site)) {
            let flags = Frame::CROSSED | flags_of(site);
            return shard.link(parent, key, node, flags).then_some((node, flags));
        }
        up = node.parent();
    }
    let record = shard.record(site, parent.recording())?;
    let node = shard.new_node()?;
    let flags = flags_of(site);
    if !shard.link(parent, key, node, flags) {
        shard.forget(&[node], &[]);
        return None;
    }
    node.open(parent, &NodeOf::Site { site, record });
    Some((node, flags))
}

/// Shows the thread where the table of children lies, which may have grown.
pub(super) fn renew_children(thread: &ThreadState, shard: &Shard) {
    let (places, mask) = shard.children();
    thread.children().set(places);
    thread.children_mask.set(mask);
}
