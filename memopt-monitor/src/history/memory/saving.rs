//! What memory has for the store, and takes from it.

use super::Memory;
use super::ring::Ring;
use crate::history::store::database::{Batch, Loaded, Stored};
use crate::history::tier::Tier;
use crate::history::window::Span;
use crate::series::{Key, Point};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

impl Memory {
    /// The number of the open block of readings.
    pub(in crate::history) fn open_number(&self) -> u64 {
        self.rings[Tier::Raw as usize].open_number()
    }

    /// All series.
    pub(in crate::history) fn names(&self) -> Vec<(u32, Key)> {
        self.tracks.iter().map(|track| (track.id, track.key.clone())).collect()
    }

    /// All that is not in the store. Minutes and hours are written as far as they are: when their
    /// block is full it takes their place.
    pub(in crate::history) fn batch(&self) -> Batch {
        let unnamed = self.tracks.iter().filter(|track| !track.is_named);
        let mut blocks: Vec<Stored> = self.rings.iter().flat_map(Ring::unsaved).collect();
        blocks.extend(self.snapshots.iter().cloned());
        Batch {
            series: unnamed.map(|track| (track.id, track.key.clone())).collect(),
            blocks,
            states: self.states.unsaved(),
            forgotten: self.forgotten.clone(),
            ..Batch::default()
        }
    }

    /// Minutes and hours as they are.
    pub(super) fn open_coarse(&self) -> Vec<Stored> {
        let open = [Tier::Minute, Tier::Hour].into_iter().filter_map(|tier| {
            let ring = &self.rings[tier as usize];
            let span = Span::of(ring.open())?;
            let block = Arc::new(self.encoded(tier, ring.open()));
            Some(Stored { tier, number: ring.open_number(), span, block })
        });
        open.collect()
    }

    /// The batch is in the store.
    pub(in crate::history) fn committed(&mut self, batch: &Batch) {
        let named: HashSet<u32> = batch.series.iter().map(|(id, _)| *id).collect();
        for track in &mut self.tracks {
            track.is_named |= named.contains(&track.id);
        }
        for stored in &batch.blocks {
            self.rings[stored.tier as usize].mark_stored(stored.number);
        }
        for (tier, number) in &batch.removed {
            self.rings[*tier as usize].remove(*number);
        }
        self.snapshots.clear();
        self.states.saved(&batch.states);
        self.forgotten.retain(|id| !batch.forgotten.contains(id));
    }

    /// Blocks in the store by tier, the oldest first.
    pub(in crate::history) fn stored_blocks(&self) -> [Vec<(u64, Span, u64)>; 3] {
        [0, 1, 2].map(|tier: usize| self.rings[tier].stored().collect())
    }

    /// Bytes of the blocks in the store, and how many blocks.
    pub(in crate::history) fn stored_bytes(&self) -> (u64, u64) {
        let stored = self.rings.iter().flat_map(Ring::stored);
        stored.fold((0, 0), |(bytes, blocks), (.., more)| (bytes + more, blocks + 1))
    }

    /// Closes the block of readings before it is full. All of its frames are in the minutes and
    /// hours so far.
    pub(in crate::history) fn close_readings(&mut self) {
        self.close(Tier::Raw);
        self.snapshots = self.open_coarse();
    }

    /// Closes all open blocks.
    pub(in crate::history) fn close_all(&mut self) {
        Tier::ALL.into_iter().for_each(|tier| self.close(tier));
        self.snapshots.clear();
    }

    /// The store that this history wrote is back. It may have lost the newest.
    pub(in crate::history) fn reconcile(&mut self, loaded: &Loaded) {
        let has: HashSet<(Tier, u64)> =
            loaded.blocks.iter().map(|(tier, number, ..)| (*tier, *number)).collect();
        for tier in Tier::ALL {
            self.rings[tier as usize].reconcile(&|number| has.contains(&(tier, number)));
        }
        let named: HashSet<u32> = loaded.series.iter().map(|(id, _)| *id).collect();
        for track in &mut self.tracks {
            track.is_named = named.contains(&track.id);
        }
        self.close_all();
    }

    /// Another store is to be used: one of an earlier run, or an empty one. `left` appends what the
    /// run that had it left beside it. What memory has comes after that.
    pub(in crate::history) fn adopt(&mut self, loaded: Loaded, left: impl FnOnce(&mut Self)) {
        self.close_all();
        let newest = self.newest.take();
        let newest_of: HashMap<Key, Point> = (self.tracks.iter())
            .filter_map(|track| Some((track.key.clone(), track.newest?)))
            .collect();
        let by_key: HashMap<&Key, u32> = loaded.series.iter().map(|(id, key)| (key, *id)).collect();
        let mut next = loaded.series.iter().map(|(id, _)| id + 1).max().unwrap_or(1);
        let mut ids = HashMap::new();
        for track in &mut self.tracks {
            let known = by_key.get(&track.key).copied();
            let id = known.unwrap_or_else(|| {
                next += 1;
                next - 1
            });
            ids.insert(track.id, id);
            (track.id, track.is_named) = (id, known.is_some());
        }
        let own = Tier::ALL.map(|tier| {
            let of_tier = loaded.blocks.iter().filter(|(one, ..)| *one == tier);
            let has = of_tier.map(|(_, number, span, bytes)| (*number, *span, *bytes)).collect();
            self.rings[tier as usize].adopt(has)
        });
        for (id, key) in loaded.series {
            if !self.by_key.contains_key(&key) {
                self.add_track(id, key, true);
            }
        }
        self.next_id = self.next_id.max(next);
        self.forgotten.clear();
        self.states.load(loaded.states);
        // None goes: of some the blocks come only after that.
        let open = [0, 1, 2].map(|tier: usize| self.rings[tier].open_number());
        self.tracks.iter_mut().for_each(|track| track.seen = open);
        left(self);
        for (ring, own) in self.rings.iter_mut().zip(own) {
            ring.push_all(own, &ids);
        }
        // Which block has the last of a series is not known: as if it were the newest.
        let last = [0, 1, 2].map(|tier: usize| self.rings[tier].open_number().saturating_sub(1));
        for track in &mut self.tracks {
            track.seen = last;
            track.newest = newest_of.get(&track.key).copied().or(track.newest);
        }
        self.newest = newest.or(self.newest);
        self.states.save_all();
    }
}
