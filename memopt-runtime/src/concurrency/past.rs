//! What earlier readings saw: the counts that rates are taken from, and each site's number of
//! tasks.

use crate::report::{TaskPoint, Totals};
use crate::site::Site;
use std::collections::{BTreeMap, HashMap, VecDeque};

/// Points a history holds; past it every second one goes.
const POINTS: usize = 32;

/// Rates are over this at least, ns: long enough that readings of others do not matter.
const WINDOW: u64 = 10_000_000_000;
/// The least distance of two readings that are kept, ns.
const APART: u64 = 1_000_000_000;

/// Earlier readings.
pub(super) struct Past {
    /// The newest that is older than the window, if there is one, and those after it; the oldest
    /// first.
    readings: VecDeque<Reading>,
    /// This one.
    now: Reading,
    sites: Option<HashMap<SiteKey, History>>,
}

/// Blocks and bytes of each thread at one reading, by the thread's number.
#[derive(Debug)]
struct Reading {
    at_ns: u64,
    threads: BTreeMap<u64, (u64, u64)>,
}

impl Reading {
    const fn new(at_ns: u64) -> Self {
        Self { at_ns, threads: BTreeMap::new() }
    }
}

/// A site by its address.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct SiteKey(*const Site);

// SAFETY: a static site, of which only the address is kept; any thread may look at it.
unsafe impl Send for SiteKey {}

impl Past {
    pub(super) const fn new() -> Self {
        Self { readings: VecDeque::new(), now: Reading::new(0), sites: None }
    }

    /// A reading begins: how long before it rates begin, and whether that is with the process.
    pub(super) fn begin(&mut self, at_ns: u64) -> (u64, bool) {
        self.now = Reading::new(at_ns);
        // Of those that are old enough the newest stays.
        while self.readings.get(1).is_some_and(|next| self.is_old(next)) {
            self.readings.pop_front();
        }
        let from = self.base().map_or(0, |from| from.at_ns);
        (at_ns.saturating_sub(from), from == 0)
    }

    fn is_old(&self, reading: &Reading) -> bool {
        self.now.at_ns.saturating_sub(reading.at_ns) >= WINDOW
    }

    /// The reading that rates are taken from; `None` for the begin of the process.
    fn base(&self) -> Option<&Reading> {
        self.readings.front().filter(|first| self.is_old(first))
    }

    /// Blocks and bytes a thread allocated in the window.
    pub(super) fn since(&mut self, thread: u64, totals: &Totals) -> (u64, u64) {
        let from = self.base().and_then(|from| from.threads.get(&thread));
        let (allocs, bytes) = from.copied().unwrap_or_default();
        self.now.threads.insert(thread, (totals.allocs, totals.bytes));
        (totals.allocs.saturating_sub(allocs), totals.bytes.saturating_sub(bytes))
    }

    /// The reading is over, and kept unless there is one that is hardly older.
    pub(super) fn turn(&mut self) {
        let last = self.readings.back().map(|last| last.at_ns);
        if last.is_none_or(|last| self.now.at_ns.saturating_sub(last) >= APART) {
            self.readings.push_back(std::mem::replace(&mut self.now, Reading::new(0)));
        }
    }

    /// A site that has tasks.
    pub(super) fn meet(&mut self, site: *const Site) {
        self.sites.get_or_insert_default().entry(SiteKey(site)).or_default();
    }

    /// Every site that had tasks at some reading.
    pub(super) fn sites(&mut self) -> impl Iterator<Item = (*const Site, &mut History)> {
        self.sites.iter_mut().flatten().map(|(site, history)| (site.0, history))
    }
}

/// A point, with the time on the clock of births.
#[derive(Clone, Copy)]
struct Point {
    born_by: u64,
    at_ns: u64,
    live: u64,
    low: u64,
}

/// The number of a site's tasks over the readings. Memory is bounded: when it is full every second
/// point is merged into the one after, and later readings are merged until they are as far apart.
#[derive(Default)]
pub(super) struct History {
    points: Vec<Point>,
    /// The least distance of points, ns.
    apart: u64,
}

impl History {
    /// Takes up a reading.
    pub(super) fn add(&mut self, born_by: u64, at_ns: u64, live: u64) {
        let new = Point { born_by, at_ns, live, low: live };
        // The last point is open until it is far enough from the one before.
        if let [.., before, last] = self.points.as_mut_slice()
            && last.at_ns.saturating_sub(before.at_ns) < self.apart
        {
            *last = Point { low: live.min(last.low), ..new };
            return;
        }
        self.points.push(new);
        if self.points.len() > POINTS {
            self.thin();
        }
    }

    fn thin(&mut self) {
        let first = self.points[0];
        // The first stays: what has grown is measured from it.
        let pairs = self.points[1..].chunks(2).map(|pair| Point {
            low: pair.iter().map(|point| point.low).min().unwrap_or(0),
            ..pair[pair.len() - 1]
        });
        self.points = std::iter::once(first).chain(pairs).collect();
        let span = self.points.last().map_or(0, |last| last.at_ns - first.at_ns);
        self.apart = span / (self.points.len() as u64 - 1);
    }

    /// The points, oldest first; `born_by` says how many of the tasks alive now were born by a
    /// time.
    pub(super) fn points(&self, born_by: impl Fn(u64) -> usize) -> Vec<TaskPoint> {
        let point = |p: &Point| {
            let mut point = TaskPoint::default();
            point.at_ns = p.at_ns;
            point.live = p.live;
            point.low = p.low;
            point.still_live = (born_by(p.born_by) as u64).min(p.live);
            point
        };
        self.points.iter().map(point).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(live: impl IntoIterator<Item = u64>) -> Vec<(u64, u64, u64)> {
        let mut history = History::default();
        for (i, live) in live.into_iter().enumerate() {
            history.add(i as u64, i as u64 * 1000, live);
        }
        assert!(history.points.len() <= POINTS);
        history.points.iter().map(|p| (p.at_ns, p.live, p.low)).collect()
    }

    #[test]
    fn few_readings_are_all_kept() {
        assert_eq!(history([5, 3, 9]), [(0, 5, 5), (1000, 3, 3), (2000, 9, 9)]);
    }

    #[test]
    fn many_are_thinned_evenly_and_keep_the_first_and_the_last() {
        let points = history(0..10_000);
        assert!((16..=POINTS).contains(&points.len()));
        assert_eq!((points[0], points[points.len() - 1].1), ((0, 0, 0), 9999));
        let gaps: Vec<u64> = points.windows(2).map(|w| w[1].0 - w[0].0).collect();
        let (least, most) =
            (gaps[..gaps.len() - 1].iter().min().unwrap(), gaps.iter().max().unwrap());
        assert!(most <= &(2 * least), "{gaps:?}");
        // What only grows still does.
        assert!(points.windows(2).all(|w| w[0].2 <= w[1].2));
    }

    #[test]
    fn the_lowest_reading_is_not_thinned_away() {
        let points = history((0..1000).map(|i| if i == 700 { 1 } else { 50 }));
        assert_eq!(points.iter().map(|p| p.2).min(), Some(1));
    }

    const SECOND: u64 = 1_000_000_000;

    fn totals(allocs: u64) -> Totals {
        Totals::allocated(allocs, 10 * allocs)
    }

    /// Reads at a time, when a thread has allocated so many blocks: the window, and the blocks in
    /// it.
    fn read(past: &mut Past, at: u64, allocs: u64) -> ((u64, bool), u64) {
        let window = past.begin(at);
        let (blocks, bytes) = past.since(1, &totals(allocs));
        assert_eq!(bytes, 10 * blocks);
        past.turn();
        (window, blocks)
    }

    #[test]
    fn rates_are_over_ten_seconds_or_since_the_start() {
        let mut past = Past::new();
        assert_eq!(read(&mut past, 5 * SECOND, 7), ((5 * SECOND, true), 7));
        assert_eq!(read(&mut past, 9 * SECOND, 9), ((9 * SECOND, true), 9));
        // Ten seconds after the first, and after the second.
        assert_eq!(read(&mut past, 15 * SECOND, 20), ((10 * SECOND, false), 13));
        assert_eq!(read(&mut past, 20 * SECOND, 30), ((11 * SECOND, false), 21));
        // A thread that has begun since.
        past.begin(21 * SECOND);
        assert_eq!(past.since(2, &totals(1)), (1, 10));
        past.turn();
    }

    #[test]
    fn rates_do_not_depend_on_who_read_last() {
        let (mut alone, mut with_others) = (Past::new(), Past::new());
        for second in 0..60 {
            let (at, allocs) = (second * SECOND + 1, second * 100);
            if second % 10 == 0 {
                // Somebody has read just before.
                read(&mut with_others, at, allocs);
                let expected = read(&mut alone, at, allocs);
                assert_eq!(read(&mut with_others, at + 2, allocs).1, expected.1, "{second}");
            } else {
                read(&mut with_others, at, allocs);
            }
        }
        // Few are kept, however many there were.
        assert!(with_others.readings.len() <= 12, "{}", with_others.readings.len());
    }
}
