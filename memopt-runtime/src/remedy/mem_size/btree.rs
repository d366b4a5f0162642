//! B-trees: the nodes of std's maps, counted by the addresses of their keys.
//!
//! std (`library/alloc/src/collections/btree/node.rs`) keeps up to 11 keys of a node side by side.
//! In order, a tree is a leaf's keys, one key of a node above, the next leaf's keys, and so on: a
//! leaf ends where a key does not follow the one before in memory. A key above belongs to a known
//! node if it follows that node's last key, and to a new one otherwise. So the number of nodes is
//! exact as long as std keeps this form.

use super::{MemSize, Walk};
use std::collections::{BTreeMap, BTreeSet};
use std::mem::MaybeUninit;

/// Keys of a node (`CAPACITY`).
const KEYS: usize = 11;

/// `struct LeafNode`.
#[expect(dead_code, reason = "only its size is asked")]
struct Leaf<K, V> {
    parent: *const (),
    parent_index: u16,
    len: u16,
    keys: [MaybeUninit<K>; KEYS],
    values: [MaybeUninit<V>; KEYS],
}

/// `struct InternalNode`.
#[repr(C)]
struct Internal<K, V> {
    leaf: Leaf<K, V>,
    edges: [*const (); KEYS + 1],
}

/// Counts nodes while the keys go by in order.
struct Nodes {
    /// Bytes from a key to the next in its node.
    step: usize,
    leaves: usize,
    internals: usize,
    /// The last key, if it stands in a leaf, and how many keys of that leaf went by.
    leaf: Option<(usize, usize)>,
    /// The last keys of the nodes above that are not complete yet, the outer ones first.
    above: Vec<usize>,
}

impl Nodes {
    fn key(&mut self, at: usize) {
        match self.leaf {
            Some((last, n)) if n < KEYS && at == last + self.step => self.leaf = Some((at, n + 1)),
            Some(_) => {
                self.leaf = None;
                if let Some(node) = self.above.iter().rposition(|last| at == last + self.step) {
                    self.above[node] = at;
                    self.above.truncate(node + 1);
                } else {
                    self.internals += 1;
                    self.above.push(at);
                }
            }
            None => {
                self.leaves += 1;
                self.leaf = Some((at, 1));
            }
        }
    }
}

fn tree<'a, K: 'a, V>(keys: impl Iterator<Item = &'a K>, walk: &mut Walk) {
    let mut nodes =
        Nodes { step: size_of::<K>(), leaves: 0, internals: 0, leaf: None, above: Vec::new() };
    keys.for_each(|key| nodes.key(std::ptr::from_ref(key).addr()));
    (0..nodes.leaves).for_each(|_| walk.block(size_of::<Leaf<K, V>>()));
    (0..nodes.internals).for_each(|_| walk.block(size_of::<Internal<K, V>>()));
}

impl<K: MemSize, V: MemSize> MemSize for BTreeMap<K, V> {
    fn walk(&self, walk: &mut Walk) {
        tree::<K, V>(self.keys(), walk);
        super::compound::elements(self.keys(), walk);
        super::compound::elements(self.values(), walk);
    }
}

impl<T: MemSize> MemSize for BTreeSet<T> {
    fn walk(&self, walk: &mut Walk) {
        tree::<T, ()>(self.iter(), walk);
        super::compound::elements(self, walk);
    }
}
