//! `X-XSS-Protection`: the filters of old browsers, which could be turned against a page, stay off.
use http::HeaderValue;
use http::header::{HeaderName, X_XSS_PROTECTION};

pub(super) const OFF: (HeaderName, HeaderValue) = (X_XSS_PROTECTION, HeaderValue::from_static("0"));
