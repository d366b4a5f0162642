//! What changed: all series, ranked by how unusual they were in a marked window.
//!
//! # Formula
//!
//! The window has the length `L`. Up to 16 earlier windows of the same length end where it begins.
//! Of each window three quantiles are taken: 5 % (low), 50 % (level) and 95 % (high), by linear
//! interpolation (Hyndman and Fan 1996, type 7). A quantile of the marked window is compared with
//! the same quantile of the earlier windows:
//!
//! ```text
//! effect = (q - median(q_k)) / max(sigma(q_k), floor)
//! sigma  = max(1.4826 * MAD, (q90 - q10) / 2.563)
//! floor  = 0.5 % of max(|median before|, |median within|)
//! score  = |effect| / (|effect| + 3)
//! ```
//!
//! `MAD` is the median absolute deviation. Both parts of `sigma` are the standard deviation of
//! normal values (Rousseeuw and Croux 1993 have the first); the larger is taken since the MAD of 16
//! values is small by chance too often. The largest `|effect|` of the three quantiles counts.
//!
//! Earlier windows of the same length show what chance, bursts and slow drift do in that time, so a
//! series that always jumps is not told for jumping. The floor keeps a constant series from being
//! told for a change nobody cares for. With fewer than four earlier windows the quantile is
//! compared with that of all earlier points, and `sigma` is that of these points.
//!
//! A score of 0.5 is an effect of three standard deviations. It is the boundary: below it chance is
//! explanation enough.
//!
//! # Cost
//!
//! At most 4096 points a series are looked at, evenly thinned if there are more. Time is
//! O(points + 4096 log 4096) a series: 0.25 ms for 1,000 points, 2.2 ms for a day of 86,400. Memory
//! is that of one series' points looked at, and the changes that are kept.

use crate::series::{Key, Point};
use std::cmp::Ordering;

/// Earlier windows that are looked at.
const WINDOWS: usize = 16;
/// Earlier windows below which single points are compared.
const FEW_WINDOWS: usize = 4;
/// Points of a window, below which nothing is said of it.
const FEW_POINTS: usize = 3;
/// Points of a series that are looked at.
const MOST_POINTS: usize = 4096;
/// Changes smaller than this share of the level are not unusual however constant a series was.
const FLOOR: f64 = 0.005;
/// Standard deviations at which the score is 0.5.
const BOUNDARY: f64 = 3.0;
/// MAD to standard deviation of normal values.
const MAD_TO_SIGMA: f64 = 1.4826;
/// Distance of the 10 % and 90 % quantiles to the standard deviation of normal values.
const DECILES_TO_SIGMA: f64 = 1.0 / 2.563;

/// A marked stretch of time, by the wall clock: people mark what they see. The end is not in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Begin, ms since 1970.
    pub from_unix_ms: i64,
    /// End, ms since 1970.
    pub to_unix_ms: i64,
}

/// What values did in a stretch of time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Summary {
    /// The middle one of the values.
    pub median: f64,
    /// Robust standard deviation: `sigma` of the module's formula.
    pub spread: f64,
    /// How many values were looked at.
    pub points: usize,
}

/// Which way a series moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Higher than before.
    Up,
    /// Lower than before.
    Down,
}

/// Which values of the window moved most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The low ones: 5 % quantile.
    Low,
    /// The middle: the median.
    Level,
    /// The high ones: 95 % quantile.
    High,
}

const PARTS: [(Part, f64); 3] = [(Part::Level, 0.5), (Part::High, 0.95), (Part::Low, 0.05)];

/// How one series differed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Change {
    /// Which series.
    pub key: Key,
    /// What came before the window, at most 16 times as long.
    pub before: Summary,
    /// The window.
    pub within: Summary,
    /// Which values moved most.
    pub part: Part,
    /// Which way.
    pub direction: Direction,
    /// By how many standard deviations; negative where they went down.
    pub effect: f64,
    /// `effect` brought to 0..1. The boundary is 0.5.
    pub score: f64,
}

/// All series, compared.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Changes {
    /// The most unusual first; equal ones by their key.
    pub ranked: Vec<Change>,
    /// How many were compared. More than `ranked` has, if a limit was given.
    pub compared: usize,
    /// Series with values in the window and none before, with what they did.
    pub appeared: Vec<(Key, Summary)>,
    /// Series with values before the window and none in it, with what they did.
    pub vanished: Vec<(Key, Summary)>,
    /// Series with too few values for a word.
    pub too_few: usize,
}

/// Compares each series within the window with itself before, and keeps the `limit` most unusual.
///
/// Counters are given as [rates](crate::series::Series::rate).
pub fn changed<'a>(
    window: Window,
    limit: usize,
    series: impl IntoIterator<Item = (&'a Key, &'a [Point])>,
) -> Changes {
    let mut changes = Changes::default();
    for (key, points) in series {
        let stretches = Stretches::cut(window, points);
        let (before, within) = (summary(&stretches.before), summary(&stretches.within));
        match (before.points, within.points) {
            (0, FEW_POINTS..) => changes.appeared.push((key.clone(), within)),
            (FEW_POINTS.., 0) => changes.vanished.push((key.clone(), before)),
            (FEW_POINTS.., FEW_POINTS..) => {
                changes.compared += 1;
                let (part, effect) = stretches.largest_effect(&before, &within);
                changes.ranked.push(Change {
                    key: key.clone(),
                    before,
                    within,
                    part,
                    direction: if effect < 0.0 { Direction::Down } else { Direction::Up },
                    effect,
                    score: effect.abs() / (effect.abs() + BOUNDARY),
                });
                if changes.ranked.len() > 2 * limit.max(512) {
                    changes.keep(limit);
                }
            }
            _ => changes.too_few += 1,
        }
    }
    changes.keep(limit);
    changes.appeared.sort_by(|a, b| a.0.cmp(&b.0));
    changes.vanished.sort_by(|a, b| a.0.cmp(&b.0));
    changes
}

impl Changes {
    fn keep(&mut self, limit: usize) {
        let order = |a: &Change, b: &Change| -> Ordering {
            b.effect.abs().total_cmp(&a.effect.abs()).then_with(|| a.key.cmp(&b.key))
        };
        self.ranked.sort_by(order);
        self.ranked.truncate(limit);
    }
}

/// The values of the window, and of earlier ones of its length; each sorted.
struct Stretches {
    within: Vec<f64>,
    /// The latest first.
    earlier: Vec<Vec<f64>>,
    /// All earlier ones together.
    before: Vec<f64>,
}

impl Stretches {
    fn cut(window: Window, points: &[Point]) -> Self {
        let mut stretches =
            Self { within: Vec::new(), earlier: vec![Vec::new(); WINDOWS], before: Vec::new() };
        let length = window.to_unix_ms.saturating_sub(window.from_unix_ms);
        if length <= 0 {
            return stretches;
        }
        let earliest = window.from_unix_ms.saturating_sub(length.saturating_mul(WINDOWS as i64));
        let looked_at = || {
            points.iter().filter(|point| {
                (earliest..window.to_unix_ms).contains(&point.at.unix_ms) && point.value.is_finite()
            })
        };
        let stride = looked_at().count().div_ceil(MOST_POINTS).max(1);
        for point in looked_at().step_by(stride) {
            let ago = window.from_unix_ms.saturating_sub(point.at.unix_ms);
            if ago <= 0 {
                stretches.within.push(point.value);
            } else {
                // 1 ms ago is in the latest stretch, and so is exactly one length ago.
                let stretch = ((ago - 1) / length) as usize;
                stretches.earlier[stretch.min(WINDOWS - 1)].push(point.value);
            }
        }
        stretches.before = stretches.earlier.concat();
        let all = [&mut stretches.within, &mut stretches.before];
        all.into_iter().chain(&mut stretches.earlier).for_each(|values| sort(values));
        stretches
    }

    fn largest_effect(&self, before: &Summary, within: &Summary) -> (Part, f64) {
        let floor = FLOOR * before.median.abs().max(within.median.abs());
        let floor = floor.max(f64::MIN_POSITIVE);
        // A window with few of the points that the marked one has says little of its quantiles.
        let least = (self.within.len() / 2).max(FEW_POINTS);
        let full: Vec<&Vec<f64>> =
            self.earlier.iter().filter(|values| values.len() >= least).collect();
        let effect = |q: f64| {
            let (usual, sigma) = if full.len() >= FEW_WINDOWS {
                let mut usual: Vec<f64> = full.iter().map(|values| quantile(values, q)).collect();
                sort(&mut usual);
                (quantile(&usual, 0.5), sigma(&usual))
            } else {
                (quantile(&self.before, q), before.spread)
            };
            bounded((quantile(&self.within, q) - usual) / sigma.max(floor))
        };
        let mut largest = (Part::Level, effect(0.5));
        for (part, q) in &PARTS[1..] {
            let one = effect(*q);
            if one.abs() > largest.1.abs() {
                largest = (*part, one);
            }
        }
        largest
    }
}

/// A number that can be ranked and printed, whatever overflowed on the way to it.
fn bounded(effect: f64) -> f64 {
    if effect.is_nan() { 0.0 } else { effect.clamp(-1e9, 1e9) }
}

fn summary(sorted: &[f64]) -> Summary {
    match sorted.len() {
        0 => Summary::default(),
        points => Summary { median: quantile(sorted, 0.5), spread: sigma(sorted), points },
    }
}

fn sort(values: &mut [f64]) {
    values.sort_unstable_by(f64::total_cmp);
}

/// What would be the standard deviation if the values were normal.
fn sigma(sorted: &[f64]) -> f64 {
    // Halves first, as the difference of two huge values may overflow.
    let deciles = quantile(sorted, 0.9) / 2.0 - quantile(sorted, 0.1) / 2.0;
    (MAD_TO_SIGMA * deviation(sorted)).max(2.0 * DECILES_TO_SIGMA * deciles)
}

/// Median absolute deviation from the median.
fn deviation(sorted: &[f64]) -> f64 {
    let median = quantile(sorted, 0.5);
    let mut distances: Vec<f64> = sorted.iter().map(|value| (value - median).abs()).collect();
    sort(&mut distances);
    quantile(&distances, 0.5)
}

/// The quantile `q` of sorted values, between two of them by linear interpolation. Zero of none.
fn quantile(sorted: &[f64], q: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let at = q * last as f64;
    let (below, share) = (at.floor() as usize, at.fract());
    let above = (below + 1).min(last);
    // Two products, as a difference of two huge values may overflow.
    sorted[below] * (1.0 - share) + sorted[above] * share
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Stamp;

    const WINDOW: Window = Window { from_unix_ms: 1_000_000, to_unix_ms: 1_060_000 };

    /// One value a second: `before` seconds of them, then those of the window.
    fn points(before: i64, value: impl Fn(i64) -> f64) -> Vec<Point> {
        let first = WINDOW.from_unix_ms / 1000 - before;
        (first..WINDOW.to_unix_ms / 1000)
            .map(|second| Point {
                at: Stamp { run: 0, monotonic_ns: 0, unix_ms: second * 1000 },
                value: value(second - WINDOW.from_unix_ms / 1000),
            })
            .collect()
    }

    /// Even in -1..1, the same for the same second.
    fn noise(second: i64) -> f64 {
        let mixed = (second as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        (mixed >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }

    fn of(all: &[(&str, Vec<Point>)]) -> Changes {
        let named: Vec<(Key, &[Point])> =
            all.iter().map(|(name, points)| (Key::new(*name), points.as_slice())).collect();
        changed(WINDOW, 10, named.iter().map(|(key, points)| (key, *points)))
    }

    fn names(changes: &Changes) -> Vec<&str> {
        changes.ranked.iter().map(|change| &*change.key.metric).collect()
    }

    #[test]
    fn a_shift_is_ranked_above_chance() {
        let calm = points(600, |second| 100.0 + 10.0 * noise(second));
        let shifted = points(600, |second| {
            100.0 + 10.0 * noise(second) + if second >= 0 { 50.0 } else { 0.0 }
        });
        let changes = of(&[("calm", calm), ("shifted", shifted)]);
        assert_eq!(names(&changes), ["shifted", "calm"]);
        let [shifted, calm] = &changes.ranked[..] else { panic!("two series") };
        assert_eq!(shifted.direction, Direction::Up);
        assert!(shifted.score > 0.5 && calm.score < 0.5, "{shifted:?} {calm:?}");
        assert!((shifted.within.median - shifted.before.median - 50.0).abs() < 5.0);
        assert_eq!((shifted.before.points, shifted.within.points), (600, 60));
    }

    #[test]
    fn what_always_jumps_is_not_told_for_jumping() {
        // Every second minute is high, so a high minute is nothing new.
        let square = points(960, |second| if second.div_euclid(60) % 2 == 0 { 90.0 } else { 10.0 });
        let changes = of(&[("square", square)]);
        assert!(changes.ranked[0].score < 0.5, "{:?}", changes.ranked[0]);
    }

    #[test]
    fn bursts_move_the_high_values_and_dips_the_low_ones() {
        let burst = |sign: f64| {
            points(600, move |second| {
                let extra = if second >= 0 && second % 8 == 0 { sign * 80.0 } else { 0.0 };
                100.0 + noise(second) + extra
            })
        };
        let changes = of(&[("burst", burst(1.0)), ("dip", burst(-1.0))]);
        let told: Vec<_> = changes.ranked.iter().map(|c| (c.part, c.direction)).collect();
        assert!(told.contains(&(Part::High, Direction::Up)), "{told:?}");
        assert!(told.contains(&(Part::Low, Direction::Down)), "{told:?}");
    }

    #[test]
    fn a_constant_has_a_floor() {
        let grain = points(600, |second| if second < 0 { 1000.0 } else { 1001.0 });
        let thread = points(600, |second| if second < 0 { 8.0 } else { 9.0 });
        let changes = of(&[("grain", grain), ("thread", thread)]);
        assert_eq!(names(&changes), ["thread", "grain"]);
        // 1 / (0.5 % of 9) and 1 / (0.5 % of 1001).
        assert!((changes.ranked[0].effect - 1.0 / 0.045).abs() < 1e-9);
        assert!((changes.ranked[1].effect - 1.0 / 5.005).abs() < 1e-9);
        assert!(changes.ranked[1].score < 0.5);
    }

    #[test]
    fn a_short_past_compares_points() {
        let shifted = points(90, |second| {
            100.0 + 10.0 * noise(second) + if second >= 0 { 90.0 } else { 0.0 }
        });
        let changes = of(&[("shifted", shifted)]);
        assert!(changes.ranked[0].score > 0.5, "{:?}", changes.ranked[0]);
    }

    #[test]
    fn what_came_and_went_is_told_apart() {
        let came = points(0, |_| 5.0);
        let mut went = points(600, |_| 7.0);
        went.retain(|point| point.at.unix_ms < WINDOW.from_unix_ms);
        let changes = of(&[("came", came), ("went", went), ("empty", Vec::new())]);
        assert_eq!(changes.appeared[0].1, Summary { median: 5.0, spread: 0.0, points: 60 });
        assert_eq!(changes.vanished[0].1, Summary { median: 7.0, spread: 0.0, points: 600 });
        assert_eq!((changes.compared, changes.too_few), (0, 1));
    }

    #[test]
    fn ranks_do_not_depend_on_units() {
        let of_scale = |scale: f64| {
            let one = points(600, |second| {
                scale * (100.0 + noise(second) + if second >= 0 { 9.0 } else { 0.0 })
            });
            of(&[("one", one)]).ranked[0].effect
        };
        let (small, large) = (of_scale(1.0), of_scale(1024.0));
        assert!((small - large).abs() < 1e-9 * small, "{small} {large}");
    }

    #[test]
    fn the_limit_holds_and_ties_go_by_name() {
        let series: Vec<(Key, Vec<Point>)> = (0..3000)
            .map(|n| (Key::new(format!("s{n:04}")), points(10, |second| (second >= 0).into())))
            .collect();
        let borrowed = series.iter().map(|(key, points)| (key, points.as_slice()));
        let changes = changed(WINDOW, 3, borrowed);
        assert_eq!(names(&changes), ["s0000", "s0001", "s0002"]);
        assert_eq!(changes.compared, 3000);
    }

    #[test]
    fn no_number_and_no_window_break_it() {
        let odd = [f64::NAN, f64::INFINITY, f64::MAX, f64::MIN, 0.0, -0.0, 5e-324, 1.0];
        let wild = points(600, |second| odd[second.rem_euclid(8) as usize]);
        for change in of(&[("wild", wild.clone())]).ranked {
            assert!(change.effect.is_finite() && (0.0..1.0).contains(&change.score), "{change:?}");
        }
        let key = Key::new("wild");
        let extremes = [i64::MIN, -1, 0, 1_000_000, i64::MAX];
        for (from_unix_ms, to_unix_ms) in extremes.iter().flat_map(|a| extremes.map(|b| (*a, b))) {
            let window = Window { from_unix_ms, to_unix_ms };
            changed(window, 10, [(&key, wild.as_slice())]);
        }
    }
}
