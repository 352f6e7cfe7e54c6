//! How a site protects its forms.
use std::time::Duration;

use crate::error::ConfigError;

/// The rules for CSRF tokens of a site.
#[derive(Clone, Debug)]
pub struct Settings {
    pub(crate) on: bool,
    pub(crate) cookie_name: String,
    pub(crate) cookie_age: Duration,
    pub(crate) field: String,
    pub(crate) header: String,
    pub(crate) max_form_bytes: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            on: true,
            cookie_name: "csrftoken".into(),
            cookie_age: Duration::from_secs(364 * 24 * 60 * 60),
            field: "csrfmiddlewaretoken".into(),
            header: "x-csrftoken".into(),
            max_form_bytes: 2 << 20,
        }
    }
}

impl Settings {
    /// Switches the check off, for services that browsers' cookies never reach.
    #[must_use]
    pub fn off(mut self) -> Self {
        self.on = false;
        self
    }

    /// Names the cookie. Default: `csrftoken`, which goes out as `__Host-csrftoken` over HTTPS.
    #[must_use]
    pub fn cookie_name(mut self, name: impl Into<String>) -> Self {
        self.cookie_name = name.into();
        self
    }

    /// Names the form field. Default: `csrfmiddlewaretoken`.
    #[must_use]
    pub fn field(mut self, name: impl Into<String>) -> Self {
        self.field = name.into();
        self
    }

    /// Names the header. Default: `X-CSRFToken`.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>) -> Self {
        self.header = name.into().to_ascii_lowercase();
        self
    }

    /// Limits the bytes of a urlencoded form that is searched for the token. Default: 2 MiB; a
    /// larger one is answered 413.
    #[must_use]
    pub fn max_form_bytes(mut self, bytes: usize) -> Self {
        self.max_form_bytes = bytes;
        self
    }

    pub(crate) fn check(&self, problems: &mut ConfigError) {
        if http::HeaderName::from_bytes(self.header.as_bytes()).is_err() {
            problems.add("csrf.header", "is not a header name");
        }
        if self.field.is_empty() {
            problems.add("csrf.field", "is empty");
        }
    }
}
