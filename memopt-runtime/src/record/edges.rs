//! The table (node, site) → node of a shard; also (recording, site) → record and (node, recording)
//! → node.
//!
//! It knows everything. What is entered often is found in front of it, see
//! [`children`](super::children).

use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr;

/// One entry. `parent == 0` stands for an empty place.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(super) struct Edge {
    /// Address of the node it leaves; the number of a recording, doubled plus one, for the entries
    /// that find the record of a site.
    pub(super) parent: usize,
    /// Address of the site; the number of a recording, doubled plus one, for the root of a
    /// recording.
    pub(super) key: usize,
    /// The node (or record) it leads to.
    pub(super) target: *const (),
    /// [`Frame::CROSSED`](super::Frame::CROSSED) where the edge is not one of the tree.
    pub(super) flags: u32,
}

/// An open-addressing table that only its thread uses.
#[derive(Debug)]
pub(super) struct Edges {
    places: *mut Edge,
    /// log2 of the number of places.
    bits: u32,
    used: usize,
}

/// The place where the search for an entry starts.
fn home(parent: usize, key: usize, shift: u32) -> usize {
    // Fibonacci hashing (Knuth, TAOCP 3, 6.4): the top bits of a product with 2^64 / φ.
    let mixed = (key as u64).wrapping_add((parent as u64).rotate_left(25));
    (mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> shift) as usize
}

impl Edges {
    const FIRST_BITS: u32 = 7;

    pub(super) fn new() -> Option<Self> {
        Some(Self { places: Self::zeroed(Self::FIRST_BITS)?, bits: Self::FIRST_BITS, used: 0 })
    }

    fn layout(bits: u32) -> Layout {
        Layout::array::<Edge>(1 << bits).expect("a table is far smaller than the address space")
    }

    fn zeroed(bits: u32) -> Option<*mut Edge> {
        // SAFETY: the layout has a size; `System` is not the wrapped allocator.
        let places = unsafe { System.alloc_zeroed(Self::layout(bits)) }.cast::<Edge>();
        (!places.is_null()).then_some(places)
    }

    fn shift(&self) -> u32 {
        64 - self.bits
    }

    /// The index of the entry, or of the empty place where it belongs.
    fn position(&self, parent: usize, key: usize) -> usize {
        let mask = (1 << self.bits) - 1;
        let mut at = home(parent, key, self.shift());
        loop {
            // SAFETY: `at` is masked to the table.
            let edge = unsafe { *self.places.add(at) };
            if edge.parent == 0 || (edge.parent == parent && edge.key == key) {
                return at;
            }
            at = (at + 1) & mask;
        }
    }

    pub(super) fn find(&self, parent: usize, key: usize) -> Option<Edge> {
        // SAFETY: `position` gives an index within the table.
        let edge = unsafe { *self.places.add(self.position(parent, key)) };
        (edge.parent != 0).then_some(edge)
    }

    /// Adds an entry that is not there; `false` where memory is out.
    pub(super) fn insert(&mut self, edge: Edge) -> bool {
        if (self.used + 1) * 2 > 1 << self.bits && !self.rebuild(self.bits + 1, |_| true) {
            return false;
        }
        let at = self.position(edge.parent, edge.key);
        // SAFETY: `position` gives an index within the table.
        unsafe { self.places.add(at).write(edge) };
        self.used += 1;
        true
    }

    /// Keeps only the entries `keep` says yes to.
    pub(super) fn retain(&mut self, keep: impl Fn(&Edge) -> bool) -> bool {
        self.rebuild(self.bits, keep)
    }

    fn rebuild(&mut self, bits: u32, keep: impl Fn(&Edge) -> bool) -> bool {
        let Some(places) = Self::zeroed(bits) else { return false };
        let old = Self { places: self.places, bits: self.bits, used: self.used };
        *self = Self { places, bits, used: 0 };
        for at in 0..1 << old.bits {
            // SAFETY: within the old table.
            let edge = unsafe { *old.places.add(at) };
            if edge.parent != 0 && keep(&edge) {
                let to = self.position(edge.parent, edge.key);
                // SAFETY: `position` gives an index within the table.
                unsafe { self.places.add(to).write(edge) };
                self.used += 1;
            }
        }
        // SAFETY: made by `zeroed` with that layout; nobody else has the address.
        unsafe { System.dealloc(old.places.cast(), Self::layout(old.bits)) };
        true
    }
}

impl Edge {
    pub(super) fn new<T>(parent: usize, key: usize, target: &T, flags: u32) -> Self {
        Self { parent, key, target: ptr::from_ref(target).cast(), flags }
    }

    /// What the edge leads to.
    ///
    /// # Safety
    ///
    /// - The edge must have been made with a target of type `T` that is still there.
    pub(super) unsafe fn target<T>(&self) -> &'static T {
        // SAFETY: made from a reference by `new`; the caller vouches for the type and that it
        // lives.
        unsafe { &*self.target.cast() }
    }
}

#[cfg(test)]
mod tests {
    use super::{Edge, Edges};

    #[test]
    fn entries_are_found_after_growth_and_gone_after_retain() {
        let mut edges = Edges::new().unwrap();
        let targets: Vec<u64> = (0..1000).collect();
        for target in &targets {
            assert!(edges.insert(Edge::new(
                8 + *target as usize % 7,
                16 * *target as usize,
                target,
                0
            )));
        }
        let value = |edges: &Edges, n: u64| {
            let edge = edges.find(8 + n as usize % 7, 16 * n as usize)?;
            // SAFETY: the targets are the vector's elements.
            Some(*unsafe { edge.target::<u64>() })
        };
        assert!((0..1000).all(|n| value(&edges, n) == Some(n)));
        assert!(edges.retain(|edge| edge.key % 32 == 0));
        assert!((0..1000).all(|n| value(&edges, n) == (n % 2 == 0).then_some(n)));
    }
}
