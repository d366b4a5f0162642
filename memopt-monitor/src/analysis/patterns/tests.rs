use super::*;
use std::f64::consts::TAU;

fn sample(n: usize, of: impl Fn(f64) -> f64) -> Sample {
    let values: Vec<f64> = (0..n).map(|i| of(i as f64)).collect();
    Sample::even(1.0, &values)
}

/// Noise between −1 and 1.
fn noise(t: f64) -> f64 {
    (t * 12.989_8).sin() * (t * 78.233).cos()
}

#[track_caller]
fn only(sample: &Sample) -> Pattern {
    let found = patterns(sample);
    assert_eq!(found.len(), 1, "{found:#?}");
    found[0]
}

#[test]
fn a_spike_is_told_with_its_place() {
    let high = |t: f64| if (700.0..705.0).contains(&t) { 80.0 } else { 0.0 };
    let found = only(&sample(1_000, |t| 100.0 + noise(t) + high(t)));
    assert!(matches!(found.kind, Kind::Spike { value, usual } if value > 175.0 && usual < 102.0));
    assert_eq!((found.from, found.to), (700.0, 705.0));
    assert!(found.to_string().starts_with("spike to 18"), "{found}");
    assert!(found.to_string().ends_with("for 5.00 s"), "{found}");
}

#[test]
fn growth_is_told_by_the_hour() {
    let found = only(&sample(1_000, |t| 100.0 + 0.1 * t + noise(t)));
    assert_eq!(found.to_string(), "grows steadily by 360.0 an hour, 100 % in 999 s");
}

#[test]
fn a_sawtooth_is_no_season() {
    let found = only(&sample(2_000, |t| 100.0 + t % 170.0 / 2.0 + noise(t)));
    let Kind::Sawtooth { cycles, period, height, lows_rise } = found.kind else {
        panic!("{found:?}");
    };
    assert_eq!(cycles, 11);
    assert!((period - 170.0).abs() < 2.0 && (height - 84.5).abs() < 4.0, "{found:?}");
    assert!(lows_rise.abs() < 2.0);
    assert!(found.to_string().contains("11 times"), "{found}");
}

#[test]
fn steps_are_told_both_ways() {
    let levels = |t: f64| {
        if t < 400.0 {
            100.0
        } else if t < 800.0 {
            160.0
        } else {
            90.0
        }
    };
    let found = patterns(&sample(1_200, |t| levels(t) + noise(t)));
    assert_eq!(found.len(), 2, "{found:#?}");
    assert_eq!(found[0].to_string().split(' ').take(2).collect::<Vec<_>>(), ["step", "up"]);
    assert!((found[0].from - 400.0).abs() < 12.0 && (found[1].from - 800.0).abs() < 12.0);
    assert!(found[1].to_string().starts_with("step down from 160."), "{}", found[1]);
}

#[test]
fn a_cache_that_filled_is_a_plateau() {
    let found = patterns(&sample(1_000, |t| 100.0 + (t / 2.0).min(150.0) + noise(t)));
    let plateau = found.iter().find(|found| matches!(found.kind, Kind::Plateau { .. }));
    let plateau = plateau.unwrap_or_else(|| panic!("{found:#?}"));
    assert!((plateau.from - 300.0).abs() < 40.0, "{plateau:?}");
    assert!(plateau.to_string().starts_with("level at 250"), "{plateau}");
}

#[test]
fn a_day_is_a_season() {
    let found = only(&sample(2_880, |t| 100.0 + 20.0 * (TAU * t / 288.0).sin() + noise(t)));
    let Kind::Seasonal { period, height } = found.kind else { panic!("{found:?}") };
    assert!((period - 288.0).abs() < 3.0 && (height - 40.0).abs() < 1.5, "{found:?}");
}

#[test]
fn threads_that_only_begin_are_told() {
    let found = count_growth(&sample(800, |t| 8.0 + (t / 50.0).floor())).unwrap();
    assert_eq!(found.to_string(), "the count goes up and not down: 8.000 to 22.0");
    assert!(count_growth(&sample(800, |t| if t < 100.0 { 8.0 } else { 24.0 })).is_none());
    assert!(count_growth(&sample(800, |t| 8.0 + 30.0 * (t / 50.0).sin().abs())).is_none());
    assert!(count_growth(&Sample::default()).is_none());
}

#[test]
fn churn_needs_turnover_without_growth() {
    let rate = sample(300, |t| 1e8 + 1e6 * noise(t));
    let found = churn(&rate, &sample(300, |t| 5e7 + 1e5 * noise(t))).unwrap();
    assert!(found.to_string().starts_with("churn: all that is held is replaced every 50"));
    assert!(churn(&rate, &sample(300, |t| 5e7 + 1e6 * t)).is_none());
    assert!(churn(&rate, &sample(300, |_| 5e9)).is_none());
    assert!(churn(&rate, &sample(300, |_| 0.0)).is_none());
    assert!(churn(&Sample::default(), &Sample::default()).is_none());
}

#[test]
fn noise_constants_and_nothing_are_no_pattern() {
    assert_eq!(patterns(&sample(1_000, |t| 100.0 + noise(t))), []);
    assert_eq!(patterns(&sample(1_000, |_| 100.0)), []);
    assert_eq!(patterns(&sample(1_000, |_| 0.0)), []);
    for n in 0..60 {
        patterns(&sample(n, |t| t));
        patterns(&sample(n, |t| if (t as usize).is_multiple_of(2) { 1e140 } else { -1e140 }));
    }
}
