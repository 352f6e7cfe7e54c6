//! Kinds that are answered by the whole layer: one request each to an axum app in Django's dialect.
mod cookies;
mod forms;
mod headers;
mod sessions;

pub(super) use cookies::cookie as csrf_cookie;
pub(super) use forms::request as csrf_request;
pub(super) use headers::headers as security_headers;
pub(super) use sessions::middleware as session_middleware;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Request, Response, header};
use cloakroom::clock::{Clock, Timestamp};
use cloakroom::django::session::Payloads;
use cloakroom::django::signing::Keys;
use cloakroom::django::{Moment, Settings, Value, json};
use cloakroom::headers::Scheme;
use cloakroom::store::django::connect;
use cloakroom::{Builder, Cloakroom, KeyRing};
use tower::ServiceExt;

use crate::case::{Inputs, Unknown};

/// The secret of sites whose cases name none.
const SECRET: &str = "test-secret-key-for-vectors-0123456789abcdef";
/// The key of the session that a case's visitor brings.
const SESSION: &str = "abcdefghijklmnopqrstuvwxyz012345";
/// The engine that needs no database.
const IN_COOKIES: &str = "django.contrib.sessions.backends.signed_cookies";

/// A site that answers one request.
struct Site {
    settings: Settings,
    url: String,
    now: u64,
}

impl Site {
    /// A site with these settings, whose sessions are in cookies.
    fn with(settings: Option<&Value>) -> Result<Self, Unknown> {
        Ok(Self {
            settings: all(base(), settings)?.set("SESSION_ENGINE", IN_COOKIES),
            url: "cookie:".into(),
            now: 1_767_225_600,
        })
    }

    /// Answers the request; what is wrong with the settings is said.
    fn answer(
        self,
        routes: Router,
        request: Request<Body>,
        change: impl FnOnce(Builder) -> Builder,
    ) -> Result<Response<Body>, Unknown> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?;
        runtime.block_on(async move {
            let store = connect(&self.url, &self.settings).await;
            let ring = KeyRing::new(SECRET).map_err(|error| error.to_string())?;
            let builder = Cloakroom::builder(ring)
                .store(store.map_err(|error| error.to_string())?)
                .django(self.settings)
                .clock(Clock::standing_at(Timestamp::from_secs(self.now)))
                .sweep_every(None);
            let cloakroom = change(builder).build().map_err(|error| error.to_string())?;
            let answered = routes.layer(cloakroom.layer()).oneshot(request).await;
            cloakroom.close().await;
            answered.map_err(|never| match never {})
        })
    }
}

fn base() -> Settings {
    Settings::new(SECRET)
}

/// Takes settings by their names.
fn all(settings: Settings, given: Option<&Value>) -> Result<Settings, Unknown> {
    let entries = match given {
        None => return Ok(settings),
        Some(given) => given.as_dict().ok_or("the settings are no dict")?,
    };
    entries
        .iter()
        .try_fold(settings, |settings, (name, value)| {
            let name = name.as_str().ok_or("a setting has no name")?;
            let text = json::to_string(value).map_err(|error| error.to_string())?;
            let value: serde_json::Value =
                serde_json::from_str(&text).map_err(|error| error.to_string())?;
            Ok(settings.set(name, value))
        })
}

/// Returns the header lines of an answer.
fn lines(headers: &HeaderMap, name: &str) -> Vec<String> {
    let values = headers.get_all(name).iter();
    values
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        .collect()
}

fn vary(headers: &HeaderMap) -> Value {
    let lines = lines(headers, "vary");
    match lines.is_empty() {
        true => Value::None,
        false => Value::text(lines.join(", ")),
    }
}

fn texts(texts: Vec<String>) -> Value {
    Value::List(texts.into_iter().map(Value::text).collect())
}

/// Sends cookies, and says how the request came.
fn sent(
    mut request: axum::http::request::Builder,
    cookies: &[String],
    secure: bool,
) -> axum::http::request::Builder {
    if !cookies.is_empty() {
        let cookies = HeaderValue::from_bytes(cookies.join("; ").as_bytes());
        request = match cookies {
            Ok(cookies) => request.header(header::COOKIE, cookies),
            Err(_) => request,
        };
    }
    request.extension(if secure { Scheme::Https } else { Scheme::Http })
}

/// Writes a session as a cookie has it.
fn in_cookie(json: &str, now: Moment) -> Result<String, Unknown> {
    let session = json::Object::parse(json).map_err(|error| error.to_string())?;
    Ok(Payloads::in_cookies(&Keys::new(SECRET)).encode(&session, now))
}

fn built(request: axum::http::request::Builder, body: Body) -> Result<Request<Body>, Unknown> {
    request.body(body).map_err(|error| error.to_string())
}

/// The settings among the inputs of a case, which are in capitals.
fn settings_among(inputs: &Inputs) -> Value {
    let is_setting = |name: &&str| {
        name.chars()
            .all(|char| char.is_uppercase() || "_0123456789".contains(char))
    };
    let names: Vec<&str> = inputs.names().filter(is_setting).collect();
    let entry = |name: &str| Some((Value::text(name), inputs.get(name)?.clone()));
    Value::Dict(names.into_iter().filter_map(entry).collect())
}
