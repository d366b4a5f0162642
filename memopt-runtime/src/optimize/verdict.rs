//! Whether treated calls are better than untreated ones, and what follows.
//!
//! The test: Welch's, on the logarithms of the calls' times, after what a call's bytes explain of its time is taken off
//! (CUPED: Deng, Xu, Kohavi and Walker, "Improving the sensitivity of online controlled experiments by utilizing
//! pre-experiment data", WSDM 2013). What a call asks for does not depend on where its blocks come from, so the adjustment
//! takes no part of the effect away. A verdict needs 3 standard errors, and a trial is looked at only when its calls have grown by half:
//! with the dozen looks that are between the first and the last a remedy without effect is kept in less than 2 of 100 trials.

use super::candidate::{Candidate, Routing};
use super::settings::Settings;
use super::trial::{Arm, Trial};
use crate::report::{Effect, units};

/// Standard errors on each side of the interval.
const SIGMAS: f64 = 3.0;

/// What a look at a trial says.
pub(super) enum Verdict {
    /// Not decided.
    Wait,
    /// The gain is proven.
    Keep(Effect, String),
    /// What was kept still helps; the next period begins.
    Holds,
    /// No gain, or harm.
    Revert(Option<Effect>, String),
}

/// Judges a trial of that age, or what was kept. `looked` is the number of calls at the last look.
pub(super) fn judge(
    candidate: &Candidate,
    trial: &Trial,
    kept: bool,
    age_ns: u64,
    looked: &mut u64,
    settings: &Settings,
) -> Verdict {
    if candidate.site.is_refused() {
        let why = "its blocks outlive its calls and keep chunks that are nearly empty".to_owned();
        return Verdict::Revert(None, why);
    }
    let [untreated, treated] = trial.arms();
    let calls = untreated.calls.min(treated.calls);
    // What is kept has no age at which it must be decided.
    let aged = !kept && age_ns > settings.max_age.as_nanos() as u64;
    if is_early(calls, *looked) && calls < settings.max_calls && !aged {
        return Verdict::Wait;
    }
    let effect = if calls < settings.min_calls {
        None
    } else {
        effect(&untreated, &treated, candidate.routing != Routing::PreSize)
    };
    let Some(effect) = effect else {
        return if aged {
            Verdict::Revert(None, "too few calls to prove anything".to_owned())
        } else {
            Verdict::Wait
        };
    };
    *looked = calls;
    let ratio = units::percent(effect.time_ratio);
    if kept {
        return if effect.low > 1.0 {
            Verdict::Revert(Some(effect), format!("a treated call now takes {ratio} of the time"))
        } else if calls >= settings.max_calls {
            Verdict::Holds
        } else {
            Verdict::Wait
        };
    }
    let enough = 1.0 - settings.min_gain;
    if effect.high < 1.0 && effect.time_ratio <= enough {
        return Verdict::Keep(
            effect,
            format!("saves {} of a call's time", units::percent(1.0 - effect.time_ratio)),
        );
    }
    if effect.low > enough {
        return Verdict::Revert(Some(effect), format!("no gain: a treated call takes {ratio} of the time"));
    }
    if calls >= settings.max_calls || aged {
        return Verdict::Revert(Some(effect), "no gain could be proven".to_owned());
    }
    Verdict::Wait
}

/// Whether so few calls came since the last look that another would only be one more chance to err.
fn is_early(calls: u64, looked: u64) -> bool {
    looked > 0 && calls < looked + looked / 2
}

/// Treated against untreated; `None` where there is too little to tell.
fn effect(untreated: &Arm, treated: &Arm, adjust: bool) -> Option<Effect> {
    let centred = |arm: &Arm| {
        let n = arm.calls as f64;
        let (x, y) = (arm.x / n, arm.y / n);
        (x, y, arm.xx - n * x * x, arm.xy - n * x * y, arm.yy - n * y * y)
    };
    let (xu, yu, xxu, xyu, yyu) = centred(untreated);
    let (xt, yt, xxt, xyt, yyt) = centred(treated);
    // Where all calls ask for the same there is nothing to explain.
    let slope = if adjust && xxu + xxt > 1e-9 { (xyu + xyt) / (xxu + xxt) } else { 0.0 };
    let rest = |xx: f64, xy: f64, yy: f64, calls: u64| {
        (yy - 2.0 * slope * xy + slope * slope * xx).max(0.0) / (calls as f64 - 1.0)
    };
    let difference = (yt - yu) - slope * (xt - xu);
    let variance = rest(xxu, xyu, yyu, untreated.calls) / untreated.calls as f64
        + rest(xxt, xyt, yyt, treated.calls) / treated.calls as f64;
    let error = SIGMAS * variance.sqrt();
    let mean = |sum: fn(&Arm) -> f64| {
        let (u, t) = (sum(untreated) / untreated.calls as f64, sum(treated) / treated.calls as f64);
        if u > 0.0 { t / u } else { 1.0 }
    };
    error.is_finite().then(|| Effect {
        time_ratio: difference.exp(),
        low: (difference - error).exp(),
        high: (difference + error).exp(),
        treated: treated.calls,
        untreated: untreated.calls,
        bytes_ratio: mean(|arm| arm.bytes),
        blocks_ratio: mean(|arm| arm.blocks),
        peak_ratio: mean(|arm| arm.peak),
    })
}

#[cfg(test)]
mod tests {
    use super::{Arm, effect, is_early};
    use crate::record::Measured;

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

    /// Calls of sizes over five powers of ten whose time follows the size, with noise of a third, treated ones `factor`
    /// times as long.
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
}
