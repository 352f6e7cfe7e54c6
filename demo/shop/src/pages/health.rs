//! `/healthz`: whether the shop can be used.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use crate::shop::Shop;

/// Answers `ok` while the store answers.
pub(super) async fn show(State(shop): State<Arc<Shop>>) -> (StatusCode, &'static str) {
    match shop.cloakroom.check_store().await {
        Ok(()) => (StatusCode::OK, "ok"),
        Err(error) => {
            tracing::error!("{error}");
            (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer")
        }
    }
}
