//! The security headers on their way: what they need to know of a request, and the way to HTTPS.
use axum_core::response::Response;
use http::StatusCode;
use http::request::Request;

use crate::config::Site;
use crate::headers::{Answer, Scheme, Way};
use crate::web::page::{OwnPage, page};
use crate::web::visit::Asked;

/// Answers a request that came over plain HTTP and is to come over HTTPS.
pub(super) fn elsewhere<B>(site: &Site, over: Scheme, request: &Request<B>) -> Option<Response> {
    let redirect = site.headers.redirect()?;
    if over == Scheme::Https {
        return None;
    }
    match redirect.way(request.uri(), request.headers()) {
        Way::On => None,
        Way::Instead(location) => Some(moved(redirect.status(), location)),
        Way::Nowhere => Some(page(
            StatusCode::BAD_REQUEST,
            "Which site did you want?",
            "Your request named none that we know. Please type its address beginning with https://.",
        )),
    }
}

fn moved(status: StatusCode, location: http::HeaderValue) -> Response {
    let mut response = Response::default();
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(http::header::LOCATION, location);
    response
}

/// Puts the site's headers into an answer.
pub(super) fn put(asked: &Asked, response: &mut Response) {
    let sheet = &asked.site.headers;
    let policy = sheet.has_policy();
    let answer = Answer {
        over: asked.over,
        nonce: asked.nonce.get().and_then(|nonce| nonce.drawn()),
        not_modified: policy && response.status() == StatusCode::NOT_MODIFIED,
        own_page: policy && response.extensions().get::<OwnPage>().is_some(),
    };
    sheet.write(response.headers_mut(), answer);
}
