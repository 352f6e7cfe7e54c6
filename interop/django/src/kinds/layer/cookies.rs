//! The cookie of forms' secret, and when it goes out.
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::routing::get;
use cloakroom::django::session::Payloads;
use cloakroom::django::signing::Keys;
use cloakroom::django::{Moment, Value};
use cloakroom::session::Login;
use cloakroom::{CsrfToken, LazySession};

use super::{SECRET, Site, built, in_cookie, lines, sent, texts, vary};
use crate::case::{Answer, Case, Checked, dict};

pub(in crate::kinds) fn cookie(case: &Case) -> Checked {
    let inputs = &case.inputs;
    inputs.only(&[
        "request_cookie",
        "get_token_called",
        "rotate_token_called",
        "settings",
        "now",
        "new_random",
        "session",
    ])?;
    let mut site = Site::with(inputs.get("settings"))?;
    let now = inputs.number("now")?;
    site.now = now as u64;
    let prints = inputs.flag("get_token_called", false)?;
    // Django's own caller of `rotate_token` is the login.
    let rotates = inputs.flag("rotate_token_called", false)?;
    let page = move |token: CsrfToken, session: LazySession| async move {
        if prints {
            let _ = token.to_string();
        }
        if rotates {
            let session = session.load().await?;
            session.login(Login::user("1").stamp("x"))?;
        }
        Ok::<_, cloakroom::Error>("page")
    };
    let in_session = inputs.inner("settings")?.flag("CSRF_USE_SESSIONS", false)?;
    let mut cookies = Vec::new();
    if let Some(secret) = inputs.optional_text("request_cookie")? {
        let name = inputs.inner("settings")?;
        let name = name
            .optional_text("CSRF_COOKIE_NAME")?
            .unwrap_or("csrftoken");
        cookies.push(format!("{name}={secret}"));
    }
    if let Some(session) = inputs.get("session").filter(|it| it.is_truthy()) {
        let json = cloakroom::django::json::to_string(session).map_err(|it| it.to_string())?;
        let value = in_cookie(&json, Moment::from_secs_f64(now))?;
        cookies.push(format!("sessionid={value}"));
    }
    let request = Request::builder().uri("/").header("host", "testserver");
    let request = built(sent(request, &cookies, false), Body::empty())?;
    let answer = site.answer(Router::new().route("/", get(page)), request, |builder| {
        builder
    })?;
    let given = lines(answer.headers(), "set-cookie");
    let known = inputs.optional_text("request_cookie")?.unwrap_or_default();
    let random = inputs.optional_text("new_random")?.unwrap_or_default();
    let of_forms = given.iter().filter(|line| !line.starts_with("sessionid="));
    let shown = of_forms
        .map(|line| with_random(line, known, random))
        .collect();
    let session = given
        .iter()
        .find_map(|line| line.strip_prefix("sessionid="));
    let session = match (in_session, session) {
        (true, Some(line)) => secret_of(line, random)?,
        _ => Value::Dict(Vec::new()),
    };
    Ok(Answer::Output(dict([
        ("set_cookie", texts(shown)),
        ("vary", vary(answer.headers())),
        ("session", session),
    ])))
}

/// Puts the case's random secret in the place of ours.
fn with_random(line: &str, known: &str, random: &str) -> String {
    let Some((name, rest)) = line.split_once('=') else {
        return line.to_owned();
    };
    let (value, attributes) = rest.split_once(';').unwrap_or((rest, ""));
    let same = value == known || cloakroom::django::csrf::unmask(known).as_deref() == Some(value);
    match same || value.len() != random.len() {
        true => line.to_owned(),
        false => format!("{name}={random};{attributes}"),
    }
}

/// Returns the session's secret, with the case's random one in the place of ours.
fn secret_of(line: &str, random: &str) -> Result<Value, String> {
    let value = line.split(';').next().unwrap_or_default();
    let session = Payloads::in_cookies(&Keys::new(SECRET)).read(value);
    let session = session.map_err(|error| error.to_string())?;
    Ok(match session.get("_csrftoken") {
        Some(_) => dict([("_csrftoken", Value::text(random))]),
        None => Value::Dict(Vec::new()),
    })
}
