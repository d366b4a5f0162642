//! Alerts and silences.

use crate::answer::{Answer, List, Part, default_limit};
use crate::app::Shared;
use crate::extract::{Json as Body, Path, Query};
use crate::problem::{Field, Problem};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use memopt_monitor::alerts::{Alert, Change, Quiet, Silence};
use memopt_monitor::config::Matcher;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use utoipa::{IntoParams, ToSchema};

/// An alert.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AlertItem {
    /// 16 hexadecimal digits, the same over restarts.
    id: String,
    rule: String,
    /// `info`, `warning`, `critical`.
    severity: &'static str,
    /// `pending`, `firing`, `resolved`.
    state: &'static str,
    labels: BTreeMap<String, String>,
    /// `summary`, `value`, `detail`, `remedy`, `runbook`.
    annotations: BTreeMap<String, String>,
    /// What it is about: the value of the label that the metric or the verdict told.
    subject: Option<String>,
    value: f64,
    active_since_ms: i64,
    fired_ms: Option<i64>,
    ended_ms: Option<i64>,
    /// Why nobody is told.
    quiet: Option<QuietItem>,
}

/// Why nobody is told.
#[derive(Debug, Serialize, ToSchema)]
struct QuietItem {
    /// `silenced`, `acknowledged`, `inhibited`.
    kind: &'static str,
    text: String,
}

impl AlertItem {
    pub(crate) fn of(alert: &Alert) -> Self {
        let quiet = |quiet: &Quiet| QuietItem {
            kind: match quiet {
                Quiet::Silenced(_) => "silenced",
                Quiet::Acknowledged(_) => "acknowledged",
                _ => "inhibited",
            },
            text: quiet.to_string(),
        };
        let own = alert.own_label.as_ref();
        Self {
            id: alert.id(),
            rule: alert.rule.clone(),
            severity: alert.severity.word(),
            state: alert.state.word(),
            labels: alert.labels.clone(),
            annotations: alert.annotations.clone(),
            subject: own.and_then(|name| alert.labels.get(name)).cloned(),
            value: alert.value,
            active_since_ms: alert.active_since_ms,
            fired_ms: alert.fired_ms,
            ended_ms: alert.ended_ms,
            quiet: alert.quiet.as_ref().map(quiet),
        }
    }
}

/// A change of an alert's state.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChangeItem {
    at_ms: i64,
    from: &'static str,
    to: &'static str,
    why: String,
    text: String,
    alert: AlertItem,
}

impl ChangeItem {
    pub(crate) fn of(change: &Change) -> Self {
        Self {
            at_ms: change.at.unix_ms,
            from: change.from.word(),
            to: change.to.word(),
            why: change.why.clone(),
            text: change.to_string(),
            alert: AlertItem::of(&change.alert),
        }
    }
}

/// Which alerts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Asked {
    /// `pending`, `firing`.
    state: Option<String>,
    /// `info`, `warning`, `critical`.
    severity: Option<String>,
    /// So many are left out.
    offset: usize,
    /// So many are told, 1000 at most.
    #[param(maximum = 1000)]
    limit: usize,
}

impl Default for Asked {
    fn default() -> Self {
        Self { state: None, severity: None, offset: 0, limit: default_limit() }
    }
}

/// The alerts that are pending or fire, the most urgent first
#[utoipa::path(
    get, path = "/alerts", tag = "alerts", params(Asked),
    responses((status = 200, body = List<AlertItem>)),
)]
pub(super) async fn alerts(
    State(app): State<Shared>,
    Query(asked): Query<Asked>,
) -> Result<Json<List<AlertItem>>, Problem> {
    let now = app.published()?;
    let fits = |alert: &&Alert| {
        asked.state.as_deref().is_none_or(|state| state == alert.state.word())
            && asked.severity.as_deref().is_none_or(|it| it == alert.severity.word())
    };
    let mut all: Vec<&Alert> = now.alerts.iter().filter(fits).collect();
    all.sort_by(|a, b| {
        (b.state, b.severity, b.active_since_ms).cmp(&(a.state, a.severity, a.active_since_ms))
    });
    let items = all.into_iter().map(AlertItem::of).collect();
    app.list(Part::new(asked.offset, asked.limit), items).map(Json)
}

/// Changes of alerts, the newest first
#[utoipa::path(
    get, path = "/alerts/history", tag = "alerts", params(Part),
    responses((status = 200, body = List<ChangeItem>)),
)]
pub(super) async fn history(
    State(app): State<Shared>,
    Query(part): Query<Part>,
) -> Result<Json<List<ChangeItem>>, Problem> {
    let changes =
        app.ask(|engine| engine.alerts().history().cloned().collect::<Vec<Change>>()).await?;
    app.list(part, changes.iter().rev().map(ChangeItem::of).collect()).map(Json)
}

/// Who it is.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct By {
    /// Who.
    pub(super) by: String,
}

impl By {
    /// The name, or that none was given.
    pub(super) fn name(self) -> String {
        if self.by.is_empty() { "somebody at the server".to_owned() } else { self.by }
    }
}

/// Takes on an alert that fires
#[utoipa::path(
    post, path = "/alerts/{id}/acknowledge", tag = "alerts", request_body = By,
    params(("id" = String, Path, description = "16 hexadecimal digits.")),
    responses((status = 204), (status = 404, body = crate::problem::ProblemDocument)),
)]
pub(super) async fn acknowledge(
    State(app): State<Shared>,
    Path(id): Path<String>,
    Body(by): Body<By>,
) -> Result<StatusCode, Problem> {
    let missing = || Problem::missing(format!("no alert `{id}` fires"));
    let fingerprint = u64::from_str_radix(&id, 16).map_err(|_| missing())?;
    let (own, by) = (Arc::clone(&app), by.name());
    let done = app.workers.ask(move || own.monitor.acknowledge(fingerprint, &by)).await?;
    if done { Ok(StatusCode::NO_CONTENT) } else { Err(missing()) }
}

/// A time in which nobody is told of some alerts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SilenceItem {
    id: u64,
    matchers: Vec<String>,
    by: String,
    comment: String,
    began_ms: i64,
    ends_ms: i64,
}

/// The silences that last
#[utoipa::path(
    get, path = "/silences", tag = "alerts", params(Part),
    responses((status = 200, body = List<SilenceItem>)),
)]
pub(super) async fn silences(
    State(app): State<Shared>,
    Query(part): Query<Part>,
) -> Result<Json<List<SilenceItem>>, Problem> {
    let all = app.ask(|engine| engine.alerts().silences().to_vec()).await?;
    let item = |silence: &Silence| SilenceItem {
        id: silence.id,
        matchers: silence.matchers.iter().map(ToString::to_string).collect(),
        by: silence.by.clone(),
        comment: silence.comment.clone(),
        began_ms: silence.began_ms,
        ends_ms: silence.ends_ms,
    };
    app.list(part, all.iter().map(item).collect()).map(Json)
}

/// A silence that is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSilence {
    /// Conditions on labels, all of which must hold: `alertname = MemoryLeak`.
    matchers: Vec<String>,
    /// How long.
    duration_ms: u64,
    /// Who wants it.
    #[serde(default)]
    by: String,
    /// Why.
    #[serde(default)]
    comment: String,
}

/// A silence that was begun.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Begun {
    id: u64,
}

/// Tells nobody of some alerts for a while
#[utoipa::path(
    post, path = "/silences", tag = "alerts", request_body = NewSilence,
    responses((status = 201, body = Answer<Begun>), (status = 422, body = crate::problem::ProblemDocument)),
)]
pub(super) async fn silence(
    State(app): State<Shared>,
    Body(asked): Body<NewSilence>,
) -> Result<Response, Problem> {
    let wrong = |detail: String| Problem::parameter(Field::new("matchers", detail));
    let matchers = asked.matchers.iter().map(|text| Matcher::parse(text));
    let matchers = matchers.collect::<Result<Vec<Matcher>, String>>().map_err(wrong)?;
    let by = By { by: asked.by }.name();
    let (own, time) = (Arc::clone(&app), Duration::from_millis(asked.duration_ms));
    let begin = move || own.monitor.silence(&matchers, time, &by, &asked.comment);
    let id = app.workers.ask(begin).await?.map_err(wrong)?;
    Ok((StatusCode::CREATED, Json(app.answer(Begun { id }))).into_response())
}

/// Ends a silence
#[utoipa::path(
    delete, path = "/silences/{id}", tag = "alerts",
    params(("id" = u64, Path, description = "Its number.")),
    responses((status = 204), (status = 404, body = crate::problem::ProblemDocument)),
)]
pub(super) async fn end_silence(
    State(app): State<Shared>,
    Path(id): Path<u64>,
) -> Result<StatusCode, Problem> {
    let own = Arc::clone(&app);
    if app.workers.ask(move || own.monitor.end_silence(id)).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(Problem::missing(format!("there is no silence {id}")))
}
