//! Work that takes longer than an answer: it is begun, and followed by its number.

use crate::answer::{Answer, List, Part, now_ms};
use crate::app::Shared;
use crate::extract::{Path, Query};
use crate::problem::Problem;
use crate::scrub::scrubbed;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use utoipa::ToSchema;

/// Work that was begun.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Operation {
    /// Its number.
    id: u64,
    /// `profile`, `bundle`.
    kind: &'static str,
    /// `running`, `done`, `failed`.
    state: &'static str,
    began_ms: i64,
    ended_ms: Option<i64>,
    /// What came of it.
    #[schema(value_type = Option<Object>)]
    result: Option<serde_json::Value>,
    /// Why it failed.
    error: Option<String>,
}

/// The operations: the last hundred.
#[derive(Debug, Default)]
pub(crate) struct Operations(Mutex<VecDeque<Operation>>);

const KEPT: usize = 100;

impl Operations {
    fn lock(&self) -> MutexGuard<'_, VecDeque<Operation>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, kind: &'static str) -> Operation {
        let mut all = self.lock();
        let id = all.back().map_or(1, |last| last.id + 1);
        let began_ms = now_ms();
        let operation = Operation {
            id,
            kind,
            state: "running",
            began_ms,
            ended_ms: None,
            result: None,
            error: None,
        };
        if all.len() == KEPT {
            all.pop_front();
        }
        all.push_back(operation.clone());
        operation
    }

    fn end(&self, id: u64, outcome: Result<serde_json::Value, String>) -> Option<Operation> {
        let mut all = self.lock();
        let operation = all.iter_mut().find(|operation| operation.id == id)?;
        operation.ended_ms = Some(now_ms());
        match outcome {
            Ok(result) => (operation.state, operation.result) = ("done", Some(result)),
            Err(why) => {
                operation.state = "failed";
                operation.error = Some(scrubbed(&why).into_owned());
            }
        }
        Some(operation.clone())
    }
}

/// Begins work. The answer is 202, with the place where it can be followed.
pub(crate) fn begin(
    app: &Shared,
    kind: &'static str,
    work: impl FnOnce(&Shared) -> Result<serde_json::Value, String> + Send + 'static,
) -> Result<Response, Problem> {
    let operation = app.operations.begin(kind);
    let (own, id) = (Arc::clone(app), operation.id);
    let begun = app.workers.begin(move || {
        let outcome = work(&own);
        if let Some(ended) = own.operations.end(id, outcome) {
            own.hub.send("operation", &ended);
        }
    });
    if let Err(busy) = begun {
        app.operations.lock().retain(|operation| operation.id != id);
        return Err(busy);
    }
    let mut answer = (StatusCode::ACCEPTED, Json(app.answer(operation))).into_response();
    // Relative to the API's folder, so that it holds below any path.
    if let Ok(place) = HeaderValue::from_str(&format!("operations/{id}")) {
        answer.headers_mut().insert(header::LOCATION, place);
    }
    Ok(answer)
}

/// The work that was begun, the newest first
#[utoipa::path(
    get, path = "/operations", tag = "operations", params(Part),
    responses((status = 200, body = List<Operation>)),
)]
pub(super) async fn operations(
    State(app): State<Shared>,
    Query(part): Query<Part>,
) -> Result<Json<List<Operation>>, Problem> {
    let all = app.operations.lock().iter().rev().cloned().collect();
    app.list(part, all).map(Json)
}

/// How far work is
#[utoipa::path(
    get, path = "/operations/{id}", tag = "operations",
    params(("id" = u64, Path, description = "Its number.")),
    responses(
        (status = 200, body = Answer<Operation>),
        (status = 404, body = crate::problem::ProblemDocument),
    ),
)]
pub(super) async fn operation(
    State(app): State<Shared>,
    Path(id): Path<u64>,
) -> Result<Json<Answer<Operation>>, Problem> {
    let operation = app.operations.lock().iter().find(|operation| operation.id == id).cloned();
    let operation =
        operation.ok_or_else(|| Problem::missing(format!("there is no operation {id}")))?;
    Ok(Json(app.answer(operation)))
}
