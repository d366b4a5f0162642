//! The blocks of one tier: the open one's times, and the closed ones, the oldest first.

use crate::clock::Stamp;
use crate::history::block::Block;
use crate::history::store::database::Stored;
use crate::history::tier::Tier;
use crate::history::window::{Cut, Span};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

#[derive(Debug)]
pub(super) struct Ring {
    tier: Tier,
    open: Vec<Stamp>,
    /// The number of the open block; closed ones have those before it.
    number: u64,
    closed: BTreeMap<u64, Closed>,
    /// Before this number no block is in memory.
    held_from: u64,
    bytes: usize,
}

/// A closed block: in memory, in the store, or both.
#[derive(Debug)]
struct Closed {
    span: Span,
    block: Option<Arc<Block>>,
    is_stored: bool,
    /// Bytes of its columns and times.
    encoded: u64,
}

impl Closed {
    fn bytes(&self) -> usize {
        self.block.as_ref().map_or(0, |block| block.bytes())
    }
}

/// Where a block is to be had.
#[derive(Debug)]
pub(in crate::history) enum Piece {
    Held(Arc<Block>),
    OnDisk(u64),
}

impl Ring {
    pub(super) fn new(tier: Tier) -> Self {
        let closed = BTreeMap::new();
        Self { tier, open: Vec::new(), number: 1, closed, held_from: 1, bytes: 0 }
    }

    /// Whether the open block has no place for this moment: it is full, or of another run.
    pub(super) fn is_full_for(&self, at: &Stamp) -> bool {
        let Some(last) = self.open.last() else { return false };
        let other = last.run != at.run;
        let fresh = self.tier.bucket(last) != self.tier.bucket(at);
        other || (fresh && self.open.len() >= self.tier.block_len())
    }

    /// The place of this moment in the open block: a new one, or the last point goes on.
    pub(super) fn place(&mut self, at: Stamp) -> usize {
        match self.open.last_mut() {
            Some(last) if self.tier.bucket(last) == self.tier.bucket(&at) => *last = at,
            _ => self.open.push(at),
        }
        self.open.len() - 1
    }

    pub(super) fn open(&self) -> &[Stamp] {
        &self.open
    }

    pub(super) fn open_number(&self) -> u64 {
        self.number
    }

    pub(super) fn oldest_number(&self) -> u64 {
        self.closed.first_key_value().map_or(self.number, |(number, _)| *number)
    }

    pub(super) fn take_open(&mut self) -> Vec<Stamp> {
        let next = Vec::with_capacity(self.open.len());
        std::mem::replace(&mut self.open, next)
    }

    /// Adds the open block, now closed, and opens the next.
    pub(super) fn push(&mut self, span: Span, block: Arc<Block>) {
        self.bytes += block.bytes();
        let encoded = block.encoded_bytes();
        let closed = Closed { span, block: Some(block), is_stored: false, encoded };
        self.closed.insert(self.number, closed);
        self.number += 1;
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// What it takes, by the share of memory that its tier should have: readings six parts of ten,
    /// minutes three, hours one.
    pub(super) fn weight(&self) -> usize {
        let share = match self.tier {
            Tier::Raw => 6,
            Tier::Minute => 3,
            Tier::Hour => 1,
        };
        self.bytes / share
    }

    /// Lets the oldest block in memory go: how many bytes that frees, and whether it is lost.
    pub(super) fn let_go(&mut self) -> Option<(usize, bool)> {
        let held = |closed: &Closed| closed.block.is_some();
        let mut from = self.closed.range_mut(self.held_from..);
        let (number, closed) = from.find(|(_, closed)| held(closed))?;
        let (number, bytes, is_stored) = (*number, closed.bytes(), closed.is_stored);
        closed.block = None;
        self.held_from = number + 1;
        self.bytes -= bytes;
        if !is_stored {
            self.closed.remove(&number);
        }
        Some((bytes, !is_stored))
    }

    /// The closed blocks that may have points within, the oldest first.
    pub(super) fn pieces(&self, cut: Cut) -> Vec<Piece> {
        let within = self.closed.iter().filter(|(_, closed)| cut.meets(&closed.span));
        let piece = |(number, closed): (&u64, &Closed)| match &closed.block {
            Some(block) => Piece::Held(Arc::clone(block)),
            None => Piece::OnDisk(*number),
        };
        within.map(piece).collect()
    }

    /// Closed blocks that are in no store.
    pub(super) fn unsaved(&self) -> impl Iterator<Item = Stored> + '_ {
        let unsaved = self.closed.iter().filter(|(_, closed)| !closed.is_stored);
        unsaved.filter_map(|(number, closed)| {
            let block = Arc::clone(closed.block.as_ref()?);
            Some(Stored { tier: self.tier, number: *number, span: closed.span, block })
        })
    }

    /// Blocks in the store, the oldest first: number, what they cover, bytes.
    pub(super) fn stored(&self) -> impl Iterator<Item = (u64, Span, u64)> + '_ {
        let stored = self.closed.iter().filter(|(_, closed)| closed.is_stored);
        stored.map(|(number, closed)| (*number, closed.span, closed.encoded))
    }

    /// A block is in the store now; the open one is closed when it is full.
    pub(super) fn mark_stored(&mut self, number: u64) {
        if let Some(closed) = self.closed.get_mut(&number) {
            closed.is_stored = true;
        }
    }

    /// A block is in the store no more, and goes.
    pub(super) fn remove(&mut self, number: u64) {
        if let Some(closed) = self.closed.remove(&number) {
            self.bytes -= closed.bytes();
        }
    }

    /// The store has exactly these blocks. What it lost is to be stored again from memory.
    pub(super) fn reconcile(&mut self, has: &dyn Fn(u64) -> bool) {
        self.closed.retain(|number, closed| {
            closed.is_stored = has(*number);
            closed.is_stored || closed.block.is_some()
        });
    }

    /// Another store is to be used, which has these blocks. What is in memory is to be pushed
    /// [behind](Self::push_all) them.
    pub(super) fn adopt(&mut self, has: Vec<(u64, Span, u64)>) -> Vec<(Span, Arc<Block>)> {
        let own = std::mem::take(&mut self.closed);
        let mut next = 1;
        for (number, span, encoded) in has {
            next = next.max(number + 1);
            let closed = Closed { span, block: None, is_stored: true, encoded };
            self.closed.insert(number, closed);
        }
        (self.held_from, self.bytes, self.number) = (next, 0, next);
        own.into_values().filter_map(|closed| Some((closed.span, closed.block?))).collect()
    }

    /// Adds closed blocks, with other numbers of series.
    pub(super) fn push_all(&mut self, blocks: Vec<(Span, Arc<Block>)>, ids: &HashMap<u32, u32>) {
        for (span, block) in blocks {
            self.push(span, Arc::new(block.renamed(ids)));
        }
    }
}
