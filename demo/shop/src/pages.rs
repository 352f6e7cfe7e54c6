//! The pages, and which request leads to which.

mod account;
mod api;
pub(crate) mod assets;
mod cart;
mod documents;
mod health;
mod home;
mod login;
pub(crate) mod ops;
mod posts;
mod preferences;
mod product;

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};

use crate::refused;
use crate::shop::Shop;
use crate::trouble::Trouble;
use crate::view::View;

pub(crate) fn router() -> Router<Arc<Shop>> {
    Router::new()
        .route("/", get(home::show))
        .route("/products/{id}", get(product::show))
        .route("/cart", get(cart::show))
        .route("/cart/add/{id}", post(cart::add))
        .route("/cart/remove/{id}", post(cart::remove))
        .route("/cart/clear", post(cart::clear))
        .route("/api/cart", get(api::show).post(api::add))
        .route(
            "/preferences",
            get(preferences::show).post(preferences::save),
        )
        .route("/login", get(login::show).post(login::sign_in))
        .route("/logout", post(login::sign_out))
        .route("/account", get(account::show))
        .route("/account/sessions/{handle}/revoke", post(account::end_one))
        .route("/account/sessions/revoke-others", post(account::end_others))
        .route("/metrics", get(ops::metrics))
        .route("/ops", get(ops::with_slash))
        .route("/posts", get(posts::show))
        .route("/posts/new", get(posts::write).post(posts::pin))
        .route("/documents", get(documents::show))
        .route("/documents/{id}/file", get(documents::file))
        .route("/healthz", get(health::show))
        .route(refused::PATH, get(refused::show))
        .route("/static/style.css", get(assets::style))
        .route("/static/shop.js", get(assets::script))
        .route("/static/mark.svg", get(assets::mark))
        .fallback(nothing_here)
        .method_not_allowed_fallback(not_this_way)
}

async fn nothing_here(view: View) -> impl IntoResponse {
    view.not_found()
}

/// For those who come to the address of a form without having sent it.
async fn not_this_way(view: View) -> Result<impl IntoResponse, Trouble> {
    let (_, page) = view.not_found()?;
    Ok((StatusCode::METHOD_NOT_ALLOWED, page))
}
