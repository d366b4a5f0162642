//! The detector on small made-up series: one of each kind.

use super::*;
use std::f64::consts::TAU;

/// Even in -1..1, the same sequence for the same seed.
struct Noise(u64);

impl Noise {
    fn bits(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn next(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}

/// A busy hour in each four, 48 readings long, and a little noise.
fn busy_hours(readings: usize) -> Vec<f64> {
    let mut noise = Noise(1);
    let level = |n: usize| if n % 192 < 48 { 80.0 } else { 20.0 };
    (0..readings).map(|n| level(n) + noise.next()).collect()
}

fn scores(values: &[f64]) -> Vec<Score> {
    let mut detector = Detector::new(Settings::default());
    values.iter().map(|value| detector.push(*value)).collect()
}

/// Readings that are told, as they are numbered.
fn told(values: &[f64]) -> Vec<usize> {
    let scores = scores(values);
    (0..values.len()).filter(|n| scores[*n].severity > Severity::None).collect()
}

#[test]
fn a_flat_line_is_no_anomaly() {
    let scores = scores(&vec![42.0; 3000]);
    assert!(scores.iter().all(|score| score.value == 0.0 && score.leader.is_none()));
}

#[test]
fn what_comes_again_is_soon_no_anomaly() {
    let told = told(&busy_hours(6000));
    assert!(told.iter().all(|n| *n < 600), "{told:?}");
}

#[test]
fn a_spike_is_told_once() {
    let mut values = busy_hours(3000);
    values[2500] = 300.0;
    let told = told(&values);
    let late: Vec<_> = told.iter().filter(|n| **n >= 2000).collect();
    // At once, and at the end of its block at the latest.
    assert!(!late.is_empty() && late.len() <= 2, "{told:?}");
    assert!(late.iter().all(|n| (2500..2506).contains(*n)), "{told:?}");
}

#[test]
fn a_level_shift_is_told_and_then_known() {
    let mut values = busy_hours(4000);
    values[2500..].iter_mut().for_each(|value| *value += 100.0);
    let told = told(&values);
    let late: Vec<_> = told.iter().filter(|n| **n >= 2000).copied().collect();
    assert!((2500..2512).contains(&late[0]), "{told:?}");
    assert!(*late.last().unwrap() < 2900 && late.len() < 10, "{told:?}");
}

#[test]
fn a_form_not_seen_before_is_told() {
    // The same values, the other way round: rising slowly, then falling slowly.
    let values: Vec<f64> = (0..3000)
        .map(|n| {
            let phase = f64::from(n % 60);
            if n < 2400 { phase } else { 59.0 - phase }
        })
        .collect();
    let scores = scores(&values);
    let shape = |score: &Score| score.of(Model::Shape);
    assert!(scores[600..2400].iter().all(|score| shape(score) < 0.5));
    assert!(scores[2400..2500].iter().any(|score| shape(score) >= 0.5));
    assert!(scores[2400..2500].iter().any(|score| score.severity > Severity::None));
}

#[test]
fn a_bump_that_fails_to_come_is_told_by_the_season() {
    let mut values = busy_hours(4000);
    let mut noise = Noise(5);
    let bump = 192 * 18;
    values[bump..bump + 48].iter_mut().for_each(|value| *value = 20.0 + noise.next());
    let scores = scores(&values);
    let first = (2000..4000).find(|n| scores[*n].severity > Severity::None).unwrap();
    assert!((bump..bump + 12).contains(&first), "{first}");
    assert_eq!(scores[first].leader, Some(Model::Seasonal));
}

#[test]
fn noise_after_a_constant_is_told_and_then_known() {
    let mut noise = Noise(9);
    let values: Vec<f64> =
        (0..3000).map(|n| if n < 1000 { 5.0 } else { 5.0 + noise.next() }).collect();
    let told = told(&values);
    assert!((1000..1006).contains(&told[0]), "{told:?}");
    assert!(told.iter().filter(|n| **n > 1500).count() <= 8, "{told:?}");
}

#[test]
fn mere_noise_is_seldom_told() {
    let mut noise = Noise(3);
    // A sum of twelve: nearly normal.
    let values: Vec<f64> = (0..20_000).map(|_| (0..12).map(|_| noise.next()).sum()).collect();
    let severities: Vec<Severity> = scores(&values).iter().map(|score| score.severity).collect();
    let count = |least| severities.iter().filter(|severity| **severity >= least).count();
    assert!(count(Severity::Info) < 40, "{}", count(Severity::Info));
    assert!(count(Severity::Critical) < 4, "{}", count(Severity::Critical));
}

#[test]
fn nothing_is_told_while_learning() {
    let mut values = vec![1.0; 100];
    values[60] = 1e6;
    let scores = scores(&values);
    assert!(scores[60].value > 0.5 && scores[60].learning);
    assert_eq!(scores[60].severity, Severity::None);
}

#[test]
fn a_gap_is_no_anomaly_and_nor_is_what_follows_it() {
    let mut values = busy_hours(4000);
    for gap in [2001, 2500, 2501, 3333] {
        values[gap] = f64::NAN;
    }
    values[3001] = f64::NEG_INFINITY;
    let scores = scores(&values);
    assert!(scores[2000..].iter().all(|score| score.severity == Severity::None));
    assert_eq!((scores[2500].value, scores[2500].standing), (0.0, 0.0));
}

#[test]
fn one_incident_is_told_once_and_stands() {
    let mut values = busy_hours(4000);
    values[2500..2600].fill(400.0);
    let scores = scores(&values);
    let high = |n: &usize| scores[*n].value >= 0.5;
    assert!((2500..2600).filter(high).count() <= 3);
    let first = (2500..2600).find(high).unwrap();
    assert!(scores[first].standing >= scores[first].value);
}

#[test]
fn units_and_origin_do_not_matter() {
    let values = {
        let mut values = busy_hours(3000);
        values[2500] = 300.0;
        values
    };
    let plain = scores(&values);
    let scaled = scores(&values.iter().map(|value| value * 1024.0).collect::<Vec<_>>());
    let shifted = scores(&values.iter().map(|value| value + 4096.0).collect::<Vec<_>>());
    for ((plain, scaled), shifted) in plain.iter().zip(&scaled).zip(&shifted) {
        assert_eq!(plain, scaled);
        assert!((plain.value - shifted.value).abs() < 1e-6, "{plain:?} {shifted:?}");
    }
}

#[test]
fn a_known_range_that_is_none_counts_as_unknown() {
    let values = busy_hours(1000);
    let with = |range| {
        let mut detector = Detector::new(Settings { range, ..Settings::default() });
        values.iter().map(|value| detector.push(*value).value).collect::<Vec<_>>()
    };
    let unknown = with(None);
    for range in [(1.0, 0.0), (f64::NAN, 1.0), (0.0, f64::INFINITY)] {
        assert_eq!(with(Some(range)), unknown);
    }
    assert_ne!(with(Some((0.0, 10_000.0))), unknown);
}

#[test]
fn no_value_breaks_it() {
    let mut noise = Noise(0x2545_F491_4F6C_DD1D);
    let odd = [0.0, -0.0, f64::MAX, f64::MIN, f64::MIN_POSITIVE, 5e-324, f64::INFINITY, f64::NAN];
    for (block, range) in [(0, None), (6, Some((-1.0, 1.0))), (100, Some((0.0, 0.0)))] {
        let mut detector = Detector::new(Settings { range, block });
        for n in 0..12_000 {
            // All bit patterns; then odd values; then constants with rare jumps.
            let value = match n / 1000 % 3 {
                0 => f64::from_bits(noise.bits()),
                1 => odd[(noise.bits() % 8) as usize],
                _ => {
                    if noise.bits().is_multiple_of(100) {
                        noise.next()
                    } else {
                        0.0
                    }
                }
            };
            let score = detector.push(value);
            let all = score.models.into_iter().chain([score.value, score.standing]);
            for one in all {
                assert!((0.0..=1.0).contains(&one), "{value:e} {score:?}");
            }
        }
    }
}

#[test]
fn severities_are_words_for_values() {
    let words = [0.0, 0.49, 0.5, 0.64, 0.65, 0.8, 1.0].map(|value| match Severity::of(value) {
        Severity::None => '-',
        Severity::Info => 'i',
        Severity::Warning => 'w',
        Severity::Critical => 'c',
    });
    assert_eq!(words, ['-', '-', 'i', 'i', 'w', 'c', 'c']);
}

/// A wave of 96 readings with a spike, a step up and back, and a wave of half the height, which is
/// too little beside the step to be told. Look at what is told, should it change.
#[test]
fn golden() {
    let values: Vec<f64> = (0..2400)
        .map(|n| {
            let wave = 50.0 + 20.0 * (f64::from(n) / 96.0 * TAU).sin();
            match n {
                1000 => 150.0,
                1500.. if n < 1600 => wave + 60.0,
                2016..2112 => 50.0 + (wave - 50.0) / 2.0,
                _ => wave,
            }
        })
        .collect();
    let told: Vec<(usize, Severity, Option<Model>)> = scores(&values)
        .iter()
        .enumerate()
        .filter(|(_, score)| score.severity > Severity::None)
        .map(|(n, score)| (n, score.severity, score.leader))
        .collect();
    let expected = [
        (1000, Severity::Info, Some(Model::Robust)),
        (1001, Severity::Critical, Some(Model::Deviation)),
        (1505, Severity::Critical, Some(Model::Deviation)),
        (1601, Severity::Warning, Some(Model::Deviation)),
    ];
    assert_eq!(told, expected);
}
