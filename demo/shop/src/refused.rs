//! What visitors are told whose request was refused: in the shop's frame, and in their language.

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{Html, Response};
use axum::{Extension, Router};
use cloakroom::csrf::{Reason, WayBack};
use minijinja::context;
use tower::ServiceExt;

use crate::texts::Texts;
use crate::trouble::Trouble;
use crate::view::View;

/// The page's address; who asks for it themselves finds nothing there.
pub(crate) const PATH: &str = "/refused";

/// What was refused, in the extensions of the request for its page.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    status: StatusCode,
    is_token_late: bool,
    reason: Option<String>,
    back: Option<String>,
}

impl Refused {
    /// Reads the library's answer. `None` is for those that the visitor's state may be to blame for.
    pub(crate) fn of(response: &Response, reason: Option<String>) -> Option<Self> {
        let (status, extensions) = (response.status(), response.extensions());
        let back = extensions.get::<WayBack>();
        let refused = Self {
            status,
            is_token_late: extensions.get() == Some(&Reason::TokenTooLate),
            reason,
            back: back.map(|back| back.path().to_owned()),
        };
        status.is_client_error().then_some(refused)
    }

    /// Asks the shop for the page, as whoever was refused.
    pub(crate) async fn page(&self, shop: Router, mut asked: Parts) -> Option<Response> {
        asked.method = Method::GET;
        asked.uri = Uri::from_static(PATH);
        asked.headers.remove(CONTENT_TYPE);
        asked.headers.remove(CONTENT_LENGTH);
        asked.extensions.insert(self.clone());
        let request = Request::from_parts(asked, Body::empty());
        let Ok(page) = shop.oneshot(request).await;
        (page.status() == self.status).then_some(page)
    }

    /// Returns where the form is found again.
    pub(crate) fn back(&self) -> Option<&str> {
        self.back.as_deref()
    }

    /// Says what is wrong, and what helps.
    pub(crate) fn words(&self, texts: &Texts) -> Option<(&'static str, &'static str)> {
        Some(match self.status {
            _ if self.is_token_late => (texts.refused_late, texts.refused_late_more),
            StatusCode::BAD_REQUEST | StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                (texts.refused_unreadable, texts.refused_unreadable_more)
            }
            StatusCode::NOT_FOUND => (texts.answers_not_found, texts.answers_not_found_more),
            StatusCode::FORBIDDEN => (texts.refused_forged, texts.refused_forged_more),
            StatusCode::CONFLICT => (texts.refused_conflict, texts.refused_conflict_more),
            StatusCode::PAYLOAD_TOO_LARGE => (texts.refused_large, texts.refused_large_more),
            _ => return None,
        })
    }
}

/// Shows the page.
pub(crate) async fn show(
    view: View,
    refused: Option<Extension<Refused>>,
) -> Result<(StatusCode, Html<String>), Trouble> {
    let texts = view.texts()?;
    let words = refused.and_then(|Extension(refused)| Some((refused.words(texts)?, refused)));
    let Some(((heading, advice), refused)) = words else {
        return view.not_found();
    };
    let (reason, back) = (&refused.reason, refused.back());
    let page = view.page("refused.html", context! { heading, advice, reason, back })?;
    Ok((refused.status, page))
}
