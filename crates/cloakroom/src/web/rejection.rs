//! What a visitor is told when the layer or an extractor can't go on.
use std::fmt;

use axum_core::response::{IntoResponse, Response};
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};

use crate::error::{Error, StoreError};
use crate::web::caching::Overshared;
use crate::web::page::page;

/// Why an extractor gave nothing.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Rejection {
    /// The layer is missing, so that this extractor has nothing to give. Answered with 500.
    NoLayer(&'static str),
    /// The store can't be used. Answered with 503.
    Store(StoreError),
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoLayer(what) => Error::NoLayer { what }.fmt(f),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Rejection {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NoLayer(_) => None,
            Self::Store(error) => std::error::Error::source(error),
        }
    }
}

impl From<StoreError> for Rejection {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Rejection> for Error {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::Store(error) => Self::Store(error),
            Rejection::NoLayer(what) => Self::NoLayer { what },
        }
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        tracing::error!("{self}");
        match self {
            Self::NoLayer(_) => page(
                StatusCode::INTERNAL_SERVER_ERROR,
                "This site is not set up yet",
                &self.to_string(),
            ),
            Self::Store(_) => unavailable(),
        }
    }
}

/// In an answer's extensions: the handler failed half-way, so that what it changed is not kept.
#[derive(Clone, Copy)]
pub(super) struct Failed;

impl IntoResponse for Error {
    /// Answers with the status that fits; what went wrong is in the trace, not in the page.
    fn into_response(self) -> Response {
        tracing::error!("{self}");
        let mut response = match self {
            Self::Store(_) => unavailable(),
            Self::Clash { .. } => page(
                StatusCode::CONFLICT,
                "Something changed meanwhile",
                "Another request changed the same thing at the same moment. Please go back, reload the page and try again.",
            ),
            Self::TooManySessions => page(
                StatusCode::CONFLICT,
                "Signed in too often",
                "You are signed in on as many devices as this site allows. Please sign out on one of them and try again.",
            ),
            Self::TooLarge { .. } | Self::TooDeep { .. } => page(
                StatusCode::PAYLOAD_TOO_LARGE,
                "That is too much to remember",
                "What was sent is more than this site keeps for a visitor. Nothing was changed.",
            ),
            _ => page(
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something went wrong",
                "The mistake is ours and has been noted. Please try again.",
            ),
        };
        response.extensions_mut().insert(Failed);
        response
    }
}

/// Says that nothing is lost and that it is worth trying again.
pub(super) fn unavailable() -> Response {
    let mut response = page(
        StatusCode::SERVICE_UNAVAILABLE,
        "Just a moment, please",
        "We can't reach what we remember of your visit right now. Nothing that we keep is lost. If you were sending something, please go back and send it again in a moment.",
    );
    let soon = HeaderValue::from_static("2");
    response.headers_mut().insert(RETRY_AFTER, soon);
    response
}

/// Refuses, in development, to answer what caches would give to others.
pub(super) fn refuse_sharing(why: Overshared) -> Response {
    tracing::error!("{why}");
    let mut response = page(
        StatusCode::INTERNAL_SERVER_ERROR,
        "Caches would give this page to others",
        &why.to_string(),
    );
    response.extensions_mut().insert(why);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_layer_is_named_also_by_the_error_that_a_handler_passes_on() {
        let passed_on = Error::from(Rejection::NoLayer("Session")).to_string();
        assert_eq!(passed_on, Rejection::NoLayer("Session").to_string());
        assert!(passed_on.contains("add `.layer(cloakroom.layer())`"));
    }
}
