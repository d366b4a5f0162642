//! The windows in which costs were measured, and their medians.
//!
//! A machine that others share changes its speed from second to second, and a window of a fifth of
//! a millisecond may meet it at any. The medians of several are those of the run.

/// What a window measures.
pub(super) const FIGURES: usize = 5;
/// Windows at first.
const FIRST: usize = 5;
/// Windows that count, the last ones.
const KEPT: usize = 15;
/// Time between two later windows, ns.
const EVERY_NS: u64 = 50_000_000;

/// The last windows.
pub(super) struct Windows {
    /// A ring.
    taken: [[f64; FIGURES]; KEPT],
    /// Windows so far.
    count: usize,
    /// When the last one was, ns.
    last_ns: u64,
}

impl Windows {
    pub(super) const fn new() -> Self {
        Self { taken: [[0.0; FIGURES]; KEPT], count: 0, last_ns: 0 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Measures where it is time to.
    pub(super) fn renew(&mut self, now_ns: u64, window: impl Fn() -> [f64; FIGURES]) {
        let due = match self.count {
            0 => FIRST,
            _ => usize::from(now_ns.saturating_sub(self.last_ns) >= EVERY_NS),
        };
        for _ in 0..due {
            self.taken[self.count % KEPT] = window();
            self.count += 1;
            self.last_ns = now_ns;
        }
    }

    /// The median of each figure; 0 where nothing was measured.
    pub(super) fn medians(&self) -> [f64; FIGURES] {
        let windows = self.count.min(KEPT);
        std::array::from_fn(|figure| {
            let mut values = [0.0; KEPT];
            for (value, window) in values.iter_mut().zip(&self.taken) {
                *value = window[figure];
            }
            let values = &mut values[..windows];
            values.sort_unstable_by(f64::total_cmp);
            values.get(windows / 2).copied().unwrap_or(0.0)
        })
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "what went in comes out")]
mod tests {
    use super::{EVERY_NS, FIGURES, FIRST, KEPT, Windows};

    #[test]
    fn one_slow_window_changes_nothing() {
        let mut windows = Windows::new();
        assert_eq!(windows.medians(), [0.0; FIGURES]);
        windows.renew(1, || [7.0; FIGURES]);
        assert_eq!(windows.count, FIRST);
        windows.renew(1 + EVERY_NS, || [100.0; FIGURES]);
        assert_eq!(windows.medians(), [7.0; FIGURES]);
    }

    #[test]
    fn windows_come_now_and_then_and_the_last_ones_count() {
        let mut windows = Windows::new();
        windows.renew(0, || [7.0; FIGURES]);
        windows.renew(EVERY_NS - 1, || [9.0; FIGURES]);
        assert_eq!(windows.count, FIRST, "not yet");
        for later in 1..=KEPT as u64 {
            windows.renew(later * EVERY_NS, || [9.0; FIGURES]);
        }
        assert_eq!(windows.count, FIRST + KEPT);
        assert_eq!(windows.medians(), [9.0; FIGURES]);
    }
}
