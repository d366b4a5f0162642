//! What was seen over time, in bounded memory: a series that halves itself, and the windows it is
//! judged by.

use super::limits;

/// What can be thinned: two neighbours become one that stands for both.
pub(super) trait Thin: Copy {
    /// Takes in a later one.
    fn take_in(&mut self, later: &Self);
}

/// Points in order of time. Each stands for `stride` snapshots, the last one for those that came so
/// far.
#[derive(Clone, Debug)]
pub(super) struct Series<P> {
    points: Vec<P>,
    stride: u64,
    /// Snapshots in the last point.
    filled: u64,
    /// Points at which it is halved.
    most: usize,
}

impl<P> Default for Series<P> {
    fn default() -> Self {
        Self { points: Vec::new(), stride: 1, filled: 0, most: limits::POINTS }
    }
}

impl<P: Thin> Series<P> {
    /// One of half as many points.
    pub(super) fn short() -> Self {
        Self { most: limits::POINTS / 2, ..Self::default() }
    }

    pub(super) fn push(&mut self, point: P) {
        if let Some(last) = self.points.last_mut().filter(|_| self.filled < self.stride) {
            last.take_in(&point);
            self.filled += 1;
            return;
        }
        if self.points.len() == self.most {
            self.points = grouped(&self.points, 2);
            self.stride *= 2;
        }
        self.points.push(point);
        self.filled = 1;
    }

    pub(super) fn points(&self) -> &[P] {
        &self.points
    }

    /// The series in at most [`limits::WINDOWS`] windows of equal length, the last one ending now;
    /// what does not fill a window at the start is left out. `None` where there are too few points.
    pub(super) fn windows(&self) -> Option<Vec<P>> {
        let size = self.points.len().div_ceil(limits::WINDOWS).max(limits::WINDOW_POINTS);
        let windows = grouped(&self.points[self.points.len() % size..], size);
        (windows.len() >= limits::MIN_WINDOWS).then_some(windows)
    }
}

/// Each `size` neighbours as one.
fn grouped<P: Thin>(points: &[P], size: usize) -> Vec<P> {
    let one = |group: &[P]| {
        let mut sum = group[0];
        group[1..].iter().for_each(|later| sum.take_in(later));
        sum
    };
    points.chunks(size).map(one).collect()
}

/// One place at one time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Point {
    /// When its bytes were fewest, ns.
    pub(super) at_ns: u64,
    /// Completed calls of the site then.
    pub(super) calls: u64,
    /// Fewest bytes in use.
    pub(super) bytes: u64,
    /// Ends of the 95 % interval of those.
    pub(super) low: u64,
    /// Upper end.
    pub(super) high: u64,
    /// Most bytes in use.
    pub(super) most: u64,
    /// Fewest blocks in use.
    pub(super) blocks: u64,
    /// Blocks allocated so far, at the end.
    pub(super) born: u64,
    /// Blocks in use, at the end.
    pub(super) live: u64,
    /// Collections shown so far, at the end, their room and what of it was in use.
    pub(super) observed: [u64; 3],
}

impl Thin for Point {
    fn take_in(&mut self, later: &Self) {
        if later.bytes < self.bytes {
            (self.at_ns, self.calls) = (later.at_ns, later.calls);
            (self.bytes, self.low, self.high) = (later.bytes, later.low, later.high);
        }
        self.most = self.most.max(later.most);
        self.blocks = self.blocks.min(later.blocks);
        (self.born, self.live) = (later.born, later.live);
        self.observed = later.observed;
    }
}

/// The process at one time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Whole {
    /// Bytes in use, at most.
    pub(super) most: u64,
    /// Resident bytes less those in use and our own, at the least; `None` where the system does not
    /// tell.
    pub(super) gap: Option<u64>,
}

impl Thin for Whole {
    fn take_in(&mut self, later: &Self) {
        self.most = self.most.max(later.most);
        self.gap = self.gap.zip(later.gap).map(|(a, b)| a.min(b));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(values: impl Iterator<Item = u64>) -> Series<Point> {
        let mut series = Series::default();
        for (at, bytes) in values.enumerate() {
            let at = at as u64;
            series.push(Point { at_ns: at, bytes, most: bytes, born: at + 1, ..Point::default() });
        }
        series
    }

    #[test]
    fn a_long_series_stays_short_and_keeps_its_lowest_and_highest() {
        // A thousand snapshots: the stride is 16 in the end, 63 points.
        let series = series((0..1000).map(|i| if i == 500 { 1 } else { 100 + i % 7 }));
        assert_eq!((series.points().len(), series.stride), (63, 16));
        assert_eq!(series.points().iter().map(|p| p.bytes).min(), Some(1));
        assert_eq!(series.points().iter().map(|p| p.most).max(), Some(106));
        assert_eq!(series.points().last().unwrap().born, 1000);
        let low = series.points().iter().find(|p| p.bytes == 1).unwrap();
        assert_eq!(low.at_ns, 500, "the time is that of the minimum");
    }

    #[test]
    fn windows_end_now_and_need_twelve_points() {
        assert!(series(0..11).windows().is_none());
        let windows = series(0..13).windows().unwrap();
        // The first snapshot fills no window.
        assert_eq!(windows.iter().map(|w| w.bytes).collect::<Vec<_>>(), [1, 3, 5, 7, 9, 11]);
        assert_eq!(series(0..64).windows().unwrap().len(), 16);
    }
}
