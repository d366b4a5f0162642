//! Routes that other tools know: probes, metrics, profiles in pprof's format.

mod probes;

use crate::app::Shared;
use axum::Router;
use axum::routing::get;

pub(crate) fn routes(app: &Shared) -> Router {
    Router::new()
        .route("/livez", get(probes::livez))
        .route("/readyz", get(probes::readyz))
        .route("/openapi.json", get(probes::description))
        .with_state(app.clone())
}
