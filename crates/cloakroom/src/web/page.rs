//! The plain pages that the layer answers with when no handler can.
use axum_core::body::Body;
use axum_core::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use serde_json::json;

use crate::headers::PAGE_STYLE;
use crate::web::accept::prefers_json;

/// The type of what scripts are answered.
pub(super) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// In an answer's extensions: its page is a plain one of the library's own.
///
/// A site that wants its own look on all pages puts another in its place, and leaves the answers without this as its
/// handlers made them, whatever their status. The library's page brings a style along, which the site's policy
/// allows.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct OwnPage;

/// In an answer's extensions: what its page says, for scripts.
#[derive(Clone)]
struct Says(String);

/// Makes a small page. `text` is ours, never the visitor's.
pub(super) fn page(status: StatusCode, title: &str, text: &str) -> Response {
    let mut response = whole(
        "en",
        status,
        title,
        &format!("<h1>{title}</h1>\n<p>{text}</p>"),
    );
    response.extensions_mut().insert(Says(text.to_owned()));
    response
}

/// The same with a link below it to a page of this site.
pub(super) fn page_with_link(
    status: StatusCode,
    title: &str,
    text: &str,
    (to, name): (&str, &str),
) -> Response {
    let to = to
        .replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;");
    let link = format!("<p><a href=\"{to}\">{name}</a></p>");
    let html = format!("<h1>{title}</h1>\n<p>{text}</p>\n{link}");
    whole("en", status, title, &html)
}

/// Says in JSON what a page of the library's own says, if that is what the request asked for.
pub(super) fn as_accepted(accept: Option<&HeaderValue>, mut response: Response) -> Response {
    if !prefers_json(accept.into_iter()) {
        return response;
    }
    let Some(Says(text)) = response.extensions_mut().remove() else {
        return response;
    };
    response.extensions_mut().remove::<OwnPage>();
    *response.body_mut() = Body::from(json!({ "error": text }).to_string());
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}

/// Makes a page of HTML that has been escaped.
#[cfg(feature = "forms")]
pub(super) fn form_page(status: StatusCode, title: &str, html: &str) -> Response {
    whole("en", status, title, html)
}

/// The same in another language, by its code.
#[cfg(feature = "wizards")]
pub(super) fn form_page_in(
    language: &str,
    status: StatusCode,
    title: &str,
    html: &str,
) -> Response {
    whole(language, status, title, html)
}

fn whole(language: &str, status: StatusCode, title: &str, html: &str) -> Response {
    let html = text(language, title, html);
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status;
    response.extensions_mut().insert(OwnPage);
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Returns the text of a page of HTML that has been escaped.
#[cfg(feature = "wizards")]
pub(super) fn form_text(language: &str, title: &str, html: &str) -> String {
    text(language, title, html)
}

fn text(language: &str, title: &str, html: &str) -> String {
    let is_part = |char: char| char.is_ascii_alphanumeric() || char == '-';
    let language = match language.chars().all(is_part) {
        true => language,
        false => "en",
    };
    format!(
        "<!doctype html>\n<html lang=\"{language}\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n\
         <style>{PAGE_STYLE}</style>\n\
         {html}\n</html>\n"
    )
}
