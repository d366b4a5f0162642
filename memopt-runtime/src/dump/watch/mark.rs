//! When memory has grown enough for the next dump.

/// Passed once each time live bytes have doubled.
#[derive(Debug)]
pub(super) struct Mark {
    next: u64,
}

impl Mark {
    /// First passed at `bytes`.
    pub(super) fn new(bytes: u64) -> Self {
        Self { next: bytes.max(1) }
    }

    /// Whether `live` bytes are at the mark.
    pub(super) fn is_reached(&self, live: u64) -> bool {
        live >= self.next
    }

    /// The mark moves up to a doubling above `live` bytes. It never moves down, so memory that goes
    /// up and down passes it once.
    pub(super) fn pass(&mut self, live: u64) {
        while self.next <= live && self.next < u64::MAX {
            self.next = self.next.saturating_mul(2);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Mark;

    #[test]
    fn a_mark_is_passed_once_a_doubling() {
        let mut mark = Mark::new(100);
        let passed: Vec<u64> = [50, 100, 150, 60, 199, 200, 1000, 1500, 1600]
            .into_iter()
            .filter(|&live| {
                let reached = mark.is_reached(live);
                mark.pass(live);
                reached
            })
            .collect();
        assert_eq!(passed, [100, 200, 1000, 1600]);
    }

    #[test]
    fn a_mark_that_is_not_passed_stays() {
        let mut mark = Mark::new(100);
        assert!(mark.is_reached(150) && mark.is_reached(150));
        mark.pass(150);
        assert!(!mark.is_reached(150) && mark.is_reached(200));
    }

    #[test]
    fn extremes_end() {
        let mut mark = Mark::new(0);
        assert!(mark.is_reached(u64::MAX));
        mark.pass(u64::MAX);
        assert!(!Mark::new(u64::MAX).is_reached(u64::MAX - 1));
    }
}
