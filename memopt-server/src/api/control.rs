//! What is measured, switched on and off; incident bundles.

mod running;

pub(super) use self::running::{
    __path_reset, __path_start, __path_stop, __path_track, reset, start, stop, track,
};

use super::operations;
use crate::answer::{Answer, List, Part};
use crate::app::Shared;
use crate::extract::{Json as Body, Path, Query};
use crate::operations::Operation;
use crate::problem::{Field, Problem};
use axum::body::Body as Bytes;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Json, Response};
use memopt_monitor::engine::Engine;
use memopt_monitor::rules::bundle;
use memopt_runtime::__private::untracked_sites;
use memopt_runtime::heap;
use memopt_runtime::optimizer;
use memopt_runtime::optimizer::Mode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};
use utoipa::ToSchema;

/// What is measured.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Control {
    /// Whether blocks are sampled or tracked.
    heap_is_on: bool,
    /// `off`, `suggest`, `apply`.
    optimizer_mode: &'static str,
    /// Whether the monitor was not told to end.
    monitor_is_running: bool,
    /// Whether the monitor is stopped for a while: it reads, judges and acts no more.
    is_paused: bool,
    /// Since when sites, the site tree and reports are told; null: since the start.
    records_since_ms: Option<i64>,
    /// Sites whose calls are not counted, because somebody switched them off.
    untracked_sites: Vec<SiteName>,
}

/// A site.
#[derive(Debug, Serialize, ToSchema)]
struct SiteName {
    id: String,
    name: String,
}

fn state(app: &Shared) -> Json<Answer<Control>> {
    Json(
        app.answer(Control {
            heap_is_on: heap::is_on(),
            optimizer_mode: optimizer().mode().name(),
            monitor_is_running: app.monitor.is_running(),
            is_paused: app.monitor.is_paused(),
            records_since_ms: app.records_since_ms(),
            untracked_sites: untracked_sites()
                .into_iter()
                .map(|(id, name)| SiteName { id: id.to_string(), name })
                .collect(),
        }),
    )
}

/// What is measured
#[utoipa::path(
    get, path = "/control", tag = "settings", responses((status = 200, body = Answer<Control>)),
)]
pub(super) async fn control(State(app): State<Shared>) -> Json<Answer<Control>> {
    state(&app)
}

/// Which blocks are sampled.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Sampling {
    /// `off`, `sampled`, `exact`.
    mode: String,
    /// Mean bytes between two samples.
    #[schema(minimum = 1)]
    interval_bytes: Option<u64>,
}

/// Bytes between two samples, where nothing is said.
const USUAL: u64 = 512 << 10;

/// Samples blocks, tracks all, or stops
#[utoipa::path(
    post, path = "/control/heap", tag = "settings", request_body = Sampling,
    responses(
        (status = 200, body = Answer<Control>),
        (status = 409, body = crate::problem::ProblemDocument),
        (status = 422, body = crate::problem::ProblemDocument),
    ),
)]
pub(super) async fn sampling(
    State(app): State<Shared>,
    Body(asked): Body<Sampling>,
) -> Result<Json<Answer<Control>>, Problem> {
    let every = asked.interval_bytes.unwrap_or(USUAL);
    let switch: Box<dyn FnOnce() -> Result<(), memopt_report::Error> + Send> =
        match asked.mode.as_str() {
            "off" => Box::new(|| {
                heap::stop();
                Ok(())
            }),
            "sampled" => Box::new(move || heap::start_sampling(every)),
            "exact" => Box::new(heap::start_exact),
            _ => {
                let detail = "it is off, sampled or exact";
                return Err(Problem::parameter(Field::new("mode", detail)));
            }
        };
    let switched = app.workers.short(switch).await?;
    switched.map_err(|error| Problem::conflict(error.to_string()))?;
    Ok(state(&app))
}

/// A mode of the optimizer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Optimizing {
    /// `off`, `suggest`, `apply`.
    mode: String,
}

/// What the optimizer may do
///
/// It stays until the monitor's settings change or the program sets another.
#[utoipa::path(
    post, path = "/control/optimizer", tag = "settings", request_body = Optimizing,
    responses(
        (status = 200, body = Answer<Control>),
        (status = 422, body = crate::problem::ProblemDocument),
    ),
)]
pub(super) async fn optimizing(
    State(app): State<Shared>,
    Body(asked): Body<Optimizing>,
) -> Result<Json<Answer<Control>>, Problem> {
    let mode = match asked.mode.as_str() {
        "off" => Mode::Off,
        "suggest" => Mode::Suggest,
        "apply" => Mode::Apply,
        _ => {
            let detail = "it is off, suggest or apply";
            return Err(Problem::parameter(Field::new("mode", detail)));
        }
    };
    app.workers.short(move || optimizer().set_mode(mode)).await?;
    Ok(state(&app))
}

/// The monitor has so long to write one: the report of all sites is in it.
const BUNDLE: Duration = Duration::from_secs(60);

/// Why a bundle is written.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Why {
    /// Why, for people.
    why: String,
}

/// Writes an incident bundle
#[utoipa::path(
    post, path = "/bundle", tag = "bundles", request_body = Why,
    responses(
        (status = 202, body = Answer<Operation>),
        (status = 429, body = crate::problem::ProblemDocument),
    ),
)]
pub(super) async fn bundle(
    State(app): State<Shared>,
    Body(asked): Body<Why>,
) -> Result<Response, Problem> {
    operations::begin(&app, "bundle", move |app| {
        let why = if asked.why.is_empty() { "asked for".to_owned() } else { asked.why };
        let write = move |engine: &mut Engine| engine.bundle("server", &why);
        let written = app.monitor.ask_within(BUNDLE, write);
        let outcome =
            written.ok_or("the monitor does not answer: the bundle may be there yet")??;
        let path = outcome.outputs.get("path").map(PathBuf::from).unwrap_or_default();
        let name = path.file_name().map(|it| it.to_string_lossy().into_owned());
        Ok(json!({"name": name, "bytes": outcome.bytes}))
    })
}

/// A bundle that was written.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BundleItem {
    name: String,
    at_ms: i64,
    bytes: u64,
}

/// Where bundles are.
fn folder(app: &Shared) -> Result<PathBuf, Problem> {
    // The monitor writes where the settings at its start said.
    let path = app.monitor.config_at_start().storage.path.as_deref();
    let folder = path.and_then(|path| path.parent()).map(|it| it.join("bundles"));
    folder.ok_or_else(|| Problem::conflict("bundles have no folder: set `storage.path`"))
}

fn bundles_in(folder: &std::path::Path) -> Vec<BundleItem> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let item = |entry: fs::DirEntry| {
        let known = entry.metadata().ok().filter(fs::Metadata::is_file)?;
        let at = known.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        let name = entry.file_name().into_string().ok().filter(|it| bundle::is_whole(it))?;
        Some(BundleItem { name, at_ms: at.as_millis() as i64, bytes: known.len() })
    };
    let mut all: Vec<BundleItem> = entries.filter_map(item).collect();
    all.sort_by(|a, b| (b.at_ms, &b.name).cmp(&(a.at_ms, &a.name)));
    all
}

/// The incident bundles, the newest first
#[utoipa::path(
    get, path = "/bundles", tag = "bundles", params(Part),
    responses(
        (status = 200, body = List<BundleItem>),
        (status = 409, body = crate::problem::ProblemDocument),
    ),
)]
pub(super) async fn bundles(
    State(app): State<Shared>,
    Query(part): Query<Part>,
) -> Result<Json<List<BundleItem>>, Problem> {
    let folder = folder(&app)?;
    let all = app.workers.short(move || bundles_in(&folder)).await?;
    app.list(part, all).map(Json)
}

/// One incident bundle
#[utoipa::path(
    get, path = "/bundles/{name}", tag = "bundles",
    params(("name" = String, Path, description = "Its name.")),
    responses(
        (status = 200, description = "An archive.", content_type = "application/gzip"),
        (status = 404, body = crate::problem::ProblemDocument),
    ),
)]
pub(super) async fn one_bundle(
    State(app): State<Shared>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let folder = folder(&app)?;
    // Only names that the list has: none of them leads out of the folder.
    let wanted = name.clone();
    let read = move || {
        let known = bundles_in(&folder).into_iter().any(|bundle| bundle.name == wanted);
        known.then(|| fs::read(folder.join(&wanted)).ok()).flatten()
    };
    let bytes = app.workers.costly(read).await?;
    let bytes = bytes.ok_or_else(|| Problem::missing(format!("there is no bundle `{name}`")))?;
    let mut answer = Bytes::from(bytes).into_response();
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/gzip"));
    if let Ok(file) = HeaderValue::from_str(&format!("attachment; filename={name:?}")) {
        headers.insert(header::CONTENT_DISPOSITION, file);
    }
    Ok(answer)
}
