//! How the library's own cookies are written when another program sets the same ones.
use std::time::Duration;

use http::HeaderValue;

use crate::clock::Timestamp;
use crate::cookie::{CookieSpec, SetCookie};
use crate::error::Error;

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
}
