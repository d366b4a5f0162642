//! Sessions of the page.

use crate::app::Shared;
use crate::extract::Json as Body;
use crate::problem::Problem;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::time::Duration;
use tokio::time::sleep;

/// What is given to log in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Login {
    token: String,
}

/// A wrong token is answered after so long: guessing is slow.
const WRONG: Duration = Duration::from_millis(300);

/// Begins a session.
pub(super) async fn login(
    State(app): State<Shared>,
    Body(login): Body<Login>,
) -> Result<Response, Problem> {
    if app.settings.tokens.is_empty() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    if let Some(cookie) = app.sessions.begin(&app.settings.tokens, &login.token) {
        return Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response());
    }
    sleep(WRONG).await;
    Err(Problem::new(StatusCode::UNAUTHORIZED, "the token is not known"))
}

/// Ends the session.
pub(super) async fn logout(State(app): State<Shared>, headers: HeaderMap) -> Response {
    let cookie = app.sessions.end(&headers);
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response()
}
