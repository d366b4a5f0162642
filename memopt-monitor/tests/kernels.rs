//! The kernels beside other libraries: see `fixtures/README.md`.

use memopt_monitor::analysis::kernel::{
    autocorrelation::autocorrelation, change, distribution, harmonic, quantile, rank, regression,
};
use memopt_monitor::analysis::sample::Sample;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Fixture {
    series: BTreeMap<String, Expected>,
    distributions: Distributions,
}

#[derive(Deserialize)]
struct Expected {
    x: Vec<f64>,
    y: Vec<f64>,
    least_squares: [f64; 8],
    detrended: Vec<f64>,
    theil_sen: [f64; 3],
    kendall: Kendall,
    mann_kendall: [f64; 4],
    corrected: Corrected,
    autocorrelation: Vec<f64>,
    quantiles: [f64; 7],
    mad: f64,
    wave: Wave,
    changes: Changes,
}

#[derive(Deserialize)]
struct Kendall {
    x: Vec<f64>,
    tau: f64,
    p: f64,
}

#[derive(Deserialize)]
struct Corrected {
    lags: usize,
    /// Absent where the correction leaves no variance.
    values: Option<[f64; 4]>,
}

#[derive(Deserialize)]
struct Wave {
    period: f64,
    values: Vec<f64>,
}

#[derive(Deserialize)]
struct Changes {
    penalty: f64,
    values: Vec<usize>,
}

#[derive(Deserialize)]
struct Distributions {
    normal_tail: Vec<[f64; 2]>,
    normal_quantile: Vec<[f64; 2]>,
    student_tail: Vec<[f64; 3]>,
    student_quantile: Vec<[f64; 3]>,
}

fn fixture() -> Fixture {
    serde_json::from_str(include_str!("fixtures/kernels.json")).unwrap()
}

/// Within 1e-9 of each other, of the larger; or of `scale`, below which a value is a rest of
/// rounding.
#[track_caller]
fn near(name: &str, found: f64, expected: f64, scale: f64) {
    let size = found.abs().max(expected.abs()).max(scale);
    assert!((found - expected).abs() <= 1e-9 * size, "{name}: {found:e}, expected {expected:e}");
}

#[track_caller]
fn all_near(name: &str, found: &[f64], expected: &[f64], scale: f64) {
    assert_eq!(found.len(), expected.len(), "{name}");
    for (found, expected) in found.iter().zip(expected) {
        near(name, *found, *expected, scale);
    }
}

#[test]
fn lines_are_scipys() {
    for (name, of) in fixture().series {
        let fit = regression::least_squares(&of.x, &of.y).unwrap();
        let (low, high) = fit.interval(0.95);
        let found = [
            fit.slope,
            fit.intercept,
            fit.r,
            fit.p,
            fit.slope_error,
            fit.intercept_error,
            low,
            high,
        ];
        all_near(&name, &found, &of.least_squares, 0.0);
        // What is left of values of 4e9 has lost seven digits.
        let size = of.y.iter().fold(0.0, |a: f64, b| a.max(b.abs()));
        all_near(&name, &regression::detrend(&of.x, &of.y), &of.detrended, size * 1e-5);
    }
}

#[test]
fn slopes_of_pairs_are_scipys() {
    for (name, of) in fixture().series {
        let line = rank::theil_sen(&Sample::new(&of.x, &of.y), 0.95).unwrap();
        all_near(&name, &[line.slope, line.low, line.high], &of.theil_sen, 0.0);
    }
}

#[test]
fn kendalls_tau_is_scipys() {
    for (name, of) in fixture().series {
        let found = rank::kendall(&of.kendall.x, &of.y);
        near(&name, found.tau, of.kendall.tau, 0.0);
        near(&name, found.p, of.kendall.p, 0.0);
    }
}

#[test]
fn the_tests_of_mann_and_kendall_are_pymannkendalls() {
    for (name, of) in fixture().series {
        let found = rank::mann_kendall(&of.y);
        // It takes p as 1 less a distribution near 1, which leaves 1e-16 of a tail.
        let tail = 1e-6;
        all_near(&name, &[found.s, found.variance, found.z], &of.mann_kendall[..3], 0.0);
        near(&name, found.p, of.mann_kendall[3], tail);
        let found = rank::mann_kendall_corrected(&of.y, of.corrected.lags);
        let Some(expected) = of.corrected.values else {
            assert_eq!(found, rank::mann_kendall(&of.y), "{name}");
            continue;
        };
        all_near(&name, &[found.s, found.variance, found.z], &expected[..3], 0.0);
        near(&name, found.p, expected[3], tail);
    }
}

#[test]
fn autocorrelations_are_statsmodels() {
    for (name, of) in fixture().series {
        // All lags, by transform; and few, one by one.
        let all = autocorrelation(&of.y, of.y.len());
        all_near(&name, &all, &of.autocorrelation, 1.0);
        let few = autocorrelation(&of.y, 4);
        all_near(&name, &few, &of.autocorrelation[..few.len()], 1e-3);
    }
}

#[test]
fn quantiles_are_numpys() {
    for (name, of) in fixture().series {
        let found = [0.0, 0.1, 0.25, 0.5, 0.9, 0.99, 1.0].map(|p| quantile::quantile(&of.y, p));
        all_near(&name, &found, &of.quantiles, 0.0);
        near(&name, quantile::mad(&of.y), of.mad, 0.0);
    }
}

#[test]
fn waves_are_numpys() {
    for (name, of) in fixture().series {
        let Some(wave) = harmonic::fit(&of.x, &of.y, of.wave.period, 1) else {
            assert!(of.wave.values.is_empty(), "{name}");
            continue;
        };
        if of.wave.values.is_empty() {
            continue;
        }
        let (cosine, sine) = wave.harmonics[0];
        let found = [wave.intercept, wave.slope, cosine, sine];
        let largest = of.wave.values.iter().fold(0.0, |a: f64, b| a.max(b.abs()));
        // Waves of 1e6 on a level of 4e9: what the level's digits leave.
        all_near(&name, &found, &of.wave.values, largest * 1e-3);
    }
}

#[test]
fn changes_are_ruptures() {
    for (name, of) in fixture().series {
        assert_eq!(change::changes(&of.y, of.changes.penalty, 2), of.changes.values, "{name}");
    }
}

#[test]
fn distributions_are_scipys() {
    let of = fixture().distributions;
    for [z, p] in of.normal_tail {
        near(&format!("normal tail {z}"), distribution::normal_tail(z), p, 0.0);
    }
    for [p, z] in of.normal_quantile {
        near(&format!("normal quantile {p}"), distribution::normal_quantile(p), z, 0.0);
    }
    for [f, t, p] in of.student_tail {
        near(&format!("t tail {t} of {f}"), distribution::student_tail(t, f), p, 0.0);
    }
    for [f, p, t] in of.student_quantile {
        near(&format!("t quantile {p} of {f}"), distribution::student_quantile(p, f), t, 0.0);
    }
}
