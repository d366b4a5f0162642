//! What verdicts come to on calls of which the truth is known.

use super::{Arm, Look, Settings, Verdict, effect, is_early, judge};
use crate::site::Measured;

#[test]
fn a_trial_is_looked_at_a_dozen_times_however_often_it_ticks() {
    let mut looks = Vec::new();
    for calls in 200..=20_000 {
        if !is_early(calls, looks.last().copied().unwrap_or(0)) {
            looks.push(calls);
        }
    }
    assert_eq!((looks[..3].to_vec(), looks.len()), (vec![200, 300, 450], 12));
}

/// Calls of sizes over five powers of ten whose time follows the size, with noise of a third,
/// treated ones `factor` times as long.
fn arms(calls: u64, factor: f64) -> [Arm; 2] {
    let mut arms = [Arm::default(); 2];
    let mut seed = 42u64;
    for i in 0..calls * 2 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let size = 10f64.powf((seed >> 40) as f64 / (1u64 << 24) as f64 * 5.0) + 10.0;
        let noise = 1.0 + ((seed >> 16 & 255) as f64 / 255.0 - 0.5) * 0.6;
        let treated = i % 2 == 1;
        let ns = size * 3.0 * noise * if treated { factor } else { 1.0 };
        arms[usize::from(treated)]
            .add(ns as u64, &Measured { bytes: size as u64, ..Measured::default() });
    }
    arms
}

#[test]
fn a_tenth_is_seen_through_calls_that_differ_by_a_hundred_thousand() {
    let [untreated, treated] = arms(2000, 0.9);
    let found = effect(&untreated, &treated, true).unwrap();
    assert!((0.88..0.92).contains(&found.time_ratio), "{found:?}");
    assert!(found.high < 1.0 && found.low < found.time_ratio, "{found:?}");
    // Without the adjustment the calls' sizes hide it.
    let blind = effect(&untreated, &treated, false).unwrap();
    assert!(blind.high > 1.0, "{blind:?}");
}

#[test]
fn nothing_is_seen_where_there_is_nothing() {
    let [untreated, treated] = arms(2000, 1.0);
    let found = effect(&untreated, &treated, true).unwrap();
    assert!(found.low < 1.0 && found.high > 1.0, "{found:?}");
}

/// Numbers as they come, the same in every run.
struct Random(u64);

impl Random {
    /// Between 0 and 1, never 0.
    fn uniform(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 11) as f64 + 1.0) / (1u64 << 53) as f64
    }

    /// Of the standard normal distribution (Box and Muller).
    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

/// Logarithmic noise of a call's time: one in three takes more than 1.5 times or less than two
/// thirds of the middle.
const NOISE: f64 = 0.4;

/// One trial whose treated calls take `factor` times as long as the others, looked at after each 50
/// calls of each kind; what the optimizer does.
fn outcome(factor: f64, random: &mut Random) -> Verdict {
    let settings = Settings { max_calls: 5000, ..Settings::default() };
    let (mut arms, mut looked) = ([Arm::default(); 2], 0);
    loop {
        for _ in 0..50 {
            for (arm, factor) in arms.iter_mut().zip([1.0, factor]) {
                let ns = 10_000.0 * factor * (NOISE * random.normal()).exp();
                arm.add(
                    ns as u64,
                    &Measured { bytes: 640, allocs: 10, peak: 640, ..Measured::default() },
                );
            }
        }
        match judge(&look(arms), &mut looked, &settings) {
            Verdict::Wait => assert!(arms[0].calls < settings.max_calls, "a trial ends"),
            verdict => return verdict,
        }
    }
}

fn look(arms: [Arm; 2]) -> Look {
    Look { arms, adjust: true, survivors: false, adopted: false, age_ns: 0, silent_ns: 0 }
}

/// Of so many trials those adopted; the others are taken back.
fn adopted(trials: u32, factor: f64) -> u32 {
    let mut random = Random(7);
    let keeps = |_: &u32| match outcome(factor, &mut random) {
        Verdict::Keep(effect, _) => {
            assert!(effect.high < 1.0 && effect.time_ratio <= 0.98, "{effect:?}");
            assert_eq!((effect.untreated_call.bytes, effect.treated_call.blocks), (640.0, 10.0));
            true
        }
        Verdict::Revert(effect, why) => {
            assert!(effect.is_some() && why.starts_with("no gain"), "{why}");
            false
        }
        other => panic!("{other:?}"),
    };
    (0..trials).filter(keeps).count() as u32
}

#[test]
fn a_tenth_saved_is_kept() {
    assert!(adopted(200, 0.9) >= 198);
}

#[test]
fn nothing_saved_is_kept_in_fewer_than_two_of_a_hundred() {
    assert!(adopted(500, 1.0) < 10);
}

#[test]
fn a_tenth_lost_is_never_kept() {
    assert_eq!(adopted(200, 1.1), 0);
}

#[test]
fn what_is_kept_is_taken_back_when_it_harms_or_is_not_called_any_more() {
    let settings = Settings::default();
    let later = settings.max_age.as_nanos() as u64 + 1;
    let adopted = |factor| Look { adopted: true, age_ns: later, ..look(arms(2000, factor)) };
    assert!(matches!(judge(&adopted(0.9), &mut 0, &settings), Verdict::Wait));
    assert!(matches!(judge(&adopted(1.1), &mut 0, &settings), Verdict::Revert(Some(_), _)));
    let silent = Look { silent_ns: later, ..adopted(0.9) };
    assert!(matches!(judge(&silent, &mut 0, &settings), Verdict::GiveUp("its calls have stopped")));
}

#[test]
fn what_nobody_calls_is_given_up_and_what_survives_is_taken_back() {
    let settings = Settings::default();
    let later = settings.max_age.as_nanos() as u64 + 1;
    let few = Look { age_ns: later, ..look(arms(199, 0.5)) };
    assert!(matches!(judge(&few, &mut 0, &settings), Verdict::GiveUp(_)));
    assert!(matches!(judge(&look(arms(199, 0.5)), &mut 0, &settings), Verdict::Wait));
    let survivors = Look { survivors: true, ..look(arms(2000, 0.5)) };
    assert!(matches!(judge(&survivors, &mut 0, &settings), Verdict::Revert(None, _)));
}
