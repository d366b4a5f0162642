//! The traffic of every site and thread, without histograms: what is cheap enough for every second.

use super::node::Node;
use super::read::{self, Open};
use super::shard::Shard;
use crate::report::{SiteKind, Status, Totals};
use crate::site::Site;
use crate::thread::state::REGISTRY;
use crate::thread::untracked::untracked;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::ptr;

/// What a site allocated itself, without the scopes entered inside.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct SiteTraffic {
    /// The site.
    pub site: &'static Site,
    /// Finished calls.
    pub calls: u64,
    /// Blocks and bytes. `reallocs` and `copied_bytes` are 0: they are not read.
    pub own: Totals,
}

/// What a living thread allocated.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ThreadTraffic {
    /// Its number among all threads that ever allocated, from 1.
    pub number: u64,
    /// The system's number for it, 0 where it is not known.
    pub os_id: u64,
    /// Blocks and bytes.
    pub totals: Totals,
}

/// The exact counts of the process at one moment.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Traffic {
    /// Whether anything is counted: whether memopt's allocator is the global one.
    pub is_counting: bool,
    /// The whole process.
    pub total: Totals,
    /// Every site that was entered, in no order.
    pub sites: Vec<SiteTraffic>,
    /// Every living thread that allocated.
    pub threads: Vec<ThreadTraffic>,
}

/// What every site and thread allocated so far, by exact counters alone.
///
/// # Cost
///
/// 0.1 µs a node of the scope tree and thread; no other thread stops or waits. The lists belong to
/// the caller and count as the caller's; a reader that should not show runs untracked.
pub fn traffic() -> Traffic {
    let mut sums = Sums::default();
    let mut traffic = Traffic {
        is_counting: is_counting(),
        total: REGISTRY.orphans.read(),
        ..Traffic::default()
    };
    for slot in REGISTRY.slots() {
        // SAFETY: null, or a shard, which is never freed.
        let shard: Option<&'static Shard> = unsafe { slot.shard::<Shard>().as_ref() };
        let mut look = |shard: Option<&'static Shard>| {
            let (total, open) = slot.look(|total, running| {
                let open = running.map(|(counters, now)| {
                    let (number, os_id) = slot.thread();
                    traffic.threads.push(ThreadTraffic { number, os_id, totals: now });
                    let open = shard.map(|shard| read::open_frames(shard, counters));
                    (open.unwrap_or_default(), four(&now))
                });
                (total, open)
            });
            traffic.total.add(&total);
            if let Some(shard) = shard {
                let (open, now) = open.unwrap_or_default();
                sums.add_thread(shard, &open, now);
            }
        };
        match shard {
            // The lock keeps the thread from folding; it does not stop it from counting.
            Some(shard) => shard.locked(|| look(Some(shard))),
            None => look(None),
        }
    }
    traffic.sites = sums.sites;
    // The overflow site is there on every thread, mostly unused.
    traffic.sites.retain(|site| site.site.kind() != SiteKind::Other || site.calls > 0);
    for site in &mut traffic.sites {
        clamp(&mut site.own);
    }
    traffic
}

/// What the whole process allocated so far; `None` where memopt's allocator is not the global one.
pub fn totals() -> Option<Totals> {
    is_counting().then(|| REGISTRY.totals())
}

fn is_counting() -> bool {
    untracked(super::status) == Status::Counting
}

/// Sites by their addresses.
#[derive(Default)]
struct Sums {
    index: HashMap<*const Site, usize, BuildHasherDefault<ByAddress>>,
    sites: Vec<SiteTraffic>,
}

impl Sums {
    /// A node's own traffic is what entered it, less what entered its children by the tree, less
    /// what left it by other ways: see `merge`. Here the nodes of a site are added up at once.
    fn add_thread(&mut self, shard: &Shard, open: &[Open], now: [u64; 4]) {
        for node in shard.nodes() {
            let open_here = open.iter().find(|frame| ptr::eq(frame.node, node));
            let mut entered = open_here.map_or_else(|| node.entered(), |frame| frame.entered);
            let own = owner(node).map(|site| self.place(site));
            if let Some(at) = own {
                add(&mut self.sites[at].own, entered);
                if node.site().is_some() {
                    self.sites[at].calls += node.calls();
                }
            }
            if let Some(flow) = node.flow() {
                if let Some(at) = own {
                    sub(&mut self.sites[at].own, std::array::from_fn(|k| flow.leaving[k].get()));
                }
                for (entered, by) in entered.iter_mut().zip(&flow.entering) {
                    *entered = entered.wrapping_sub(by.get());
                }
            }
            if let Some(above) = node.parent().and_then(owner) {
                let at = self.place(above);
                sub(&mut self.sites[at].own, entered);
            }
        }
        // Calls still open have not been added to what entered.
        for (position, frame) in open.iter().enumerate() {
            let Some(site) = owner(frame.node) else { continue };
            let at = self.place(site);
            add(&mut self.sites[at].own, open.get(position + 1).map_or(now, |next| next.at_entry));
            sub(&mut self.sites[at].own, frame.at_entry);
        }
    }

    fn place(&mut self, site: &'static Site) -> usize {
        *self.index.entry(ptr::from_ref(site)).or_insert_with(|| {
            self.sites.push(SiteTraffic { site, calls: 0, own: Totals::default() });
            self.sites.len() - 1
        })
    }
}

/// The site a node's own traffic belongs to: its own, or of a recording the one around it.
fn owner(node: &'static Node) -> Option<&'static Site> {
    std::iter::successors(Some(node), |node| node.parent()).find_map(Node::site)
}

fn four(totals: &Totals) -> [u64; 4] {
    [totals.allocs, totals.bytes, totals.frees, totals.freed_bytes]
}

fn add(to: &mut Totals, [allocs, bytes, frees, freed_bytes]: [u64; 4]) {
    let mut more = Totals::allocated(allocs, bytes);
    (more.frees, more.freed_bytes) = (frees, freed_bytes);
    to.add(&more);
}

fn sub(to: &mut Totals, [allocs, bytes, frees, freed_bytes]: [u64; 4]) {
    let mut less = Totals::allocated(allocs, bytes);
    (less.frees, less.freed_bytes) = (frees, freed_bytes);
    to.take(&less);
}

/// The thread went on while it was read: a share read half-way may come out below zero.
fn clamp(totals: &mut Totals) {
    for share in [&mut totals.allocs, &mut totals.bytes, &mut totals.frees, &mut totals.freed_bytes]
    {
        *share = share.cast_signed().max(0).cast_unsigned();
    }
}

/// Spreads addresses of statics, which differ in their middle bits.
#[derive(Default)]
struct ByAddress(u64);

impl Hasher for ByAddress {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_usize(usize::from(*byte)));
    }

    fn write_usize(&mut self, address: usize) {
        self.0 = (self.0 ^ address as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(31);
    }
}
