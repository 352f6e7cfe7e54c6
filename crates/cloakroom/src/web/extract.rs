//! Taking the visitor's state as a handler's argument.
use std::fmt;

use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use http::HeaderMap;
use http::header::COOKIE;
use http::request::Parts;

use crate::cookie::Cookies;
use crate::csrf::{CsrfToken, Passed, Verdict, is_safe};
use crate::error::Result;
use crate::headers::CspNonce;
use crate::messages::Messages;
use crate::session::Session;
use crate::web::rejection::Rejection;
use crate::web::visit::Visit;

impl<S: Sync> FromRequestParts<S> for Session {
    type Rejection = Rejection;

    /// Loads the session. Once for a request, however many arguments ask for it.
    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Rejection> {
        let visit = Visit::of(parts, "Session")?;
        visit.note_sender(parts);
        visit.session(&parts.headers).await
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for Session {
    type Rejection = Rejection;

    /// Loads the session, or gives `None` when the store can't be used, for a page that can do without.
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Rejection> {
        let session = <Self as FromRequestParts<S>>::from_request_parts(parts, state).await;
        match session {
            Ok(session) => Ok(Some(session)),
            Err(Rejection::Store(error)) => {
                tracing::error!(%error, "a page goes without its session");
                Ok(None)
            }
            Err(missing) => Err(missing),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Messages {
    type Rejection = Rejection;

    /// Reads the waiting messages, those in the session too unless messages are kept in cookies only.
    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Rejection> {
        let visit = Visit::of(parts, "Messages")?;
        visit.messages(&parts.headers).await
    }
}

impl<S: Sync> FromRequestParts<S> for Cookies {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Rejection> {
        let visit = Visit::of(parts, "Cookies")?;
        Ok(visit.cookies(&parts.headers))
    }
}

impl<S: Sync> FromRequestParts<S> for CsrfToken {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Rejection> {
        let visit = Visit::of(parts, "CsrfToken")?;
        visit.csrf(&parts.headers).await
    }
}

impl<S: Sync> FromRequestParts<S> for Verdict {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Rejection> {
        Visit::of(parts, "Verdict")?;
        let judged = parts.extensions.get().copied();
        Ok(judged.unwrap_or_else(|| {
            Self(Ok(match is_safe(&parts.method) {
                true => Passed::SafeMethod,
                false => Passed::Exempt,
            }))
        }))
    }
}

impl<S: Sync> FromRequestParts<S> for CspNonce {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Rejection> {
        Ok(Visit::of(parts, "CspNonce")?.nonce())
    }
}

/// A session that is loaded only if the handler asks for it.
///
/// ```
/// # use cloakroom::{LazySession, session::Policy};
/// async fn page(lazy: LazySession, wants_cart: bool) -> cloakroom::Result<String> {
///     if !wants_cart {
///         return Ok("no cart, no store".into());
///     }
///     let session = lazy.load().await?;
///     Ok(session.get_or_default::<String>("note")?)
/// }
/// ```
#[derive(Clone)]
pub struct LazySession {
    visit: Visit,
    cookies: HeaderMap,
}

impl LazySession {
    /// Loads the session; once for a request.
    ///
    /// # Errors
    /// When the store can't be used.
    pub async fn load(&self) -> Result<Session> {
        Ok(self.visit.session(&self.cookies).await?)
    }
}

impl fmt::Debug for LazySession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LazySession(..)")
    }
}

impl<S: Sync> FromRequestParts<S> for LazySession {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Rejection> {
        let visit = Visit::of(parts, "LazySession")?.clone();
        visit.note_sender(parts);
        let sent = parts.headers.get_all(COOKIE).iter();
        let cookies = sent.map(|value| (COOKIE, value.clone())).collect();
        Ok(Self { visit, cookies })
    }
}
