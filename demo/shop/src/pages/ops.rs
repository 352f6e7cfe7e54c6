//! `/ops/`: the dashboard, for `staff`, and to look at for `trainee`; `/metrics`: what Prometheus asks, in development.

use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Redirect, Response};
use cloakroom::Session;
use cloakroom_ops::dashboard::{Role, Staff, dashboard};
use cloakroom_ops::figures::Figures;

use crate::shop::Shop;
use crate::trouble::Trouble;
use crate::view::View;

pub(crate) fn router(shop: &Shop) -> Router {
    let pages = dashboard(&shop.cloakroom, staff)
        .figures(shop.figures.clone())
        .drafts(&shop.archive.drafts)
        .uploads(&shop.archive.files);
    let pages = match &shop.audit {
        Some(log) => pages.audit(log.clone()).router(),
        None => pages.router(),
    };
    pages.layer(from_fn(nothing_for_strangers))
}

fn staff(session: &Session) -> Option<Staff> {
    let user = session.user_id()?;
    let role = match user.as_str() {
        "staff" => Role::Revealer,
        "trainee" => Role::Reader,
        _ => return None,
    };
    Some(Staff::new(user, role))
}

/// Shows whom the dashboard turned away the page of any address at which the shop has nothing. The session is asked for only
/// then: the stylesheet is for everybody, and may be kept by caches.
async fn nothing_for_strangers(request: Request, next: Next) -> Result<Response, Trouble> {
    let (mut parts, body) = request.into_parts();
    let answer = next.run(Request::from_parts(parts.clone(), body)).await;
    if answer.status() != StatusCode::NOT_FOUND {
        return Ok(answer);
    }
    let view = View::from_request_parts(&mut parts, &()).await?;
    match staff(&view.session) {
        Some(_) => Ok(answer),
        None => Ok(view.not_found()?.into_response()),
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
