//! Where a visitor finds the form again that was refused.
use http::header::{HOST, REFERER};
use http::request::Parts;
use http::{HeaderValue, Uri};

use crate::csrf::Refusal;

/// In the extensions of a refusal that a form can be mended for: the page on which the visitor finds it again.
///
/// A site with pages of its own in place of [`OwnPage`](crate::OwnPage) leads there by a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WayBack(String);

impl WayBack {
    /// Returns the page's path on this site, with what stands behind `?`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.0
    }

    fn from(request: &Parts) -> Self {
        let shown = shown_page(request);
        let path = shown.as_ref().and_then(Uri::path_and_query);
        let path = path.map_or_else(|| request.uri.path(), |path| path.as_str());
        Self(match is_of_this_site(path) {
            true => path.to_owned(),
            false => "/".to_owned(),
        })
    }
}

impl Refusal<'_> {
    /// Returns the page on which the visitor finds the form again: the one that showed it, if the browser says which of
    /// this site's that was, else the one under the address that it was sent to.
    #[must_use]
    pub fn way_back(&self) -> WayBack {
        WayBack::from(self.request)
    }
}

/// Returns the page of this host that sent the request, as `Referer` has it (RFC 9110 section 10.1.3).
fn shown_page(request: &Parts) -> Option<Uri> {
    let referer = request.headers.get(REFERER)?.to_str().ok()?;
    let page: Uri = referer.parse().ok()?;
    let named = request.headers.get(HOST).map(HeaderValue::to_str);
    let host = match named {
        Some(host) => host.ok()?,
        None => request.uri.authority()?.as_str(),
    };
    let is_own = page.authority()?.as_str().eq_ignore_ascii_case(host);
    is_own.then_some(page)
}

/// Two slashes at the beginning would make a link lead to another host (WHATWG URL, "relative slash state").
fn is_of_this_site(path: &str) -> bool {
    let mut bytes = path.bytes();
    bytes.next() == Some(b'/') && !matches!(bytes.next(), Some(b'/' | b'\\'))
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    #[test]
    fn the_way_back_leads_to_a_page_of_this_site_only() {
        for (sent_to, host, referer, back) in [
            ("/form", Some("shop.example"), None, "/form"),
            ("/form?a=1", Some("shop.example"), None, "/form"),
            (
                "/form",
                Some("shop.example"),
                Some("https://shop.example/a?b=1"),
                "/a?b=1",
            ),
            (
                "/form",
                Some("Shop.example:8000"),
                Some("http://shop.example:8000/a"),
                "/a",
            ),
            (
                "https://shop.example/form",
                None,
                Some("https://shop.example/a"),
                "/a",
            ),
            ("/form", None, Some("https://shop.example/a"), "/form"),
            (
                "/form",
                Some("shop.example"),
                Some("https://evil.example/a"),
                "/form",
            ),
            ("/form", Some("shop.example"), Some("no address"), "/form"),
            (
                "/form",
                Some("shop.example"),
                Some("https://shop.example//evil.example"),
                "/",
            ),
            ("//evil.example/form", Some("shop.example"), None, "/"),
            ("/\\evil.example/form", Some("shop.example"), None, "/"),
        ] {
            let mut request = Request::post(sent_to);
            for (name, value) in [(HOST, host), (REFERER, referer)] {
                if let Some(value) = value {
                    request = request.header(name, value);
                }
            }
            let (parts, ()) = request.body(()).unwrap().into_parts();
            let found = WayBack::from(&parts);
            assert_eq!(found.path(), back, "{sent_to} {host:?} {referer:?}");
        }
    }
}
