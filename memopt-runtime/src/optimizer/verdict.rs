//! Whether treated calls are better than untreated ones, and what follows.
//!
//! The test: Welch's, on the logarithms of the calls' times, after what a call's bytes explain of
//! its time is taken off (CUPED: Deng, Xu, Kohavi and Walker, "Improving the sensitivity of online
//! controlled experiments by utilizing pre-experiment data", WSDM 2013). What a call asks for does
//! not depend on where its blocks come from, so the adjustment takes no part of the effect away. A
//! verdict needs 3 standard errors, and a trial is looked at only when its calls have grown by
//! half: with the dozen looks that are between the first and the last a remedy without effect is
//! adopted in less than 2 of 100 trials. Where one call in three takes more than 1.5 times or less
//! than two thirds of what is usual, one that saves a tenth is adopted in 99 of 100, and one that
//! costs a tenth in none (`tests` holds it to that).

use super::settings::Settings;
use crate::report::{Effect, PerCall, units};
use crate::site::trial::Arm;

/// Standard errors on each side of the interval.
const SIGMAS: f64 = 3.0;

/// A trial, or what was adopted, at one moment.
pub(super) struct Look {
    /// Untreated and treated calls.
    pub(super) arms: [Arm; 2],
    /// Whether what a call asks for may explain its time: not where the remedy changes what it asks
    /// for.
    pub(super) adjust: bool,
    /// Whether its blocks were found to outlive its calls, in an arena.
    pub(super) survivors: bool,
    pub(super) adopted: bool,
    /// Since it began, ns.
    pub(super) age_ns: u64,
    /// Since the site was seen to be called, ns.
    pub(super) silent_ns: u64,
}

/// What a look at a trial says.
#[derive(Debug)]
pub(super) enum Verdict {
    /// Not decided.
    Wait,
    /// The gain is proven.
    Keep(Effect, String),
    /// What was adopted still helps; the next period begins.
    Holds,
    /// No gain, or harm.
    Revert(Option<Effect>, String),
    /// It could not be judged.
    GiveUp(&'static str),
}

/// Judges a trial, or what was adopted. `looked` is the number of calls at the last look.
pub(super) fn judge(look: &Look, looked: &mut u64, settings: &Settings) -> Verdict {
    let Look { arms: [untreated, treated], adopted, .. } = look;
    if look.survivors {
        let why = "its blocks outlive its calls and keep nearly empty chunks in memory".to_owned();
        return Verdict::Revert(None, why);
    }
    let calls = untreated.calls.min(treated.calls);
    let old = |ns: u64| u128::from(ns) > settings.max_age.as_nanos();
    // What is adopted has no age at which it must be decided, but it must go on being of use.
    if *adopted && old(look.silent_ns) {
        return Verdict::GiveUp("its calls have stopped");
    }
    let aged = !adopted && old(look.age_ns);
    if is_early(calls, *looked) && calls < settings.max_calls && !aged {
        return Verdict::Wait;
    }
    let effect =
        if calls < settings.min_calls { None } else { effect(untreated, treated, look.adjust) };
    let Some(effect) = effect else {
        return if aged {
            Verdict::GiveUp("too few calls to prove anything")
        } else {
            Verdict::Wait
        };
    };
    *looked = calls;
    let ratio = units::percent(effect.time_ratio);
    if *adopted {
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
        return Verdict::Revert(
            Some(effect),
            format!("no gain: a treated call takes {ratio} of the time"),
        );
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
    let (without, with) = (per_call(untreated), per_call(treated));
    let ratio = |figure: fn(&PerCall) -> f64| {
        let (u, t) = (figure(&without), figure(&with));
        if u > 0.0 { t / u } else { 1.0 }
    };
    error.is_finite().then(|| {
        let mut effect = Effect::default();
        effect.time_ratio = difference.exp();
        effect.low = (difference - error).exp();
        effect.high = (difference + error).exp();
        effect.treated = treated.calls;
        effect.untreated = untreated.calls;
        effect.bytes_ratio = ratio(|call| call.bytes);
        effect.blocks_ratio = ratio(|call| call.blocks);
        effect.peak_ratio = ratio(|call| call.peak_bytes);
        effect.treated_call = with;
        effect.untreated_call = without;
        effect
    })
}

fn per_call(arm: &Arm) -> PerCall {
    let n = arm.calls as f64;
    let mut call = PerCall::default();
    call.time_ns = (arm.y / n).exp();
    call.bytes = arm.bytes / n;
    call.blocks = arm.blocks / n;
    call.peak_bytes = arm.peak / n;
    call
}

#[cfg(test)]
mod tests;
