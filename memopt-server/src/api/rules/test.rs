//! What a rule would have done: it is run over the stored history.

use crate::answer::Answer;
use crate::app::Shared;
use crate::extract::Json as Body;
use crate::problem::{Field, Problem};
use axum::extract::State;
use axum::response::Json;
use memopt_monitor::alerts::{Change, Replay, replay};
use memopt_monitor::config::Alerts;
use memopt_monitor::history::Window;
use memopt_monitor::series::{Key, Series};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use utoipa::ToSchema;

/// A rule, and a time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Tested {
    /// TOML with one `[[alerts.rules]]`.
    definition: String,
    /// ms since 1970.
    from: i64,
    /// ms since 1970.
    to: i64,
}

/// What a rule would have done.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Outcome {
    /// Changes of its alerts, the oldest first.
    changes: Vec<TestChange>,
    /// Moments at which something was read.
    moments: usize,
    /// Why it fired or did not, at the end.
    why: String,
}

/// A change.
#[derive(Debug, Serialize, ToSchema)]
struct TestChange {
    at_ms: i64,
    from: &'static str,
    to: &'static str,
    why: String,
    subject: Option<String>,
}

/// The longest time that is looked at.
const LONGEST_MS: i64 = 86_400_000;

/// What a rule would have done
#[utoipa::path(
    post, path = "/rules/test", tag = "rules", request_body = Tested,
    responses(
        (status = 200, body = Answer<Outcome>),
        (status = 422, body = crate::problem::ProblemDocument),
        (status = 429, body = crate::problem::ProblemDocument),
    ),
)]
pub(in crate::api) async fn test(
    State(app): State<Shared>,
    Body(asked): Body<Tested>,
) -> Result<Json<Answer<Outcome>>, Problem> {
    let length = asked.to.saturating_sub(asked.from);
    if !(1..=LONGEST_MS).contains(&length) {
        let detail = "from 1 ms to a day after `from`";
        return Err(Problem::parameter(Field::new("to", detail)));
    }
    let text = asked.definition.clone();
    let loaded = app.ask(move |engine| {
        let checked = engine.settings().check(&text).map_err(|error| error.to_string());
        let limit = engine.published().limit.ok();
        let stale = engine.stale_after();
        (checked, limit, stale, engine.labels().clone())
    });
    let (checked, limit, stale, labels) = loaded.await?;
    let wrong = |detail: String| Problem::parameter(Field::new("definition", detail));
    let mut settings = checked.map_err(wrong)?.config.alerts;
    if settings.rules.len() != 1 {
        return Err(wrong(format!("it has {} rules: give one", settings.rules.len())));
    }
    settings.default_rules = false;
    let metrics = Arc::clone(app.metrics());
    let own = Arc::clone(&app);
    let work = move || {
        let window = Window::between(asked.from, asked.to);
        let mut history =
            Replay::new(series(&own, &settings, window)).metrics(metrics.values().copied());
        if let Some(limit) = limit {
            history = history.limit(limit);
        }
        let moments = history.moments().len();
        let (changes, alerts) =
            replay(&settings, stale.max(Duration::from_secs(1)), labels, history);
        let why = alerts.status().first().map(|rule| rule.explanation.to_string());
        Outcome {
            changes: changes.iter().map(item).collect(),
            moments,
            why: why.unwrap_or_default(),
        }
    };
    let outcome = app.workers.costly(work).await?;
    Ok(Json(app.answer(outcome)))
}

/// The series that the rule looks at, and what the limit limits.
fn series(app: &Shared, settings: &Alerts, window: Window) -> Vec<(Key, Series)> {
    let history = app.monitor.history();
    let metric = settings.rules.first().and_then(|rule| rule.metric.clone());
    let used =
        app.monitor.published().and_then(|now| now.limit.as_ref().ok().map(|it| it.used.clone()));
    let wanted = |key: &Key| metric.as_deref() == Some(&*key.metric) || used.as_ref() == Some(key);
    let keys = history.keys().into_iter().filter(wanted);
    keys.map(|key| (key.clone(), history.series(&key, window))).collect()
}

fn item(change: &Change) -> TestChange {
    let own = change.alert.own_label.as_ref();
    TestChange {
        at_ms: change.at.unix_ms,
        from: change.from.word(),
        to: change.to.word(),
        why: change.why.clone(),
        subject: own.and_then(|name| change.alert.labels.get(name)).cloned(),
    }
}
