//! What a visitor sees when a page can't be shown, whoever is to blame.

use std::error::Error;
use std::fmt;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::{Html, IntoResponse, Response};
use cloakroom::csrf::{Reason, Refusal, WayBack};
use cloakroom::{Overshared, OwnPage};
use minijinja::context;

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

/// Puts the shop's own page in place of the plain ones that the library answers with.
///
/// It stands around the layer, so that it also sees what the layer refuses before a handler runs, and it
/// asks nothing of the state which may just have failed.
pub(crate) async fn in_style(State(in_development): State<bool>, response: Response) -> Response {
    let kind = response.headers().get(CONTENT_TYPE);
    let is_page = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let extensions = response.extensions();
    let is_plain = extensions.get::<OwnPage>().is_some() || extensions.get::<Unwritten>().is_some();
    if !is_page || !is_plain {
        return response;
    }
    let found = response.extensions().get::<Reason>();
    let too_late = found == Some(&Reason::TokenTooLate);
    let words = match too_late {
        true => Some(TOO_LATE),
        false => words(response.status()),
    };
    let Some((heading, advice)) = words else {
        return response;
    };
    let reason = in_development.then(|| reason(&response)).flatten();
    let back = response.extensions().get::<WayBack>().map(WayBack::path);
    match render("trouble.html", context! { heading, advice, reason, back }) {
        Ok(page) => in_place_of(response, page),
        Err(_) => response,
    }
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

/// A form whose hidden field is not where the library looks for it; reloading would not help.
const TOO_LATE: (&str, &str) = (
    "This form can't be sent",
    "We could not make sure that it came from our own page, so nothing was changed. That is our mistake: \
     the hidden field with the form's token must be put first, before any file.",
);

fn words(status: StatusCode) -> Option<(&'static str, &'static str)> {
    Some(match status {
        StatusCode::BAD_REQUEST | StatusCode::UNSUPPORTED_MEDIA_TYPE => (
            "We can’t read that",
            "What was sent is no form of ours, so nothing was changed. Please go back and send it again.",
        ),
        StatusCode::NOT_FOUND => (
            "We can’t find these answers",
            "They may have been kept for too long, or belong to somebody who has to sign in first.",
        ),
        StatusCode::FORBIDDEN => (
            "Please send that again",
            "We could not make sure that the form came from our own page, so nothing was changed. \
             Go back, reload the page and try once more. Your browser must allow cookies for that.",
        ),
        StatusCode::CONFLICT => (
            "Two hands reached for the same hanger",
            "Something changed in another tab at the same moment. Please go back and try again.",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => (
            "That is more than we can hang up",
            "What was sent is too large, so nothing was changed.",
        ),
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
