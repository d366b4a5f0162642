//! The routes of the shop.

use crate::shop::{Order, Shop};
use axum::Router;
use axum::extract::{Json, Path, State};
use axum::response::Html;
use axum::routing::{get, post};
use std::sync::Arc;

/// All of them.
pub(crate) fn shop(shop: &Arc<Shop>) -> Router {
    Router::new()
        .route("/orders", post(order))
        .route("/search/{text}", get(search))
        .route("/page/{first}", get(page))
        .with_state(Arc::clone(shop))
}

#[memopt::track_alloc]
async fn order(State(shop): State<Arc<Shop>>, Json(order): Json<Order>) -> String {
    let total = shop.order(order);
    shop.sessions.sweep();
    total.to_string()
}

#[memopt::track_alloc]
async fn search(State(shop): State<Arc<Shop>>, Path(text): Path<String>) -> Json<Vec<String>> {
    Json(shop.search(&text))
}

#[memopt::track_alloc]
async fn page(State(shop): State<Arc<Shop>>, Path(first): Path<usize>) -> Html<String> {
    Html(shop.page(first))
}
