//! Settings that contradict each other.

use super::amount::{Amount, AmountUnit};
use super::duration::format_duration;
use super::matcher::is_label;
use super::root::Config;
use super::scalar::NO_NAME;
use super::secret::{Address, Token};
use super::sections::alerts::{AlertRule, SinkConfig, SinkKind, Watch};
use super::sections::collect::Monitoring;
use super::sections::rules::{ActionKind, CollectionRule};
use super::sections::server::{Push, Server};
use super::value::Labels;
use memopt_units::did_you_mean;
use std::collections::BTreeSet;
use std::time::Duration;

/// Paths, and what is wrong with each.
type Faults = Vec<(String, String)>;

/// All contradictions.
pub(super) fn check(config: &Config) -> Faults {
    let mut faults = Faults::new();
    times(config, &mut faults);
    stale(&config.monitoring, &mut faults);
    orders(config, &mut faults);
    alerts(config, &mut faults);
    rules(config, &mut faults);
    server(&config.server, &mut faults);
    faults
}

fn times(config: &Config, faults: &mut Faults) {
    let monitoring = &config.monitoring;
    for (path, time, least) in [
        ("monitoring.interval", monitoring.interval, Duration::from_millis(10)),
        ("monitoring.slow_interval", monitoring.slow_interval, monitoring.interval),
        ("monitoring.reload_every", monitoring.reload_every, Duration::from_millis(100)),
        ("analysis.interval", config.analysis.interval, monitoring.interval),
        ("alerts.interval", config.alerts.interval, Duration::from_millis(10)),
        ("alerts.group_interval", config.alerts.group_interval, Duration::from_millis(1)),
        ("alerts.repeat_interval", config.alerts.repeat_interval, config.alerts.group_interval),
        ("rules.ask_for", config.rules.ask_for, Duration::from_secs(1)),
    ] {
        if time < least {
            let message = format!(
                "{} is too short: at least {} is needed",
                format_duration(time),
                format_duration(least)
            );
            faults.push((path.to_owned(), message));
        }
    }
}

/// Where a reading is stale before the next one, the metric is absent in between.
fn stale(monitoring: &Monitoring, faults: &mut Faults) {
    let least = monitoring.slow_interval.saturating_mul(3);
    if monitoring.stale_after < least {
        let message = format!(
            "{} is too short for what is read once in `slow_interval`: at least {}, three of \
             those, is needed",
            format_duration(monitoring.stale_after),
            format_duration(least)
        );
        faults.push(("monitoring.stale_after".to_owned(), message));
    }
}

fn orders(config: &Config, faults: &mut Faults) {
    let thresholds = &config.thresholds;
    for (path, lower, upper, name) in [
        (
            "thresholds.pressure_medium",
            thresholds.pressure_low,
            thresholds.pressure_medium,
            "pressure_low",
        ),
        (
            "thresholds.pressure_critical",
            thresholds.pressure_medium,
            thresholds.pressure_critical,
            "pressure_medium",
        ),
    ] {
        if upper <= lower {
            faults.push((path.to_owned(), format!("it must be above `{name}`")));
        }
    }
    let (storage, budget) = (&config.storage, config.monitoring.memory_budget);
    if storage.memory.0 > budget.0 {
        let message = "it is more than `monitoring.memory_budget`: make it smaller or that larger";
        faults.push(("storage.memory".to_owned(), message.to_owned()));
    }
    let keep = &config.retention;
    if keep.minutes < keep.raw {
        faults.push(("retention.minutes".into(), "it must not be shorter than `raw`".into()));
    }
    if keep.hours < keep.minutes {
        faults.push(("retention.hours".into(), "it must not be shorter than `minutes`".into()));
    }
}

fn alerts(config: &Config, faults: &mut Faults) {
    let mut names = BTreeSet::new();
    labels(&config.alerts.labels, "alerts.labels", faults);
    for (index, rule) in config.alerts.rules.iter().enumerate() {
        let path = format!("alerts.rules[{index}]");
        labels(&rule.labels, &format!("{path}.labels"), faults);
        name(&rule.name, &path, &mut names, faults);
        condition(rule, &path, faults);
    }
    for label in &config.alerts.group_by {
        if !is_label(label) && label != "..." {
            let message = format!("`{label}` is no name of a label; `...` stands for all");
            faults.push(("alerts.group_by".to_owned(), message));
        }
    }
    for (index, inhibition) in config.alerts.inhibit.iter().enumerate() {
        if inhibition.source.is_empty() || inhibition.target.is_empty() {
            let message = "it needs conditions in `source` and in `target`".to_owned();
            faults.push((format!("alerts.inhibit[{index}]"), message));
        }
    }
    let mut names = BTreeSet::new();
    for (index, sink) in config.alerts.sinks.iter().enumerate() {
        let path = format!("alerts.sinks[{index}]");
        name(&sink.name, &path, &mut names, faults);
        self::sink(sink, &path, faults);
    }
}

/// Labels of Prometheus have no dots; attributes of OpenTelemetry have.
fn labels(labels: &Labels, path: &str, faults: &mut Faults) {
    let wrong = labels.keys().filter(|name| !is_label(name));
    faults.extend(wrong.map(|name| (path.to_owned(), NO_NAME.replace("{}", name))));
}

fn name(name: &str, path: &str, names: &mut BTreeSet<String>, faults: &mut Faults) {
    if name.is_empty() {
        faults.push((path.to_owned(), "it needs a `name`".to_owned()));
    } else if name.contains(['/', '\\']) {
        // Files are named after it.
        let message = format!("`{name}` holds `/` or `\\`: leave them out of names");
        faults.push((format!("{path}.name"), message));
    } else if !names.insert(name.to_owned()) {
        faults.push((format!("{path}.name"), format!("`{name}` is the name of another one")));
    }
}

/// A condition of an alert or a trigger.
fn condition(rule: &AlertRule, path: &str, faults: &mut Faults) {
    let mut say = |key: &str, message: String| faults.push((format!("{path}.{key}"), message));
    let word = rule.watch.word();
    let limited = matches!(
        rule.watch,
        Watch::Value | Watch::Share | Watch::Rate | Watch::Exhaustion | Watch::Anomaly
    );
    let metric = matches!(rule.watch, Watch::Value | Watch::Rate | Watch::Anomaly);
    match (&rule.metric, metric) {
        (None, true) => say("watch", format!("`{word}` needs a `metric`")),
        (Some(_), false) if rule.watch != Watch::Share => {
            say("metric", format!("`{word}` looks at no metric: leave it out"));
        }
        _ => {}
    }
    let limit = match (rule.above, rule.below) {
        (Some(_), Some(_)) => {
            return say("below", "`above` and `below` exclude each other: write two rules".into());
        }
        (Some(_), None) if rule.watch == Watch::Exhaustion => {
            return say("above", "time runs out: write `below`".to_owned());
        }
        (above, below) => above.or(below),
    };
    let Some(limit) = limit else {
        if limited && rule.watch != Watch::Anomaly {
            say("watch", format!("`{word}` needs `above` or `below`"));
        }
        if rule.clear.is_some() {
            say("clear", "it needs `above` or `below`".to_owned());
        }
        return;
    };
    let key = if rule.above.is_some() { "above" } else { "below" };
    if !limited {
        return say(key, format!("`{word}` is a verdict and has no limit: leave it out"));
    }
    let wanted = |amount: Amount| match rule.watch {
        Watch::Share | Watch::Anomaly => {
            let fits = matches!(amount.unit, AmountUnit::Share | AmountUnit::Number);
            (fits && !amount.rate).then_some(()).ok_or("a share such as `90 %`")
        }
        Watch::Exhaustion => {
            let fits = amount.unit == AmountUnit::Seconds && !amount.rate;
            fits.then_some(()).ok_or("a time such as `6 h`")
        }
        Watch::Rate if !amount.rate => Err("a rate such as `10 MiB/min`"),
        Watch::Value if amount.rate => Err("no rate: `watch = \"rate\"` looks at those"),
        _ => Ok(()),
    };
    if let Err(what) = wanted(limit) {
        return say(key, format!("`{word}` is compared with {what}"));
    }
    if let Some(clear) = rule.clear {
        if let Err(what) = wanted(clear) {
            return say("clear", format!("`{word}` is compared with {what}"));
        }
        let (wrong, word) = if rule.above.is_some() {
            (clear.value > limit.value, "above `above`")
        } else {
            (clear.value < limit.value, "below `below`")
        };
        if wrong {
            say("clear", format!("an alert cannot end {word}, where it fires"));
        }
    }
    if rule.watch == Watch::Rate && rule.window.is_zero() {
        say("window", "a rate is taken over a time above zero".to_owned());
    }
}

fn sink(sink: &SinkConfig, path: &str, faults: &mut Faults) {
    let mut say = |key: &str, message: &str| faults.push((format!("{path}.{key}"), message.into()));
    match (&sink.url, sink.kind) {
        (Some(_), SinkKind::Tracing) => say("url", "`tracing` has no address: leave it out"),
        (None, SinkKind::Tracing) => {}
        (None, _) => say("kind", "it needs a `url`"),
        (Some(url), _) => {
            if let Some(what) = address(url) {
                say("url", what);
            }
        }
    }
    if sink.token.is_some() && sink.token_file.is_some() {
        say("token_file", "`token` and `token_file` exclude each other");
    }
    if sink.queue == 0 {
        say("queue", "at least one message must be able to wait");
    }
    if sink.kind == SinkKind::Alertmanager && sink.resend.is_zero() {
        say("resend", "it must be above zero");
    }
}

const NO_PASSWORD: &str = "an address holds no password: use `token` or `token_file`";

/// What is wrong with an address that is asked or posted to.
fn address(url: &Address) -> Option<&'static str> {
    match url.expose().split_once("://") {
        Some(("https", _)) if !cfg!(feature = "tls") => Some(
            "`https` needs memopt's feature `tls`: add it to `Cargo.toml`, or send to a relay on \
             this machine, such as an Alertmanager or a collector, by `http`",
        ),
        Some(("http" | "https", rest)) => {
            let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
            if host.contains('@') {
                Some(NO_PASSWORD)
            } else if host.is_empty() {
                Some("an address has a host: `http://host:port/path`")
            } else {
                None
            }
        }
        _ => Some("an address begins with `http://` or `https://`"),
    }
}

fn rules(config: &Config, faults: &mut Faults) {
    let mut names = BTreeSet::new();
    for (index, rule) in config.rules.rules.iter().enumerate() {
        let path = format!("rules.rules[{index}]");
        name(&rule.name, &path, &mut names, faults);
        trigger(rule, &path, faults);
        actions(rule, &path, faults);
        if rule.limit == 0 {
            faults.push((format!("{path}.limit"), "it would never act: use `mode`".to_owned()));
        }
    }
}

fn trigger(rule: &CollectionRule, path: &str, faults: &mut Faults) {
    if rule.trigger.len() > 1 {
        let message = "a rule has one trigger: write a rule for each".to_owned();
        faults.push((format!("{path}.trigger[1]"), message));
    }
    if rule.on_alert.is_some() && !rule.trigger.is_empty() {
        let message = "`on_alert` and `trigger` exclude each other".to_owned();
        faults.push((format!("{path}.on_alert"), message));
    }
    for (index, trigger) in rule.trigger.iter().enumerate() {
        condition(trigger, &format!("{path}.trigger[{index}]"), faults);
    }
}

/// What an action must and may be given: names in `with`, the needed ones first.
fn arguments(action: ActionKind) -> (&'static [&'static str], &'static [&'static str]) {
    match action {
        ActionKind::ActivityProfile | ActionKind::AllocationProfile => (&[], &["duration"]),
        ActionKind::DiffToBaseline => (&[], &["baseline"]),
        ActionKind::HeapProfile
        | ActionKind::Bundle
        | ActionKind::Reclaim
        | ActionKind::OptimizerTrial => (&[], &[]),
        ActionKind::PoolLimit => (&["pool", "limit"], &[]),
        ActionKind::CacheLimit => (&["cache", "limit"], &[]),
        ActionKind::SamplingRate => (&["every"], &[]),
        // Its arguments are the program's.
        ActionKind::Callback => (&["name"], &["*"]),
    }
}

fn actions(rule: &CollectionRule, path: &str, faults: &mut Faults) {
    if rule.actions.is_empty() {
        faults.push((path.to_owned(), "it needs `actions`".to_owned()));
    }
    let mut earlier: Vec<&str> = Vec::new();
    for (index, action) in rule.actions.iter().enumerate() {
        let path = format!("{path}.actions[{index}]");
        let word = action.action.word();
        let (needed, allowed) = arguments(action.action);
        for name in needed.iter().filter(|name| !action.with.contains_key(**name)) {
            faults.push((path.clone(), format!("`{word}` needs `with.{name}`")));
        }
        for (name, value) in &action.with {
            let known = || needed.iter().chain(allowed).copied();
            if !known().any(|one| one == name || one == "*") {
                let near = did_you_mean(name, known());
                faults.push((format!("{path}.with"), format!("`{word}` takes no `{name}`{near}")));
            }
            for (source, _) in references(value) {
                if !earlier.contains(&source) {
                    let near = did_you_mean(source, earlier.iter().copied());
                    let message = format!("no earlier action is called `{source}`{near}");
                    faults.push((format!("{path}.with"), message));
                }
            }
        }
        earlier.push(action.name.as_deref().unwrap_or(word));
    }
}

fn server(server: &Server, faults: &mut Faults) {
    for (key, token, file) in server.tokens() {
        if token.is_some() && file.is_some() {
            let message = format!("`{key}` and `{key}_file` exclude each other");
            faults.push((format!("server.{key}_file"), message));
        }
        let least = Token::LEAST;
        if token.is_some_and(|token| token.secret().expose().chars().count() < least) {
            let message = format!(
                "a token has less than {least} letters: make one by `openssl rand -hex 24`"
            );
            faults.push((format!("server.{key}"), message));
        }
    }
    match (&server.tls_certificate_file, &server.tls_key_file) {
        (Some(_), None) => faults.push((
            "server.tls_certificate_file".to_owned(),
            "a certificate needs its key: set `tls_key_file`".to_owned(),
        )),
        (None, Some(_)) => faults.push((
            "server.tls_key_file".to_owned(),
            "a key needs its certificate: set `tls_certificate_file`".to_owned(),
        )),
        _ => {}
    }
    push(&server.otlp, "server.otlp", faults);
    push(&server.pyroscope, "server.pyroscope", faults);
    labels(&server.pyroscope.labels, "server.pyroscope.labels", faults);
    for host in &server.hosts {
        if host.is_empty() || host.contains(['/', '@', ' ', '*']) {
            let message = format!("`{host}` is no name of a host: write `shop.example`");
            faults.push(("server.hosts".to_owned(), message));
        }
    }
    for url in &server.fleet {
        let what = address(url).map(|what| match what {
            NO_PASSWORD => "an address holds no password: use `fleet_token_file`",
            what => what,
        });
        faults.extend(what.map(|what| ("server.fleet".to_owned(), what.to_owned())));
    }
    let limits = &server.limits;
    for (key, is_zero) in [
        ("connections", limits.connections == 0),
        ("head_time", limits.head_time.is_zero()),
        ("request_time", limits.request_time.is_zero()),
        ("write_time", limits.write_time.is_zero()),
        ("requests_per_second", limits.requests_per_second == 0),
    ] {
        if is_zero {
            faults.push((format!("server.limits.{key}"), "it must be above zero".to_owned()));
        }
    }
}

fn push(push: &Push, path: &str, faults: &mut Faults) {
    let all = push.faults().into_iter();
    faults.extend(all.map(|(key, message)| (format!("{path}.{key}"), message.into())));
}

impl Push {
    /// What cannot be: the key, and why.
    #[doc(hidden)]
    pub fn faults(&self) -> Vec<(&'static str, &'static str)> {
        let mut all = Vec::new();
        if let Some(what) = self.url.as_ref().and_then(address) {
            all.push(("url", what));
        }
        if self.token.is_some() && self.token_file.is_some() {
            all.push(("token_file", "`token` and `token_file` exclude each other"));
        }
        if self.interval < Duration::from_millis(100) {
            all.push(("interval", "it is too short: at least 100 ms is needed"));
        } else if self.interval > DAY {
            all.push(("interval", "it is too long: a day at most"));
        }
        if self.timeout < Duration::from_millis(1) || self.timeout > MINUTES {
            all.push(("timeout", "it is from 1 ms to 10 minutes"));
        }
        if self.queue == 0 {
            all.push(("queue", "at least one must be able to wait"));
        }
        all
    }
}

const DAY: Duration = Duration::from_secs(86_400);
const MINUTES: Duration = Duration::from_secs(600);

/// The actions and outputs that a text refers to: `${heap.path}`.
pub(crate) fn references(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split("${").skip(1).filter_map(|rest| rest.split_once('}')?.0.split_once('.'))
}
