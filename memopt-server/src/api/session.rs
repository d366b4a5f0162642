//! Who asks, and what they may do.

use crate::answer::Answer;
use crate::app::Shared;
use crate::guard::Who;
use crate::page;
use crate::role::Role;
use axum::extract::{Extension, State};
use axum::response::Json;
use serde::Serialize;
use utoipa::ToSchema;

/// Who asks.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Session {
    /// What the token or the session allows: `read`, `operate`, `administer`; null without one.
    role: Option<&'static str>,
    /// Whether a token is needed.
    needs_login: bool,
    /// All roles, the least first.
    roles: [&'static str; 3],
    /// The version of memopt.
    version: &'static str,
    /// The build of the page. With another one the page is to be loaded again.
    build: &'static str,
}

/// Who asks, and what they may do
///
/// It needs no token.
#[utoipa::path(get, path = "/session", tag = "now", responses((status = 200, body = Answer<Session>)))]
pub(super) async fn session(
    State(app): State<Shared>,
    Extension(Who(role)): Extension<Who>,
) -> Json<Answer<Session>> {
    Json(app.answer(Session {
        role: role.map(Role::word),
        needs_login: !app.settings.tokens.is_empty(),
        roles: Role::ALL.map(Role::word),
        version: env!("CARGO_PKG_VERSION"),
        build: page::BUILD,
    }))
}
