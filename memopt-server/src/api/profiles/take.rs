//! Takes a profile and keeps it.

use super::kept;
use crate::answer::Answer;
use crate::api::operations;
use crate::app::Shared;
use crate::extract::Json as Body;
use crate::operations::Operation;
use crate::problem::{Field, Problem};
use axum::extract::State;
use axum::response::Response;
use memopt_monitor::profiles::Profile;
use serde::Deserialize;
use serde_json::json;
use std::thread::sleep;
use std::time::Duration;
use utoipa::ToSchema;

/// What is to be taken.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Take {
    /// `heap`, `activity`, `allocation`.
    kind: String,
    /// Why, for people.
    #[serde(default)]
    why: String,
    /// How long an activity profile takes, 60 s at most.
    #[schema(maximum = 60000)]
    duration_ms: Option<u64>,
}

/// An activity profile takes so long at most, and where nothing is said.
const LONGEST_MS: u64 = 60_000;
const USUAL_MS: u64 = 1_000;

/// Takes a profile and keeps it
#[utoipa::path(
    post, path = "/profiles", tag = "profiles", request_body = Take,
    responses(
        (status = 202, body = Answer<Operation>),
        (status = 409, body = crate::problem::ProblemDocument),
        (status = 422, body = crate::problem::ProblemDocument),
        (status = 429, body = crate::problem::ProblemDocument),
    ),
)]
pub(in crate::api) async fn take(
    State(app): State<Shared>,
    Body(asked): Body<Take>,
) -> Result<Response, Problem> {
    if !["heap", "activity", "allocation"].contains(&asked.kind.as_str()) {
        let detail = "it is heap, activity or allocation";
        return Err(Problem::parameter(Field::new("kind", detail)));
    }
    let time = asked.duration_ms.unwrap_or(USUAL_MS);
    if time > LONGEST_MS {
        let detail = format!("{LONGEST_MS} at most");
        return Err(Problem::parameter(Field::new("duration_ms", detail)));
    }
    let kept = kept(&app)?;
    operations::begin(&app, "profile", move |app| {
        let profile = profile(app, &asked.kind, Duration::from_millis(time))?;
        let at = app.monitor.ask(|engine| engine.now()).ok_or("the monitor does not answer")?;
        let why = if asked.why.is_empty() { "asked for" } else { asked.why.as_str() };
        let kept = kept.keep(&profile, at, why, &[("by", "server")]);
        let kept = kept.map_err(|error| error.to_string())?;
        Ok(json!({"id": kept.id, "kind": kept.kind.name(), "bytes": kept.bytes}))
    })
}

/// Takes it, on the costly worker.
fn profile(app: &Shared, kind: &str, time: Duration) -> Result<Profile, String> {
    match kind {
        "heap" => {
            let heap = app.program().heap();
            let mut heap = heap.ok_or("no blocks are sampled: set `profiling.heap`")?;
            memopt_runtime::heap::resolve(&mut heap);
            Ok(Profile::Heap(Box::new(heap)))
        }
        "activity" => {
            let before = app.program().activity();
            sleep(time);
            let activity = app.program().activity().since(&before);
            Ok(Profile::Activity(Box::new(activity)))
        }
        _ => Ok(Profile::Allocation(Box::new(app.program().report()))),
    }
}
