//! The monitor started, stopped and reset; one site counted or not.

use super::{Control, state};
use crate::answer::{Answer, now_ms};
use crate::app::Shared;
use crate::extract::{Json as Body, Path};
use crate::problem::Problem;
use axum::extract::State;
use axum::response::Json;
use memopt_report::SiteId;
use memopt_runtime::__private::track_site;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Lets a stopped monitor go on
///
/// It reads, judges and acts again. Blocks are sampled as the settings say.
#[utoipa::path(
    post, path = "/control/start", tag = "settings",
    responses(
        (status = 200, body = Answer<Control>),
        (status = 503, body = crate::problem::ProblemDocument),
    ),
)]
pub(in crate::api) async fn start(
    State(app): State<Shared>,
) -> Result<Json<Answer<Control>>, Problem> {
    pause(&app, false).await
}

/// Lets the monitor read, judge and act no more
///
/// No block is sampled meanwhile. Counting goes on, and what is known stays readable.
#[utoipa::path(
    post, path = "/control/stop", tag = "settings",
    responses(
        (status = 200, body = Answer<Control>),
        (status = 503, body = crate::problem::ProblemDocument),
    ),
)]
pub(in crate::api) async fn stop(
    State(app): State<Shared>,
) -> Result<Json<Answer<Control>>, Problem> {
    pause(&app, true).await
}

async fn pause(app: &Shared, is_paused: bool) -> Result<Json<Answer<Control>>, Problem> {
    let own = app.clone();
    let change = move || if is_paused { own.monitor.pause() } else { own.monitor.resume() };
    if !app.workers.ask(change).await? {
        return Err(Problem::not_yet(
            "the monitor does not answer: it has ended, or a reading takes long",
        ));
    }
    Ok(state(app))
}

/// Tells sites, the site tree and reports from now on
///
/// What was counted before is left out of them. Metrics, findings and the heap are not concerned:
/// counters of `/metrics` never fall.
#[utoipa::path(
    post, path = "/control/reset", tag = "settings",
    responses(
        (status = 200, body = Answer<Control>),
        (status = 429, body = crate::problem::ProblemDocument),
    ),
)]
pub(in crate::api) async fn reset(
    State(app): State<Shared>,
) -> Result<Json<Answer<Control>>, Problem> {
    let own = app.clone();
    app.workers.shared(move || own.reset(now_ms())).await?;
    Ok(state(&app))
}

/// Whether the calls of a site are counted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Tracking {
    on: bool,
}

/// A site, and whether its calls are counted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TrackedSite {
    id: String,
    name: String,
    is_tracked: bool,
}

/// Counts the calls of one site, or no more
///
/// What a call that is not counted allocates belongs to the site around it. Each thread may count
/// some hundred calls before it takes notice.
#[utoipa::path(
    post, path = "/sites/{id}/tracking", tag = "sites", request_body = Tracking,
    params(("id" = String, Path, description = "16 hexadecimal digits.")),
    responses(
        (status = 200, body = Answer<TrackedSite>),
        (status = 404, body = crate::problem::ProblemDocument),
        (status = 422, body = crate::problem::ProblemDocument),
    ),
)]
pub(in crate::api) async fn track(
    State(app): State<Shared>,
    Path(id): Path<String>,
    Body(asked): Body<Tracking>,
) -> Result<Json<Answer<TrackedSite>>, Problem> {
    let missing = || Problem::missing(format!("there is no site `{id}`"));
    let site: SiteId = id.parse().map_err(|_| missing())?;
    let name = app.workers.short(move || track_site(site, asked.on)).await?;
    let name = name.ok_or_else(missing)?;
    app.report.forget();
    Ok(Json(app.answer(TrackedSite { id: site.to_string(), name, is_tracked: asked.on })))
}
