//! What earlier readings saw: the counts that rates are taken from, and each site's number of
//! tasks.

use crate::report::{TaskPoint, Totals};
use crate::site::Site;
use std::collections::{BTreeMap, HashMap};

/// Points a history holds; past it every second one goes.
const POINTS: usize = 32;

/// Earlier readings.
pub(super) struct Past {
    at_ns: u64,
    /// Blocks and bytes of each thread at the reading before, by the thread's number.
    threads: BTreeMap<u64, (u64, u64)>,
    /// Those of this reading.
    now: BTreeMap<u64, (u64, u64)>,
    sites: Option<HashMap<SiteKey, History>>,
}

/// A site by its address.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct SiteKey(*const Site);

// SAFETY: a static site, of which only the address is kept; any thread may look at it.
unsafe impl Send for SiteKey {}

impl Past {
    pub(super) const fn new() -> Self {
        Self { at_ns: 0, threads: BTreeMap::new(), now: BTreeMap::new(), sites: None }
    }

    /// The time since the reading before, and whether there was none.
    pub(super) fn window(&self, at_ns: u64) -> (u64, bool) {
        (at_ns.saturating_sub(self.at_ns), self.at_ns == 0)
    }

    /// Blocks and bytes a thread allocated since the reading before.
    pub(super) fn since(&mut self, thread: u64, totals: &Totals) -> (u64, u64) {
        let (allocs, bytes) = self.threads.get(&thread).copied().unwrap_or_default();
        self.now.insert(thread, (totals.allocs, totals.bytes));
        (totals.allocs.saturating_sub(allocs), totals.bytes.saturating_sub(bytes))
    }

    /// This reading is over: it becomes the one before.
    pub(super) fn turn(&mut self, at_ns: u64) {
        self.at_ns = at_ns;
        self.threads = std::mem::take(&mut self.now);
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

    #[test]
    fn rates_are_over_the_window() {
        let mut past = Past::new();
        let totals = |allocs| Totals::allocated(allocs, 10 * allocs);
        assert_eq!(past.window(500), (500, true));
        assert_eq!(past.since(1, &totals(7)), (7, 70));
        past.turn(500);
        assert_eq!(past.window(800), (300, false));
        assert_eq!((past.since(1, &totals(9)), past.since(2, &totals(1))), ((2, 20), (1, 10)));
        past.turn(800);
        // A thread that is gone is forgotten.
        assert_eq!(past.threads.len(), 2);
        past.turn(900);
        assert!(past.threads.is_empty());
    }
}
