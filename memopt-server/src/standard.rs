//! Routes that other tools know: probes, metrics, profiles in pprof's format.

mod login;
mod metrics;
mod pprof;
mod probes;

use crate::app::Shared;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

/// Bytes of a login, which anybody may send.
const LOGIN: usize = 4 << 10;

pub(crate) fn routes(app: &Shared) -> Router {
    Router::new()
        .route("/livez", get(probes::livez))
        .route("/readyz", get(probes::readyz))
        .route("/login", post(login::login).layer(DefaultBodyLimit::max(LOGIN)))
        .route("/logout", post(login::logout))
        .route("/metrics", get(metrics::metrics))
        .route("/debug/pprof/", get(pprof::index))
        .route("/debug/pprof/{name}", get(pprof::profile))
        .route("/openapi.json", get(probes::description))
        .with_state(app.clone())
}
