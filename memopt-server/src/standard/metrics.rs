//! Metrics for Prometheus: text 0.0.4 and `OpenMetrics` 1.0, of the newest reading.
//!
//! Names are those of the history with `_` for `.`, behind `memopt_`, with the unit and `_total` at
//! their ends. What Prometheus's own clients tell of a process has the names that they use.

mod family;
mod write;

use self::family::families;
use self::write::{Syntax, write};
use crate::app::Shared;
use crate::problem::Problem;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Response, header};

/// The newest reading. Before the first one there is nothing but what the server knows.
pub(super) async fn metrics(
    State(app): State<Shared>,
    headers: HeaderMap,
) -> Result<Response<Body>, Problem> {
    let accept = headers.get(header::ACCEPT).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let syntax = if accept.contains("application/openmetrics-text") {
        Syntax::OpenMetrics
    } else {
        Syntax::Text
    };
    let text = write(&families(&app, app.metrics()), syntax);
    let mut answer = Response::new(Body::from(text));
    let kind = HeaderValue::from_static(syntax.media_type());
    answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(answer)
}
