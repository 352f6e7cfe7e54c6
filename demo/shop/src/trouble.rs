//! What a visitor sees when a page can't be shown, whoever is to blame.

use std::error::Error;
use std::fmt;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, SET_COOKIE};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use axum::{Extension, Router};
use cloakroom::csrf::{Reason, Refusal};
use cloakroom::{Overshared, OwnPage};
use minijinja::context;

use crate::language::Language;
use crate::refused::Refused;
use crate::texts::Texts;
use crate::view::render;

/// Why a handler gave up.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The visitor's state can't be had.
    Rejected(cloakroom::Rejection),
    /// The visitor's state can't be read or changed as asked.
    State(cloakroom::Error),
    /// A template asks for something it isn't given.
    Template(minijinja::Error),
}

impl From<cloakroom::Rejection> for Trouble {
    fn from(rejection: cloakroom::Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl From<cloakroom::Error> for Trouble {
    fn from(error: cloakroom::Error) -> Self {
        Self::State(error)
    }
}

impl From<minijinja::Error> for Trouble {
    fn from(error: minijinja::Error) -> Self {
        Self::Template(error)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected(rejection) => rejection.fmt(f),
            Self::State(error) => error.fmt(f),
            Self::Template(error) => write!(f, "{error:#}"),
        }
    }
}

impl Error for Trouble {}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        match self {
            Self::Rejected(rejection) => rejection.into_response(),
            Self::State(error) => error.into_response(),
            Self::Template(error) => {
                tracing::error!("{error:#}");
                let status = StatusCode::INTERNAL_SERVER_ERROR;
                (status, Extension(Unwritten), Html("")).into_response()
            }
        }
    }
}

/// In an answer's extensions: its page could not be written.
#[derive(Clone)]
struct Unwritten;

/// Answers scripts in JSON, whatever they accept; pages get the library's page, in the shop's style.
pub(crate) fn for_scripts(refusal: &Refusal<'_>) -> Option<Response<String>> {
    if !refusal.request.uri.path().starts_with("/api/") {
        return None;
    }
    let reason = refusal.in_development.then(|| refusal.reason.as_str());
    let error =
        serde_json::json!({ "error": "the CSRF token is missing or wrong", "reason": reason });
    let json = Response::builder()
        .status(StatusCode::FORBIDDEN)
        .header(CONTENT_TYPE, "application/json");
    json.body(error.to_string()).ok()
}

/// How to answer in the shop's style.
#[derive(Clone, Debug)]
pub(crate) struct Style {
    pub(crate) in_development: bool,
    /// The shop behind the layer.
    pub(crate) inside: Router,
}

/// Puts the shop's own page in place of the plain ones that the library answers with.
///
/// It stands around the layer, so that it also sees what the layer refuses before a handler runs. Where the visitor's state may
/// just have failed, nothing is asked of it.
pub(crate) async fn in_style(State(style): State<Style>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let asked = parts.clone();
    let response = next.run(Request::from_parts(parts, body)).await;
    let kind = response.headers().get(CONTENT_TYPE);
    let is_page = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let extensions = response.extensions();
    let is_plain = extensions.get::<OwnPage>().is_some() || extensions.get::<Unwritten>().is_some();
    if !is_page || !is_plain {
        return response;
    }
    let reason = style.in_development.then(|| reason(&response)).flatten();
    let refused = Refused::of(&response, reason.clone());
    if let Some(refused) = &refused
        && let Some(page) = refused.page(style.inside, asked).await
    {
        return in_its_place(&response, page);
    }
    let in_english = refused
        .as_ref()
        .and_then(|it| it.words(Texts::of(Language::En)));
    let Some((heading, advice)) = in_english.or_else(|| words(response.status())) else {
        return response;
    };
    let back = refused.as_ref().and_then(Refused::back);
    match render("trouble.html", context! { heading, advice, reason, back }) {
        Ok(page) => in_place_of(response, page),
        Err(_) => response,
    }
}

/// Keeps what the refusal says of caches, and its cookies: they come after those that the page sets, and so they count.
fn in_its_place(response: &Response, mut page: Response) -> Response {
    if let Some(caching) = response.headers().get(CACHE_CONTROL) {
        page.headers_mut().insert(CACHE_CONTROL, caching.clone());
    }
    for cookie in response.headers().get_all(SET_COOKIE) {
        page.headers_mut().append(SET_COOKIE, cookie.clone());
    }
    page
}

/// Says what the library had against a request or an answer, for whoever builds the shop.
fn reason(response: &Response) -> Option<String> {
    let extensions = response.extensions();
    let refused = extensions.get::<Reason>();
    let overshared = extensions.get::<Overshared>();
    refused
        .map(|reason| reason.as_str().to_owned())
        .or_else(|| overshared.map(ToString::to_string))
}

fn words(status: StatusCode) -> Option<(&'static str, &'static str)> {
    Some(match status {
        StatusCode::INTERNAL_SERVER_ERROR => (
            "Something came off its hanger",
            "The mistake is ours, and we have made a note of it. Please try again.",
        ),
        StatusCode::SERVICE_UNAVAILABLE => (
            "The cloakroom is closed for a moment",
            "Nothing of yours is lost. Please try again in a minute.",
        ),
        _ => return None,
    })
}

fn in_place_of(response: Response, page: String) -> Response {
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.remove(CONTENT_TYPE);
    (parts, Html(page)).into_response()
}
