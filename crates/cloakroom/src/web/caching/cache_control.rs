//! `Cache-Control`: who may keep an answer (RFC 9111 section 5.2).
use http::HeaderValue;
use http::header::{CACHE_CONTROL, HeaderMap};

pub(super) const PRIVATE: HeaderValue = HeaderValue::from_static("private");
pub(super) const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// Says whether a handler lets caches keep the answer that many visitors share.
pub(super) fn is_public(headers: &HeaderMap) -> bool {
    let public = |directive: Directive<'_>| directive.is("public") || directive.is("s-maxage");
    !is_private(headers) && directives(headers).any(public)
}

/// Says whether no shared cache may keep the answer; `private="x"` protects one header only. Of `public`
/// and `private` together a cache may heed either.
fn is_private(headers: &HeaderMap) -> bool {
    let says =
        |name| directives(headers).any(|directive| directive.is(name) && !directive.has_argument());
    says("no-store") || says("private") && !says("public")
}

/// Forbids every cache to keep the answer, unless the handler chose that of the visitor's own.
pub(super) fn forbid(headers: &mut HeaderMap) {
    if !is_private(headers) {
        headers.insert(CACHE_CONTROL, NO_STORE);
    }
}

/// Puts `private` before what the handler said, without what contradicts it.
pub(super) fn keep_private(headers: &mut HeaderMap) {
    if is_private(headers) {
        return;
    }
    let contradicts = |directive: &Directive<'_>| {
        ["public", "s-maxage", "private"]
            .iter()
            .any(|name| directive.is(name))
    };
    let kept = directives(headers).filter(|directive| !contradicts(directive));
    let all: Vec<_> = std::iter::once(&b"private"[..])
        .chain(kept.map(|directive| directive.text))
        .collect();
    let value = HeaderValue::from_bytes(&all.join(&b", "[..]));
    headers.insert(CACHE_CONTROL, value.expect("it came out of header values"));
}

/// One directive, with its argument if it has one.
#[derive(Clone, Copy)]
struct Directive<'a> {
    text: &'a [u8],
    name: &'a [u8],
}

impl Directive<'_> {
    fn is(self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }

    fn has_argument(self) -> bool {
        self.name.len() < self.text.len()
    }
}

/// Returns the directives of all lines.
fn directives(headers: &HeaderMap) -> impl Iterator<Item = Directive<'_>> {
    let lines = headers.get_all(CACHE_CONTROL).iter();
    lines.flat_map(|line| pieces(line.as_bytes())).map(|text| {
        let end = text.iter().position(|byte| *byte == b'=');
        let name = text[..end.unwrap_or(text.len())].trim_ascii();
        Directive { text, name }
    })
}

/// Splits at commas outside of quotes.
pub(super) fn pieces(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut quoted = false;
    let mut escaped = false;
    line.split(move |byte| {
        let literal = std::mem::replace(&mut escaped, false);
        match byte {
            _ if literal => false,
            b'\\' if quoted => {
                escaped = true;
                false
            }
            b'"' => {
                quoted = !quoted;
                false
            }
            byte => *byte == b',' && !quoted,
        }
    })
    .map(<[u8]>::trim_ascii)
    .filter(|piece| !piece.is_empty())
}
