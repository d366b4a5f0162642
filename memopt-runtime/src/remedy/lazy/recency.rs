//! Values by key, in the order in which they were used.

use std::collections::HashMap;
use std::hash::Hash;

const NO: usize = usize::MAX;

/// A map that knows which key was used longest ago. Every operation takes the same time, however
/// many there are.
pub(super) struct Recency<K, V> {
    /// Made when first needed: a map cannot be made in a constant.
    places: Option<HashMap<K, usize>>,
    nodes: Vec<Node<K, V>>,
    /// Nodes that hold nothing.
    free: Vec<usize>,
    oldest: usize,
    newest: usize,
}

struct Node<K, V> {
    /// Invariant: both are there, or the node is free.
    held: Option<(K, V)>,
    older: usize,
    newer: usize,
}

impl<K: Hash + Eq + Clone, V> Recency<K, V> {
    pub(super) const fn new() -> Self {
        Self { places: None, nodes: Vec::new(), free: Vec::new(), oldest: NO, newest: NO }
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len() - self.free.len()
    }

    /// The place of a key, which is now the newest.
    pub(super) fn touch(&mut self, key: &K) -> Option<usize> {
        let at = *self.places.as_ref()?.get(key)?;
        if at != self.newest {
            self.unlink(at);
            self.link(at);
        }
        Some(at)
    }

    /// Adds a key that is not there, as the newest, and gives its place. Call it untracked: what it
    /// allocates is not the user's.
    pub(super) fn insert(&mut self, key: &K, value: V) -> usize {
        let at = self.free.pop().unwrap_or(self.nodes.len());
        if at == self.nodes.len() {
            self.nodes.push(Node { held: None, older: NO, newer: NO });
        }
        self.nodes[at].held = Some((key.clone(), value));
        let before = self.places.get_or_insert_default().insert(key.clone(), at);
        debug_assert!(before.is_none());
        self.link(at);
        at
    }

    /// What stands at a place.
    pub(super) fn get(&self, at: usize) -> Option<&V> {
        self.nodes.get(at)?.held.as_ref().map(|(_, value)| value)
    }

    /// Takes out what stands at a place. Call it untracked.
    pub(super) fn remove(&mut self, at: usize) -> Option<V> {
        let (key, value) = self.nodes.get_mut(at)?.held.take()?;
        self.unlink(at);
        self.free.push(at);
        if let Some(places) = &mut self.places {
            places.remove(&key);
        }
        Some(value)
    }

    /// The places and values, the longest unused first.
    pub(super) fn oldest_first(&self) -> impl Iterator<Item = (usize, &V)> {
        let mut at = self.oldest;
        std::iter::from_fn(move || {
            let node = self.nodes.get(at)?;
            let (_, value) = node.held.as_ref()?;
            Some((std::mem::replace(&mut at, node.newer), value))
        })
    }

    fn link(&mut self, at: usize) {
        let newest = std::mem::replace(&mut self.newest, at);
        self.nodes[at].older = newest;
        self.nodes[at].newer = NO;
        match self.nodes.get_mut(newest) {
            Some(node) => node.newer = at,
            None => self.oldest = at,
        }
    }

    fn unlink(&mut self, at: usize) {
        let Node { older, newer, .. } = self.nodes[at];
        match self.nodes.get_mut(older) {
            Some(node) => node.newer = newer,
            None => self.oldest = newer,
        }
        match self.nodes.get_mut(newer) {
            Some(node) => node.older = older,
            None => self.newest = older,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Recency;

    /// A list of (key, value), the oldest first: slow, and plainly right.
    #[derive(Default)]
    struct Model(Vec<(u8, u32)>);

    #[test]
    fn random_programs_agree_with_a_list() {
        let mut random = 0x9e37_79b9_7f4a_7c15u64;
        let mut next = move || {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random
        };
        let steps = if cfg!(miri) { 300 } else { 20_000 };
        let (mut recency, mut model) = (Recency::new(), Model::default());
        for step in 0..steps {
            let key = (next() % 16) as u8;
            let known = model.0.iter().position(|(other, _)| *other == key);
            let place = recency.touch(&key);
            assert_eq!(place.is_some(), known.is_some());
            if let (Some(place), Some(known)) = (place, known) {
                let entry = model.0.remove(known);
                assert_eq!(recency.get(place), Some(&entry.1));
                if next().is_multiple_of(3) {
                    assert_eq!(recency.remove(place), Some(entry.1));
                    assert_eq!(recency.remove(place), None);
                } else {
                    model.0.push(entry);
                }
            } else {
                recency.insert(&key, step);
                model.0.push((key, step));
            }
            assert_eq!(recency.len(), model.0.len());
            let order: Vec<u32> = recency.oldest_first().map(|(_, value)| *value).collect();
            assert_eq!(order, model.0.iter().map(|(_, value)| *value).collect::<Vec<_>>());
        }
    }
}
