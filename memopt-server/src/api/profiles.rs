//! Profiles: taken, kept, fetched in the formats of other tools, compared.

mod data;
mod take;

pub(super) use self::data::{__path_current, __path_data, current, data};
pub(crate) use self::data::{Format, answer, write};
pub(super) use self::take::{__path_take, take};

use crate::answer::{Answer, List, Part, default_limit};
use crate::app::Shared;
use crate::extract::{Json as Body, Path, Query};
use crate::problem::Problem;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Json;
use memopt_monitor::profiles::{Error, Meta, Profile, Profiles};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// What is known of a profile.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProfileItem {
    id: String,
    /// `heap`, `activity`, `allocation`.
    kind: &'static str,
    at_ms: i64,
    /// By which run of the program.
    run: u32,
    why: String,
    bytes: u64,
    /// The name by which others are compared with it.
    baseline: Option<String>,
    labels: BTreeMap<String, String>,
}

impl ProfileItem {
    fn of(meta: &Meta) -> Self {
        Self {
            id: meta.id.clone(),
            kind: meta.kind.name(),
            at_ms: meta.unix_ms,
            run: meta.run,
            why: meta.why.clone(),
            bytes: meta.bytes,
            baseline: meta.baseline.clone(),
            labels: meta.labels.clone(),
        }
    }
}

/// The profiles on disk.
pub(crate) fn kept(app: &Shared) -> Result<Profiles, Problem> {
    app.monitor.profiles().cloned().ok_or_else(|| {
        Problem::conflict("profiles have no folder: set `storage.path` in the monitor's settings")
    })
}

/// The words of the library, as a problem.
fn problem(error: &Error) -> Problem {
    if error.is_missing() {
        Problem::missing(error.to_string())
    } else {
        Problem::internal("the profile cannot be read or written: see the folder of profiles")
    }
}

/// Reads a profile.
pub(crate) async fn read(app: &Shared, id: &str) -> Result<Profile, Problem> {
    let (kept, id) = (kept(app)?, id.to_owned());
    app.workers.short(move || kept.read(&id).map_err(|it| problem(&it))).await?
}

/// Which profiles.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Asked {
    /// `heap`, `activity`, `allocation`.
    kind: Option<String>,
    /// So many are left out.
    offset: usize,
    /// So many are told, 1000 at most.
    #[param(maximum = 1000)]
    limit: usize,
}

impl Default for Asked {
    fn default() -> Self {
        Self { kind: None, offset: 0, limit: default_limit() }
    }
}

/// The profiles that are kept, the newest first
#[utoipa::path(
    get, path = "/profiles", tag = "profiles", params(Asked),
    responses(
        (status = 200, body = List<ProfileItem>),
        (status = 409, body = crate::problem::ProblemDocument),
    ),
)]
pub(super) async fn profiles(
    State(app): State<Shared>,
    Query(asked): Query<Asked>,
) -> Result<Json<List<ProfileItem>>, Problem> {
    let kept = kept(&app)?;
    let all = app.workers.short(move || kept.list()).await?;
    let fits = |meta: &&Meta| asked.kind.as_deref().is_none_or(|kind| kind == meta.kind.name());
    let items = all.iter().filter(fits).map(ProfileItem::of).collect();
    app.list(Part::new(asked.offset, asked.limit), items).map(Json)
}

/// What is known of a profile
#[utoipa::path(
    get, path = "/profiles/{id}", tag = "profiles",
    params(("id" = String, Path, description = "Its id.")),
    responses(
        (status = 200, body = Answer<ProfileItem>),
        (status = 404, body = crate::problem::ProblemDocument),
    ),
)]
pub(super) async fn profile(
    State(app): State<Shared>,
    Path(id): Path<String>,
) -> Result<Json<Answer<ProfileItem>>, Problem> {
    let kept = kept(&app)?;
    let meta = app.workers.short(move || kept.meta(&id).map_err(|it| problem(&it))).await??;
    Ok(Json(app.answer(ProfileItem::of(&meta))))
}

/// Removes a profile
#[utoipa::path(
    delete, path = "/profiles/{id}", tag = "profiles",
    params(("id" = String, Path, description = "Its id.")),
    responses((status = 204), (status = 404, body = crate::problem::ProblemDocument)),
)]
pub(super) async fn remove(
    State(app): State<Shared>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let (kept, name) = (kept(&app)?, id.clone());
    if app.workers.short(move || kept.remove(&name)).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(Problem::missing(format!("there is no profile `{id}`")))
}

/// A name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Baseline {
    /// The name by which later profiles are compared with this one.
    name: String,
}

/// Names a profile, so that others are compared with it
#[utoipa::path(
    put, path = "/profiles/{id}/baseline", tag = "profiles", request_body = Baseline,
    params(("id" = String, Path, description = "Its id.")),
    responses((status = 204), (status = 404, body = crate::problem::ProblemDocument)),
)]
pub(super) async fn baseline(
    State(app): State<Shared>,
    Path(id): Path<String>,
    Body(asked): Body<Baseline>,
) -> Result<StatusCode, Problem> {
    let kept = kept(&app)?;
    let name = move || kept.set_baseline(&asked.name, &id).map_err(|error| problem(&error));
    app.workers.short(name).await??;
    Ok(StatusCode::NO_CONTENT)
}

/// Two profiles compared.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Difference {
    /// `heap`, `activity`, `allocation`.
    kind: &'static str,
    /// What the figures are.
    what: &'static str,
    /// `bytes`, `count`.
    unit: &'static str,
    /// Places that changed, the largest change first.
    rows: Vec<DifferenceRow>,
    /// Places that did not change.
    same: usize,
    /// The same for people.
    text: String,
}

/// One place in both profiles.
#[derive(Debug, Serialize, ToSchema)]
struct DifferenceRow {
    name: String,
    before: f64,
    after: f64,
    change: f64,
}

/// Which two.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Two {
    /// The id of the older one.
    before: String,
    /// The id of the newer one.
    after: String,
}

/// Two profiles of one kind compared
#[utoipa::path(
    get, path = "/profiles/diff", tag = "profiles", params(Two),
    responses(
        (status = 200, body = Answer<Difference>),
        (status = 404, body = crate::problem::ProblemDocument),
        (status = 409, body = crate::problem::ProblemDocument),
    ),
)]
pub(super) async fn difference(
    State(app): State<Shared>,
    Query(two): Query<Two>,
) -> Result<Json<Answer<Difference>>, Problem> {
    let (before, after) = (read(&app, &two.before).await?, read(&app, &two.after).await?);
    let compare = move || memopt_monitor::profiles::Difference::between(&before, &after);
    let difference = app.workers.shared(compare).await?.ok_or_else(|| {
        Problem::conflict("the profiles are of different kinds: compare two of one kind")
    })?;
    let row = |row: &memopt_monitor::profiles::Row| DifferenceRow {
        name: row.name.clone(),
        before: row.before,
        after: row.after,
        change: row.grown(),
    };
    Ok(Json(app.answer(Difference {
        kind: difference.kind.name(),
        what: difference.what,
        unit: if difference.what.contains("bytes") { "bytes" } else { "count" },
        rows: difference.rows.iter().map(row).collect(),
        same: difference.same,
        text: difference.to_string(),
    })))
}
