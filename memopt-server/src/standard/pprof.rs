//! Profiles where Go programs have theirs, so that Parca and Grafana Alloy scrape them as they
//! are.
//!
//! `heap` and `allocs` are the sampled blocks: live, at the peak, allocated. What has no
//! counterpart is an empty profile that is valid.

use crate::api::{Format, write};
use crate::app::Shared;
use crate::extract::Path;
use crate::problem::Problem;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use memopt_monitor::profiles::Profile;
use memopt_report::HeapReport;

/// Those that have no counterpart.
const EMPTY: [&str; 5] = ["goroutine", "threadcreate", "block", "mutex", "profile"];

const INDEX: &str =
    "heap\nallocs\ngoroutine\nthreadcreate\nblock\nmutex\nprofile\ncmdline\nsymbol\n";

/// What there is.
pub(super) async fn index() -> &'static str {
    INDEX
}

/// One profile. What Go's tools ask for (`seconds`, `debug`, `gc`) is left alone.
pub(super) async fn profile(
    State(app): State<Shared>,
    Path(name): Path<String>,
) -> Result<Response<Body>, Problem> {
    let profile = match name.as_str() {
        "heap" | "allocs" => match app.heap().await {
            Ok(heap) => heap.as_ref().clone(),
            // Nothing is sampled: an empty profile, so that scrapes go on.
            Err(problem) if problem.status == StatusCode::CONFLICT => HeapReport::default(),
            Err(problem) => return Err(problem),
        },
        // The name of the program and nothing of its arguments.
        "cmdline" => return Ok(app.program_name.clone().into_response()),
        "symbol" => return Ok("num_symbols: 0\n".into_response()),
        name if EMPTY.contains(&name) => HeapReport::default(),
        name => return Err(Problem::missing(format!("there is no profile `{name}`"))),
    };
    let profile = Profile::Heap(Box::new(profile));
    let bytes = app.workers.shared(move || write(&profile, Format::Pprof)).await??;
    let mut answer = Response::new(Body::from(bytes));
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    if let Ok(file) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, file);
    }
    Ok(answer)
}
