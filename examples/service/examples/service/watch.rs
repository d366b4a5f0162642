//! The monitor of the service, at a fast interval, with one rule that acts.

use crate::shop::{self, Shop};
use memopt::monitor::config::{ActionConfig, ActionKind, AlertRule, CollectionRule, Mode};
use memopt::monitor::config::{Severity, Watch};
use memopt::monitor::{Builder, Callback, Monitor};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// A monitor that keeps its history in this folder, and bounds the sessions where they leak if it
/// acts.
pub(crate) fn builder(folder: &Path, shop: &Arc<Shop>, acts: bool) -> Builder {
    let (bounds, frees) = (Arc::clone(shop), Arc::clone(shop));
    let bound = move |_: &_| {
        bounds.sessions.keep_at_most(shop::BOUND);
        Ok(())
    };
    let free = move || {
        frees.sessions.keep_at_most(usize::MAX);
        Ok(())
    };
    Monitor::builder()
        .folder(folder)
        .interval(Duration::from_millis(500))
        .set("analysis.interval", "2 s")
        .set("analysis.warm_up", "10 s")
        .set("analysis.window", "2 min")
        .set("profiling.sample_every", "32 KiB")
        .set("monitoring.cpu_budget", "10 %")
        .configure(move |config| {
            config.alerts.interval = Duration::from_secs(1);
            config.alerts.rules.push(leak());
            config.rules.change_mode = Mode::Auto;
            config.rules.rules.extend(acts.then(bound_sessions));
        })
        .callback("bound-sessions", Callback::new(bound).undone_by(free))
}

/// The default rule waits a minute; a story has none to spare.
fn leak() -> AlertRule {
    let mut rule = AlertRule::default();
    rule.name = "MemoryLeak".to_owned();
    rule.watch = Watch::Leak;
    rule.severity = Severity::Warning;
    rule.hold = Duration::from_secs(5);
    rule.summary = "a site goes on to hold more and more memory".to_owned();
    rule
}

/// When a leak is told: keep a profile, bound the sessions, see what came of it, and write down all
/// that is known.
fn bound_sessions() -> CollectionRule {
    let action = |kind, with: &[(&str, &str)]| {
        let mut action = ActionConfig::default();
        action.action = kind;
        let with = with.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        action.with = with.collect();
        action
    };
    let mut rule = CollectionRule::default();
    rule.name = "bound-sessions".to_owned();
    rule.on_alert = Some("MemoryLeak".to_owned());
    rule.effect = Some("heap.live".to_owned());
    rule.effect_window = Duration::from_secs(10);
    rule.settle = Duration::from_secs(4);
    rule.actions = vec![
        action(ActionKind::HeapProfile, &[]),
        action(ActionKind::Callback, &[("name", "bound-sessions")]),
        action(ActionKind::Bundle, &[]),
    ];
    rule
}
