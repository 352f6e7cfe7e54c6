//! The `Cookie` headers of a request, kept for when the request itself is gone.
use http::header::{COOKIE, HeaderMap, HeaderValue};

use crate::cookie::named;

/// The cookies that came. A browser sends one header of them, which costs no allocation to keep.
#[derive(Clone)]
pub(super) struct CookieHeaders {
    first: Option<HeaderValue>,
    more: Vec<HeaderValue>,
}

impl CookieHeaders {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut all = headers.get_all(COOKIE).iter();
        Self {
            first: all.next().cloned(),
            more: all.cloned().collect(),
        }
    }

    /// Returns the value of every cookie called `name`, in the order in which they were sent.
    pub(super) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.all().flat_map(|header| named(header.as_bytes(), name))
    }

    /// Returns them as they came, for what reads a request's headers.
    pub(super) fn headers(&self) -> HeaderMap {
        self.all().map(|value| (COOKIE, value.clone())).collect()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &HeaderValue> {
        self.first.iter().chain(&self.more)
    }
}
