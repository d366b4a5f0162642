//! Buffers that grow step by step to a size that is known: ask for it at once.

use super::evidence::Evidence;
use super::limits;
use super::rule::{Claim, Rule, Waste};
use super::saving::Saving;
use super::subject::Subject;
use crate::model::reclaimable::Remedy;
use crate::units::ratio;
use crate::{Stat, units};

pub(super) const RULE: Rule =
    Rule { code: "memopt::pre-size", waste: Waste::Growth, remedy: Some(Remedy::PreSize), check };

fn check(subject: &Subject<'_>) -> Option<Claim> {
    let site = subject.site;
    let buffers = site.final_capacity.count();
    let each = ratio(site.grows, buffers);
    if buffers == 0 || site.grows < limits::GROWS || each < 0.9 {
        return None;
    }
    let plan = Plan::of(&site.final_capacity)?;
    let part = |n: u64| (n as f64 * plan.covered) as u64;
    let mut saving = Saving {
        reallocs: part(site.grows),
        copied_bytes: part(site.own.copied_bytes),
        ..Saving::default()
    };
    saving.share =
        subject.share_of_requests(saving.reallocs).max(subject.share_of_bytes(saving.copied_bytes));
    if each < limits::GROWS_EACH
        && subject.share_of_requests(saving.reallocs) < limits::GROWS_ONCE_SHARE
    {
        return None;
    }
    let saving = subject.priced(saving);
    let capacity = &site.final_capacity;
    let about = if plan.is_exact { "" } else { "about " };
    let number = format!("{about}{}", units::bytes(plan.capacity));
    let constant = capacity.min() == capacity.max();
    let wasteful = plan.waste_each > capacity.mean();
    // What is made once has nothing to learn from.
    let learned = if buffers > subject.threads() {
        "; or let it be learned: `#[presize]` on the `let`"
    } else {
        ""
    };
    let help = if wasteful {
        format!(
            "no one number fits ({} in the middle, {number} at p95): work the capacity out from \
             the input, such as its length or `size_hint()`, and ask for it with `with_capacity` \
             or `reserve`; where the input does not say, `#[presize]` on the `let` learns a good \
             capacity",
            units::bytes(capacity.p50())
        )
    } else {
        format!(
            "ask for {number} at once{}: `with_capacity(n)` or `reserve(n)`, where n times the \
             size of an element is {} bytes{learned}",
            if constant { "" } else { ", the p95 of the final capacity" },
            units::count(plan.capacity)
        )
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
                min_bytes: if constant { plan.capacity } else { capacity.min() },
                p50_bytes: capacity.p50().min(plan.capacity),
                p95_bytes: plan.capacity,
                max_bytes: if constant { plan.capacity } else { capacity.max() },
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
    /// Share of the buffers that then never grow.
    covered: f64,
    /// Capacity a buffer gets and does not use, mean, bytes.
    waste_each: f64,
}

impl Plan {
    /// The capacity is the p95 of what buffers grew to. Its bucket holds a range of sizes; buffers
    /// double, so the power of two in it, where there is one, is the size they had.
    fn of(capacity: &Stat) -> Option<Self> {
        let p95 = capacity.p95();
        let (low, high, _) =
            capacity.buckets().find(|(low, high, _)| (*low..=*high).contains(&p95))?;
        let power = low.checked_next_power_of_two().filter(|power| *power <= high);
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
        Some(Self {
            capacity: number,
            is_exact: power.is_some() || low == high,
            covered: ratio(covered, buffers),
            waste_each: waste / buffers as f64,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Plan;
    use crate::Stat;

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
