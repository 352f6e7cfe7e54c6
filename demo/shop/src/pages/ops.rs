//! `/ops/`: the dashboard, for `staff`, and to look at for `trainee`; `/metrics`: what Prometheus asks, in development.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Redirect, Response};
use cloakroom::Session;
use cloakroom_ops::dashboard::{Role, Staff, dashboard};
use cloakroom_ops::figures::Figures;

use crate::shop::Shop;

pub(crate) fn router(shop: &Shop) -> Router {
    let guard = |session: &Session| {
        let user = session.user_id()?;
        let role = match user.as_str() {
            "staff" => Role::Revealer,
            "trainee" => Role::Reader,
            _ => return None,
        };
        Some(Staff::new(user, role))
    };
    let pages = dashboard(&shop.cloakroom, guard)
        .figures(shop.figures.clone())
        .drafts(&shop.archive.drafts)
        .uploads(&shop.archive.files);
    match &shop.audit {
        Some(log) => pages.audit(log.clone()).router(),
        None => pages.router(),
    }
}

/// Leads to the dashboard who leaves out its last slash.
pub(super) async fn with_slash() -> Redirect {
    Redirect::to("/ops/")
}

/// Answers on a loopback address only: anybody else would see how busy the shop is.
pub(super) async fn metrics(State(shop): State<Arc<Shop>>) -> Response {
    if !shop.cloakroom.allows_plain_http() {
        return StatusCode::NOT_FOUND.into_response();
    }
    let headers = [(CONTENT_TYPE, Figures::CONTENT_TYPE)];
    (headers, shop.figures.prometheus()).into_response()
}
