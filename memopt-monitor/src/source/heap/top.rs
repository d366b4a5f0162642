//! The few of many that are told by name: those that allocate most now, and those that hold most.
//!
//! Who is told stays told until clearly others are more. What is in `other` is summed by what each
//! added since the reading before, so that its counters only grow when somebody enters or leaves.

use memopt_report::Totals;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// One of many.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counted {
    pub(super) id: u64,
    pub(super) totals: Totals,
    pub(super) calls: u64,
}

/// What is told of a reading.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    pub(super) told: Vec<Counted>,
    /// The sum of the others: counters as they grew; bytes freed so that `live_bytes` is theirs.
    pub(super) other: Totals,
    pub(super) other_calls: u64,
    pub(super) left_out: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Before {
    totals: Totals,
    calls: u64,
    /// Bytes a reading of late: a mean over some twenty.
    pace: f64,
}

/// Ids are addresses, hashes and numbers that count up, and nobody sends them: a product spreads
/// them.
///
/// PERF: with a thousand sites a reading looks up four thousand; the standard hash took a tenth of
/// it.
#[derive(Debug, Default)]
pub(super) struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u64(&mut self, id: u64) {
        // The upper half of the product depends on all bits of the id.
        let product = u128::from(self.0 ^ id) * 0x9e37_79b9_7f4a_7c15;
        self.0 = (product >> 64) as u64 ^ product as u64;
    }
}

pub(super) type Spreading = BuildHasherDefault<Spread>;
type ById = HashMap<u64, Before, Spreading>;
type Ids = HashSet<u64, Spreading>;

/// The choice, and what it rests on.
#[derive(Debug)]
pub(super) struct Top {
    most: usize,
    before: ById,
    told: Ids,
    other: Totals,
    other_calls: u64,
}

impl Top {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most: most.max(2),
            before: ById::default(),
            told: Ids::default(),
            other: Totals::default(),
            other_calls: 0,
        }
    }

    pub(super) fn choose(&mut self, all: Vec<Counted>) -> Chosen {
        let mut before = ById::with_capacity_and_hasher(all.len(), Spreading::default());
        for one in &all {
            let was = self.before.get(&one.id).copied().unwrap_or_default();
            let now = one.totals.bytes.saturating_sub(was.totals.bytes) as f64;
            let pace = was.pace + (now - was.pace) / 20.0;
            before.insert(one.id, Before { totals: one.totals, calls: one.calls, pace });
        }
        self.rank(&all, &before);
        let (told, rest): (Vec<Counted>, Vec<Counted>) =
            all.into_iter().partition(|one| self.told.contains(&one.id));
        let mut held = Totals::default();
        for one in &rest {
            let was = self.before.get(&one.id).copied().unwrap_or_default();
            self.other.bytes += one.totals.bytes.saturating_sub(was.totals.bytes);
            self.other.allocs += one.totals.allocs.saturating_sub(was.totals.allocs);
            self.other_calls += one.calls.saturating_sub(was.calls);
            held.add(&one.totals);
        }
        self.before = before;
        let mut other = self.other;
        other.freed_bytes = other.bytes.wrapping_sub(held.live_bytes().cast_unsigned());
        Chosen { told, other, other_calls: self.other_calls, left_out: rest.len() }
    }

    /// Half of the places are for the pace, half for what is held. Who is told weighs half as much
    /// again, so that two of about the same do not take turns.
    fn rank(&mut self, all: &[Counted], now: &ById) {
        let stays = |one: &Counted| if self.told.contains(&one.id) { 1.5 } else { 1.0 };
        let pace = |one: &Counted| now.get(&one.id).map_or(0.0, |it| it.pace) * stays(one);
        let held = |one: &Counted| one.totals.live_bytes() as f64 * stays(one);
        let by_pace = first(all, self.most, pace);
        let by_held = first(all, self.most, held);
        let half = by_pace.len().min(self.most / 2);
        let mut told: Ids = by_pace[..half].iter().copied().collect();
        for id in by_held.into_iter().chain(by_pace) {
            if told.len() == self.most {
                break;
            }
            told.insert(id);
        }
        self.told = told;
    }
}

/// The ids of the first `most`, the largest first. Who has nothing is not among them.
fn first(all: &[Counted], most: usize, weight: impl Fn(&Counted) -> f64) -> Vec<u64> {
    let mut heavy: Vec<(f64, u64)> =
        all.iter().map(|one| (weight(one), one.id)).filter(|(weight, _)| *weight > 0.0).collect();
    let heavier = |a: &(f64, u64), b: &(f64, u64)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
    if heavy.len() > most {
        heavy.select_nth_unstable_by(most, heavier);
        heavy.truncate(most);
    }
    heavy.sort_unstable_by(heavier);
    heavy.into_iter().map(|(_, id)| id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(id: u64, bytes: u64, freed: u64) -> Counted {
        let mut totals = Totals::allocated(bytes / 10, bytes);
        totals.freed_bytes = freed;
        Counted { id, totals, calls: bytes / 100 }
    }

    fn ids(chosen: &Chosen) -> Vec<u64> {
        let mut ids: Vec<u64> = chosen.told.iter().map(|one| one.id).collect();
        ids.sort_unstable();
        ids
    }

    #[test]
    fn those_that_allocate_and_those_that_hold_are_told() {
        let mut top = Top::new(4);
        // 1 and 2 allocate and free; 8 and 9 hold; the rest does little of either.
        let all = (1..=9).map(|id| match id {
            1 | 2 => one(id, 10_000 * id, 10_000 * id),
            8 | 9 => one(id, 1_000 * id, 0),
            _ => one(id, 100 + id, 90),
        });
        let chosen = top.choose(all.collect());
        assert_eq!(ids(&chosen), [1, 2, 8, 9]);
        assert_eq!(chosen.left_out, 5);
        assert_eq!(chosen.other.bytes, 3 + 4 + 5 + 6 + 7 + 500);
        assert_eq!(chosen.other.live_bytes(), 525 - 450);
    }

    #[test]
    fn other_only_grows_by_what_was_added() {
        let mut top = Top::new(2);
        let first = top.choose(vec![one(1, 9_000, 0), one(2, 8_000, 0), one(3, 10, 0)]);
        assert_eq!((ids(&first), first.other.bytes), (vec![1, 2], 10));
        // 3 overtakes all: the one that leaves brings nothing but what it adds.
        let second = top.choose(vec![one(1, 9_100, 0), one(2, 8_100, 0), one(3, 90_010, 0)]);
        assert!(ids(&second).contains(&3));
        assert_eq!(second.left_out, 1);
        assert_eq!(second.other.bytes, 110);
    }

    #[test]
    fn few_changes_change_nobody() {
        let mut top = Top::new(4);
        let told = ids(&top.choose((1..=10).map(|id| one(id, 1_000 + id, 0)).collect()));
        let mut again = Vec::new();
        for round in 1..5 {
            let all = (1..=10).map(|id| one(id, 1_000 + id + round * (11 - id), 0)).collect();
            again = ids(&top.choose(all));
        }
        let same = told.iter().filter(|id| again.contains(id)).count();
        assert!(same >= 2, "{told:?} {again:?}");
    }
}
