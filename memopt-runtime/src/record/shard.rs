//! All that one thread keeps: its tree, its records, its open frames.

use super::buckets::{Carry, Group, ROW};
use super::children::Children;
use super::edges::{Edge, Edges};
use super::frame::Frame;
use super::histograms::Counts;
use super::node::{Node, NodeOf};
use super::pages::{self, Pages};
use super::pieces::Pieces;
use super::recording::RecordingId;
use super::site_record::Record;
use crate::address_space::room;
use crate::site::{OTHER, Site};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};

/// Room of a shard. Address space only: pages are taken as they are touched.
const NODES: usize = if cfg!(miri) { 256 } else { 1 << 15 };
const RECORDS: usize = if cfg!(miri) { 128 } else { 1 << 13 };
const ROWS: usize = if cfg!(miri) { 512 } else { 1 << 16 };
const GROUPS: usize = ROWS * ROW;
/// Frames that are opened slowly lie below this number.
const FRAMES: usize = if cfg!(miri) { 128 } else { 1 << 14 };

/// The records of one thread, and of the threads that have its slot after it.
#[derive(Debug)]
pub(crate) struct Shard {
    /// Held by readers while they look at all of it, by the owner when it folds or spills.
    lock: AtomicBool,
    nodes: Pages<Node>,
    records: Pages<Record>,
    groups: Pages<Group>,
    /// What was moved out of the group of the same number.
    carries: Pages<AtomicPtr<Carry>>,
    frames: Pages<Frame>,
    /// Elements in use or used before; only grow.
    nodes_used: AtomicUsize,
    records_used: AtomicUsize,
    rows_used: AtomicUsize,
    /// Only the owner looks in here.
    owned: UnsafeCell<Owned>,
}

/// What only the owning thread touches.
#[derive(Debug)]
pub(super) struct Owned {
    pub(super) edges: Edges,
    pub(super) children: Children,
    free_nodes: Vec<usize>,
    free_records: Vec<usize>,
    free_rows: Vec<u16>,
    /// Memory for what only some records and nodes have.
    pub(super) pieces: Pieces,
    /// Recordings that have a part here.
    pub(super) recordings: Vec<(Arc<RecordingId>, &'static Node)>,
}

/// The system refused a shard. No other is asked for, so that the program has what is left.
static REFUSED: AtomicBool = AtomicBool::new(false);

/// How often the room of a shard is halved, so that it takes no more than a hundredth of what a
/// limit of the process leaves. At most six times: 512 nodes are left.
fn halved() -> u32 {
    const WHOLE: usize = NODES * size_of::<Node>()
        + RECORDS * size_of::<Record>()
        + GROUPS * (size_of::<Group>() + size_of::<AtomicPtr<Carry>>())
        + (FRAMES + NODES) * size_of::<Frame>();
    let fits = |times: &u32| room().is_none_or(|room| (WHOLE >> times) as u64 <= room / 100);
    (0..6).find(fits).unwrap_or(6)
}

impl Shard {
    /// Makes an empty shard; `None` where the system gives no memory.
    pub(super) fn make() -> Option<&'static Self> {
        if REFUSED.load(Ordering::Relaxed) {
            return None;
        }
        let made = Self::reserve();
        REFUSED.store(made.is_none(), Ordering::Relaxed);
        made
    }

    fn reserve() -> Option<&'static Self> {
        let times = halved();
        // SAFETY: nodes, records, groups and frames consist of atomics, for which zero bytes are
        // valid.
        let (nodes, records, groups, carries, frames) = unsafe {
            (
                Pages::<Node>::reserve(NODES >> times)?,
                Pages::<Record>::reserve(RECORDS >> times)?,
                Pages::<Group>::reserve(GROUPS >> times)?,
                Pages::<AtomicPtr<Carry>>::reserve(GROUPS >> times)?,
                Pages::<Frame>::reserve((FRAMES + NODES) >> times)?,
            )
        };
        let children = Children::new(nodes.get(0))?;
        let shard = Self {
            lock: AtomicBool::new(false),
            nodes,
            records,
            groups,
            carries,
            frames,
            nodes_used: AtomicUsize::new(2),
            records_used: AtomicUsize::new(2),
            // Number 0 stands for "none".
            rows_used: AtomicUsize::new(1),
            owned: UnsafeCell::new(Owned {
                edges: Edges::new()?,
                children,
                free_nodes: Vec::new(),
                free_records: Vec::new(),
                free_rows: Vec::new(),
                pieces: Pieces::new(),
                recordings: Vec::new(),
            }),
        };
        let root = shard.nodes.get(0);
        root.open_root();
        let other = shard.records.get(0);
        other.open(&OTHER, 0);
        shard.nodes.get(1).open(root, &NodeOf::Site { site: &OTHER, record: other });
        shard.frames.get(0).set_node(root);
        // SAFETY: `Shard` has a size; `System` is not the wrapped allocator.
        let place = unsafe { System.alloc(Layout::new::<Self>()) }.cast::<Self>();
        if place.is_null() {
            return None;
        }
        // SAFETY: freshly allocated for a `Shard`, never freed.
        unsafe {
            place.write(shard);
            Some(&*place)
        }
    }

    /// The frame below all others; its node is the thread's root. The pointer may go to every other
    /// frame.
    pub(crate) fn first_frame(&self) -> *const Frame {
        self.frames.start()
    }

    /// The last frame that may be opened slowly. Frames opened quickly, for which nobody looks,
    /// have room above it: there are never more of them than nodes, since each is of a node that
    /// had none open.
    pub(crate) fn last_frame(&self) -> *const Frame {
        self.frames.start().wrapping_add(self.frames.len() - self.nodes.len() - 1)
    }

    /// Whether a frame lies in this shard.
    pub(crate) fn holds(&self, frame: *const Frame) -> bool {
        (self.first_frame()..self.first_frame().wrapping_add(self.frames.len())).contains(&frame)
    }

    pub(super) fn frame(&self, index: usize) -> &'static Frame {
        self.frames.get(index)
    }

    pub(super) fn frames(&self) -> usize {
        self.frames.len()
    }

    pub(super) fn root(&self) -> &'static Node {
        self.nodes.get(0)
    }

    /// The node that takes what finds no room.
    pub(super) fn other(&self) -> &'static Node {
        self.nodes.get(1)
    }

    /// A record of no site, shown by no report.
    pub(super) fn scratch(&self) -> &'static Record {
        self.records.get(1)
    }

    /// Every node in use.
    pub(super) fn nodes(&self) -> impl Iterator<Item = &'static Node> + '_ {
        // Acquire pairs with the Release in `fresh`.
        let used = self.nodes_used.load(Ordering::Acquire);
        (0..used).map(|i| self.nodes.get(i)).filter(|node| node.is_used())
    }

    /// The node at an address, if it lies in this shard.
    pub(super) fn node_at(&self, at: *const Node) -> Option<&'static Node> {
        let offset = at.addr().checked_sub(self.nodes.start().addr())?;
        let index = offset / size_of::<Node>();
        (index < self.nodes.len()).then(|| self.nodes.get(index))
    }

    /// Every record in use.
    pub(super) fn records(&self) -> impl Iterator<Item = &'static Record> + '_ {
        let used = self.records_used.load(Ordering::Acquire);
        (0..used).map(|i| self.records.get(i)).filter(|record| record.site().is_some())
    }

    /// The groups of all rows, for the thread's state.
    pub(super) fn groups(&self) -> *const Group {
        self.groups.start()
    }

    /// A group of a row, with what was moved out of it.
    pub(super) fn counts(&self, row: usize, group: usize) -> Counts<'static> {
        let number = row * ROW + group;
        Counts { group: self.groups.get(number), steps: self.carries.get(number) }
    }

    /// Gives the owner access to what only it touches.
    ///
    /// # Safety
    ///
    /// - Only the thread that has the shard may call it, and not from within `work`.
    pub(super) unsafe fn owned<T>(&self, work: impl FnOnce(&mut Owned) -> T) -> T {
        // SAFETY: one thread has the shard, and by the caller's word the borrow is not nested.
        work(unsafe { &mut *self.owned.get() })
    }

    /// A row for new buckets; `None` past the cap. Only for the owner.
    pub(super) fn new_row(&self) -> Option<u16> {
        // SAFETY: called by the owner, from a record's slow path, never from within `owned`.
        let freed = unsafe { self.owned(|owned| owned.free_rows.pop()) };
        freed.or_else(|| {
            fresh(&self.rows_used, self.groups.len() / ROW, ROW * size_of::<Group>())
                .map(|i| i as u16)
        })
    }

    /// Takes an emptied row back. Only for the owner.
    pub(super) fn free_row(&self, row: u16) {
        // SAFETY: called by the owner while it folds, never from within `owned`.
        unsafe { self.owned(|owned| owned.free_rows.push(row)) };
    }

    /// The node of a site entered in `parent`, if the table of children has it.
    pub(super) fn child(&self, key: u64) -> Option<&'static Node> {
        // SAFETY: called by the owner, never from within `owned`.
        unsafe { self.owned(|owned| owned.children.find(key)) }
    }

    /// Takes a node into the table of children.
    pub(super) fn remember(&self, node: &Node) {
        // SAFETY: called by the owner, never from within `owned`.
        unsafe { self.owned(|owned| owned.children.remember(node)) };
    }

    /// The node that `key` leads to from `parent`, if there is one.
    pub(super) fn find(&self, parent: &Node, key: usize) -> Option<(&'static Node, u32)> {
        // SAFETY: called by the owner, never from within `owned`.
        let edge = unsafe {
            self.owned(|owned| owned.edges.find(std::ptr::from_ref(parent).addr(), key))
        }?;
        // SAFETY: edges from a node were made with nodes of this shard, which is never unmapped.
        Some((unsafe { edge.target::<Node>() }, edge.flags))
    }

    /// Remembers what `key` leads to from `parent`; `false` where memory is out.
    pub(super) fn link(&self, parent: &Node, key: usize, node: &Node, flags: u32) -> bool {
        let edge = Edge::new(std::ptr::from_ref(parent).addr(), key, node, flags);
        // SAFETY: called by the owner, never from within `owned`.
        unsafe { self.owned(|owned| owned.edges.insert(edge)) }
    }

    /// The record of a site in a recording, made at the first call; `None` past the cap.
    pub(super) fn record(&self, site: &'static Site, recording: u64) -> Option<&'static Record> {
        // Odd, so never the address of a node.
        let (parent, key) = (recording_key(recording), std::ptr::from_ref(site).addr());
        // SAFETY: called by the owner, never from within `owned`.
        unsafe {
            self.owned(|owned| {
                if let Some(edge) = owned.edges.find(parent, key) {
                    // SAFETY: edges from a recording's number were made with records of this shard.
                    return Some(edge.target::<Record>());
                }
                let index = match owned.free_records.pop() {
                    Some(index) => index,
                    None => fresh(&self.records_used, RECORDS, size_of::<Record>())?,
                };
                let record = self.records.get(index);
                if !owned.edges.insert(Edge::new(parent, key, record, 0)) {
                    owned.free_records.push(index);
                    return None;
                }
                record.open(site, recording);
                Some(record)
            })
        }
    }

    /// A node that is not in use; `None` past the cap.
    pub(super) fn new_node(&self) -> Option<&'static Node> {
        // SAFETY: called by the owner, never from within `owned`.
        let freed = unsafe { self.owned(|owned| owned.free_nodes.pop()) };
        let index = match freed {
            Some(index) => index,
            None => fresh(&self.nodes_used, NODES, size_of::<Node>())?,
        };
        Some(self.nodes.get(index))
    }

    /// Takes closed nodes and emptied records back, and forgets the edges that touch them.
    pub(super) fn forget(&self, nodes: &[&'static Node], records: &[&'static Record]) {
        let index = |start: usize, at: usize, size: usize| (at - start) / size;
        let gone_nodes: Vec<usize> = nodes.iter().map(|n| std::ptr::from_ref(*n).addr()).collect();
        let gone_records: Vec<usize> =
            records.iter().map(|r| std::ptr::from_ref(*r).addr()).collect();
        // SAFETY: called by the owner while it folds, never from within `owned`.
        unsafe {
            self.owned(|owned| {
                owned.edges.retain(|edge| {
                    let target = edge.target.addr();
                    !gone_nodes.contains(&edge.parent)
                        && !gone_nodes.contains(&target)
                        && !gone_records.contains(&target)
                });
                let nodes_start = self.nodes.start().addr();
                owned
                    .free_nodes
                    .extend(gone_nodes.iter().map(|at| index(nodes_start, *at, size_of::<Node>())));
                let records_start = self.records.start().addr();
                owned.free_records.extend(
                    gone_records.iter().map(|at| index(records_start, *at, size_of::<Record>())),
                );
            });
        }
    }

    /// The table of children and its mask, for the thread's state.
    pub(super) fn children(&self) -> (*const *const Node, usize) {
        // SAFETY: called by the owner, never from within `owned`.
        unsafe { self.owned(|owned| owned.children.table()) }
    }

    /// Runs `work` while no reader looks and nothing is folded.
    pub(super) fn locked<T>(&self, work: impl FnOnce() -> T) -> T {
        // Acquire on success pairs with the Release below: what the last holder wrote is seen.
        while self.lock.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_err()
        {
            crate::sync::relax();
        }
        let _unlock = Unlock(&self.lock);
        work()
    }
}

/// Opens the lock also when the work panics, so that no thread waits for ever.
struct Unlock<'a>(&'a AtomicBool);

impl Drop for Unlock<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// The number of a recording as a key: odd, so never an address.
pub(super) fn recording_key(recording: u64) -> usize {
    recording as usize * 2 + 1
}

/// Takes the next element of an array into use if room and cap allow.
fn fresh(used: &AtomicUsize, len: usize, size: usize) -> Option<usize> {
    let index = used.load(Ordering::Relaxed);
    if index >= len || !pages::book(size) {
        return None;
    }
    // Release pairs with the readers' Acquire; a fresh element is all zero, so it may be seen
    // before it is used.
    used.store(index + 1, Ordering::Release);
    Some(index)
}

// A node's number lies in 22 bits of its address; see `Node::child_key`.
const _: () = assert!(NODES * size_of::<Node>() <= 1 << 22);
