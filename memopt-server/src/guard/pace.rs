//! How many requests are taken: a bucket that fills by so many in a second, and holds four seconds.

use crate::problem::Problem;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// The bucket.
#[derive(Debug)]
pub(crate) struct Pace {
    per_second: f64,
    /// What is in it, and when it was looked at.
    held: Mutex<(f64, Instant)>,
}

const SECONDS: f64 = 4.0;

impl Pace {
    pub(crate) fn new(per_second: u32) -> Self {
        let per_second = f64::from(per_second.max(1));
        Self { per_second, held: Mutex::new((per_second * SECONDS, Instant::now())) }
    }

    pub(crate) fn check(&self) -> Result<(), Problem> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let grown = now.duration_since(held.1).as_secs_f64() * self.per_second;
        *held = ((held.0 + grown).min(self.per_second * SECONDS), now);
        if held.0 < 1.0 {
            return Err(Problem::busy("too many requests come: send fewer in a second"));
        }
        held.0 -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Pace;
    use std::time::Instant;

    #[test]
    fn a_burst_is_cut() {
        let began = Instant::now();
        let pace = Pace::new(2);
        let passed = (0..1_000).filter(|_| pace.check().is_ok()).count();
        // Eight at once, and two more in each second that this took.
        let most = 8 + (began.elapsed().as_secs_f64() * 2.0) as usize;
        assert!((8..=most).contains(&passed), "{passed} of 1,000");
    }
}
