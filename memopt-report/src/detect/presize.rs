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

fn check(subject: &Subject<'_>) -> Option<Claim> {
    let site = subject.site;
    let buffers = site.final_capacity.count();
    let each = ratio(site.grows, buffers);
    if buffers == 0 || site.grows < limits::GROWS || each < 0.9 {
        return None;
    }
    let plan = Plan::of(&site.final_capacity)?;
    let part = |n: u64| (n as f64 * plan.covered) as u64;
    let saving = Saving {
        reallocs: part(site.grows),
        copied_bytes: part(site.own.copied_bytes),
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
    let capacity = &site.final_capacity;
    let number = plan.number();
    let constant = capacity.min() == capacity.max();
    let wasteful = plan.waste_each > capacity.mean();
    let body = subject.body();
    let grown = body.as_deref().and_then(grown);
    // What is made once has nothing to learn from.
    let learns = buffers > subject.threads() && grown.is_none_or(|made| made.name.is_some());
    let help = help(&plan, capacity, wasteful, grown, learns);
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

/// The expression that makes what grows, as far as the source tells.
fn grown(body: &Body) -> Option<&Made> {
    [Makes::Empty, Makes::Collected, Makes::Text, Makes::Sized, Makes::List]
        .into_iter()
        .find_map(|makes| body.first(&[makes]))
}

fn help(plan: &Plan, capacity: &Stat, wasteful: bool, made: Option<&Made>, learns: bool) -> String {
    let (number, bytes) = (plan.number(), units::count(plan.capacity));
    let instead = made
        .map_or(String::new(), |made| format!(" in place of `{}` (line {})", made.text, made.line));
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
    /// Share of the buffers that then never grow.
    covered: f64,
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
