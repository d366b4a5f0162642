//! Two runs side by side, what matters first.
//!
//! Counts of blocks and bytes are exact: any difference is one. Where a program is not
//! deterministic, more runs of the older version say how far its figures wander, and what stays
//! within is marked as noise. Times are shown and never judged.

mod table;

pub(crate) use self::table::DiffText;

use crate::quantity::{Fraction, Quantity};
use memopt_report::{Report, SiteReport};
use std::collections::BTreeMap;

/// How a figure stands to that of the older run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// More than before, beyond what runs differ by.
    More,
    /// Less than before, beyond what runs differ by.
    Less,
    /// Another value than before, within what the older runs span.
    Noise,
    /// The same value.
    Same,
}

impl Judgement {
    fn of(after: Fraction, range: (Fraction, Fraction), before: Fraction) -> Self {
        match () {
            () if after == before => Self::Same,
            () if after > range.1 => Self::More,
            () if after < range.0 => Self::Less,
            () => Self::Noise,
        }
    }

    /// The word in tables and JSON.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::More => "more",
            Self::Less => "less",
            Self::Noise => "noise",
            Self::Same => "same",
        }
    }
}

/// One quantity before and after.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Figure {
    /// What is counted.
    pub(crate) quantity: Quantity,
    /// In the older run.
    pub(crate) before: Fraction,
    /// In the newer run.
    pub(crate) after: Fraction,
    /// Whether the difference is real.
    pub(crate) judgement: Judgement,
}

/// One site before and after; at least one of the two is there.
#[derive(Clone, Debug)]
pub(crate) struct SiteChange<'a> {
    /// In the older run.
    pub(crate) before: Option<&'a SiteReport>,
    /// In the newer run.
    pub(crate) after: Option<&'a SiteReport>,
    /// All quantities, a call.
    pub(crate) figures: Vec<Figure>,
    /// The largest share of a quantity of the run that the site's own code moved, then the same of
    /// the site with all inside.
    pub(crate) weight: (f64, f64),
}

impl<'a> SiteChange<'a> {
    /// The site, as the newer run knows it where it does.
    pub(crate) fn site(&self) -> &'a SiteReport {
        match (self.after, self.before) {
            (Some(site), _) | (None, Some(site)) => site,
            (None, None) => unreachable!("a pair has at least one site"),
        }
    }

    /// Whether every figure is the same.
    pub(crate) fn is_same(&self) -> bool {
        self.figures.iter().all(|figure| figure.judgement == Judgement::Same)
    }

    /// Whether it is in one run only.
    pub(crate) fn is_in_one(&self) -> bool {
        self.before.is_none() || self.after.is_none()
    }
}

/// Two runs, compared.
#[derive(Debug)]
pub(crate) struct Comparison<'a> {
    /// The older run.
    pub(crate) before: &'a Report,
    /// The newer run.
    pub(crate) after: &'a Report,
    /// The quantities of the whole run.
    pub(crate) total: Vec<Figure>,
    /// Every site of either run, what matters first.
    pub(crate) sites: Vec<SiteChange<'a>>,
    /// Runs of the older version, the one compared with included.
    pub(crate) runs: usize,
}

impl<'a> Comparison<'a> {
    /// Compares, where `more` are further runs of the older version.
    pub(crate) fn of(before: &'a Report, after: &'a Report, more: &[Report]) -> Self {
        let total = Quantity::ALL
            .into_iter()
            .map(|quantity| {
                let of = |report| Fraction::new(quantity.of_run(report), 1);
                figure(quantity, of(before), of(after), more.iter().map(of))
            })
            .collect();
        let index: Vec<BTreeMap<(&str, &str), &SiteReport>> = more
            .iter()
            .map(|run| run.sites().iter().map(|s| ((&*s.name, &*s.file), s)).collect())
            .collect();
        let mut sites: Vec<SiteChange<'a>> = before
            .pair_sites(after)
            .into_iter()
            .map(|(old, new)| {
                let seen = |site: Option<&SiteReport>| -> Vec<&SiteReport> {
                    let Some(site) = site else { return Vec::new() };
                    let key = (&*site.name, &*site.file);
                    index.iter().filter_map(|run| run.get(&key).copied()).collect()
                };
                let others = seen(old.or(new));
                let figures = Quantity::ALL
                    .into_iter()
                    .map(|quantity| {
                        let of = |site: Option<&SiteReport>| {
                            site.map_or(Fraction::new(0, 1), |site| quantity.of_call(site))
                        };
                        let more = others.iter().map(|site| quantity.of_call(site));
                        figure(quantity, of(old), of(new), more)
                    })
                    .collect();
                SiteChange { before: old, after: new, figures, weight: weight(before, old, new) }
            })
            .collect();
        sites.sort_by(|a, b| {
            (b.weight.0.total_cmp(&a.weight.0))
                .then(b.weight.1.total_cmp(&a.weight.1))
                .then_with(|| a.site().name.cmp(&b.site().name))
        });
        Self { before, after, total, sites, runs: more.len() + 1 }
    }
}

fn figure(
    quantity: Quantity,
    before: Fraction,
    after: Fraction,
    more: impl Iterator<Item = Fraction>,
) -> Figure {
    let range = more.fold((before, before), |(low, high), run| (low.min(run), high.max(run)));
    Figure { quantity, before, after, judgement: Judgement::of(after, range, before) }
}

/// What a change is worth: the share of the older run's quantities that it moved, a call, times the
/// calls of the newer run.
fn weight(run: &Report, old: Option<&SiteReport>, new: Option<&SiteReport>) -> (f64, f64) {
    let calls = new.or(old).map_or(0.0, |site| site.calls as f64);
    let share = |moved: f64, quantity: Quantity| {
        moved.abs() * calls / (quantity.of_run(run) as f64).max(1.0)
    };
    let own = |site: Option<&SiteReport>, quantity: Quantity| {
        site.and_then(|site| Some(quantity.of_own(site)? as f64 / site.calls.max(1) as f64))
            .unwrap_or(0.0)
    };
    let inclusive = |site: Option<&SiteReport>, quantity: Quantity| {
        site.map_or(0.0, |site| quantity.of_call(site).value())
    };
    let largest = |of: &dyn Fn(Option<&SiteReport>, Quantity) -> f64, of_peak: bool| {
        Quantity::ALL
            .into_iter()
            .map(|quantity| {
                let moved = of(new, quantity) - of(old, quantity);
                match quantity {
                    // A peak is not summed over calls.
                    Quantity::Peak if of_peak => share(moved, quantity) / calls.max(1.0),
                    Quantity::Peak => 0.0,
                    _ => share(moved, quantity),
                }
            })
            .fold(0.0, f64::max)
    };
    (largest(&own, false), largest(&inclusive, true))
}
