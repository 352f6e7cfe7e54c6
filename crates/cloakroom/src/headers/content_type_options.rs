//! `X-Content-Type-Options`: a file is what its `Content-Type` says, and nothing is guessed.
use http::HeaderValue;
use http::header::{HeaderName, X_CONTENT_TYPE_OPTIONS};

pub(super) const NOSNIFF: (HeaderName, HeaderValue) =
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
