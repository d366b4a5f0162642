use super::*;
use std::f64::consts::TAU;

fn of(n: usize, horizon: f64, value: impl Fn(f64) -> f64) -> Option<Forecast> {
    let values: Vec<f64> = (0..n).map(|i| value(i as f64)).collect();
    forecast(&Sample::even(1.0, &values), horizon, 0.9)
}

/// Noise between −1 and 1.
fn noise(t: f64) -> f64 {
    (t * 12.989_8).sin() * (t * 78.233).cos()
}

#[test]
fn a_line_goes_on_and_reaches_its_limit() {
    let found = of(600, 600.0, |t| 100.0 + t + noise(t)).unwrap();
    assert_eq!(found.model, Model::Line);
    let last = found.bands.last().unwrap();
    assert!((last.value - 1_299.0).abs() < 5.0 && last.low < last.value, "{last:?}");
    let Reach::Within { earliest, likely: Some(likely), latest: Some(latest) } =
        found.reaches(1_000.0, 699.0)
    else {
        panic!("{:?}", found.reaches(1_000.0, 699.0));
    };
    assert!((likely - 301.0).abs() < 5.0, "{likely}");
    assert!(earliest <= likely && likely <= latest);
    assert_eq!(found.reaches(5_000.0, 699.0), Reach::NotWithin(600.0));
    assert_eq!(found.reaches(600.0, 699.0), Reach::Already);
}

#[test]
fn a_season_comes_again() {
    let day = |t: f64| 50.0 + 10.0 * (TAU * t / 100.0).sin();
    let found = of(1_000, 200.0, |t| day(t) + 0.2 * noise(t)).unwrap();
    assert!(matches!(found.model, Model::SeasonalNaive { .. }), "{:?}", found.model);
    for band in &found.bands {
        let miss = (band.value - day(999.0 + band.after)).abs();
        assert!(miss < 3.0, "{band:?} {}", day(999.0 + band.after));
    }
}

#[test]
fn what_stops_rising_is_not_carried_on() {
    let found = of(500, 250.0, |t| 10.0 + (t / 2.0).min(100.0) + 0.1 * noise(t)).unwrap();
    let last = found.bands.last().unwrap();
    assert!((last.value - 110.0).abs() < 3.0, "{} {last:?}", found.model);
}

#[test]
fn bands_never_get_narrower() {
    let mut walk = 0.0;
    let values: Vec<f64> = (0..800)
        .map(|i| {
            walk += noise(f64::from(i));
            100.0 + walk
        })
        .collect();
    let found = forecast(&Sample::even(1.0, &values), 400.0, 0.9).unwrap();
    let widths: Vec<f64> = found.bands.iter().map(|band| band.high - band.low).collect();
    assert!(widths.windows(2).all(|pair| pair[1] >= pair[0]), "{widths:?}");
    assert!(widths[47] > widths[0]);
}

#[test]
fn little_is_no_forecast_and_nothing_panics() {
    assert!(of(0, 10.0, |t| t).is_none() && of(23, 10.0, |t| t).is_none());
    assert!(of(100, 0.0, |t| t).is_none() && of(100, f64::NAN, |t| t).is_none());
    let flat = of(100, 1e9, |_| 7.0).unwrap();
    assert_eq!(flat.model, Model::Last);
    assert_eq!(flat.reaches(8.0, 7.0), Reach::NotWithin(1e9));
    let wild =
        of(100, 50.0, |t| if (t as usize).is_multiple_of(2) { 1e140 } else { -1e140 }).unwrap();
    assert!(wild.bands.iter().all(|band| !band.value.is_nan()));
}

#[test]
fn reaches_read_as_sentences() {
    let within = Reach::Within { earliest: 60.0, likely: Some(120.0), latest: None };
    assert_eq!(within.to_string(), "in about 120 s, at the earliest in 60.0 s");
    assert_eq!(Reach::NotWithin(10.0).to_string(), "not within 10.0 s");
}
