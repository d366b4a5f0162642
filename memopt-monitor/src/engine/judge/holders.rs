//! Pools and caches that cost more than they save.

use crate::alerts::Verdict;
use memopt_report::ReclaimableReport;
use memopt_report::units::{bytes, percent};
use std::collections::HashMap;

/// Requests between two looks from which a hit rate means something.
const REQUESTS: u64 = 1_000;
/// A hit rate below which holding is of no use.
const USELESS: f64 = 0.1;
/// Bytes held unused, from which it matters.
const HELD: u64 = 1 << 20;

/// What the holders had done at the last look that counted.
#[derive(Debug, Default)]
pub(super) struct Holders {
    before: HashMap<String, (u64, u64)>,
    /// Those whose last look said that they misbehave, and why.
    blamed: HashMap<String, Verdict>,
}

impl Holders {
    /// Judges what came since the last look: a cache is useless now, whatever it was in the
    /// morning.
    pub(super) fn judge(&mut self, holders: &[ReclaimableReport]) -> Vec<Verdict> {
        for holder in holders {
            let before = self.before.get(&holder.name).copied().unwrap_or_default();
            let hits = holder.hits.saturating_sub(before.0);
            let misses = holder.misses.saturating_sub(before.1);
            if hits + misses < REQUESTS {
                continue;
            }
            self.before.insert(holder.name.clone(), (holder.hits, holder.misses));
            let rate = hits as f64 / (hits + misses) as f64;
            if rate < USELESS && holder.idle_bytes >= HELD {
                self.blamed.insert(holder.name.clone(), verdict(holder, rate, hits + misses));
            } else {
                self.blamed.remove(&holder.name);
            }
        }
        self.blamed.retain(|name, _| holders.iter().any(|holder| holder.name == *name));
        let mut verdicts: Vec<Verdict> = self.blamed.values().cloned().collect();
        verdicts.sort_by(|a, b| a.subject.cmp(&b.subject));
        verdicts
    }
}

fn verdict(holder: &ReclaimableReport, rate: f64, requests: u64) -> Verdict {
    Verdict {
        label: "holder".to_owned(),
        subject: holder.name.clone(),
        score: 1.0 - rate,
        detail: format!(
            "{} of {requests} requests were served from what it holds, and it keeps {}",
            percent(rate),
            bytes(holder.idle_bytes)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use memopt_report::Remedy;

    fn cache(hits: u64, misses: u64, idle_bytes: u64) -> [ReclaimableReport; 1] {
        let mut report = ReclaimableReport::new("cache", Remedy::Lazy);
        (report.hits, report.misses, report.idle_bytes) = (hits, misses, idle_bytes);
        [report]
    }

    #[test]
    fn what_is_held_and_never_asked_for_is_blamed_until_it_serves() {
        let mut holders = Holders::default();
        assert_eq!(holders.judge(&cache(900_000, 10, 8 << 20)), []);
        let blamed = holders.judge(&cache(900_010, 5_000, 8 << 20));
        assert_eq!(blamed[0].subject, "cache");
        assert!(blamed[0].detail.ends_with("and it keeps 8.00 MiB"), "{}", blamed[0].detail);
        // Too few requests to say anything new.
        assert_eq!(holders.judge(&cache(900_020, 5_010, 8 << 20)).len(), 1);
        assert_eq!(holders.judge(&cache(905_000, 5_100, 8 << 20)), []);
    }

    #[test]
    fn little_that_is_held_harms_nobody() {
        assert_eq!(Holders::default().judge(&cache(0, 5_000, 4_096)), []);
    }
}
