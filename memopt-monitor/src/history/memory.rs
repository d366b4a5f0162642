//! The series, their open columns, and the closed blocks that fit into memory.
//!
//! [`ring`] holds the blocks of one tier, [`states`] small values that others keep here, [`saving`]
//! is what the writer of a store asks for.

pub(super) mod ring;
mod saving;
mod states;

use super::block::{self, Block};
use super::open::Growing;
use super::store::database::Stored;
use super::tier::{Summary, Tier};
use super::window::{Cut, Span, Window};
use crate::clock::Stamp;
use crate::series::{Key, Point};
use crate::source::Frame;
use ring::{Piece, Ring};
use states::States;
use std::collections::HashMap;
use std::sync::Arc;

/// What the open columns of a series may take, with its name.
const SERIES_BYTES: usize = 4096;
/// Series that are silent take little: so many more than those that speak are known.
const SILENT: usize = 4;

/// What a history holds, and what it had to leave out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Held {
    /// Series that are known.
    pub series: usize,
    /// Bytes in memory.
    pub memory_bytes: usize,
    /// Readings left out, since their series would have been one too many.
    pub refused: u64,
    /// Blocks that were dropped before they were stored, and series that were silent for longest,
    /// because memory was full.
    pub let_go: u64,
}

/// One series.
#[derive(Debug)]
struct Track {
    id: u32,
    key: Key,
    newest: Option<Point>,
    open: [Growing; 3],
    /// The newest block of each tier that has points of it.
    seen: [u64; 3],
    /// Whether the store knows its name.
    is_named: bool,
}

/// What a frame came to.
#[derive(Debug, Default)]
pub(super) struct Appended {
    /// The values by series.
    pub(super) values: Vec<(u32, f64)>,
    /// Series seen for the first time.
    pub(super) named: Vec<(u32, Key)>,
    /// Whether the block of readings was closed before this frame was added.
    pub(super) closed: bool,
}

/// What a window is put together from: closed blocks, and the open end.
#[derive(Debug)]
pub(super) struct Pieces {
    pub(super) series: u32,
    pub(super) cut: Cut,
    pub(super) closed: Vec<Piece>,
    pub(super) open: Vec<Summary>,
}

#[derive(Debug)]
pub(super) struct Memory {
    /// Bounds the series; blocks fill what is free of `room`, which is at most as much.
    cap: usize,
    room: usize,
    tracks: Vec<Track>,
    by_key: HashMap<Key, usize>,
    /// Series with a reading in the open block.
    speaking: usize,
    next_id: u32,
    rings: [Ring; 3],
    newest: Option<Stamp>,
    /// Minutes and hours as they were when the last block of readings closed.
    snapshots: Vec<Stored>,
    /// Series of which nothing is left, while the store still has their names.
    forgotten: Vec<u32>,
    pub(super) states: States,
    refused: u64,
    let_go: u64,
}

impl Memory {
    pub(super) fn new(cap: usize) -> Self {
        let cap = cap.max(SERIES_BYTES * 2);
        Self {
            cap,
            room: cap,
            tracks: Vec::new(),
            by_key: HashMap::new(),
            speaking: 0,
            next_id: 1,
            rings: Tier::ALL.map(Ring::new),
            newest: None,
            snapshots: Vec::new(),
            forgotten: Vec::new(),
            states: States::default(),
            refused: 0,
            let_go: 0,
        }
    }

    pub(super) fn set_room(&mut self, bytes: usize) {
        self.room = bytes.min(self.cap);
    }

    /// The most series that may speak: their open ends take at most half of the memory.
    fn most_speaking(&self) -> usize {
        self.cap / 2 / SERIES_BYTES
    }

    pub(super) fn newest(&self) -> Option<Stamp> {
        self.newest
    }

    /// Adds a frame; `None` where it is not later than the one before.
    pub(super) fn append(&mut self, frame: &Frame) -> Option<Appended> {
        let at = frame.at;
        let is_later =
            |newest: Stamp| newest.run != at.run || newest.monotonic_ns < at.monotonic_ns;
        if !self.newest.is_none_or(is_later) {
            return None;
        }
        let mut appended = Appended::default();
        for tier in Tier::ALL {
            if self.rings[tier as usize].is_full_for(&at) {
                self.close(tier);
                appended.closed |= tier == Tier::Raw;
            }
        }
        if appended.closed {
            // Without this frame: it comes to the tail.
            self.snapshots = self.open_coarse();
        }
        self.newest = Some(at);
        let places = Tier::ALL.map(|tier| self.rings[tier as usize].place(at));
        for (key, value) in frame.readings() {
            let Some(index) = self.track(key, &mut appended.named) else {
                self.refused += 1;
                continue;
            };
            let track = &mut self.tracks[index];
            track.newest = Some(Point { at, value: *value });
            for tier in Tier::ALL {
                track.open[tier as usize].add(tier, places[tier as usize], *value);
                track.seen[tier as usize] = self.rings[tier as usize].open_number();
            }
            appended.values.push((track.id, *value));
        }
        self.make_room();
        Some(appended)
    }

    /// The place of a series that has a reading. A new one is made where there is room.
    fn track(&mut self, key: &Key, named: &mut Vec<(u32, Key)>) -> Option<usize> {
        let known = self.by_key.get(key).copied();
        if let Some(index) = known.filter(|at| !self.tracks[*at].open[0].is_empty()) {
            return Some(index);
        }
        if self.speaking >= self.most_speaking() {
            return None;
        }
        self.speaking += 1;
        if known.is_some() {
            return known;
        }
        if self.tracks.len() >= self.most_speaking() * SILENT {
            self.forget_most_silent();
        }
        let id = self.next_id;
        named.push((id, key.clone()));
        Some(self.add_track(id, key.clone(), false))
    }

    fn add_track(&mut self, id: u32, key: Key, is_named: bool) -> usize {
        self.next_id = self.next_id.max(id + 1);
        self.by_key.insert(key.clone(), self.tracks.len());
        let open = Default::default();
        self.tracks.push(Track { id, key, newest: None, open, seen: [0; 3], is_named });
        self.tracks.len() - 1
    }

    fn forget_most_silent(&mut self) {
        let silent = self.tracks.iter().filter(|track| track.open[0].is_empty());
        let most = silent.min_by_key(|track| track.newest.map(|point| point.at)).map(|it| it.id);
        self.forget(|track| Some(track.id) == most);
        self.let_go += 1;
    }

    /// Forgets the series of which no block is left.
    fn forget_gone(&mut self) {
        let oldest = [0, 1, 2].map(|tier: usize| self.rings[tier].oldest_number());
        self.forget(|track| (0..3).all(|tier| track.seen[tier] < oldest[tier]));
    }

    fn forget(&mut self, is_gone: impl Fn(&Track) -> bool) {
        let gone = self.tracks.iter().filter(|track| is_gone(track) && track.is_named);
        self.forgotten.extend(gone.map(|track| track.id));
        let before = self.tracks.len();
        self.tracks.retain(|track| !is_gone(track));
        if self.tracks.len() < before {
            let keys = self.tracks.iter().enumerate();
            self.by_key = keys.map(|(index, track)| (track.key.clone(), index)).collect();
        }
    }

    /// Closes the open block of a tier.
    fn close(&mut self, tier: Tier) {
        let stamps = self.rings[tier as usize].take_open();
        let Some(span) = Span::of(&stamps) else { return };
        let block = self.encoded(tier, &stamps);
        for track in &mut self.tracks {
            track.open[tier as usize].clear();
        }
        if tier == Tier::Raw {
            self.speaking = 0;
        }
        self.rings[tier as usize].push(span, Arc::new(block));
        self.forget_gone();
    }

    /// The open block of a tier, as it is.
    fn encoded(&self, tier: Tier, stamps: &[Stamp]) -> Block {
        let mut block = Block::new(stamps);
        for track in &self.tracks {
            let growing = &track.open[tier as usize];
            if !growing.is_empty() {
                block.columns.push((track.id, block::encode(growing, tier, stamps.len())));
            }
        }
        block.columns.sort_unstable_by_key(|(id, _)| *id);
        block
    }

    /// Bytes in memory, the open ends included.
    fn bytes(&self) -> usize {
        let open = self.tracks.iter().flat_map(|track| &track.open).map(Growing::bytes);
        let tracks = self.tracks.len() * (size_of::<Track>() + 128);
        let closed = self.rings.iter().map(Ring::bytes).sum::<usize>();
        open.sum::<usize>() + tracks + closed + self.states.bytes()
    }

    /// Lets the oldest blocks go until the rest fits: of the tier that is most above its share.
    fn make_room(&mut self) {
        let mut bytes = self.bytes();
        while bytes > self.room {
            let most = self.rings.iter_mut().max_by_key(|ring| ring.weight());
            let Some((freed, lost)) = most.and_then(Ring::let_go) else { return };
            bytes = bytes.saturating_sub(freed);
            self.let_go += u64::from(lost);
        }
    }

    pub(super) fn keys(&self) -> Vec<Key> {
        let mut keys: Vec<Key> = self.tracks.iter().map(|track| track.key.clone()).collect();
        keys.sort_unstable();
        keys
    }

    pub(super) fn latest(&self, key: &Key) -> Option<Point> {
        self.tracks[*self.by_key.get(key)?].newest
    }

    pub(super) fn pieces(&self, key: &Key, window: Window, tier: Tier) -> Pieces {
        let cut = window.cut(self.newest.unwrap_or_default());
        let Some(index) = self.by_key.get(key) else {
            return Pieces { series: 0, cut, closed: Vec::new(), open: Vec::new() };
        };
        let track = &self.tracks[*index];
        let ring = &self.rings[tier as usize];
        Pieces {
            series: track.id,
            cut,
            closed: ring.pieces(cut),
            open: track.open[tier as usize].rows(ring.open(), tier),
        }
    }

    pub(super) fn held(&self) -> Held {
        Held {
            series: self.tracks.len(),
            memory_bytes: self.bytes(),
            refused: self.refused,
            let_go: self.let_go,
        }
    }
}
