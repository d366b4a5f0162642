//! Work that takes longer than an answer: it is begun, and followed by its number.

use crate::answer::{Answer, List, Part};
use crate::app::Shared;
use crate::extract::{Path, Query};
use crate::operations::Operation;
use crate::problem::Problem;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use std::sync::Arc;

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
