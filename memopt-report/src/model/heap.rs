//! What the heap held when it was looked at, by site and by stack: plain values, as everything in a
//! report.
//!
//! The sampler fills it; exports, leak verdicts and tables read it. `stack` gives its stacks as
//! people read them, `trim` the part of a stack that is shown, `origin` whose a line is,
//! `lifetimes` means and quantiles, `names` the functions of addresses.

mod lifetimes;
pub(crate) mod names;
pub(crate) mod origin;
pub(crate) mod stack;
pub(crate) mod trim;

use super::estimate::Estimate;
#[cfg(feature = "json")]
use serde::{Deserialize, Serialize};

/// Which blocks are sampled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize), serde(rename_all = "snake_case"))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum HeapMode {
    /// None.
    #[default]
    Off,
    /// A random part, chosen by bytes; figures are estimates.
    Sampled,
    /// All; what is live, at the peak and allocated is exact for blocks allocated since the mode
    /// was chosen, and what is known of freed blocks alone is estimated from one in 16, drawn by
    /// chance, and each of 16 KiB and more.
    Exact,
}

/// The heap by site and by stack.
///
/// Only blocks that were allocated while sampling or tracking was on are in it.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct HeapReport {
    /// Which blocks are sampled or tracked now.
    pub mode: HeapMode,
    /// Mean number of bytes between two samples; 1 where every block is tracked, 0 where none is.
    pub interval: u64,
    /// When this was read: nanoseconds since the process was first seen to allocate.
    pub at_ns: u64,
    /// The same by the calendar: nanoseconds since 1970, UTC; 0 where it is not known.
    #[cfg_attr(feature = "json", serde(default))]
    pub unix_ns: u64,
    /// The process; 0 where it is not known.
    #[cfg_attr(feature = "json", serde(default))]
    pub pid: u32,
    /// Resident bytes of the process when this was read, if the system reports them.
    #[cfg_attr(feature = "json", serde(default, skip_serializing_if = "Option::is_none"))]
    pub rss_bytes: Option<u64>,
    /// Bytes of memory that the process's control group allows, those of the groups around it
    /// included; none where there is no limit or it cannot be read.
    #[cfg_attr(feature = "json", serde(default, skip_serializing_if = "Option::is_none"))]
    pub limit_bytes: Option<u64>,
    /// One for each pair of a chain of sites and a stack that a sampled or tracked block was
    /// allocated with.
    #[cfg_attr(feature = "json", serde(alias = "spots"))]
    pub call_paths: Vec<CallPath>,
    /// The frames that the stacks of `call_paths` name, symbols resolved.
    pub frames: Vec<StackFrame>,
    /// The executable and its libraries, as mapped.
    pub modules: Vec<Module>,
    /// Which site and thread freed what which site and thread had allocated: at most 1,024 pairs.
    pub hand_offs: Vec<HandOff>,
    /// What was freed and found no pair, as there were more.
    #[cfg_attr(feature = "json", serde(default))]
    pub hand_offs_lost: Estimate,
    /// The threads that `call_paths` and `hand_offs` name, at most 512; the last is then `(further
    /// threads)`.
    pub threads: Vec<String>,
    /// The process's peak, by the sampled or tracked blocks: when it was, and what was live then.
    pub peak_at_ns: u64,
    /// Estimated bytes live then.
    pub peak_bytes: u64,
    /// Bytes that sampling or tracking itself takes.
    pub own_bytes: u64,
    /// Blocks that were sampled while a table was full; they are in no figure. See the limits of
    /// `memopt::heap`.
    pub lost: u64,
}

impl HeapReport {
    /// The version written into the JSON. It increases when a member changes its meaning or is
    /// removed.
    pub const VERSION: u32 = 2;

    /// Whether every block counted was tracked: then live, peak and allocated figures are exact,
    /// and what is known of freed blocks alone (lifetimes, contents, who freed whose) is estimated
    /// from one in 16 and each large one.
    pub(crate) fn is_exact(&self) -> bool {
        self.call_paths.iter().all(|call_path| call_path.allocated.largest_weight == 0.0)
    }

    /// A report of these call paths; every other member is empty.
    pub fn new(call_paths: Vec<CallPath>) -> Self {
        Self { call_paths, ..Self::default() }
    }
}

/// What was allocated in one chain of sites with one stack.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct CallPath {
    /// Paths of the open sites, outermost first, the innermost 24; empty outside every site.
    pub scopes: Vec<String>,
    /// Indices into [`HeapReport::frames`], innermost call first, at most 48; empty where stacks
    /// are not taken.
    pub stack: Vec<u32>,
    /// All that was allocated.
    pub allocated: Estimate,
    /// What is in use.
    pub live: Estimate,
    /// The same by the thread that allocated it, most bytes first.
    ///
    /// Read a moment later than `live`: while other threads work, the sum may be a little more or
    /// less.
    #[cfg_attr(feature = "json", serde(default))]
    pub live_by_thread: Vec<LiveOfThread>,
    /// What was in use at the process's peak.
    pub at_peak: Estimate,
    /// Blocks of this call path in use at once, at most, and their bytes. Each has its own moment.
    pub peak_bytes: u64,
    /// How long blocks lived that were freed.
    pub lifetimes: Lifetimes,
    /// How the contents of blocks were used, looked at when they were freed.
    pub contents: Contents,
    /// Bytes that the blocks in use take up in the allocator, rounding included; at least the bytes
    /// asked for. `memopt::heap::set_usable_size` sets how the allocator rounds sizes; the default
    /// is glibc's rule.
    pub usable_bytes: u64,
}

impl CallPath {
    /// Blocks that were freed: exact where every block was tracked, which the count of
    /// [`lifetimes`](Self::lifetimes) is not.
    pub(crate) fn freed_blocks(&self) -> u64 {
        freed_blocks(&self.allocated, &self.live, &self.lifetimes)
    }

    /// A chain of sites, outermost first, with all that was allocated in it and what of it is in
    /// use.
    pub fn new(scopes: Vec<String>, allocated: Estimate, live: Estimate) -> Self {
        Self { scopes, allocated, live, ..Self::default() }
    }
}

/// Blocks that came and are not there any more; where a part is estimated, those whose lifetimes
/// stand for all.
pub(crate) fn freed_blocks(allocated: &Estimate, live: &Estimate, lifetimes: &Lifetimes) -> u64 {
    if allocated.largest_weight == 0.0 && allocated.blocks > 0 {
        allocated.blocks.saturating_sub(live.blocks)
    } else {
        lifetimes.blocks
    }
}

/// What is in use of one thread's blocks, whoever holds them now.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct LiveOfThread {
    /// The thread that allocated, an index into [`HeapReport::threads`].
    pub thread: u32,
    /// What is in use.
    pub live: Estimate,
}

impl LiveOfThread {
    /// What is in use of the blocks of the thread with this index.
    pub fn new(thread: u32, live: Estimate) -> Self {
        Self { thread, live }
    }
}

/// Times from allocation to free, in nanoseconds, by powers of two. A sampled block counts with all
/// those it stands for. Where every block is tracked, one in 16 of those below 16 KiB is timed,
/// drawn by chance, and stands for 16, and each of the others for itself. All figures are
/// estimates.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Lifetimes {
    /// Blocks that were freed.
    pub blocks: u64,
    /// Sum of their lifetimes.
    pub total_ns: f64,
    /// Counts of lifetimes below 2, 4, 8, .. ns; shorter than 64 where the upper ones are empty.
    pub powers: Vec<u64>,
}

/// What was found in sampled blocks when they were freed. All figures but `samples` are bytes, of
/// the blocks looked at and of those they stand for.
///
/// In a block above 1 KiB, 16 windows of 64 bytes are looked at, spread over the block. In a block
/// above 4 KiB, the first 512 bytes are looked at, by which the block is compared, and 512 bytes at
/// a random place, or at two to eight from 256 KiB on. They stand for the rest of the block:
/// figures of one block below 1 MiB are rough, those of many are close. If a block grew to the
/// double or more, its old part counts as written and its new part is looked at. A block that grew
/// by less, or shrank, is not looked at. If every block is tracked, each block that was asked for
/// with zeroes is looked at, each other of 16 KiB and more, and one in 16 of the smaller ones,
/// which stands for 16.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Contents {
    /// Blocks looked at.
    #[cfg_attr(feature = "json", serde(default))]
    pub samples: u64,
    /// Their bytes.
    pub looked_at: u64,
    /// Bytes still as they were handed out. A byte that was written with the pattern's own value
    /// counts too.
    pub never_written: u64,
    /// Bytes of blocks that held only zeroes.
    pub zero: u64,
    /// Bytes of blocks whose content, as far as it is looked at, equals that of another of the same
    /// size.
    pub duplicate: u64,
}

/// One place in the code; several for one address where calls were inlined.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct StackFrame {
    /// The return address, less one, so that it lies in the call.
    pub address: u64,
    /// The functions there, the innermost (an inlined one) first; empty where there are no symbols.
    pub lines: Vec<Line>,
}

impl StackFrame {
    /// An address and the functions there, the innermost first.
    pub fn new(address: u64, lines: Vec<Line>) -> Self {
        Self { address, lines }
    }
}

/// A function and a line of source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Line {
    /// The function's name, demangled.
    pub function: String,
    /// The source file; empty where it is not known.
    pub file: String,
    /// The line, 0 where it is not known.
    pub line: u32,
}

impl Line {
    /// A function that stands there; an empty file and line 0 where that is not known.
    pub fn new(function: impl Into<String>, file: impl Into<String>, line: u32) -> Self {
        Self { function: function.into(), file: file.into(), line }
    }
}

/// A mapped part of an executable or library.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Module {
    /// First address.
    pub start: u64,
    /// Address behind the last.
    pub end: u64,
    /// Where `start` lies in the file.
    pub file_offset: u64,
    /// What the loader added to the file's own addresses: an address in memory less this is the one
    /// that `addr2line` and `objdump` take. None in reports of earlier versions.
    #[cfg_attr(feature = "json", serde(default, skip_serializing_if = "Option::is_none"))]
    pub bias: Option<u64>,
    /// The file.
    pub path: String,
    /// The build id, in hexadecimal; empty where there is none.
    pub build_id: String,
}

/// Blocks that one site and thread allocated and another site or thread freed, or the same.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct HandOff {
    /// The innermost site at allocation; empty outside every site.
    pub from: String,
    /// The innermost site at the free; empty outside every site.
    pub to: String,
    /// The thread that allocated, an index into [`HeapReport::threads`].
    pub from_thread: u32,
    /// The thread that freed, an index into [`HeapReport::threads`].
    pub to_thread: u32,
    /// What changed hands. Where every block is tracked, one in 16 of those below 16 KiB is noted
    /// and stands for 16, and each of the others for itself.
    pub freed: Estimate,
}
