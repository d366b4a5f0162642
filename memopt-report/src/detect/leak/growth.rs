//! LEAK: what a place holds rises, and goes on rising.
//!
//! The trend is tested on **minima of windows**: what a sawtooth holds at its lowest does not rise.
//! Significance alone is not enough, since the snapshots of a process are not independent: the size
//! of the effect is asked beside it, and that growth is steady, which a cache that fills, a step,
//! and a plateau are not.

use super::limits;
use super::place::Place;
use super::series::Point;
use super::trend::{Slope, Trend, mann_kendall, theil_sen};
use super::verdict::{Claim, Growth, LeakKind};
use crate::detect::evidence::{Evidence, tells_of_age};
use crate::units;
use std::collections::BinaryHeap;

/// Growth of a place, whatever it means.
pub(super) fn measure(windows: &[Point]) -> Growth {
    let bytes = column(windows, |w| w.bytes);
    let calls = column(windows, |w| w.calls);
    Growth {
        bytes_per_second: theil_sen(&seconds(windows), &bytes).unwrap_or_default(),
        bytes_per_call: theil_sen(&calls, &bytes).map(|slope| slope.value),
        trend: mann_kendall(&bytes),
        windows: windows.len() as u64 - 1,
        generations: generations(windows),
    }
}

/// Whether the place leaks. `total` is what the process holds, `before` what the place held before
/// the windows; where that is not known, 0 or `None`: then all that it held when they began.
pub(super) fn judge(
    place: &Place,
    windows: &[Point],
    growth: &Growth,
    total: u64,
    before: Option<u64>,
) -> Option<Claim> {
    let (first, last) = (windows.first()?, windows.last()?);
    let rise = last.bytes.saturating_sub(first.bytes);
    let before = before.filter(|bytes| *bytes > 0).unwrap_or(first.bytes);
    let above = last.bytes.saturating_sub(before);
    let large = rise >= limits::MIN_RISE
        && above as f64 >= limits::MIN_RISE_OF_LIVE * last.bytes as f64
        && above as f64 >= limits::MIN_RISE_OF_TOTAL * total as f64
        // More than the sample's own chance.
        && last.low > first.high.max(before);
    if !large || !rises(&growth.trend) {
        return None;
    }
    let bytes = column(windows, |w| w.bytes);
    let blocks = column(windows, |w| w.blocks);
    // A collection that doubles hides what it collects: its blocks may tell.
    let steady = steadiness(windows, &bytes)
        .or_else(|| rises(&mann_kendall(&blocks)).then(|| steadiness(windows, &blocks)).flatten());
    let (steady, stepwise) = match steady {
        Some(steady) => (steady, false),
        None if flat(&blocks) && doubles(&seconds(windows), &bytes) => (0.8, true),
        None => return None,
    };
    let confidence = (1.0 - growth.trend.p) * growth.trend.tau * steady.min(1.0);
    Some(claim(place, windows, growth, &Found { rise, steady, stepwise, confidence }))
}

struct Found {
    rise: u64,
    steady: f64,
    stepwise: bool,
    confidence: f64,
}

fn claim(place: &Place, windows: &[Point], growth: &Growth, found: &Found) -> Claim {
    let (first, last) = (&windows[0], &windows[windows.len() - 1]);
    let Slope { value, low, high } = growth.bytes_per_second;
    let rate = |bytes: f64| units::bytes(bytes.max(0.0).round() as u64);
    let per_call = growth.bytes_per_call.filter(|bytes| *bytes >= 0.5);
    let mut evidence = vec![
        Evidence::LowestRose {
            first_bytes: first.bytes,
            last_bytes: last.bytes,
            windows: windows.len() as u64,
            span_ns: last.at_ns.saturating_sub(first.at_ns),
            tau: growth.trend.tau,
            p: growth.trend.p,
        },
        Evidence::GrowthRate {
            bytes_per_second: value,
            low_bytes_per_second: low,
            high_bytes_per_second: high,
            late_ratio: (!found.stepwise).then_some(found.steady),
        },
    ];
    let freed_lifetime_ns =
        (place.now.freed > 0).then(|| (place.now.lifetimes_ns / place.now.freed as f64) as u64);
    if freed_lifetime_ns.is_some() || tells_of_age(growth.generations, growth.windows) {
        evidence.push(Evidence::GenerationsLive {
            generations: growth.generations,
            windows: growth.windows,
            freed_lifetime_ns,
        });
    }
    let by_call = per_call.map(|bytes| format!(", {} a call", rate(bytes))).unwrap_or_default();
    Claim {
        kind: LeakKind::Leak,
        what: format!("leaks {} a second{by_call}", rate(value)),
        label: format!(
            "{} in use in {}, and growing",
            units::bytes(place.now.live.bytes),
            units::counted(place.now.live.blocks, "block")
        ),
        evidence,
        help: "find what keeps them: a collection that is only added to (remove, bound or drain \
               it), tasks and handles never awaited or joined, a cycle of `Rc` or `Arc` (make one \
               side `Weak`), a producer that no bounded channel holds back"
            .to_owned(),
        bytes: found.rise,
        confidence: found.confidence,
    }
}

fn rises(trend: &Trend) -> bool {
    trend.p <= limits::ALPHA && trend.tau >= limits::MIN_TAU
}

fn column(windows: &[Point], figure: fn(&Point) -> u64) -> Vec<f64> {
    windows.iter().map(|w| figure(w) as f64).collect()
}

fn seconds(windows: &[Point]) -> Vec<f64> {
    let start = windows.first().map_or(0, |w| w.at_ns);
    windows.iter().map(|w| w.at_ns.saturating_sub(start) as f64 / 1e9).collect()
}

/// Slope of the last half ÷ slope of the first one, where `values` grow steadily; over time, or
/// over the calls, since a site that is called less leaks less.
fn steadiness(windows: &[Point], values: &[f64]) -> Option<f64> {
    let calls = column(windows, |w| w.calls);
    steady_over(&seconds(windows), values).or_else(|| steady_over(&calls, values))
}

fn steady_over(x: &[f64], y: &[f64]) -> Option<f64> {
    let (end, half) = (y.len() - 1, y.len() / 2);
    let rise = y[end] - y[0];
    let step = y.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max);
    let quarter = end - (y.len() / 4).max(2);
    let fair = rise * (x[end] - x[quarter]) / (x[end] - x[0]);
    let still = y[end] - y[quarter];
    // Not `<`: without a call on the axis nothing is a number.
    if !(step <= limits::MAX_STEP * rise && still > 0.0 && still >= limits::STILL * fair) {
        return None;
    }
    let early = theil_sen(&x[..half], &y[..half])?.value;
    let late = theil_sen(&x[half..], &y[half..])?.value;
    let ratio = if early > 0.0 { late / early } else { f64::from(late > 0.0) };
    (ratio >= limits::STEADY).then_some(ratio)
}

fn flat(values: &[f64]) -> bool {
    let (low, high) = values.iter().fold((f64::MAX, 0.0f64), |(l, h), v| (l.min(*v), h.max(*v)));
    high - low <= limits::FLAT * high
}

/// Whether each of the last doublings of the time multiplied what was added by then, the last not
/// long ago: growth by doubling, at times that double.
fn doubles(x: &[f64], y: &[f64]) -> bool {
    let end = y.len() - 1;
    let added = |time: f64| {
        let at = x.iter().rposition(|x| *x <= time).unwrap_or(0);
        y[at] - y[0]
    };
    let octave = |n: u32| {
        let time = x[end] / f64::from(1 << n);
        let (late, early) = (added(time), added(time / 2.0));
        early > 0.0 && late >= limits::OCTAVE * early
    };
    added(x[end]) > added(x[end] * 2.0 / 3.0) && (0..limits::OCTAVES).all(octave)
}

/// Windows after the first of which blocks certainly live still: all but the most that the frees
/// can have emptied.
///
/// A block is freed after it was made, so the windows from one on are emptied by the frees from
/// there on. Of these windows the ones with fewest blocks are emptied (Moore and Hodgson, 1968,
/// from the end).
fn generations(windows: &[Point]) -> u64 {
    let Some(last) = windows.last() else { return 0 };
    let (mut emptied, mut needed) = (BinaryHeap::new(), 0);
    for pair in windows.windows(2).rev() {
        let born = pair[1].born.saturating_sub(pair[0].born);
        let more = last.live.saturating_sub(pair[0].live);
        let less = pair[0].live.saturating_sub(last.live);
        let freed = (last.born.saturating_sub(pair[0].born) + less).saturating_sub(more);
        emptied.push(born);
        needed += born;
        if needed > freed {
            needed -= emptied.pop().unwrap_or(0);
        }
    }
    (windows.len() - 1 - emptied.len()) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn x(n: usize) -> Vec<f64> {
        (0..n).map(|i| i as f64).collect()
    }

    fn steady(f: fn(f64) -> f64) -> Option<f64> {
        let x = x(16);
        steady_over(&x, &x.iter().map(|x| f(*x)).collect::<Vec<_>>())
    }

    #[test]
    fn a_line_is_steady_and_what_slows_is_not() {
        assert!((steady(|x| 3.0 * x + 100.0).unwrap() - 1.0).abs() < 1e-9);
        assert!(steady(|x| x * x).unwrap() > 2.0);
        assert_eq!(steady(f64::sqrt), None);
        assert_eq!(steady(|x| 1.0 - (-x / 3.0).exp()), None);
    }

    #[test]
    fn a_plateau_clears_and_so_does_a_step() {
        assert_eq!(steady(|x| x.min(8.0)), None);
        assert_eq!(steady(|x| x.min(11.0)), None);
        assert_eq!(steady(|x| f64::from(x > 5.0)), None);
        assert_eq!(steady(|x| f64::from(x > 4.0) + f64::from(x > 11.0)), None);
    }

    #[test]
    fn doubling_goes_on_or_has_ended() {
        let level = |x: f64| 2f64.powf((x + 1.0).log2().floor());
        // The last one at 15 of 16.
        let y: Vec<f64> = x(20).into_iter().map(level).collect();
        assert!(doubles(&x(20), &y));
        // At 15 of 28: it may be full, it may not.
        let y: Vec<f64> = x(28).into_iter().map(level).collect();
        assert!(!doubles(&x(28), &y));
        assert!(!doubles(&x(16), &x(16).iter().map(|x| x.sqrt()).collect::<Vec<_>>()));
    }

    #[test]
    fn generations_are_those_that_the_frees_cannot_have_emptied() {
        let of = |points: &[(u64, u64)]| {
            let point =
                |(born, live): &(u64, u64)| Point { born: *born, live: *live, ..Point::default() };
            generations(&points.iter().map(point).collect::<Vec<_>>())
        };
        // Nothing is freed.
        assert_eq!(of(&[(10, 10), (20, 20), (30, 30), (60, 60)]), 3);
        // What was freed before the first window emptied none of the others.
        assert_eq!(of(&[(1000, 10), (1010, 20), (1020, 30), (1050, 60)]), 3);
        // Ten in the last: they may be all of one window.
        assert_eq!(of(&[(10, 10), (20, 20), (30, 30), (60, 50)]), 2);
        // Ten in the first window cannot be blocks of a later one.
        assert_eq!(of(&[(10, 10), (40, 30), (50, 40), (60, 50)]), 3);
        // As many as are made.
        assert_eq!(of(&[(10, 10), (20, 10), (30, 10), (60, 10)]), 0);
        assert_eq!(of(&[]), 0);
    }
}
