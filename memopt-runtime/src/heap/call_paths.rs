//! All chains of scopes and stacks that tracked blocks were allocated with.

use super::call_path::{CallPath, FRAMES, SCOPES};
use crate::record::Node;
use crate::site::Site;
use std::ptr;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicU64, AtomicUsize};

/// Spots there is room for; blocks of further ones are lost, and counted as that.
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

    /// Adds the stack that `take` writes. (In place: it is moved for every block otherwise, 600 bytes.)
    #[inline(always)]
    pub(super) fn add_stack(&mut self, take: impl FnOnce(&mut [usize]) -> usize) {
        self.taken = take(&mut self.frames).min(FRAMES);
    }

    /// FNV-1a over the addresses, a word at a time, mixed at the end (`SplitMix64`); never 0.
    fn key(&self) -> u64 {
        let scopes = self.scopes[..self.depth].iter().map(|site| site.addr() as u64);
        let frames = self.frames[..self.taken].iter().map(|frame| *frame as u64);
        let words = scopes.chain([self.depth as u64]).chain(frames);
        let mut hash = words.fold(0xCBF2_9CE4_8422_2325, |hash: u64, word| {
            (hash ^ word).wrapping_mul(0x0100_0000_01B3).rotate_left(29)
        });
        hash = (hash ^ hash >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        hash = (hash ^ hash >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        (hash ^ hash >> 31).max(1)
    }
}

impl CallPaths {
    /// The number of an origin's call path; `None` where there is no room.
    pub(super) fn find(&self, origin: &Origin) -> Option<u32> {
        let key = origin.key();
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
                        self.all[at]
                            .name(&origin.scopes[..origin.depth], &origin.frames[..origin.taken]);
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

    /// Every call path that says what it stands for, with its number.
    pub(super) fn each(&self) -> impl Iterator<Item = (u32, &CallPath)> {
        (0..).zip(&self.all).filter(|(at, call_path)| {
            self.keys[*at as usize].load(Relaxed) != 0 && call_path.is_named()
        })
    }

    /// Bytes of call paths in use.
    pub(super) fn bytes(&self) -> u64 {
        (self.len.load(Relaxed) * size_of::<CallPath>()) as u64
    }
}
