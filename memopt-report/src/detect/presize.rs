//! Buffers that grow step by step to a size that is known: ask for it at once.

use super::evidence::Evidence;
use super::limits;
use super::rule::{Claim, Rule, Waste};
use super::saving::{Quantity, Saving};
use super::source::body::{Body, Made, Makes};
use super::subject::Subject;
use crate::model::reclaimable::Remedy;
use crate::units::ratio;
use crate::{Stat, units};

pub(super) const RULE: Rule =
    Rule { code: "memopt::pre-size", waste: Waste::Growth, remedy: Some(Remedy::PreSize), check };

/// Share of all room that may stay unused where no one number fits: as much as `#[presize]` allows.
const MAX_WASTE: f64 = 0.2;

fn check(subject: &Subject<'_>) -> Option<Claim> {
    let site = subject.site;
    let buffers = site.final_capacity.count();
    let each = ratio(site.grows, buffers);
    if buffers == 0 || site.grows < limits::GROWS || each < 0.9 {
        return None;
    }
    let capacity = &site.final_capacity;
    let p95 = Plan::of(capacity)?;
    let wasteful = p95.waste_each > capacity.mean();
    // What calls add to over and over is made elsewhere, where nobody knows yet how long it gets.
    let appends = 2 * buffers < subject.calls();
    let modest = if wasteful && appends { Plan::modest(capacity) } else { None };
    let plan = modest.as_ref().unwrap_or(&p95);
    let part = |n: u64, share: f64| (n as f64 * share) as u64;
    let saving = Saving {
        reallocs: part(site.grows, plan.covered),
        copied_bytes: part(site.own.copied_bytes, plan.not_copied),
        ..Saving::default()
    };
    let saving = saving.sharing(&[
        (subject.share_of_requests(saving.reallocs), Quantity::Requests),
        (subject.share_of_bytes(saving.copied_bytes), Quantity::Copied),
    ]);
    if each < limits::GROWS_EACH
        && subject.share_of_requests(saving.reallocs) < limits::GROWS_ONCE_SHARE
    {
        return None;
    }
    let saving = subject.priced(saving);
    let number = p95.number();
    let constant = capacity.min() == capacity.max();
    let body = subject.body();
    let grown = body.as_deref().and_then(grown);
    // What is made once has nothing to learn from.
    let learns = buffers > subject.threads() && grown.is_none_or(|made| made.name.is_some());
    let help = match &modest {
        Some(modest) => help_modest(modest, &p95, capacity),
        None => help(plan, capacity, wasteful, grown, learns),
    };
    Some(Claim {
        title: format!(
            "`{}` lets its buffers grow {} each, to {number}{}",
            subject.name(),
            times(each),
            if constant { "" } else { " at p95" }
        ),
        label: format!("{} here", units::counted(site.grows, "growing reallocation")),
        evidence: vec![
            Evidence::Grew { buffers, reallocs: site.grows, copied_bytes: site.own.copied_bytes },
            Evidence::FinalCapacity {
                // All in one bucket: they are the number taken from it.
                min_bytes: if constant { p95.capacity } else { capacity.min() },
                p50_bytes: capacity.p50().min(p95.capacity),
                p95_bytes: p95.capacity,
                max_bytes: if constant { p95.capacity } else { capacity.max() },
            },
            Evidence::CapacityAtOnce {
                capacity_bytes: plan.capacity,
                saving,
                unused_bytes: plan.waste_each as u64,
            },
        ],
        help,
        share: saving.share,
        saving,
    })
}

/// The expression that makes what grows, as far as the source tells.
fn grown(body: &Body) -> Option<&Made> {
    [Makes::Empty, Makes::Collected, Makes::Text, Makes::Sized, Makes::List]
        .into_iter()
        .find_map(|makes| body.first(&[makes]))
}

/// Where buffers grow over many calls to very different sizes.
fn help_modest(modest: &Plan, p95: &Plan, capacity: &Stat) -> String {
    format!(
        "they grow over many calls and end at different sizes ({} in the middle, {} at p95): ask \
         for {} where they are made (`with_capacity(n)`), which leaves little unused; for more \
         only where it is known there how long they get. Where they are made anew again and \
         again, keep them and `clear()` them",
        units::bytes(capacity.p50()),
        p95.number(),
        modest.number()
    )
}

fn help(plan: &Plan, capacity: &Stat, wasteful: bool, made: Option<&Made>, learns: bool) -> String {
    let (number, bytes) = (plan.number(), units::count(plan.capacity));
    let instead = made
        .map_or(String::new(), |made| format!(" in place of `{}` ({})", made.text, made.lines()));
    let ask = match made.map(|made| made.makes) {
        Some(Makes::Text) => "`String::with_capacity(n)` and `write!` into it",
        Some(Makes::Collected) => "`with_capacity(n)` and `extend` with the iterator",
        _ => "`with_capacity(n)` or `reserve(n)`",
    };
    if wasteful {
        let unknown = if learns && made.is_none_or(|made| made.makes == Makes::Empty) {
            "`#[presize]` on the `let` learns a good capacity"
        } else {
            "remember the largest seen and start there"
        };
        return format!(
            "no one number fits ({} in the middle, {number} at p95): work the capacity out from \
             the input, such as its length or `size_hint()`, and ask for it, {ask}{instead}; where \
             the input does not say, {unknown}",
            units::bytes(capacity.p50())
        );
    }
    let constant = capacity.min() == capacity.max();
    format!(
        "ask for {number} at once{}: {ask}{instead}, where n times the size of an element is \
         {bytes} bytes{}",
        if constant { "" } else { ", the p95 of the final capacity" },
        if learns { "; or let it be learned: `#[presize]` on the `let`" } else { "" }
    )
}

/// `once` or `3.5 times`.
fn times(number: f64) -> String {
    match units::mean(number) {
        one if one == "1" => "once".to_owned(),
        many => format!("{many} times"),
    }
}

/// What it means to start every buffer at one capacity.
struct Plan {
    /// Bytes.
    capacity: u64,
    /// Whether that is the very number, and not the end of a range of sizes.
    is_exact: bool,
    /// Share of the growing reallocations that then do not happen.
    covered: f64,
    /// Share of the bytes that are then not moved.
    not_copied: f64,
    /// Capacity a buffer gets and does not use, mean, bytes.
    waste_each: f64,
}

impl Plan {
    /// `64 B`, or `about 1.5 KiB` where it is the end of a range.
    fn number(&self) -> String {
        let about = if self.is_exact { "" } else { "about " };
        format!("{about}{}", units::bytes(self.capacity))
    }

    /// The capacity is the p95 of what buffers grew to. Its bucket holds a range of sizes; buffers
    /// double, so the power of two in it, where there is one, is the size they had.
    fn of(capacity: &Stat) -> Option<Self> {
        let p95 = capacity.p95();
        let (low, high, _) =
            capacity.buckets().find(|(low, high, _)| (*low..=*high).contains(&p95))?;
        let power = power_within(low, high);
        let number = power.unwrap_or(if capacity.min() == capacity.max() { p95 } else { high });
        // A bucket is wider than the largest value in it.
        let number = number.min(capacity.max());
        let (mut covered, mut waste) = (0, 0.0);
        for (bucket, _, count) in capacity.buckets().take_while(|(bucket, _, _)| *bucket <= number)
        {
            covered += count;
            waste += (number - bucket) as f64 * count as f64;
        }
        let buffers = capacity.count();
        let covered = ratio(covered, buffers);
        Some(Self {
            capacity: number,
            is_exact: power.is_some() || low == high,
            covered,
            not_copied: covered,
            waste_each: waste / buffers as f64,
        })
    }

    /// The largest capacity that leaves at most `MAX_WASTE` of all room unused. Longer buffers
    /// begin there and double on.
    fn modest(capacity: &Stat) -> Option<Self> {
        let ends: Vec<(u64, u64, f64)> =
            capacity.buckets().map(|(low, high, count)| (low, high, count as f64)).collect();
        let sum = |of: &dyn Fn(f64) -> f64| -> f64 {
            ends.iter().map(|(end, _, count)| count * of(*end as f64)).sum()
        };
        let unused = |start: f64| sum(&|end| (start - end).max(0.0));
        let keeps = |start: f64| unused(start) <= MAX_WASTE * sum(&|end| end.max(start));
        let (low, high, _) = *ends.iter().rev().find(|(end, ..)| keeps(*end as f64))?;
        let start = low as f64;
        // The shortest doubled at least once.
        let first = ends.first()?.0 as f64 / 2.0;
        let (steps, moved) = (|end: f64| (end / first).log2(), |end: f64| end - first);
        let share = |of: &dyn Fn(f64) -> f64| sum(&|end| of(end.min(start))) / sum(of);
        let power = power_within(low, high);
        Some(Self {
            capacity: power.unwrap_or(low),
            is_exact: power.is_some() || low == high,
            covered: share(&steps),
            not_copied: share(&moved),
            waste_each: unused(start) / capacity.count() as f64,
        })
    }
}

/// The power of two in a range of sizes.
fn power_within(low: u64, high: u64) -> Option<u64> {
    low.checked_next_power_of_two().filter(|power| *power <= high)
}

#[cfg(test)]
mod tests {
    use super::Plan;
    use crate::Stat;

    #[test]
    fn a_modest_number_leaves_a_fifth_unused_and_saves_the_first_steps() {
        let mut stat = Stat::new();
        stat.record(1024, 50);
        stat.record(4096, 30);
        stat.record(65_536, 20);
        let plan = Plan::modest(&stat).unwrap();
        // 50 × 3 KiB of 1.56 MiB are unused.
        assert_eq!((plan.capacity, plan.waste_each as u64), (4096, 1536));
        // From 512 B: 1, 3 and 7 steps, of which 1, 3 and 3 are saved.
        assert!((plan.covered - 200.0 / 280.0).abs() < 1e-9, "{}", plan.covered);
        assert!((plan.not_copied - 1.0 / 7.0).abs() < 1e-9, "{}", plan.not_copied);
    }

    #[test]
    fn the_number_is_the_p95_and_its_waste_is_counted() {
        let mut stat = Stat::new();
        stat.record(1024, 50);
        stat.record(4096, 46);
        stat.record(65_536, 4);
        let plan = Plan::of(&stat).unwrap();
        assert_eq!(plan.capacity, 4096);
        assert_eq!((plan.covered * 100.0).round() as u64, 96);
        assert_eq!(plan.waste_each as u64, 3072 * 50 / 100);
    }
}
