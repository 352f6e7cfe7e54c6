//! How the library's own cookies are written when another program sets the same ones.
use std::time::Duration;

use http::HeaderValue;

use crate::clock::Timestamp;
use crate::cookie::SetCookie;
#[cfg(feature = "wizards")]
use crate::{
    cookie::{CookieSpec, MAX_BYTES},
    error::{CookieProblem, Error},
};

/// Another program's way to write the cookies that it shares.
pub(crate) trait Style: Send + Sync {
    /// Returns the header that sets the cookie of this name; `None` when it is not a shared one.
    fn set(&self, name: &str, value: &str, age: Option<Duration>, now: Timestamp)
    -> Option<String>;

    /// Returns the header that makes the browser forget it.
    fn delete(&self, name: &str, now: Timestamp) -> Option<String>;
}

impl SetCookie {
    /// The same cookie as another program writes it, if it is one that both share.
    pub(crate) fn in_style(self, header: Option<String>) -> Self {
        match header.and_then(|header| HeaderValue::from_str(&header).ok()) {
            Some(header) => self.written(header),
            None => self,
        }
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
