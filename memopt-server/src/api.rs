//! The REST API: one file a family of endpoints. An endpoint is one function with its description,
//! and one line here.

mod activity;
mod alerts;
mod config;
mod control;
mod describe;
mod events;
mod export;
mod fleet;
mod found;
mod health;
mod heap;
mod history;
mod metrics;
mod operations;
mod optimizer;
mod plots;
mod profiles;
mod rules;
mod session;
mod sites;
mod status;

pub(crate) use self::alerts::ChangeItem;
pub(crate) use self::health::{FaultItem, server_cpu_ratio};
pub(crate) use self::profiles::{Format, write};
pub(crate) use self::rules::{ProposalItem, RunItem};

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
        .routes(routes!(activity::threads))
        .routes(routes!(activity::tasks))
        .routes(routes!(activity::reclaimable))
        .routes(routes!(events::events))
        .routes(routes!(sites::sites))
        .routes(routes!(sites::site))
        .routes(routes!(sites::revert))
        .routes(routes!(control::track))
        .routes(routes!(heap::heap))
        .routes(routes!(heap::tree))
        .routes(routes!(heap::lifetimes))
        .routes(routes!(heap::utilisation))
        .routes(routes!(heap::hand_offs))
        .routes(routes!(profiles::profiles, profiles::take))
        .routes(routes!(profiles::difference))
        .routes(routes!(profiles::current))
        .routes(routes!(profiles::profile, profiles::remove))
        .routes(routes!(profiles::data))
        .routes(routes!(profiles::baseline))
        .routes(routes!(found::findings))
        .routes(routes!(found::recommendations))
        .routes(routes!(found::leaks))
        .routes(routes!(found::patterns))
        .routes(routes!(found::trends))
        .routes(routes!(found::anomalies))
        .routes(routes!(found::changed))
        .routes(routes!(found::forecast))
        .routes(routes!(found::risk))
        .routes(routes!(optimizer::state))
        .routes(routes!(optimizer::log))
        .routes(routes!(optimizer::tick))
        .routes(routes!(optimizer::revert))
        .routes(routes!(optimizer::give_back))
        .routes(routes!(alerts::alerts))
        .routes(routes!(alerts::history))
        .routes(routes!(alerts::acknowledge))
        .routes(routes!(alerts::silences, alerts::silence))
        .routes(routes!(alerts::end_silence))
        .routes(routes!(rules::rules))
        .routes(routes!(rules::test))
        .routes(routes!(rules::rule))
        .routes(routes!(rules::runs))
        .routes(routes!(rules::proposals))
        .routes(routes!(rules::agree))
        .routes(routes!(rules::refuse))
        .routes(routes!(config::get, config::put))
        .routes(routes!(config::schema))
        .routes(routes!(config::validate))
        .routes(routes!(control::control))
        .routes(routes!(control::start))
        .routes(routes!(control::stop))
        .routes(routes!(control::reset))
        .routes(routes!(control::sampling))
        .routes(routes!(control::optimizing))
        .routes(routes!(control::bundle))
        .routes(routes!(control::bundles))
        .routes(routes!(control::one_bundle))
        .routes(routes!(fleet::fleet))
        .routes(routes!(fleet::instances))
        .routes(routes!(export::metrics))
        .routes(routes!(export::report))
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
    describe::complete(&mut description);
    // Relative, so that it holds behind a proxy too.
    description.servers = Some(vec![utoipa::openapi::Server::new(".")]);
    description.to_pretty_json().unwrap_or_default()
}
