//! A recording: a part of the scope tree that is kept apart and read alone.

use crate::site::Site;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// One recording. Threads that carry its context keep their part under a node of its own.
#[derive(Debug)]
pub(crate) struct RecordingId {
    id: u64,
    closed: AtomicBool,
    /// The recording that this one began in.
    outer: Option<Arc<RecordingId>>,
    /// Those that began in this one while it was open, or in one of those. A sampled block knows
    /// one recording, the innermost.
    inner: Mutex<Numbers>,
}

impl RecordingId {
    /// One that begins within another, or within none.
    pub(crate) fn new(outer: Option<Arc<RecordingId>>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let mut id = NEXT.fetch_add(1, Ordering::Relaxed);
        if id as u32 == 0 {
            // A block keeps the lower half, and 0 for none.
            id = NEXT.fetch_add(1, Ordering::Relaxed);
        }
        let mut around = outer.as_deref();
        while let Some(recording) = around {
            if !recording.is_closed() {
                recording.inner.lock().unwrap_or_else(PoisonError::into_inner).add(id);
            }
            around = recording.outer.as_deref();
        }
        Self { id, closed: AtomicBool::new(false), outer, inner: Mutex::default() }
    }

    /// Its number, never 0.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// Its number and those of the recordings within.
    pub(crate) fn numbers(&self) -> Numbers {
        let mut numbers = self.inner.lock().unwrap_or_else(PoisonError::into_inner).clone();
        numbers.add(self.id);
        numbers
    }

    /// What arrives from now on belongs to what surrounds the recording.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }
}

/// Numbers of recordings as ranges, ascending. Recordings made one after another are one range,
/// however many.
#[derive(Clone, Debug, Default)]
pub(crate) struct Numbers(Vec<(u64, u64)>);

impl Numbers {
    fn add(&mut self, number: u64) {
        let ranges = &mut self.0;
        let at = ranges.partition_point(|(_, last)| *last < number);
        let follows = at > 0 && ranges[at - 1].1 + 1 == number;
        let precedes = ranges.get(at).is_some_and(|(first, _)| *first == number + 1);
        match (follows, precedes) {
            (true, true) => {
                ranges[at - 1].1 = ranges[at].1;
                ranges.remove(at);
            }
            (true, false) => ranges[at - 1].1 = number,
            (false, true) => ranges[at].0 = number,
            (false, false) => ranges.insert(at, (number, number)),
        }
    }

    /// Whether a number is among them, by its lower half. No two of them are 2^32 apart.
    pub(crate) fn hold(&self, number: u32) -> bool {
        let Some((least, _)) = self.0.first() else { return false };
        let number = least + u64::from(number.wrapping_sub(*least as u32));
        let at = self.0.partition_point(|(_, last)| *last < number);
        self.0.get(at).is_some_and(|(first, _)| *first <= number)
    }
}

/// One step of the way from a thread's root to a node.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Site(&'static Site),
    RecordingId(Arc<RecordingId>),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(all: &[u64]) -> Numbers {
        let mut numbers = Numbers::default();
        for number in all {
            numbers.add(*number);
        }
        numbers
    }

    #[test]
    fn numbers_in_a_row_are_one_range_in_whatever_order_they_come() {
        let numbers = of(&[7, 9, 3, 8, 4]);
        assert_eq!(numbers.0, [(3, 4), (7, 9)]);
        let held: Vec<u32> = (0..12).filter(|number| numbers.hold(*number)).collect();
        assert_eq!(held, [3, 4, 7, 8, 9]);
        assert!(!Numbers::default().hold(0));
    }

    #[test]
    fn the_lower_half_of_a_number_is_enough() {
        let last = u64::from(u32::MAX);
        let numbers = of(&[last, last + 2, last + 5]);
        let held: Vec<u32> =
            [u32::MAX, 0, 1, 2, 3, 4].into_iter().filter(|n| numbers.hold(*n)).collect();
        assert_eq!(held, [u32::MAX, 1, 4]);
    }

    #[test]
    fn a_recording_knows_those_within_and_no_others() {
        let outer = Arc::new(RecordingId::new(None));
        let middle = Arc::new(RecordingId::new(Some(outer.clone())));
        let beside = RecordingId::new(None);
        let inner = RecordingId::new(Some(middle.clone()));
        let held = |recording: &RecordingId| {
            let numbers = recording.numbers();
            [&*outer, &*middle, &beside, &inner].map(|of| numbers.hold(of.id() as u32))
        };
        assert_eq!(held(&outer), [true, true, false, true]);
        assert_eq!(held(&middle), [false, true, false, true]);
        assert_eq!(held(&beside), [false, false, true, false]);
        // What begins in one that is closed is of the one around it.
        middle.close();
        let late = RecordingId::new(Some(middle.clone()));
        assert!(outer.numbers().hold(late.id() as u32) && !middle.numbers().hold(late.id() as u32));
    }
}
