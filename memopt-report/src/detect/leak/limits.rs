//! Every threshold of the leak verdicts, in one place, each with its reason.
//!
//! They are chosen for silence: a verdict that is late costs a few more snapshots, one that is
//! wrong costs the reader's trust in all later ones.

/// Points a series keeps; at this many it is halved. Four for each window of [`WINDOWS`].
pub(super) const POINTS: usize = 64;
/// Places watched at once. More sites than that hold anything in few programs; a watch takes at
/// most some 20 MiB.
pub(super) const PLACES: usize = 1024;
/// Stacks remembered for one place: those that hold most.
pub(super) const TRAILS: usize = 4;

/// Windows whose minima the trend is tested on. With 16 a period that fits four times into the
/// watch shows no trend.
pub(super) const WINDOWS: usize = 16;
/// Points of a window at least: the minimum of one point is no minimum.
pub(super) const WINDOW_POINTS: usize = 2;
/// Windows below which nothing is said: of five values in order one set in 120 rises by chance, of
/// six one in 720.
pub(super) const MIN_WINDOWS: usize = 6;

/// Significance asked of the Mann–Kendall test, one-sided. Strict, since every site of the program
/// is tested.
pub(super) const ALPHA: f64 = 0.005;
/// Effect size asked beside it: Kendall's τ. With many windows the test finds significant what
/// hardly rises.
pub(super) const MIN_TAU: f64 = 0.7;
/// What the minima must have risen by. Less is not worth a look, whatever the trend. Bytes.
pub(super) const MIN_RISE: u64 = 64 << 10;
/// The same as a share of what the place holds at the end: a large cache that breathes is no leak.
/// Of the memory of thirty machines without one, asked 14,364 times on the way, none is called a
/// leak; this value was chosen on them.
pub(super) const MIN_RISE_OF_LIVE: f64 = 0.2;
/// The same as a share of what the process holds at the end.
pub(super) const MIN_RISE_OF_TOTAL: f64 = 0.02;

/// Slope of the last half ÷ slope of the first half from which on growth is steady. Growth by the
/// square root, such as of a set of words read from text, has 0.54; growth that fills a cache goes
/// to 0.
pub(super) const STEADY: f64 = 0.6;
/// Share of its fair part that the last quarter must add: a plateau that has just begun clears the
/// place.
pub(super) const STILL: f64 = 0.3;
/// Share of the whole rise that lies between two windows at most. More is a step; six windows of a
/// line have 0.2 each.
pub(super) const MAX_STEP: f64 = 0.4;
/// Growth by steps is a leak where each doubling of the time multiplied the rise by at least this
/// much. A vector that is only pushed to doubles; the square root gives 1.41.
pub(super) const OCTAVE: f64 = 1.6;
/// Doublings of the time in a row that must have done so.
pub(super) const OCTAVES: u32 = 3;

/// Turns whose floors are remembered: a week, where a turn ends every three hours.
pub(super) const TURNS: usize = 56;
/// How long a place must have been seen before a part of that time is judged: a day, ns. Until then
/// its rise may be the morning's.
pub(super) const SEEN_NS: u64 = 86_400_000_000_000;
/// A stretch of time is judged when a twelfth of its span is over.
pub(super) const YOUNG: u64 = 12;
/// Rate of a site's calls late ÷ early from which on what it holds may follow its load.
pub(super) const BUSIER: f64 = 1.2;

/// Unused bytes that are worth a word. Allocators map larger blocks by themselves, so that giving
/// them back shows.
pub(super) const MIN_UNUSED: u64 = 1 << 20;
/// The same as a share of what the process holds.
pub(super) const MIN_UNUSED_OF_TOTAL: f64 = 0.05;
/// Spread of the last half's bytes, as a share of their highest, up to which they are flat.
pub(super) const FLAT: f64 = 0.1;
/// Share of observed capacity in use up to which it is unused. A vector that doubles uses half at
/// the least.
pub(super) const USED: f64 = 0.25;
/// Observations of the last half before they are believed.
pub(super) const OBSERVATIONS: u64 = 3;
/// Share of bytes looked at, never written, from which on they are spare room.
pub(super) const NEVER_WRITTEN: f64 = 0.5;
/// Blocks looked at before that share means anything: of so many the share is off by 0.09 (a
/// standard error, at one half).
pub(super) const LOOKED_AT: u64 = 32;
/// Bytes a block takes up ÷ bytes asked for that is waste by rounding. Size classes cost up to a
/// quarter.
pub(super) const ROUNDED: f64 = 2.0;
/// Share of the most blocks up to which they are gone.
pub(super) const GONE: f64 = 0.1;
/// How many times larger the blocks that stayed are than the mean at the peak: what held the
/// others.
pub(super) const HOLDERS: f64 = 16.0;

/// Bytes the allocator keeps that are worth a word: arenas of threads and caches of free blocks
/// come to some MiB.
pub(super) const MIN_KEPT: u64 = 8 << 20;
/// The same as a share of the resident bytes.
pub(super) const MIN_KEPT_OF_RSS: f64 = 0.25;
/// Share of the bytes kept that must have been freed since the peak: else they are something
/// else's.
pub(super) const EXPLAINED: f64 = 0.5;
