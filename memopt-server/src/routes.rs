//! All routes together, and the guard before them.

use crate::app::Shared;
use crate::{api, front, page, standard};
use axum::Router;

/// The routes behind the guard.
pub(crate) fn guarded(app: &Shared) -> Router {
    let all = page::routes(app).merge(api::routes(app)).merge(standard::routes(app));
    front::guarded(app, all)
}
