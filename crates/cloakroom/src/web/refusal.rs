//! What a visitor, or a script, is told when a request may have been forged.
use axum_core::body::Body;
use axum_core::response::Response;
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use serde_json::json;

use crate::config::Site;
use crate::csrf::{Because, Reason, Refusal};
use crate::web::accept::prefers_json;
use crate::web::page::{JSON, page, page_with_link};

/// Refuses a request. The page says why in development only; the trace and the response's extensions do
/// so always.
pub(super) fn refuse(site: &Site, request: &Parts, reason: Reason) -> Response {
    metrics::counter!("cloakroom_csrf_refused_total", "reason" => reason.as_str()).increment(1);
    let because = request.extensions.get::<Because>();
    tracing::warn!(
        reason = because.map_or(reason.as_str(), |because| &because.0),
        method = %request.method,
        path = request.uri.path(),
        "a request was refused as possibly forged"
    );
    let refusal = Refusal {
        reason,
        in_development: site.plain_http,
        request,
    };
    let page = site.csrf.page.as_ref();
    let mut response = match page.and_then(|page| (page.0)(&refusal)) {
        Some(response) => response.map(Body::from),
        None => our_own(&refusal),
    };
    let headers = response.headers_mut();
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response.extensions_mut().insert(reason);
    if reason == Reason::TooLarge {
        response.extensions_mut().insert(refusal.way_back());
    }
    if let Some(because) = because {
        response.extensions_mut().insert(because.clone());
    }
    response
}

fn our_own(refusal: &Refusal<'_>) -> Response {
    let (status, title, text) = words(refusal.reason);
    let reason = refusal.in_development.then(|| refusal.reason.as_str());
    if prefers_json(refusal.request.headers.get_all(ACCEPT).iter()) {
        let mut body = json!({ "error": text });
        if let Some(reason) = reason {
            body["reason"] = reason.into();
        }
        let mut response = Response::new(Body::from(body.to_string()));
        *response.status_mut() = status;
        response.headers_mut().insert(CONTENT_TYPE, JSON);
        return response;
    }
    let text = match reason {
        Some(reason) => format!("{text} <small>(In development: {reason}.)</small>"),
        None => text.to_owned(),
    };
    match refusal.reason {
        // Sending the same again would not help.
        Reason::TooLarge => {
            let back = refusal.way_back();
            page_with_link(status, title, &text, (back.path(), "Back to the form"))
        }
        _ => page(status, title, &text),
    }
}

fn words(reason: Reason) -> (StatusCode, &'static str, &'static str) {
    match reason {
        Reason::TooLarge => (
            StatusCode::PAYLOAD_TOO_LARGE,
            "That form is too large",
            "What was sent is more than this site takes in one form. Nothing was changed.",
        ),
        Reason::TokenTooLate => (
            StatusCode::FORBIDDEN,
            "This form can't be sent",
            "We could not make sure that this form was sent from our own page, so nothing was \
             changed. That is our mistake: the hidden field with the form's token must be put first, \
             before any file.",
        ),
        _ => (
            StatusCode::FORBIDDEN,
            "Please send that again",
            "We could not make sure that this form was sent from our own page, so nothing was \
             changed. Please go back, reload the page and send it again. Cookies must be allowed for that.",
        ),
    }
}
