//! The way from an open node to the node of a site entered in it: one multiplication, one
//! comparison.
//!
//! A table of nodes in front of the shard's [`Edges`](super::edges::Edges), which know all: it may
//! miss some. What an entry is good for is told by the node itself, so one that is out of date is
//! only a miss.

use super::node::Node;
use std::alloc::{GlobalAlloc, Layout, System};

/// The factor of Fibonacci hashing (Knuth, TAOCP 3, 6.4).
pub(super) const FIBONACCI: u64 = 0x9E37_79B9_7F4A_7C15;

/// Bytes from the start of a table to the place of a key; `mask` is the table's length in bytes,
/// less one place.
///
/// PERF: a mask in bytes spares a shift by a variable count and a scaling.
#[inline(always)]
pub(crate) fn home(key: u64, mask: usize) -> usize {
    // Below bit 48 the product knows nothing of the parent.
    (key.wrapping_mul(FIBONACCI) >> 45) as usize & mask
}

/// The table of one thread; only it looks in here.
#[derive(Debug)]
pub(super) struct Children {
    places: *mut *const Node,
    /// log2 of the number of places.
    bits: u32,
    /// Places filled since the table was made.
    used: usize,
    /// Stands in empty places: a node without a key.
    nobody: *const Node,
}

const PLACE: usize = size_of::<*const Node>();

impl Children {
    const FIRST_BITS: u32 = 7;
    /// Where the bits of [`home`] end.
    const LAST_BITS: u32 = 16;
    /// Places for each node, below which the table grows when two nodes meet: few meet then.
    const ROOM: usize = 8;

    pub(super) fn new(nobody: *const Node) -> Option<Self> {
        let places = Self::filled(Self::FIRST_BITS, nobody)?;
        Some(Self { places, bits: Self::FIRST_BITS, used: 0, nobody })
    }

    fn layout(bits: u32) -> Layout {
        Layout::array::<*const Node>(1 << bits)
            .expect("a table is far smaller than the address space")
    }

    fn filled(bits: u32, nobody: *const Node) -> Option<*mut *const Node> {
        // SAFETY: the layout has a size; `System` is not the wrapped allocator.
        let places = unsafe { System.alloc(Self::layout(bits)) }.cast::<*const Node>();
        if places.is_null() {
            return None;
        }
        for at in 0..1 << bits {
            // SAFETY: within the table just made.
            unsafe { places.add(at).write(nobody) };
        }
        Some(places)
    }

    /// The table and its mask, for [`home`].
    pub(super) fn table(&self) -> (*const *const Node, usize) {
        (self.places, ((1 << self.bits) - 1) * PLACE)
    }

    /// The place where a key belongs, and the one it may have where that is taken.
    fn places_of(&self, key: u64) -> [*mut *const Node; 2] {
        let first = home(key, self.table().1);
        // SAFETY: masked to the table, which has an even number of places.
        unsafe { [self.places.byte_add(first), self.places.byte_add(first ^ PLACE)] }
    }

    fn is_free(&self, place: *mut *const Node) -> bool {
        // SAFETY: a place of the table; nodes are never unmapped.
        let key = unsafe { &**place }.key();
        key == 0 || !self.places_of(key).contains(&place)
    }

    /// The node of a key, if the table has it.
    pub(super) fn find(&self, key: u64) -> Option<&'static Node> {
        // SAFETY: places of the table; nodes are never unmapped.
        self.places_of(key)
            .into_iter()
            .map(|place| unsafe { &**place })
            .find(|node| node.key() == key)
    }

    /// Takes in a node that is not here, if there is room.
    pub(super) fn remember(&mut self, node: &Node) {
        // PERF: a table that cannot grow is not made anew: nodes that are out of date leave their
        // places free. With every function of a parser annotated, scans of a full table took 95 %
        // of the CPU time of its tests.
        if self.bits < Self::LAST_BITS
            && !self.is_free(self.places_of(node.key())[0])
            && 1 << self.bits < Self::ROOM * (self.used + 1)
        {
            self.rebuild();
        }
        self.put(node);
    }

    fn put(&mut self, node: &Node) {
        let [first, second] = self.places_of(node.key());
        let place = if self.is_free(first) { first } else { second };
        // SAFETY: a place of the table.
        let before = unsafe { place.replace(node) };
        // One that takes the place of another fills none.
        self.used += usize::from(std::ptr::eq(before, self.nobody));
    }

    /// Leaves out what is out of date, and doubles the table where the rest needs it. Changes
    /// nothing where memory is out.
    fn rebuild(&mut self) {
        let old = Self { ..*self };
        // SAFETY: within the old table.
        let places = || (0..1 << old.bits).map(|at| unsafe { old.places.add(at) });
        let live = || places().filter(|place| !old.is_free(*place));
        // From three quarters on, so that a table of the same size has room for some time.
        let grows = 4 * Self::ROOM * (live().count() + 1) > 3 << old.bits;
        let bits = old.bits + u32::from(grows);
        let Some(new) = Self::filled(bits.min(Self::LAST_BITS), self.nobody) else { return };
        *self = Self { places: new, bits: bits.min(Self::LAST_BITS), used: 0, nobody: old.nobody };
        for place in live() {
            // SAFETY: within the old table; nodes are never unmapped.
            self.put(unsafe { &**place });
        }
        // SAFETY: made by `filled` with that layout; nobody else has the address (the copy in the
        // thread's state is renewed by the caller before the next look-up).
        unsafe { System.dealloc(old.places.cast(), Self::layout(old.bits)) };
    }
}

#[cfg(test)]
mod tests {
    use super::Children;
    use crate::record::node::{Node, NodeOf};
    use crate::record::shard::Shard;
    use crate::site::{OTHER, Place, Site, SiteKind};

    #[test]
    fn a_table_of_the_largest_size_is_not_made_anew() {
        let shard = Shard::make().unwrap();
        let mut children = Children::new(shard.root()).unwrap();
        let record = shard.record(&OTHER, 0).unwrap();
        let place = Place { file: "", line: 0, column: 0, manifest_dir: None };
        let sites: &[Site; 64] = Box::leak(Box::new(std::array::from_fn(|_| {
            Site::new(SiteKind::Function, "", || "", place)
        })));
        let mut last = None;
        let mut nodes = vec![shard.root()];
        // From parents without order: keys of a chain do not meet.
        for number in 0..20_000_usize {
            let Some(node) = shard.new_node() else { break };
            let parent = nodes[number.wrapping_mul(0x9E37_79B1) % nodes.len()];
            node.open(parent, &NodeOf::Site { site: &sites[number % sites.len()], record });
            children.remember(node);
            nodes.push(node);
            if children.bits == Children::LAST_BITS {
                let made = last.get_or_insert(children.places);
                assert_eq!(*made, children.places);
            }
        }
        assert!(last.is_some(), "the table grows to its largest size");
    }

    #[test]
    fn children_are_found_by_parent_and_site_until_they_are_closed() {
        let shard = Shard::make().unwrap();
        let mut children = Children::new(shard.root()).unwrap();
        let record = shard.record(&OTHER, 0).unwrap();
        let sites: &[Site; 4] = Box::leak(Box::new(std::array::from_fn(|_| {
            let place = Place { file: "", line: 0, column: 0, manifest_dir: None };
            Site::new(SiteKind::Function, "", || "", place)
        })));
        let mut parent = shard.root();
        let mut nodes: Vec<&'static Node> = Vec::new();
        for _ in 0..20 {
            for site in sites {
                let node = shard.new_node().unwrap();
                node.open(parent, &NodeOf::Site { site, record });
                children.remember(node);
                nodes.push(node);
            }
            parent = nodes[nodes.len() / 2];
        }
        let found = |children: &Children, node: &Node| {
            children.find(node.key()).is_some_and(|found| std::ptr::eq(found, node))
        };
        let there = nodes.iter().filter(|node| found(&children, node)).count();
        assert!(there > 70, "{there} of 80");
        let keys: Vec<u64> = nodes.iter().map(|node| node.key()).collect();
        for node in &nodes {
            node.close();
        }
        assert!(keys.iter().all(|key| children.find(*key).is_none()));
    }
}
