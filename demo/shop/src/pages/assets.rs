//! `/static/…`: the stylesheet, the script and the shop's mark.

use std::hash::{DefaultHasher, Hash, Hasher};

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;

const STYLE: &str = include_str!("../../static/style.css");
const SCRIPT: &str = include_str!("../../static/shop.js");
const MARK: &str = include_str!("../../static/mark.svg");

/// Returns what changes whenever one of the files does; it is part of their address.
pub(crate) fn version() -> String {
    let mut hasher = DefaultHasher::new();
    (STYLE, SCRIPT, MARK).hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

pub(super) async fn style() -> impl IntoResponse {
    asset("text/css; charset=utf-8", STYLE)
}

pub(super) async fn script() -> impl IntoResponse {
    asset("text/javascript; charset=utf-8", SCRIPT)
}

pub(super) async fn mark() -> impl IntoResponse {
    asset("image/svg+xml", MARK)
}

/// A browser may keep it for good: another version has another address.
fn asset(content_type: &'static str, text: &'static str) -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, content_type),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (headers, text)
}
