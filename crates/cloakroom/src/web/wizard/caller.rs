//! Who asks for a page of a wizard, as the application's own functions see them.
use std::fmt;

use axum_core::extract::FromRequestParts;
use http::request::Parts;

use crate::wizard::RunId;

/// A request to a wizard without its body, and the router's state: what
/// [`Mount::facts`](crate::wizard::Mount::facts) and [`Mount::check`](crate::wizard::Mount::check) look at.
#[derive(Clone)]
#[non_exhaustive]
pub struct Caller<S = ()> {
    /// The request: its headers, its extensions, its address.
    pub parts: Parts,
    /// The router's state.
    pub state: S,
    /// The run that something was sent to; `None` before it is known which.
    pub run: Option<RunId>,
}

impl<S> Caller<S> {
    pub(super) fn new(parts: &Parts, state: S, run: Option<RunId>) -> Self {
        Self {
            parts: parts.clone(),
            state,
            run,
        }
    }
}

impl<S: Send + Sync> Caller<S> {
    /// Extracts what a handler could take as an argument: a [`Session`](crate::Session), an `Extension`, one's own.
    ///
    /// # Errors
    /// As the extractor.
    pub async fn extract<T: FromRequestParts<S>>(&mut self) -> Result<T, T::Rejection> {
        T::from_request_parts(&mut self.parts, &self.state).await
    }
}

impl<S> fmt::Debug for Caller<S> {
    /// Names the method only: an address may hold a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller")
            .field("method", &self.parts.method)
            .finish_non_exhaustive()
    }
}
