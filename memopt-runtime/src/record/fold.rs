//! A closed recording becomes part of the scope it was made in, and its room is used again.

use super::child::child;
use super::frame::Frame;
use super::node::Node;
use super::shard::Shard;
use super::site_record::Record;
use crate::thread::state::ThreadState;
use crate::thread::untracked::untracked;
use std::ptr;

/// Folds every closed recording of this thread that no open frame stands in.
pub(crate) fn closed_recordings(thread: &ThreadState, shard: &Shard) {
    // SAFETY: this thread has the shard, here and below; nothing within borrows it again.
    let waiting = unsafe {
        shard.owned(|owned| owned.recordings.iter().any(|(recording, _)| recording.is_closed()))
    };
    if !waiting {
        return;
    }
    untracked(|| {
        loop {
            // SAFETY: as above.
            let next = unsafe {
                shard.owned(|owned| {
                    let at = owned.recordings.iter().position(|(recording, node)| {
                        recording.is_closed() && can_go(shard, node)
                    })?;
                    Some(owned.recordings.swap_remove(at).1)
                })
            };
            let Some(root) = next else { break };
            shard.locked(|| fold(thread, shard, root));
        }
    });
}

/// Whether no frame stands in a recording and no other recording lies in it (that one goes first).
fn can_go(shard: &Shard, root: &'static Node) -> bool {
    subtree(shard, root)
        .iter()
        .all(|node| node.active() == 0 && (ptr::eq(*node, root) || !node.is_recording()))
}

/// The nodes of a recording in the order of their depth.
fn subtree(shard: &Shard, root: &'static Node) -> Vec<&'static Node> {
    let within = |node: &'static Node| {
        let mut up = Some(node);
        while let Some(at) = up {
            if ptr::eq(at, root) {
                return true;
            }
            up = at.parent();
        }
        false
    };
    let mut nodes: Vec<_> = shard.nodes().filter(|node| within(node)).collect();
    nodes.sort_by_key(|node| node.depth());
    nodes
}

fn fold(thread: &ThreadState, shard: &Shard, root: &'static Node) {
    let Some(around) = root.parent() else { return };
    let nodes = subtree(shard, root);
    // Where each node's traffic goes.
    let mut becomes: Vec<(&'static Node, &'static Node)> = Vec::with_capacity(nodes.len());
    let mut records: Vec<&'static Record> = Vec::new();
    for node in &nodes {
        let new_parent = |parent: Option<&'static Node>| {
            becomes
                .iter()
                .find(|(old, _)| parent.is_some_and(|parent| ptr::eq(parent, *old)))
                .map_or(around, |(_, new)| *new)
        };
        let parent = new_parent(node.parent());
        let (target, flags) = match node.site() {
            // A recording's root passes its traffic on to what surrounds it.
            None => (parent, Frame::CARRIED),
            Some(site) => child(thread, shard, parent, site),
        };
        move_traffic(node, target, parent, flags);
        if let (Some(site), Some(from)) = (node.site(), node.record())
            && from.recording.get() != target.recording()
            && from.site().is_some()
            && let Some(to) = shard.record(site, target.recording())
        {
            to.absorb(thread, from);
            records.push(from);
        }
        becomes.push((node, target));
    }
    for node in &nodes {
        node.close();
    }
    shard.forget(&nodes, &records);
}

/// Adds what `node` holds to `target`, so that every own share of the tree stays what it was.
///
/// With E what entered a node and I what entered it other than by the tree, a node's own traffic is
/// E − Σ over its children (E − I) − what left it by other ways.
fn move_traffic(node: &Node, target: &Node, parent: &Node, flags: u32) {
    let entered = node.entered();
    let mut by_tree = entered;
    let mut left = [0; 4];
    if let Some(flow) = node.flow() {
        for i in 0..4 {
            by_tree[i] = by_tree[i].wrapping_sub(flow.entering[i].get());
            left[i] = flow.leaving[i].get();
        }
        if let Some(to) = target.make_flow() {
            to.recursive.add(flow.recursive.get());
        }
    }
    let entering = |i: usize| entered[i].wrapping_sub(by_tree[i]);
    target.add_calls(node.calls());
    target.idle.add(node.idle.get());
    target.reallocs.add(node.reallocs.get());
    target.copied.add(node.copied.get());
    if let Some(to) = target.make_flow() {
        for (i, left) in left.into_iter().enumerate() {
            to.entering[i].add(entering(i));
            to.leaving[i].add(left);
        }
    }
    if flags & Frame::CARRIED != 0 {
        // Into the scope around: what came by the tree entered that scope already.
        target.enter(std::array::from_fn(entering));
    } else {
        target.enter(entered);
        if flags & Frame::CROSSED != 0 {
            parent.flows_into(target, by_tree);
        }
    }
}
