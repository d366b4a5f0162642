//! The blocks of one tier: the open one's times, and the closed ones, the oldest first.

use crate::clock::Stamp;
use crate::history::block::Block;
use crate::history::tier::Tier;
use crate::history::window::{Cut, Span};
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Debug)]
pub(super) struct Ring {
    tier: Tier,
    open: Vec<Stamp>,
    /// The number of the open block; closed ones have those before it.
    number: u64,
    closed: BTreeMap<u64, Closed>,
    bytes: usize,
}

#[derive(Debug)]
struct Closed {
    span: Span,
    block: Arc<Block>,
}

impl Ring {
    pub(super) fn new(tier: Tier) -> Self {
        Self { tier, open: Vec::new(), number: 1, closed: BTreeMap::new(), bytes: 0 }
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
        self.closed.insert(self.number, Closed { span, block });
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

    /// Lets the oldest block go: how many bytes that frees, and whether it is lost.
    pub(super) fn let_go(&mut self) -> Option<(usize, bool)> {
        let (_, closed) = self.closed.pop_first()?;
        let bytes = closed.block.bytes();
        self.bytes -= bytes;
        Some((bytes, true))
    }

    /// The closed blocks that may have points within.
    pub(super) fn blocks(&self, cut: Cut) -> Vec<Arc<Block>> {
        let within = self.closed.values().filter(|closed| cut.meets(&closed.span));
        within.map(|closed| Arc::clone(&closed.block)).collect()
    }
}
