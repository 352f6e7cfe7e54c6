//! Which side answers a request.
use axum::http::header::COOKIE;
use axum::http::{HeaderMap, Method, Uri};

/// The name of the header, and of the cookie, with which a test leads a visitor.
pub(crate) const SIDE: &str = "x-interop-side";

/// One of the two sites behind the proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Django,
    Rust,
}

impl Side {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Django => "django",
            Self::Rust => "rust",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Django, Self::Rust]
            .into_iter()
            .find(|side| side.name() == name)
    }
}

/// Decides by the header, else the cookie, else the path.
///
/// Both may name one side, or two as in `django>rust`: forms are sent to the first and pages come from
/// the second, so that one side shows what the other has just saved.
pub(crate) fn decide(method: &Method, uri: &Uri, headers: &HeaderMap, moved: &[String]) -> Side {
    let asked = headers.get(SIDE).and_then(|value| value.to_str().ok());
    asked
        .or_else(|| cookie(headers))
        .and_then(|value| named(value, method))
        .unwrap_or_else(|| by_path(uri.path(), moved))
}

fn named(value: &str, method: &Method) -> Option<Side> {
    let (writes, reads) = value.split_once('>').unwrap_or((value, value));
    let (writes, reads) = (Side::from_name(writes)?, Side::from_name(reads)?);
    Some(if method.is_safe() { reads } else { writes })
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let lines = headers.get_all(COOKIE).iter();
    lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split("; "))
        .find_map(|pair| pair.strip_prefix(SIDE)?.strip_prefix('='))
}

/// `/cart` has moved with `/cart/add/1`, and without `/cartoons`.
fn by_path(path: &str, moved: &[String]) -> Side {
    let below = |root: &String| {
        path.strip_prefix(root.as_str())
            .is_some_and(|rest| rest.is_empty() || root.ends_with('/') || rest.starts_with('/'))
    };
    if moved.iter().any(below) {
        Side::Rust
    } else {
        Side::Django
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_header_comes_before_the_cookie_and_both_before_the_path() {
        let moved = ["/cart".to_owned(), "/static/".to_owned()];
        let rows = [
            ("GET", "/", "", "", Side::Django),
            ("GET", "/cart", "", "", Side::Rust),
            ("POST", "/cart/add/1", "", "", Side::Rust),
            ("GET", "/cartoons", "", "", Side::Django),
            ("GET", "/static/a.css", "", "", Side::Rust),
            ("GET", "/cart", "django", "", Side::Django),
            ("GET", "/", "rust", "", Side::Rust),
            ("GET", "/", "", "a=b; x-interop-side=rust", Side::Rust),
            ("GET", "/", "", "x-interop-sides=rust", Side::Django),
            ("GET", "/", "rust", "x-interop-side=django", Side::Rust),
            ("POST", "/", "rust>django", "", Side::Rust),
            ("GET", "/", "rust>django", "", Side::Django),
            ("HEAD", "/", "django>rust", "", Side::Rust),
            ("GET", "/cart", "elsewhere", "", Side::Rust),
        ];
        for (method, path, header, cookie, expected) in rows {
            let mut headers = HeaderMap::new();
            for (name, value) in [(SIDE, header), ("cookie", cookie)] {
                if !value.is_empty() {
                    headers.insert(name, HeaderValue::from_static(value));
                }
            }
            let method = method.parse().unwrap();
            let uri = path.parse().unwrap();
            let side = decide(&method, &uri, &headers, &moved);
            assert_eq!(side, expected, "{method} {path} {header} {cookie}");
        }
    }
}
