//! Every threshold of the rules, in one place.
//!
//! Shares are of the report's total unless it says otherwise, so that a rule judges a small
//! recording and a long run alike. The counts are there so that a pattern is one: three calls that
//! look alike are chance. What a finding must be worth is in `FLOOR_CPU` and `FLOOR_BYTES`.

/// No finding is about less than this share of all bytes, of all blocks, or of the highest peak,
/// unless it saves `FLOOR_CPU`.
pub(super) const MIN_SHARE: f64 = 0.05;
/// A hot site makes at least this share of the bytes, blocks or churn by itself.
pub(super) const HOT_SHARE: f64 = 0.25;
/// A site that makes most of its bytes itself is hot by peak from this share of the highest peak
/// on.
pub(super) const HOT_PEAK: f64 = 0.5;
/// Share of a hot site's bytes that outlive the call from which on its result is the matter.
pub(super) const HOT_KEPT: f64 = 0.9;
/// Peaks below are not worth a change of code: they fit into the second-level cache of a core.
/// Bytes.
pub(super) const MIN_PEAK: u64 = 256 * 1024;
/// An inner scope that holds this share of an outer one's peak or blocks is the one to speak of.
pub(super) const INNER_SHARE: f64 = 0.8;

/// Share of a site's blocks it must free itself to count as churn.
pub(super) const CHURN_SHARE: f64 = 0.9;
/// Calls before "the same every call" is a pattern.
pub(super) const HOIST_CALLS: u64 = 32;
/// Blocks a call may make to still be "the same small allocation".
pub(super) const HOIST_BLOCKS: u64 = 4;
/// Mean size of a block up to which it counts as small for hoisting; larger ones cost more to fill
/// than to get.
pub(super) const HOIST_BLOCK: u64 = 64 * 1024;

/// Blocks before repeated sizes are a pattern.
pub(super) const POOL_BLOCKS: u64 = 64;
/// Share of a site's blocks in one class (largest at most twice the smallest) that makes a pool
/// fit.
pub(super) const POOL_CLASS: f64 = 0.7;
/// Sizes up to this count as one class whatever their ratio: allocators serve them alike. Bytes.
pub(super) const POOL_SMALL: u64 = 64;

/// Calls before an arena per call is worth setting up.
pub(super) const ARENA_CALLS: u64 = 4;
/// Blocks a call makes, on average, for an arena to be worth it.
pub(super) const ARENA_BLOCKS: f64 = 32.0;
/// Mean size up to which blocks are small. Bytes.
pub(super) const ARENA_BLOCK: f64 = 512.0;
/// Share of bytes and of blocks that may outlive the call: they have to be copied out of the arena.
pub(super) const ARENA_KEPT: f64 = 0.05;
/// Arenas of a report that are looked at beside the sites that they serve.
pub(super) const ARENAS: usize = 8;
/// Peak ÷ bytes of a call from which on the blocks live together; below they come and go, and an
/// arena, which frees nothing before the end, would hold more than the program does now.
pub(super) const TOGETHER: f64 = 0.5;

/// The same where all of them live together for sure.
pub(super) const ALL_TOGETHER: f64 = 0.9;

/// Growing reallocations before growth is a pattern.
pub(super) const GROWS: u64 = 16;
/// Growing reallocations a buffer goes through, on average.
pub(super) const GROWS_EACH: f64 = 1.5;

/// Calls before a spread of peaks means anything.
pub(super) const STREAM_CALLS: u64 = 8;
/// 99th percentile ÷ median of the peak that counts as growing with the input. Not the maximum: a
/// table that is rebuilt once in a million calls does not follow its input.
pub(super) const STREAM_SPREAD: f64 = 4.0;
/// Share of the highest peak that streaming must save.
pub(super) const STREAM_SHARE: f64 = 0.25;
/// Share of the peak a call may keep; what it keeps cannot be streamed.
pub(super) const STREAM_KEPT: f64 = 0.1;

/// Share of observed capacity in use below which it is far above need.
pub(super) const SHRINK_USED: f64 = 0.5;
/// Share of a site's own bytes given back by shrinking that counts as asking for far too much.
pub(super) const SHRINK_BACK: f64 = 0.5;

/// Points of a history of tasks before "only grows" is a pattern.
pub(super) const TASK_READINGS: usize = 8;
/// Time they must span: what begins within seconds is one event. Nanoseconds.
pub(super) const TASK_SPAN_NS: u64 = 10_000_000_000;
/// Tasks more than at first; fewer are a few long jobs.
pub(super) const TASK_GROWTH: u64 = 16;
/// Growth as a share of the tasks at first; less is a pool that breathes.
pub(super) const TASK_GROWTH_SHARE: f64 = 0.5;
/// Share of the growth that must come in the second half of the points; even growth has half of it
/// there.
pub(super) const TASK_LATE: f64 = 0.25;
/// Share of the tasks alive in the middle of the history that must still be.
pub(super) const TASK_STILL_LIVE: f64 = 0.9;

/// Blocks a call makes itself from which on it is a loop that makes them.
pub(super) const LOOP_BLOCKS: u64 = 16;
/// Short-lived blocks before making them again is a pattern.
pub(super) const REUSE_BLOCKS: u64 = 64;
/// Share of a site's own blocks that must be short-lived for a rule on those.
pub(super) const SHORT_LIVED: f64 = 0.5;
/// Blocks in use at once up to which one buffer each is kept; more want a pool.
pub(super) const REUSE_HELD: u64 = 4;
/// Growing reallocations of a block up to which its size was known: a copy.
pub(super) const COPY_GROWTH: f64 = 0.2;
/// Mean size up to which a copy is one of a key, name or token. Bytes.
pub(super) const COPY_BLOCK: u64 = 1024;
/// Blocks before small values that stay are a pattern.
pub(super) const KEPT_BLOCKS: u64 = 1_000;
/// Mean size up to which a value that stays is small. Bytes.
pub(super) const KEPT_BLOCK: u64 = 256;
/// Bytes of the smallest owner of a block, such as `Box<str>`.
pub(super) const OWNER: u64 = 16;
/// Largest collection that is worth holding inside its owner: moving it costs more than its block
/// beyond. Bytes.
pub(super) const INLINE_BYTES: u64 = 64;
/// Share of the blocks that must be so small.
pub(super) const INLINE_SHARE: f64 = 0.9;
/// Bytes that a large variant adds to every value before a block of its own is worth it.
pub(super) const VARIANT_MORE: u64 = 192;
/// Share of bytes looked at whose content equals that of another block.
pub(super) const EQUAL_SHARE: f64 = 0.5;
/// Share of bytes looked at that were never written.
pub(super) const UNWRITTEN_SHARE: f64 = 0.8;
/// A buffer that doubles once is only a pattern where it is this share of all requests.
pub(super) const GROWS_ONCE_SHARE: f64 = 0.2;
/// A peak of a program's only call is worth streaming from this size on. Bytes.
pub(super) const STREAM_ONCE: u64 = 1 << 20;
/// Share of such a peak that one buffer must be.
pub(super) const STREAM_ONE_BUFFER: f64 = 0.4;
/// Share of such a peak that an input must be which the source says is read whole.
pub(super) const STREAM_INPUT: f64 = 0.15;
/// Growing reallocations after which a buffer of such a peak was not asked for by its length: it is
/// 256 times as long as it began.
pub(super) const STREAM_GROWS: u64 = 8;
/// A finding is told from this share of the CPU time on ..
pub(super) const FLOOR_CPU: f64 = 0.01;
/// .. or these bytes of memory.
pub(super) const FLOOR_BYTES: u64 = 1 << 20;
/// Columns of a title: behind the code of the rule it then ends within 100.
pub(super) const TITLE: usize = 73;
/// Columns that its site's name keeps at least.
pub(super) const TITLE_NAME: usize = 18;
/// Expressions of one kind that are named.
pub(super) const EXPRESSIONS: usize = 3;
/// Sites of one type that each do the same before they are one finding.
pub(super) const GROUP: usize = 3;
