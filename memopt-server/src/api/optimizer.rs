//! The optimizer: what it did, what it predicted and measured, and how it is taken back.

use super::found::EditItem;
use crate::answer::{Answer, List, Part, default_limit};
use crate::app::Shared;
use crate::extract::{Json as Body, Query};
use crate::problem::Problem;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Json;
use memopt_report::Action;
use memopt_runtime::optimizer;
use memopt_runtime::optimizer::Mode;
use memopt_runtime::remedy::{Pressure, reclaim};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// A step of the optimizer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ActionItem {
    at_ms: Option<u64>,
    /// `optimizer`, or `program` where somebody asked for it.
    by: String,
    dry_run: bool,
    site: String,
    /// `proposed`, `tried`, `adopted`, `reverted`.
    step: &'static str,
    remedy: &'static str,
    /// `arena`, `magazine`, `pre-size`.
    routing: String,
    /// The rule that suggested it.
    code: String,
    evidence: String,
    /// Share of all blocks, bytes or reallocations that it was predicted to save.
    predicted_ratio: f64,
    /// Time of a treated call ÷ time of an untreated one, as predicted.
    predicted_time_ratio: Option<f64>,
    measured: Option<Measured>,
    edit: Option<EditItem>,
}

/// What was measured: treated calls ÷ untreated ones.
#[derive(Debug, Serialize, ToSchema)]
struct Measured {
    time_ratio: f64,
    /// The interval of the ratio.
    low: f64,
    high: f64,
    /// Treated calls.
    treated: u64,
    /// Untreated calls.
    untreated: u64,
    bytes_ratio: f64,
    blocks_ratio: f64,
    peak_ratio: f64,
}

impl ActionItem {
    pub(crate) fn of(action: &Action) -> Self {
        Self {
            at_ms: Some(action.unix_ms).filter(|ms| *ms > 0),
            by: action.by.clone(),
            dry_run: action.dry_run,
            site: action.site.clone(),
            step: action.step.name(),
            remedy: action.remedy.name(),
            routing: action.routing.clone(),
            code: action.code.clone(),
            evidence: action.evidence.clone(),
            predicted_ratio: action.predicted,
            predicted_time_ratio: action.predicted_time_ratio,
            measured: action.measured.map(|it| Measured {
                time_ratio: it.time_ratio,
                low: it.low,
                high: it.high,
                treated: it.treated,
                untreated: it.untreated,
                bytes_ratio: it.bytes_ratio,
                blocks_ratio: it.blocks_ratio,
                peak_ratio: it.peak_ratio,
            }),
            edit: action.edit.as_ref().map(EditItem::of),
        }
    }
}

/// The optimizer now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Optimizer {
    /// `off`, `suggest`, `apply`.
    mode: &'static str,
    /// The newest step of each site, the newest first.
    sites: Vec<ActionItem>,
}

/// The optimizer now, by site
#[utoipa::path(
    get, path = "/optimizer", tag = "doing", responses((status = 200, body = Answer<Optimizer>)),
)]
pub(super) async fn state(State(app): State<Shared>) -> Result<Json<Answer<Optimizer>>, Problem> {
    let (mode, log) = app.workers.short(|| (optimizer().mode().name(), optimizer().log())).await?;
    let mut seen = HashSet::new();
    let newest = log.iter().rev().filter(|action| seen.insert(action.site.clone()));
    Ok(Json(app.answer(Optimizer { mode, sites: newest.map(ActionItem::of).collect() })))
}

/// Which steps.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Asked {
    /// The name of a site.
    site: Option<String>,
    /// So many are left out.
    offset: usize,
    /// So many are told, 1000 at most.
    #[param(maximum = 1000)]
    limit: usize,
}

impl Default for Asked {
    fn default() -> Self {
        Self { site: None, offset: 0, limit: default_limit() }
    }
}

/// What the optimizer did, the newest first
#[utoipa::path(
    get, path = "/optimizer/log", tag = "doing", params(Asked),
    responses((status = 200, body = List<ActionItem>)),
)]
pub(super) async fn log(
    State(app): State<Shared>,
    Query(asked): Query<Asked>,
) -> Result<Json<List<ActionItem>>, Problem> {
    let log = app.workers.short(|| optimizer().log()).await?;
    let fits = |action: &&Action| asked.site.as_ref().is_none_or(|site| *site == action.site);
    let items = log.iter().rev().filter(fits).map(ActionItem::of).collect();
    app.list(Part::new(asked.offset, asked.limit), items).map(Json)
}

/// One step.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Tick {
    /// Whether it only says what it would do.
    dry_run: bool,
}

/// What one step did.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Ticked {
    actions: Vec<ActionItem>,
}

/// One step of the optimizer now
///
/// A dry run proposes, and leaves the mode as it is. A step that is none needs the mode `apply`.
#[utoipa::path(
    post, path = "/optimizer/tick", tag = "doing", request_body = Tick,
    responses((status = 200, body = Answer<Ticked>), (status = 409, body = crate::problem::ProblemDocument)),
)]
pub(super) async fn tick(
    State(app): State<Shared>,
    Body(asked): Body<Tick>,
) -> Result<Json<Answer<Ticked>>, Problem> {
    let work = move || {
        let mode = optimizer().mode();
        if asked.dry_run && mode == Mode::Off {
            optimizer().set_mode(Mode::Suggest);
            let actions = optimizer().tick();
            optimizer().set_mode(mode);
            return Ok(actions);
        }
        if asked.dry_run == (mode == Mode::Suggest) {
            return Ok(optimizer().tick());
        }
        let detail = if asked.dry_run {
            "the optimizer applies what it finds: set its mode to `suggest` for a dry run"
        } else {
            "the optimizer does not apply anything: set its mode to `apply`"
        };
        Err(Problem::conflict(detail))
    };
    let actions = app.workers.costly(work).await??;
    Ok(Json(app.answer(Ticked { actions: actions.iter().map(ActionItem::of).collect() })))
}

/// Which site.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Revert {
    /// Its full name.
    site: String,
}

/// Takes back what is applied to a site
#[utoipa::path(
    post, path = "/optimizer/revert", tag = "doing", request_body = Revert,
    responses((status = 204), (status = 409, body = crate::problem::ProblemDocument)),
)]
pub(super) async fn revert(
    State(app): State<Shared>,
    Body(asked): Body<Revert>,
) -> Result<StatusCode, Problem> {
    take_back(&app, asked.site).await
}

/// Takes back what is applied to a site.
pub(super) async fn take_back(app: &Shared, site: String) -> Result<StatusCode, Problem> {
    let own = Arc::clone(app);
    let name = site.clone();
    let was_there = app.workers.shared(move || own.program().revert(&name)).await?;
    if was_there {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(Problem::conflict(format!("nothing is applied to `{site}`")))
}

/// What is to be given back.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Reclaim {
    /// `low`, `medium`, `critical`.
    pressure: Option<String>,
    /// The name of one pool or cache.
    name: Option<String>,
}

/// What was given back.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Reclaimed {
    text: String,
    /// Bytes that pools, caches and arenas let go.
    bytes: u64,
    /// Bytes that the process gave back to the system, where that is known.
    returned_bytes: Option<u64>,
}

/// Gives memory back now
#[utoipa::path(
    post, path = "/reclaim", tag = "doing", request_body = Reclaim,
    responses(
        (status = 200, body = Answer<Reclaimed>),
        (status = 404, body = crate::problem::ProblemDocument),
        (status = 422, body = crate::problem::ProblemDocument),
    ),
)]
pub(super) async fn give_back(
    State(app): State<Shared>,
    Body(asked): Body<Reclaim>,
) -> Result<Json<Answer<Reclaimed>>, Problem> {
    if let Some(name) = asked.name {
        let (own, holder) = (Arc::clone(&app), name.clone());
        let bytes = app.workers.costly(move || own.program().trim(&holder)).await?;
        let bytes =
            bytes.ok_or_else(|| Problem::missing(format!("there is no pool or cache `{name}`")))?;
        let text = format!("let go {}", memopt_report::units::bytes(bytes));
        return Ok(Json(app.answer(Reclaimed { text, bytes, returned_bytes: None })));
    }
    let pressure = match asked.pressure.as_deref() {
        Some("low") => Pressure::Low,
        None | Some("medium") => Pressure::Medium,
        Some("critical") => Pressure::Critical,
        Some(_) => {
            let field = crate::problem::Field::new("pressure", "it is low, medium or critical");
            return Err(Problem::parameter(field));
        }
    };
    let reclaimed = app.workers.costly(move || reclaim(pressure)).await?;
    Ok(Json(app.answer(Reclaimed {
        text: reclaimed.to_string(),
        bytes: reclaimed.let_go(),
        returned_bytes: reclaimed.returned(),
    })))
}
