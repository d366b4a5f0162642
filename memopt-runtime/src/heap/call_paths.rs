//! All chains of scopes and stacks that tracked blocks were allocated with.

use super::call_path::{CallPath, FRAMES, Figures, SCOPES};
use super::total::Total;
use crate::record::Node;
use crate::site::Site;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ptr;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicU64, AtomicUsize};

/// Call paths there is room for; blocks of further ones are lost, and counted as that.
const LEN: usize = if cfg!(miri) { 1 << 6 } else { 1 << 14 };
/// Places looked at.
const REACH: usize = 64;

/// An open hash table of call paths. Zeroed memory is an empty one.
#[derive(Debug)]
pub(super) struct CallPaths {
    /// Place `n` holds the key of call path `n`.
    keys: [AtomicU64; LEN],
    all: [CallPath; LEN],
    len: AtomicUsize,
}

/// Where a block is allocated.
#[derive(Debug)]
pub(super) struct Origin {
    scopes: [*const Site; SCOPES],
    depth: usize,
    /// The number of the recording it is in.
    pub(super) recording: u32,
    frames: [usize; FRAMES],
    taken: usize,
}

impl Origin {
    /// The chain of scopes a node stands for.
    #[inline(always)]
    pub(super) fn of(node: Option<&'static Node>) -> Self {
        let mut origin = Self {
            scopes: [ptr::null(); SCOPES],
            depth: 0,
            recording: 0,
            frames: [0; FRAMES],
            taken: 0,
        };
        origin.recording = node.map_or(0, Node::recording) as u32;
        let mut at = node;
        while let Some(node) = at {
            if let Some(site) = node.site() {
                if origin.depth == SCOPES {
                    break;
                }
                origin.scopes[origin.depth] = site;
                origin.depth += 1;
            }
            at = node.parent();
        }
        origin
    }

    /// Adds the stack that `take` writes. (In place: it is moved for every block otherwise, 600
    /// bytes.)
    #[inline(always)]
    pub(super) fn add_stack(&mut self, take: impl FnOnce(&mut [usize]) -> usize) {
        self.taken = take(&mut self.frames).min(FRAMES);
    }

    /// Tells a call path that it stands for this.
    fn name(&self, call_path: &CallPath) {
        call_path.name(&self.scopes[..self.depth], &self.frames[..self.taken]);
    }

    /// FNV-1a over the addresses, a word at a time, mixed at the end.
    fn key(&self) -> u64 {
        let scopes = self.scopes[..self.depth].iter().map(|site| site.addr() as u64);
        let frames = self.frames[..self.taken].iter().map(|frame| *frame as u64);
        let words = scopes.chain([self.depth as u64]).chain(frames);
        let hash = words.fold(0xCBF2_9CE4_8422_2325, |hash: u64, word| {
            (hash ^ word).wrapping_mul(0x0100_0000_01B3).rotate_left(29)
        });
        mixed(hash)
    }
}

/// The bits of a hash, mixed (`SplitMix64`); never 0.
fn mixed(mut hash: u64) -> u64 {
    hash = (hash ^ hash >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    hash = (hash ^ hash >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    (hash ^ hash >> 31).max(1)
}

impl CallPaths {
    /// The number of the call path that a lane of threads counts an origin's blocks to; `None`
    /// where there is no room.
    pub(super) fn find(&self, origin: &Origin, lane: u32) -> Option<u32> {
        let key = origin.key();
        let number = self.place(key, |call_path| origin.name(call_path))?;
        let head = self.get(number);
        // Most of the room is for origins.
        if head.is_of(lane) || self.len.load(Relaxed) > LEN / 4 {
            return Some(number);
        }
        let own = self.place(mixed(key ^ u64::from(lane + 1)), |_| ());
        // By whoever finds it: whoever made it may not have come to that yet.
        own.inspect(|own| self.get(*own).join(head, number)).or(Some(number))
    }

    /// The number of the call path that all threads count an origin's blocks to; `None` where there
    /// is no room.
    pub(super) fn find_common(&self, origin: &Origin) -> Option<u32> {
        self.place(origin.key(), |call_path| origin.name(call_path))
    }

    /// The place of a key; one that is new is given to `begin`.
    fn place(&self, key: u64, begin: impl FnOnce(&CallPath)) -> Option<u32> {
        for step in 0..REACH {
            let at = (key as usize + step) % LEN;
            let known = self.keys[at].load(Relaxed);
            if known == key {
                return Some(at as u32);
            }
            if known == 0 {
                match self.keys[at].compare_exchange(0, key, Relaxed, Relaxed) {
                    Ok(_) => {
                        self.len.fetch_add(1, Relaxed);
                        begin(&self.all[at]);
                        return Some(at as u32);
                    }
                    Err(now) if now == key => return Some(at as u32),
                    Err(_) => {}
                }
            }
        }
        None
    }

    pub(super) fn get(&self, number: u32) -> &CallPath {
        &self.all[number as usize % LEN]
    }

    /// The head of a call path: itself, or that of the lane that came first.
    pub(super) fn head(&self, number: u32) -> u32 {
        self.get(number).head().unwrap_or(number)
    }

    /// Every call path in use, with the number of its head.
    fn each(&self) -> impl Iterator<Item = (u32, &CallPath)> {
        let is_used = |at: u32| self.keys[at as usize].load(Relaxed) != 0;
        let used = (0..).zip(&self.all).filter(move |(at, _)| is_used(*at));
        used.map(|(at, call_path)| (call_path.head().unwrap_or(at), call_path))
    }

    /// The figures of every origin, with its number and its head, which has the name.
    pub(super) fn read(&self, total: &Total) -> Vec<(u32, &CallPath, Figures)> {
        let (mut sums, mut places) = (Vec::<(u32, &CallPath, Figures)>::new(), HashMap::new());
        for (number, call_path) in self.each() {
            let (head, figures) = (self.get(number), call_path.figures(total));
            if !head.is_named() {
                continue;
            }
            match places.entry(number) {
                Entry::Vacant(place) => {
                    place.insert(sums.len());
                    sums.push((number, head, figures));
                }
                Entry::Occupied(place) => sums[*place.get()].2.add(&figures),
            }
        }
        sums
    }

    /// Bytes of call paths in use.
    pub(super) fn bytes(&self) -> u64 {
        (self.len.load(Relaxed) * size_of::<CallPath>()) as u64
    }
}
