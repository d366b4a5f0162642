//! Whether the condition of a rule holds, and for which of its values.

use super::inputs::{Inputs, Limit, fresh};
use crate::clock::Stamp;
use crate::config::{AlertRule, Amount, AmountUnit, Watch, format_value, glob};
use crate::metric::{Kind, Metric, Unit};
use crate::series::{Key, Series};
use std::cmp::Ordering;
use std::time::Duration;

/// What a rule found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Judgement {
    /// What it looks at is not known, and why.
    Absent(String),
    /// These values, the worst first.
    Values {
        values: Vec<Judged>,
        /// Whether what is not among them is all right. Otherwise it is absent.
        complete: bool,
    },
}

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Judged {
    /// The label of the metric or verdict, and its value.
    pub(crate) label: Option<(String, String)>,
    pub(crate) value: f64,
    /// As people write it, with what it is of.
    pub(crate) shown: String,
    pub(crate) detail: Option<String>,
    /// Whether an alert begins to fire.
    pub(crate) fires: bool,
    /// Whether one that fires goes on.
    pub(crate) goes_on: bool,
    /// How far on the wrong side it is. The larger, the worse.
    pub(crate) excess: f64,
}

/// What an evaluation is made of.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    pub(crate) inputs: &'a dyn Inputs,
    pub(crate) now: Stamp,
    /// Readings that are older than this are absent.
    pub(crate) stale: Duration,
}

/// The side of a limit.
struct Bound {
    above: bool,
    limit: f64,
    clear: f64,
}

impl Bound {
    fn of(rule: &AlertRule, or: f64) -> Self {
        let above = rule.below.is_none();
        let limit = rule.above.or(rule.below).map_or(or, |amount| amount.value);
        Self { above, limit, clear: rule.clear.map_or(limit, |amount| amount.value) }
    }

    fn beyond(&self, value: f64, limit: f64) -> bool {
        if self.above { value > limit } else { value < limit }
    }

    fn judge(&self, label: Option<(String, String)>, value: f64, shown: String) -> Judged {
        Judged {
            label,
            value,
            shown,
            detail: None,
            fires: self.beyond(value, self.limit),
            goes_on: self.beyond(value, self.clear),
            excess: if self.above { value - self.limit } else { self.limit - value },
        }
    }
}

/// The limit of a rule as people write it: `above 512 MiB`.
pub(crate) fn limit_of(rule: &AlertRule) -> String {
    match (rule.above, rule.below) {
        (Some(limit), _) => format!("above {limit}"),
        (None, Some(limit)) => format!("below {limit}"),
        (None, None) => "above 50 %".to_owned(),
    }
}

/// Judges one rule.
pub(crate) fn judge(rule: &AlertRule, at: &At<'_>) -> Judgement {
    let judged = match rule.watch {
        Watch::Value => values(rule, at),
        Watch::Share => share(rule, at),
        Watch::Rate => rates(rule, at),
        Watch::Exhaustion => exhaustion(rule, at),
        Watch::Anomaly => anomalies(rule, at),
        Watch::Leak | Watch::Growth | Watch::Budget | Watch::Misuse | Watch::Health => {
            verdicts(rule, at)
        }
    };
    match judged {
        Err(why) => Judgement::Absent(why),
        Ok((mut values, complete)) => {
            values.sort_by(|a, b| b.excess.partial_cmp(&a.excess).unwrap_or(Ordering::Equal));
            Judgement::Values { values, complete }
        }
    }
}

type Found = Result<(Vec<Judged>, bool), String>;

/// The series of the rule's metric that it looks at.
fn keys(rule: &AlertRule, at: &At<'_>, metric: &str) -> Result<Vec<Key>, String> {
    let fits = |key: &Key| {
        let label = key.label.as_ref().map(|(_, value)| &**value);
        label.is_none_or(|value| glob(&rule.label, value))
    };
    let keys: Vec<Key> = at.inputs.keys(metric).into_iter().filter(fits).collect();
    if !keys.is_empty() {
        return Ok(keys);
    }
    Err(match at.inputs.metric(metric) {
        Some(_) if rule.label != "*" => {
            format!("`{metric}` has no value whose label is like `{}`", rule.label)
        }
        Some(_) => format!("`{metric}` was not read yet"),
        None => format!("no source tells the metric `{metric}`"),
    })
}

/// Judges each series; absent where none has a value.
fn each(
    keys: Vec<Key>,
    mut judge: impl FnMut(&Key, Option<(String, String)>) -> Result<Judged, String>,
) -> Found {
    let (mut values, mut reason) = (Vec::new(), None);
    for key in keys {
        let label = key.label.as_ref().map(|(name, value)| (name.to_string(), value.to_string()));
        match judge(&key, label) {
            Ok(judged) => values.push(judged),
            Err(why) => reason = reason.or(Some(format!("`{key}`: {why}"))),
        }
    }
    match reason {
        Some(why) if values.is_empty() => Err(why),
        _ => Ok((values, false)),
    }
}

fn values(rule: &AlertRule, at: &At<'_>) -> Found {
    let metric = rule.metric.as_deref().unwrap_or_default();
    let bound = Bound::of(rule, 0.0);
    let unit = unit(rule, at, metric);
    each(keys(rule, at, metric)?, |key, label| {
        let value = fresh(at.inputs.latest(key), &at.now, at.stale)?.value;
        Ok(bound.judge(label, value, format!("{key} is {}", format_value(value, unit))))
    })
}

/// The unit in which values of a metric are shown.
fn unit(rule: &AlertRule, at: &At<'_>, metric: &str) -> AmountUnit {
    match at.inputs.metric(metric).map(|metric: Metric| metric.unit) {
        Some(Unit::Bytes) => AmountUnit::Bytes,
        Some(Unit::Seconds) => AmountUnit::Seconds,
        Some(Unit::Ratio) => AmountUnit::Share,
        Some(_) => AmountUnit::Number,
        None => rule.above.or(rule.below).map_or(AmountUnit::Number, |amount: Amount| amount.unit),
    }
}

fn share(rule: &AlertRule, at: &At<'_>) -> Found {
    let limit: Limit =
        at.inputs.limit().map_err(|why| format!("no memory limit is known: {why}"))?;
    if limit.bytes == 0 {
        return Err(format!("the limit of {} is 0", limit.name));
    }
    let keys = match &rule.metric {
        Some(metric) => keys(rule, at, metric)?,
        None => vec![limit.used.clone()],
    };
    let bound = Bound::of(rule, 1.0);
    let of = format_value(limit.bytes as f64, AmountUnit::Bytes);
    // Which group sets the limit may change, and the alert is the same.
    let is_of_metric = rule.metric.is_some();
    each(keys, |key, label| {
        let label = label.filter(|_| is_of_metric);
        let value = fresh(at.inputs.latest(key), &at.now, at.stale)?.value;
        let share = value / limit.bytes as f64;
        let shown = format!(
            "{key} is {} of the {of} of {}",
            format_value(share, AmountUnit::Share),
            limit.name
        );
        Ok(bound.judge(label, share, shown))
    })
}

fn rates(rule: &AlertRule, at: &At<'_>) -> Found {
    let metric = rule.metric.as_deref().unwrap_or_default();
    let counter = at.inputs.metric(metric).is_some_and(|metric| metric.kind == Kind::Counter);
    let bound = Bound::of(rule, 0.0);
    let unit = unit(rule, at, metric);
    each(keys(rule, at, metric)?, |key, label| {
        fresh(at.inputs.latest(key), &at.now, at.stale)?;
        let series = at.inputs.window(key, rule.window);
        let (rate, covered) = rate(&series, counter, at.stale);
        if covered < rule.window / 2 {
            return Err(format!(
                "only {} s of the {} s that its rate is taken over were read",
                covered.as_secs(),
                rule.window.as_secs()
            ));
        }
        Ok(bound.judge(label, rate, format!("{key} changes by {}/s", format_value(rate, unit))))
    })
}

/// What a series changed by, a second, and the time in which that was seen: a reset, a pause and a
/// change of the run are gaps.
fn rate(series: &Series, counter: bool, longest: Duration) -> (f64, Duration) {
    let (mut changed, mut covered) = (0.0, Duration::ZERO);
    for pair in series.points().windows(2) {
        let time = pair[1].at.since(&pair[0].at).filter(|time| *time <= longest);
        let Some(time) = time else { continue };
        let change = pair[1].value - pair[0].value;
        if counter && change < 0.0 {
            continue;
        }
        changed += change;
        covered += time;
    }
    if covered.is_zero() { (0.0, covered) } else { (changed / covered.as_secs_f64(), covered) }
}

fn exhaustion(rule: &AlertRule, at: &At<'_>) -> Found {
    let limit = at.inputs.limit().map_err(|why| format!("no memory limit is known: {why}"))?;
    let left = at.inputs.time_to_limit().map_err(|why| format!("there is no forecast: {why}"))?;
    let bound = Bound::of(rule, 0.0);
    let of = format_value(limit.bytes as f64, AmountUnit::Bytes);
    let (value, shown) = match left {
        Some(left) => {
            let left = left.as_secs_f64();
            let text = format_value(left, AmountUnit::Seconds);
            (left, format!("memory reaches the {of} of {} in {text}", limit.name))
        }
        None => (
            f64::MAX,
            format!("memory does not reach the {of} of {} as far as is foreseen", limit.name),
        ),
    };
    Ok((vec![bound.judge(None, value, shown)], true))
}

fn anomalies(rule: &AlertRule, at: &At<'_>) -> Found {
    let metric = rule.metric.as_deref().unwrap_or_default();
    // One boundary for every detector.
    let bound = Bound::of(rule, 0.5);
    each(keys(rule, at, metric)?, |key, label| {
        fresh(at.inputs.latest(key), &at.now, at.stale)?;
        let score = at.inputs.anomaly(key).map_err(|why| why.to_string())?;
        let shown =
            format!("the anomaly score of {key} is {}", format_value(score, AmountUnit::Share));
        Ok(bound.judge(label, score, shown))
    })
}

fn verdicts(rule: &AlertRule, at: &At<'_>) -> Found {
    let verdicts = at.inputs.verdicts(rule.watch).map_err(|why| why.to_string())?;
    let judged =
        verdicts.into_iter().filter(|verdict| glob(&rule.label, &verdict.subject)).map(|verdict| {
            Judged {
                shown: format!("{} {}: {}", verdict.label, verdict.subject, verdict.detail),
                label: Some((verdict.label, verdict.subject)),
                value: verdict.score,
                detail: Some(verdict.detail),
                fires: true,
                goes_on: true,
                excess: verdict.score,
            }
        });
    Ok((judged.collect(), true))
}
