//! Pools and caches that cost more than they save.

use crate::alerts::Verdict;
use memopt_report::ReclaimableReport;
use memopt_report::units::{bytes, percent};
use std::collections::{BTreeMap, HashMap};

/// Requests between two looks from which a hit rate means something.
const REQUESTS: u64 = 1_000;
/// A hit rate below which holding is of no use.
const USELESS: f64 = 0.1;
/// Bytes held unused, from which it matters.
const HELD: u64 = 1 << 20;

/// What the holders had done at the last look that counted.
#[derive(Debug, Default)]
pub(super) struct Holders {
    before: HashMap<Holder, (u64, u64)>,
    /// Those whose last look said that they misbehave, and why.
    blamed: HashMap<Holder, Verdict>,
}

/// A remedy and a name. Pools of one type that were given no name have one name.
type Holder = (&'static str, String);

impl Holders {
    /// Judges what came since the last look: a cache is useless now, whatever it was in the
    /// morning.
    pub(super) fn judge(&mut self, holders: &[ReclaimableReport]) -> Vec<Verdict> {
        let sums = summed(holders);
        for (key, holder) in &sums {
            let now = (holder.hits, holder.misses);
            let before = self.before.get(key).copied().unwrap_or_default();
            if now.0 < before.0 || now.1 < before.1 {
                // One of them is gone, with what it had counted.
                self.before.insert(key.clone(), now);
                continue;
            }
            let (hits, misses) = (now.0 - before.0, now.1 - before.1);
            if hits + misses < REQUESTS {
                continue;
            }
            self.before.insert(key.clone(), now);
            let rate = hits as f64 / (hits + misses) as f64;
            if rate < USELESS && holder.idle_bytes >= HELD {
                self.blamed.insert(key.clone(), verdict(holder, rate, hits + misses));
            } else {
                self.blamed.remove(key);
            }
        }
        self.before.retain(|key, _| sums.contains_key(key));
        self.blamed.retain(|key, _| sums.contains_key(key));
        let mut verdicts: Vec<Verdict> = self.blamed.values().cloned().collect();
        // A subject is one alert: of a pool and a cache of one name the worse is told.
        let worse = |a: &Verdict, b: &Verdict| b.score.total_cmp(&a.score);
        verdicts.sort_by(|a, b| a.subject.cmp(&b.subject).then_with(|| worse(a, b)));
        verdicts.dedup_by(|next, first| next.subject == first.subject);
        verdicts
    }
}

/// Those of one remedy and name as one.
fn summed(holders: &[ReclaimableReport]) -> BTreeMap<Holder, ReclaimableReport> {
    let mut sums: BTreeMap<Holder, ReclaimableReport> = BTreeMap::new();
    for holder in holders {
        let key = (holder.remedy.name(), holder.name.clone());
        let add = |sum: &mut ReclaimableReport| {
            sum.hits += holder.hits;
            sum.misses += holder.misses;
            sum.idle_bytes += holder.idle_bytes;
        };
        sums.entry(key).and_modify(add).or_insert_with(|| holder.clone());
    }
    sums
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
    fn two_of_one_name_are_judged_together() {
        let both = |hits, misses| {
            let [busy] = cache(hits, 10, 8 << 20);
            let [idle] = cache(10, misses, 8 << 20);
            [busy, idle]
        };
        let mut holders = Holders::default();
        assert_eq!(holders.judge(&both(900_000, 600)), []);
        assert_eq!(holders.judge(&both(910_000, 5_000)), [], "each serves: 69 % were hits");
        assert_eq!(holders.judge(&both(910_000, 9_000)).len(), 1);
    }

    #[test]
    fn who_takes_the_place_of_one_that_is_gone_begins_anew() {
        let mut holders = Holders::default();
        assert_eq!(holders.judge(&cache(900_000, 10, 8 << 20)), []);
        assert_eq!(holders.judge(&cache(10, 5, 8 << 20)), []);
        assert_eq!(holders.judge(&cache(10_000, 2_000, 8 << 20)), []);
    }

    #[test]
    fn little_that_is_held_harms_nobody() {
        assert_eq!(Holders::default().judge(&cache(0, 5_000, 4_096)), []);
    }
}
