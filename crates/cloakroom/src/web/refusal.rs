//! What a visitor, or a script, is told when a request may have been forged.
use axum_core::body::Body;
use axum_core::response::Response;
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::json;

use crate::config::Site;
use crate::csrf::{Reason, Refusal};
use crate::web::page::page;

/// Refuses a request. The page says why in development only; the trace and the response's extensions do
/// so always.
pub(super) fn refuse(site: &Site, request: &Parts, reason: Reason) -> Response {
    metrics::counter!("cloakroom_csrf_refused_total", "reason" => reason.as_str()).increment(1);
    tracing::warn!(
        reason = reason.as_str(),
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
    response
}

fn our_own(refusal: &Refusal<'_>) -> Response {
    let (status, title, text) = words(refusal.reason);
    let reason = refusal.in_development.then(|| refusal.reason.as_str());
    if prefers_json(&refusal.request.headers) {
        let mut body = json!({ "error": text });
        if let Some(reason) = reason {
            body["reason"] = reason.into();
        }
        let mut response = Response::new(Body::from(body.to_string()));
        *response.status_mut() = status;
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(CONTENT_TYPE, json);
        return response;
    }
    match reason {
        Some(reason) => {
            let text = format!("{text} <small>(In development: {reason}.)</small>");
            page(status, title, &text)
        }
        None => page(status, title, text),
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

/// Says whether JSON is asked for, and more than a page.
fn prefers_json(headers: &HeaderMap) -> bool {
    let (mut json, mut html) = (0, 0);
    for header in headers.get_all(ACCEPT) {
        for range in header.as_bytes().split(|byte| *byte == b',') {
            let mut parts = range.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
            let kind = parts.next().unwrap_or_default();
            let weight = parts.find_map(weight).unwrap_or(1_000);
            if is_json(kind) {
                json = json.max(weight);
            } else if is_any(kind, &[b"text/html", b"application/xhtml+xml", b"text/*"]) {
                html = html.max(weight);
            }
        }
    }
    json > html
}

fn is_json(kind: &[u8]) -> bool {
    let suffix = kind.len().saturating_sub(b"+json".len());
    is_any(kind, &[b"application/json"]) || kind[suffix..].eq_ignore_ascii_case(b"+json")
}

fn is_any(kind: &[u8], kinds: &[&[u8]]) -> bool {
    kinds.iter().any(|known| kind.eq_ignore_ascii_case(known))
}

/// Reads a weight in thousandths (RFC 9110 section 12.4.2).
fn weight(parameter: &[u8]) -> Option<u32> {
    let value = parameter
        .strip_prefix(b"q=")
        .or_else(|| parameter.strip_prefix(b"Q="))?;
    let weight: f32 = std::str::from_utf8(value).ok()?.trim().parse().ok()?;
    Some((weight.clamp(0.0, 1.0) * 1_000.0) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_answered_to_those_who_prefer_it() {
        for (accept, expected) in [
            (&[][..], false),
            (&["*/*"], false),
            (&["application/json"], true),
            (&["APPLICATION/JSON"], true),
            (&["application/problem+json"], true),
            (&["application/json, text/plain, */*"], true),
            (&["text/html,application/xhtml+xml,*/*;q=0.8"], false),
            (&["text/html, application/json"], false),
            (&["text/html", "application/json"], false),
            (&["text/html;q=0.5, application/json"], true),
            (&["text/html;q=0.5", "application/json;q=0.6"], true),
            (&["text/html, application/json;q=0.9"], false),
            (&["text/html;q=0, application/json;q=0.001"], true),
            (&["application/json;q=0"], false),
            (&["application/json;q=NaN"], false),
            (&["application/jsonp"], false),
            (&[",;q=;"], false),
        ] {
            let mut headers = HeaderMap::new();
            for accept in accept {
                headers.append(ACCEPT, HeaderValue::from_static(accept));
            }
            assert_eq!(prefers_json(&headers), expected, "{accept:?}");
        }
    }
}
