//! What caches on the way are told: an answer that depends on cookies is for one visitor.
use axum_core::response::Response;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, Entry, HeaderMap, VARY};

/// Says that the answer depends on the request's cookies.
pub(super) fn varied(mut response: Response) -> Response {
    vary_by_cookie(response.headers_mut());
    response
}

/// Adds `Cookie` to `Vary`, unless it is there already in whatever case, or everything is.
pub(super) fn vary_by_cookie(headers: &mut HeaderMap) {
    let cookie = HeaderValue::from_static("Cookie");
    match headers.entry(VARY) {
        Entry::Vacant(vary) => {
            vary.insert(cookie);
        }
        Entry::Occupied(mut vary) => {
            if !vary.iter().any(names_cookie) {
                vary.append(cookie);
            }
        }
    }
}

fn names_cookie(vary: &HeaderValue) -> bool {
    vary.as_bytes()
        .split(|byte| *byte == b',')
        .map(<[u8]>::trim_ascii)
        .any(|name| name == b"*" || name.eq_ignore_ascii_case(b"cookie"))
}

/// Keeps an answer with a cookie of ours out of every cache, unless the handler chose `private`.
///
/// (OWASP Session Management, "Web Content Caching".)
pub(super) fn forbid_storing(headers: &mut HeaderMap) {
    let chosen = headers.get_all(CACHE_CONTROL).iter().any(|value| {
        value
            .as_bytes()
            .split(|byte| *byte == b',')
            .map(directive)
            .any(|name| {
                name.eq_ignore_ascii_case(b"private") || name.eq_ignore_ascii_case(b"no-store")
            })
    });
    if !chosen {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// Returns a directive's name without its value; `private="x"` protects one header only.
fn directive(part: &[u8]) -> &[u8] {
    part.trim_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookie_stands_in_vary_once_whatever_was_there() {
        for (before, after) in [
            (&[][..], &["Cookie"][..]),
            (&["Accept"], &["Accept", "Cookie"]),
            (&["cookie"], &["cookie"]),
            (&["Accept, COOKIE "], &["Accept, COOKIE "]),
            (&["*"], &["*"]),
            (&["Cookies"], &["Cookies", "Cookie"]),
        ] {
            let mut headers = HeaderMap::new();
            for value in before {
                headers.append(VARY, HeaderValue::from_static(value));
            }
            vary_by_cookie(&mut headers);
            let got: Vec<_> = headers.get_all(VARY).iter().collect();
            assert_eq!(got, after);
        }
    }

    #[test]
    fn only_private_and_no_store_are_left_as_the_handler_chose() {
        for (before, after) in [
            (None, "no-store"),
            (Some("public, max-age=60"), "no-store"),
            (Some("max-age=60"), "no-store"),
            (Some("PRIVATE, max-age=60"), "PRIVATE, max-age=60"),
            (Some("no-cache, No-Store"), "no-cache, No-Store"),
            (Some("private=\"x-header\""), "no-store"),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(before) = before {
                headers.insert(CACHE_CONTROL, HeaderValue::from_static(before));
            }
            forbid_storing(&mut headers);
            assert_eq!(headers[CACHE_CONTROL], after, "{before:?}");
        }
    }
}
