//! The REST API: one file a family of endpoints. An endpoint is one function with its description,
//! and one line here.

mod health;
mod history;
mod metrics;
pub(crate) mod operations;
mod plots;
mod session;
mod sites;
mod status;

pub(crate) use self::status::pressure;

use crate::app::Shared;
use crate::problem::ProblemDocument;
use axum::Router;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Where the API begins.
pub(crate) const PREFIX: &str = "/api/v1";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "memopt",
        description = "What memopt's monitor knows of a program's memory. Times are ms since 1970, \
                       sizes are bytes, shares are 0 to 1. Errors are `application/problem+json`.",
    ),
    components(schemas(ProblemDocument))
)]
struct Description;

fn api() -> OpenApiRouter<Shared> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(session::session))
        .routes(routes!(health::health))
        .routes(routes!(status::status))
        .routes(routes!(metrics::metrics))
        .routes(routes!(history::history))
        .routes(routes!(plots::plots))
        .routes(routes!(sites::sites))
        .routes(routes!(operations::operations))
        .routes(routes!(operations::operation))
}

/// The routes of the API.
pub(crate) fn routes(app: &Shared) -> Router {
    let (router, _) = api().split_for_parts();
    Router::new().nest(PREFIX, router.with_state(app.clone()))
}

/// The description of the API, as JSON.
pub(crate) fn description() -> String {
    let (_, mut description) = api().split_for_parts();
    let paths = std::mem::take(&mut description.paths.paths);
    description.paths.paths =
        paths.into_iter().map(|(path, item)| (format!("{PREFIX}{path}"), item)).collect();
    // Relative, so that it holds behind a proxy too.
    description.servers = Some(vec![utoipa::openapi::Server::new(".")]);
    description.to_pretty_json().unwrap_or_default()
}
