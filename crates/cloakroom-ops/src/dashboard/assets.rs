//! The stylesheet, the script and the icon; none tells anything, so they need no guard.
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;

pub(super) async fn style() -> impl IntoResponse {
    asset("text/css; charset=utf-8", include_str!("dashboard.css"))
}

pub(super) async fn script() -> impl IntoResponse {
    asset(
        "text/javascript; charset=utf-8",
        include_str!("dashboard.js"),
    )
}

pub(super) async fn icon() -> impl IntoResponse {
    asset("image/svg+xml", include_str!("icon.svg"))
}

fn asset(kind: &'static str, text: &'static str) -> impl IntoResponse {
    let headers = [(CONTENT_TYPE, kind), (CACHE_CONTROL, "public, max-age=300")];
    (headers, text)
}
