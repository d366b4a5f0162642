//! What collection rules did and propose.

use crate::answer::{List, Part};
use crate::api::alerts::By;
use crate::app::Shared;
use crate::extract::{Json as Body, Path, Query};
use crate::problem::Problem;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Json;
use memopt_monitor::rules::{ActionRecord, Effect, Proposal, RunRecord, Verdict};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// One run of a rule.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RunItem {
    id: u64,
    rule: String,
    why: String,
    /// `dry-run`, `ask`, `auto`.
    mode: &'static str,
    began_ms: i64,
    ended_ms: Option<i64>,
    /// How it ended, in words.
    ending: Option<String>,
    actions: Vec<RunAction>,
}

/// One action of a run.
#[derive(Debug, Serialize, ToSchema)]
struct RunAction {
    name: String,
    action: &'static str,
    took_ms: u64,
    bytes: u64,
    /// What it gave; null where it was not taken or failed.
    result: Option<BTreeMap<String, String>>,
    error: Option<String>,
    effect: Option<EffectItem>,
    /// `yes`, or why not; null where it stays.
    taken_back: Option<String>,
}

/// A metric before and after an action. Less is better.
#[derive(Debug, Serialize, ToSchema)]
struct EffectItem {
    metric: String,
    before: f64,
    /// What it would be after, had it gone on to grow as before.
    expected: f64,
    after: Option<f64>,
    /// `better`, `same`, `worse`, `unknown`.
    verdict: &'static str,
}

impl EffectItem {
    fn of(effect: &Effect) -> Self {
        Self {
            metric: effect.metric.clone(),
            before: effect.before,
            expected: effect.expected,
            after: effect.after,
            verdict: match effect.verdict {
                Verdict::Better => "better",
                Verdict::Same => "same",
                Verdict::Worse => "worse",
                _ => "unknown",
            },
        }
    }
}

impl RunAction {
    fn of(action: &ActionRecord) -> Self {
        let result = action.result.as_ref();
        let taken_back = |outcome: &Result<(), String>| match outcome {
            Ok(()) => "yes".to_owned(),
            Err(why) => why.clone(),
        };
        Self {
            name: action.name.clone(),
            action: action.action.word(),
            took_ms: action.took_ms,
            bytes: action.bytes,
            result: result.and_then(|it| it.as_ref().ok()).map(told),
            error: result.and_then(|it| it.as_ref().err()).cloned(),
            effect: action.effect.as_ref().map(EffectItem::of),
            taken_back: action.taken_back.as_ref().map(taken_back),
        }
    }
}

/// What an action gave, files by their names alone.
fn told(outputs: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let value = |(name, value): (&String, &String)| {
        let value =
            if name == "path" { value.rsplit('/').next().unwrap_or_default() } else { value };
        (name.clone(), value.to_owned())
    };
    outputs.iter().map(value).collect()
}

impl RunItem {
    pub(crate) fn of(run: &RunRecord) -> Self {
        Self {
            id: run.id,
            rule: run.rule.clone(),
            why: run.why.clone(),
            mode: run.mode.word(),
            began_ms: run.began_ms,
            ended_ms: run.ended_ms,
            ending: run.ending.as_ref().map(ToString::to_string),
            actions: run.actions.iter().map(RunAction::of).collect(),
        }
    }
}

/// What collection rules did, the newest first
#[utoipa::path(
    get, path = "/runs", tag = "rules", params(Part),
    responses((status = 200, body = List<RunItem>)),
)]
pub(in crate::api) async fn runs(
    State(app): State<Shared>,
    Query(part): Query<Part>,
) -> Result<Json<List<RunItem>>, Problem> {
    let now = app.published()?;
    app.list(part, now.runs.iter().rev().map(RunItem::of).collect()).map(Json)
}

/// Actions that a rule proposes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProposalItem {
    id: u64,
    rule: String,
    why: String,
    /// What it would do, in this order.
    actions: Vec<String>,
    made_ms: i64,
}

impl ProposalItem {
    pub(crate) fn of(proposal: &Proposal) -> Self {
        Self {
            id: proposal.id,
            rule: proposal.rule.clone(),
            why: proposal.why.clone(),
            actions: proposal.actions.clone(),
            made_ms: proposal.made_ms,
        }
    }
}

/// What rules propose, for somebody to agree with
#[utoipa::path(
    get, path = "/proposals", tag = "rules", params(Part),
    responses((status = 200, body = List<ProposalItem>)),
)]
pub(in crate::api) async fn proposals(
    State(app): State<Shared>,
    Query(part): Query<Part>,
) -> Result<Json<List<ProposalItem>>, Problem> {
    let now = app.published()?;
    app.list(part, now.proposals.iter().map(ProposalItem::of).collect()).map(Json)
}

/// Agrees with what a rule proposes
#[utoipa::path(
    post, path = "/proposals/{id}/agree", tag = "rules", request_body = By,
    params(("id" = u64, Path, description = "Its number.")),
    responses((status = 204), (status = 404, body = crate::problem::ProblemDocument)),
)]
pub(in crate::api) async fn agree(
    State(app): State<Shared>,
    Path(id): Path<u64>,
    Body(by): Body<By>,
) -> Result<StatusCode, Problem> {
    answered(&app, id, by, true).await
}

/// Refuses what a rule proposes
#[utoipa::path(
    post, path = "/proposals/{id}/refuse", tag = "rules", request_body = By,
    params(("id" = u64, Path, description = "Its number.")),
    responses((status = 204), (status = 404, body = crate::problem::ProblemDocument)),
)]
pub(in crate::api) async fn refuse(
    State(app): State<Shared>,
    Path(id): Path<u64>,
    Body(by): Body<By>,
) -> Result<StatusCode, Problem> {
    answered(&app, id, by, false).await
}

async fn answered(app: &Shared, id: u64, by: By, agrees: bool) -> Result<StatusCode, Problem> {
    let (own, by) = (Arc::clone(app), by.name());
    let answer = move || {
        if agrees { own.monitor.agree(id, &by) } else { own.monitor.refuse(id, &by) }
    };
    if app.workers.short(answer).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(Problem::missing(format!("there is no proposal {id}")))
}
