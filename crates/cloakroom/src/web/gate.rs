//! The gate for requests that change something: is there proof that they came from our own page?
use axum_core::body::Body;
use axum_core::extract::Request;
use axum_core::response::Response;
use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::config::Site;
use crate::cookie::values;
use crate::csrf::{Presented, Reason, is_safe, judge};
use crate::web::rejection::{forbidden, form_too_large};

/// Says whether a request has to pass the gate.
pub(super) fn concerns(site: &Site, request: &Request) -> bool {
    site.csrf.on && !is_safe(request.method())
}

/// Lets a request through, whole, or answers it.
///
/// The header is looked at first; only when it is absent is a urlencoded form read, up to its limit.
pub(super) async fn pass(site: &Site, request: Request) -> Result<Request, Response> {
    let header = request.headers().get(&site.csrf.header).cloned();
    if let Some(token) = header {
        judged(site, request.headers(), Presented::Token(token.as_bytes()))?;
        return Ok(request);
    }
    if !is_form(request.headers()) {
        judged(site, request.headers(), Presented::Nothing)?;
        return Ok(request);
    }
    let (parts, body) = request.into_parts();
    let form = read_form(&parts.headers, body, site.csrf.max_form_bytes).await?;
    let token = field(&form, &site.csrf.field);
    let presented = match &token {
        Some(token) => Presented::Token(token.as_bytes()),
        None => Presented::Nothing,
    };
    judged(site, &parts.headers, presented)?;
    Ok(Request::from_parts(parts, Body::from(form)))
}

fn judged(site: &Site, headers: &HeaderMap, presented: Presented<'_>) -> Result<(), Response> {
    let cookies = values(headers, site.csrf_cookie.name());
    judge(cookies, presented).map_err(|reason| forbidden(reason, site.plain_http))
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(CONTENT_TYPE)
        .map_or(&b""[..], |value| value.as_bytes());
    let essence = kind.split(|byte| *byte == b';').next().unwrap_or_default();
    essence
        .trim_ascii()
        .eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
}

async fn read_form(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, Response> {
    let announced = headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(form_too_large());
    }
    match Limited::new(body, limit).collect().await {
        Ok(form) => Ok(form.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(form_too_large()),
        // The form was cut off half-way, so its token can't be trusted to be there or not.
        Err(_) => Err(forbidden(Reason::NoToken, false)),
    }
}

fn field(form: &[u8], name: &str) -> Option<String> {
    form_urlencoded::parse(form)
        .find(|(found, _)| found == name)
        .map(|(_, value)| value.into_owned())
}
