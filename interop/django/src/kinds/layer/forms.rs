//! Requests that may be forged.
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request};
use axum::routing::any;
use cloakroom::csrf::Because;
use cloakroom::django::{Moment, Value};

use super::{Site, built, in_cookie, sent, settings_among};
use crate::case::{Answer, Case, Checked, Inputs, Unknown, dict};

const INPUTS: &[&str] = &[
    "cookie",
    "method",
    "host",
    "secure",
    "post",
    "header",
    "origin",
    "referer",
    "port",
    "meta",
    "exempt",
    "session_secret",
];

pub(in crate::kinds) fn request(case: &Case) -> Checked {
    let inputs = &case.inputs;
    let settings = settings_among(inputs);
    let names = settings.as_dict().unwrap_or_default().iter();
    let names = names.filter_map(|(name, _)| name.as_str());
    inputs.only(&INPUTS.iter().copied().chain(names).collect::<Vec<_>>())?;
    let mut site = Site::with(Some(&settings))?;
    if let Some(port) = inputs.optional_text("port")? {
        site.settings = site
            .settings
            .port(port.parse().map_err(|_| "the port is none")?);
    }
    let exempt = inputs.flag("exempt", false)?;
    let routes = Router::new().fallback(any(|| async { "sent" }));
    let answer = site.answer(routes, sending(inputs)?, |builder| match exempt {
        true => builder.csrf(|csrf| csrf.exempt("/send")),
        false => builder,
    })?;
    if answer.status() == 200 {
        return Ok(Answer::Output(dict([("accepted", Value::Bool(true))])));
    }
    let because = answer
        .extensions()
        .get::<Because>()
        .map(ToString::to_string);
    Ok(Answer::Output(dict([
        ("accepted", Value::Bool(false)),
        ("status", Value::Int(answer.status().as_u16().into())),
        ("reason", Value::text(because.unwrap_or_default())),
    ])))
}

fn sending(inputs: &Inputs) -> Result<Request<Body>, Unknown> {
    let method = Method::from_bytes(inputs.text("method")?.as_bytes());
    let method = method.map_err(|error| error.to_string())?;
    let mut request = Request::builder().method(method).uri("/send");
    request = request.header("host", inputs.text("host")?);
    for name in ["origin", "referer"] {
        if let Some(value) = inputs.optional_text(name)? {
            request = request.header(name, value);
        }
    }
    if let Some(token) = inputs.optional_text("header")? {
        let name = inputs
            .optional_text("CSRF_HEADER_NAME")?
            .unwrap_or("HTTP_X_CSRFTOKEN");
        request = request.header(plain(name), token);
    }
    let meta = inputs
        .get("meta")
        .and_then(Value::as_dict)
        .unwrap_or_default();
    for (name, value) in meta {
        let both = name.as_str().zip(value.as_str());
        let (name, value) = both.ok_or("a header of meta is no text")?;
        request = request.header(plain(name), value);
    }
    let mut cookies = Vec::new();
    if let Some(cookie) = inputs.optional_text("cookie")? {
        cookies.push(format!("csrftoken={cookie}"));
    }
    if let Some(secret) = inputs.optional_text("session_secret")? {
        let now = Moment::from_micros(1_767_225_600_000_000);
        let session = in_cookie(&format!("{{\"_csrftoken\":\"{secret}\"}}"), now)?;
        cookies.push(format!("sessionid={session}"));
    }
    let body = match inputs.optional_text("post")? {
        Some(token) => format!("csrfmiddlewaretoken={token}&a=b"),
        None => "a=b".into(),
    };
    request = request.header("content-type", "application/x-www-form-urlencoded");
    let secure = inputs.flag("secure", false)?;
    built(sent(request, &cookies, secure), Body::from(body))
}

fn plain(wsgi: &str) -> String {
    wsgi.trim_start_matches("HTTP_")
        .replace('_', "-")
        .to_lowercase()
}
