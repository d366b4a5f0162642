//! Finding and making nodes: the slow side of entering a scope, and the way of a carried context.

use super::children::child_key;
use super::fold;
use super::frame::Frame;
use super::node::{Node, NodeOf};
use super::realm::Step;
use super::shard::{Shard, realm_key};
use super::site_record::Record;
use crate::alloc::local::Local;
use crate::alloc::quiet::quiet;
use crate::site::{Site, registry};
use std::ptr;

/// Makes scopes enterable on this thread: registers it and gives it a shard. `false` where it cannot be (the
/// thread is ending, our own work is being done, no memory).
#[cold]
#[inline(never)]
pub(crate) fn ready(local: &Local) -> bool {
    let Some(slot) = local.slot() else { return false };
    if !local.shard.get().is_null() {
        return !local.top().is_null();
    }
    let mut shard: *const Shard = slot.shard();
    if shard.is_null() {
        let Some(made) = Shard::make() else { return false };
        shard = made;
        slot.set_shard(made);
    }
    // SAFETY: shards are never freed.
    let held = unsafe { &*shard };
    local.shard.set(shard);
    local.last_frame.set(held.last_frame());
    local.set_top(held.first_frame());
    local.groups.set(held.groups());
    renew_children(local, held);
    fold::closed_realms(local, held);
    true
}

fn renew_children(local: &Local, shard: &Shard) {
    let (places, mask) = shard.children();
    local.children.set(places);
    local.children_mask.set(mask);
}

/// The node a site leads to from the innermost open one, with the flags of its frame, made at the first call.
#[cold]
#[inline(never)]
pub(crate) fn child_of_top(local: &Local, site: &'static Site) -> (&'static Node, u32) {
    // SAFETY: the caller has checked that scopes can be entered, so both are set.
    let (shard, top) = unsafe { (&*local.shard.get(), &*local.top()) };
    child(local, shard, top.node(), site)
}

pub(super) fn child(
    local: &Local,
    shard: &Shard,
    parent: &'static Node,
    site: &'static Site,
) -> (&'static Node, u32) {
    if let Some(node) = shard.child(child_key(parent, site)) {
        return (node, flags_of(site));
    }
    let key = ptr::from_ref(site).addr();
    if let Some(found) = shard.find(parent, key) {
        if found.1 & Frame::CROSSED == 0 {
            remember(local, shard, found.0);
        }
        return found;
    }
    let made = quiet(|| {
        registry::register(site);
        make_child(shard, parent, site, key)
    });
    let found = made.unwrap_or((shard.other(), Frame::CROSSED));
    if found.1 & Frame::CROSSED == 0 {
        remember(local, shard, found.0);
    }
    found
}

/// Lets the node be found quickly from now on.
fn remember(local: &Local, shard: &Shard, node: &Node) {
    shard.remember(node);
    renew_children(local, shard);
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
    while let Some(node) = up.filter(|node| !node.is_realm()) {
        if node.site().is_some_and(|above| ptr::eq(above, site)) {
            let flags = Frame::CROSSED | flags_of(site);
            return shard.link(parent, key, node, flags).then_some((node, flags));
        }
        up = node.parent();
    }
    let record = shard.record(site, parent.realm())?;
    let node = shard.new_node()?;
    let flags = flags_of(site);
    if !shard.link(parent, key, node, flags) {
        shard.forget(&[node], &[]);
        return None;
    }
    node.open(parent, &NodeOf::Site { site, record });
    Some((node, flags))
}

/// The node of `steps` from this thread's root, made where it is not there. Closed recordings are passed over.
pub(crate) fn walk_path(local: &Local, steps: &[Step]) -> &'static Node {
    // SAFETY: the caller has checked that scopes can be entered.
    let shard = unsafe { &*local.shard.get() };
    fold::closed_realms(local, shard);
    let mut node = shard.root();
    for step in steps {
        node = match step {
            Step::Site(site) => child(local, shard, node, site).0,
            Step::Realm(realm) if realm.is_closed() => node,
            Step::Realm(realm) => {
                let key = realm_key(realm.id());
                match shard.find(node, key) {
                    Some((found, _)) => found,
                    None => open_realm(shard, node, realm).unwrap_or(node),
                }
            }
        };
    }
    node
}

/// The root of a recording that starts in the innermost open scope.
pub(crate) fn realm_in_top(local: &Local, realm: &std::sync::Arc<super::Realm>) -> Option<&'static Node> {
    // SAFETY: the caller has checked that scopes can be entered, so both are set.
    let (shard, top) = unsafe { (&*local.shard.get(), &*local.top()) };
    open_realm(shard, top.node(), realm)
}

/// The way from the thread's root to a frame of this thread.
pub(crate) fn path_to(local: &Local, frame: *const Frame) -> Vec<Step> {
    // SAFETY: null, or this thread's shard.
    let Some(shard) = (unsafe { local.shard.get().as_ref() }) else { return Vec::new() };
    // SAFETY: null, or a frame of this thread's shard.
    let mut up = unsafe { frame.as_ref() }.map(Frame::node);
    let mut steps = Vec::new();
    while let Some(node) = up {
        if let Some(site) = node.site() {
            steps.push(Step::Site(site));
        } else if node.is_realm() {
            steps.extend(realm_of(shard, node).map(Step::Realm));
        }
        up = node.parent();
    }
    steps.reverse();
    steps
}

/// The recording that the innermost open scope is in.
pub(crate) fn realm_around(local: &Local) -> Option<std::sync::Arc<super::Realm>> {
    // SAFETY: null, or this thread's shard and a frame of it.
    let (shard, top) = unsafe { (local.shard.get().as_ref()?, local.top().as_ref()?) };
    let mut up = Some(top.node());
    while let Some(node) = up {
        if node.is_realm() {
            return realm_of(shard, node);
        }
        up = node.parent();
    }
    None
}

/// The recording of this thread that has this root.
fn realm_of(shard: &Shard, root: &'static Node) -> Option<std::sync::Arc<super::Realm>> {
    // SAFETY: this thread has the shard; nothing within borrows it again.
    unsafe {
        shard.owned(|owned| {
            owned.realms.iter().find(|(_, node)| ptr::eq(*node, root)).map(|(realm, _)| realm.clone())
        })
    }
}

fn open_realm(
    shard: &Shard,
    parent: &'static Node,
    realm: &std::sync::Arc<super::Realm>,
) -> Option<&'static Node> {
    quiet(|| {
        let node = shard.new_node()?;
        if !shard.link(parent, realm_key(realm.id()), node, 0) {
            shard.forget(&[node], &[]);
            return None;
        }
        node.open(parent, &NodeOf::Realm { id: realm.id(), scratch: shard.scratch() });
        // SAFETY: this thread has the shard; nothing within borrows it again.
        unsafe { shard.owned(|owned| owned.realms.push((realm.clone(), node))) };
        Some(node)
    })
}

/// The record of the innermost open scope.
pub(crate) fn current_record(local: &Local) -> Option<&'static Record> {
    // SAFETY: null, or a frame of this thread's shard.
    unsafe { local.top().as_ref() }.and_then(|frame| frame.node().record())
}

/// What a thread leaves behind when it ends: no open frames, no parts of closed recordings.
pub(crate) fn thread_ends(local: &Local) {
    // SAFETY: null, or this thread's shard.
    let Some(shard) = (unsafe { local.shard.get().as_ref() }) else { return };
    if !local.is_muted() {
        crate::scope::close_all(local);
        fold::closed_realms(local, shard);
    }
}
