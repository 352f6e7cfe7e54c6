//! Bare axum, alone and under a layer that does nothing.
use axum::{Router, routing::get};
use tower::layer::util::Identity;

use crate::stack::path;

pub(super) fn site() -> Router {
    Router::new()
        .route(path::START, get(greet))
        .route(path::VISIT, get(greet))
        .route(path::CONTENTS, get(greet))
}

pub(super) fn under_an_identity_layer() -> Router {
    site().layer(Identity::new())
}

async fn greet() -> &'static str {
    "ok"
}
