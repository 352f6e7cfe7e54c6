//! How the library's own cookies are written when another program sets the same ones.
use std::time::Duration;

use http::HeaderValue;

use crate::clock::Timestamp;
use crate::cookie::{CookieSpec, SetCookie};
use crate::error::Error;
#[cfg(feature = "wizards")]
use crate::{cookie::MAX_BYTES, error::CookieProblem};

/// Another program's way to write the cookies that it shares.
pub(crate) trait Style: Send + Sync {
    /// Returns the header that sets the cookie of this name; `None` when it is not a shared one.
    fn set(&self, name: &str, value: &str, age: Option<Duration>, now: Timestamp)
    -> Option<String>;

    /// Returns the header that makes the browser forget it.
    fn delete(&self, name: &str, now: Timestamp) -> Option<String>;
}

impl SetCookie {
    /// Writes a cookie that is shared with another program as that one does.
    ///
    /// # Errors
    /// As [`SetCookie::new`].
    pub(crate) fn in_style(
        style: &dyn Style,
        spec: &CookieSpec,
        value: Option<&str>,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let (own, header) = match value {
            Some(value) => (
                Self::new(spec, value)?,
                style.set(spec.name(), value, spec.age(), now),
            ),
            None => (Self::delete(spec)?, style.delete(spec.name(), now)),
        };
        let header = header.and_then(|header| HeaderValue::from_str(&header).ok());
        Ok(match header {
            Some(header) => own.written(header),
            None => own,
        })
    }

    /// Writes a cookie that is shared with another program in that one's words, with a value that only its quotes can hold.
    ///
    /// # Errors
    /// As [`SetCookie::new`].
    #[cfg(feature = "wizards")]
    pub(crate) fn in_words(spec: &CookieSpec, header: &str) -> Result<Self, Error> {
        let own = Self::new(spec, "")?;
        let refused = |problem| Error::Cookie {
            cookie: spec.name().to_owned(),
            problem,
        };
        let pair = header.split(';').next().unwrap_or_default();
        // The name and its value, without the sign between them.
        if let Some(by @ 1..) = pair.len().checked_sub(MAX_BYTES + 1) {
            return Err(refused(CookieProblem::TooLarge { by }));
        }
        let header = HeaderValue::from_str(header);
        Ok(own.written(header.map_err(|_| refused(CookieProblem::Value))?))
    }
}
