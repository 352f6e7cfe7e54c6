//! Security headers, and the way to HTTPS.
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Request};
use axum::response::IntoResponse;
use cloakroom::django::Value;

use super::{Site, built, lines, sent};
use crate::case::{Answer, Case, Checked, dict};

/// The headers that Django's middleware knows, in its writing.
const NAMES: [&str; 5] = [
    "Location",
    "Strict-Transport-Security",
    "X-Content-Type-Options",
    "Referrer-Policy",
    "Cross-Origin-Opener-Policy",
];

pub(in crate::kinds) fn headers(case: &Case) -> Checked {
    let inputs = &case.inputs;
    inputs.only(&[
        "secure",
        "path",
        "view_headers",
        "settings",
        "host",
        "query",
        "method",
    ])?;
    let site = Site::with(inputs.get("settings"))?;
    let given = inputs.value("view_headers")?.as_dict().unwrap_or_default();
    let mut own = Vec::new();
    for (name, value) in given {
        let both = name.as_str().zip(value.as_str());
        let (name, value) = both.ok_or("a header is no text")?;
        let name: HeaderName = name.parse().map_err(|_| "a header's name is none")?;
        own.push((
            name,
            HeaderValue::from_str(value).map_err(|_| "a header's value is none")?,
        ));
    }
    let view = move || async move {
        let mut response = "view".into_response();
        response.headers_mut().extend(own);
        response
    };
    let path = encoded(inputs.text("path")?);
    let request = Request::builder()
        .uri(path)
        .header("host", inputs.text("host")?);
    let request = sent(request, &[], inputs.flag("secure", false)?);
    let answer = site.answer(
        Router::new().fallback(view),
        built(request, Body::empty())?,
        |builder| builder,
    )?;
    let shown = NAMES.iter().filter_map(|name| {
        let lines = lines(answer.headers(), name);
        (!lines.is_empty()).then(|| (Value::text(*name), Value::text(lines.join(", "))))
    });
    Ok(Answer::Output(dict([
        ("status", Value::Int(answer.status().as_u16().into())),
        ("headers", Value::Dict(shown.collect())),
    ])))
}

/// Writes a path, which Django gives decoded, as clients do.
fn encoded(path: &str) -> String {
    let bytes = path.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        plain if b"/;:@&=+$,-_.!~*'()".contains(&plain) => char::from(plain).to_string(),
        other => format!("%{other:02X}"),
    });
    bytes.collect()
}
