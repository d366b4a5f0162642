//! Metrics for Prometheus of the newest reading: text 0.0.4, `OpenMetrics` 1.0, and protocol
//! buffers with native histograms of what calls allocated.
//!
//! Names are those of the history with `_` for `.`, behind `memopt_`, with the unit and `_total` at
//! their ends. What Prometheus's own clients tell of a process has the names that they use.

mod accept;
mod family;
mod native;
mod proto;
mod write;

use self::accept::{Chosen, PROTOBUF, chosen};
use self::family::{LONGEST, families};
use self::write::write;
use crate::app::Shared;
use crate::problem::Problem;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Response, header};
use std::time::Duration;
use tokio::time::timeout;

/// How long a scrape waits for the report that the histograms are made of.
const PATIENCE: Duration = Duration::from_secs(2);

/// The newest reading. Before the first one there is nothing but what the server knows.
pub(super) async fn metrics(
    State(app): State<Shared>,
    headers: HeaderMap,
) -> Result<Response<Body>, Problem> {
    let accept = headers.get(header::ACCEPT).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let (kind, body) = match chosen(accept) {
        Chosen::Text(syntax) => {
            let text = write(&families(&app, app.metrics()), syntax);
            (syntax.media_type(), Body::from(text))
        }
        Chosen::Protobuf => {
            // The histograms of all calls since the start: what Prometheus counts must not fall.
            // Where it cannot be made in time, all else is told still.
            let report = timeout(PATIENCE, app.whole_report()).await;
            let report = report.ok().and_then(Result::ok);
            let own = app.clone();
            let most = app.monitor.config_at_start().monitoring.top as usize;
            let make = move || {
                let mut body = proto::families(&families(&own, own.metrics()));
                if let Some(report) = report {
                    let written = own.named().written(&report, |named| {
                        proto::histograms(&native::of(&report, named, most, LONGEST))
                    });
                    body.extend_from_slice(&written);
                }
                body
            };
            (PROTOBUF, Body::from(app.workers.short(make).await?))
        }
    };
    let mut answer = Response::new(body);
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    // A cache must not give one syntax to who asks for another.
    answer.headers_mut().insert(header::VARY, HeaderValue::from_static("accept"));
    Ok(answer)
}
