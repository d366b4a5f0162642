//! Whether the program lives, and whether it is worth asking.

use crate::api;
use crate::app::Shared;
use crate::extract::{Query, several};
use crate::guard::Who;
use crate::problem::Problem;
use crate::scrub::scrubbed;
use axum::extract::{Extension, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::fmt::Write as _;
use std::sync::OnceLock;

/// What is told of checks.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Asked {
    /// Each check is told.
    verbose: Option<String>,
    /// A check that is left out; may be given several times.
    exclude: Option<String>,
}

/// Whether the process answers.
pub(super) async fn livez() -> &'static str {
    "ok\n"
}

/// Whether the monitor reads, and its parts do their work.
pub(super) async fn readyz(
    State(app): State<Shared>,
    Extension(Who(role)): Extension<Who>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let now = app.monitor.published();
    let mut checks = vec![
        ("monitor".to_owned(), app.monitor.is_running().then_some(()).ok_or("it has stopped")),
        ("reading".to_owned(), now.as_ref().map(drop).ok_or("nothing was read yet")),
    ];
    // A receiver that is down is no reason to send nobody to this program.
    let is_push = |part: &str| app.counters.pushes.iter().any(|pushed| pushed.to == part);
    let mut aside = Vec::new();
    for fault in now.iter().flat_map(|now| &now.faults) {
        let (part, why) = (fault.part.clone(), fault.detail.as_str());
        if is_push(&part) {
            aside.push((part, why));
        } else {
            checks.push((part, Err(why)));
        }
    }
    let exclude = asked.exclude.as_deref();
    let left_out = |name: &str| exclude.is_some_and(|all| several(all).any(|it| it == name));
    checks.retain(|(name, _)| !left_out(name));
    aside.retain(|(name, _)| !left_out(name));
    let is_ready = checks.iter().all(|(_, outcome)| outcome.is_ok());
    let mut text = String::new();
    // What is wrong in detail is for those who may read.
    if asked.verbose.is_some() && role.is_some() {
        for (name, outcome) in &checks {
            // Writing into a String cannot fail.
            let _ = match outcome {
                Ok(()) => writeln!(text, "[+] {name} ok"),
                Err(why) => writeln!(text, "[-] {name} failed: {why}"),
            };
        }
        for (name, why) in &aside {
            let _ = writeln!(text, "[!] {name} failed, which does not count: {why}");
        }
    }
    let mut text = scrubbed(&text).into_owned();
    text.push_str(if is_ready { "ok\n" } else { "not ready\n" });
    if is_ready {
        return Ok(text.into_response());
    }
    Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, text.trim_end()).after(5))
}

/// The description of the API.
pub(super) async fn description() -> Response {
    static DESCRIPTION: OnceLock<String> = OnceLock::new();
    let text = DESCRIPTION.get_or_init(api::description).as_str();
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}
