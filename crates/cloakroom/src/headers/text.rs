//! What several headers ask of the text that is put into them, and how it is kept.
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use http::HeaderValue;

/// The texts of all header values that were set up in this process.
static KEPT: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

/// Makes a header value of a text that lives as long as the process. `None` when it can't be one.
///
/// A site is set up once, and then its values go out with every answer: counting references to them would
/// take a tenth of what all headers take. The same text is kept once, however often it is set up.
pub(super) fn lasting(text: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(text).ok()?;
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let known = kept.get(text).copied().unwrap_or_else(|| {
        let lasting: &'static str = Box::leak(text.into());
        kept.insert(lasting);
        lasting
    });
    Some(HeaderValue::from_static(known))
}

/// Says whether a text can stand between two separators: something, and all of it visible ASCII
/// without the characters that end a piece of a header.
pub(super) fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b",;\"\\".contains(&byte))
}

/// Says whether a text is a key of a structured field (RFC 9651 section 3.1.2).
pub(super) fn is_key(text: &str) -> bool {
    let starts = text
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_lowercase() || byte == b'*');
    starts
        && text.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-.*".contains(&byte)
        })
}

/// Says whether a text is an origin: a scheme, `://` and a host with perhaps a port.
pub(super) fn is_origin(text: &str) -> bool {
    let Some((scheme, host)) = text.split_once("://") else {
        return false;
    };
    is_word(text)
        && !scheme.is_empty()
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && is_host(host)
}

/// Says whether a path can be read in two ways: whether it has empty or dot segments, backslashes, or any
/// of these percent-encoded. The routes of the CSRF check ask the same; siblings don't know each other.
pub(super) fn is_ambiguous(path: &str) -> bool {
    let encoded = |code: &str| {
        path.as_bytes()
            .windows(code.len())
            .any(|window| window.eq_ignore_ascii_case(code.as_bytes()))
    };
    let dots = |segment: &str| matches!(segment, "." | "..");
    path.contains("//")
        || path.contains('\\')
        || path.split('/').any(dots)
        || ["%2e", "%2f", "%5c"].into_iter().any(encoded)
}

/// Says whether a text is a host with perhaps a port, and nothing else.
pub(super) fn is_host(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (text, None),
    };
    let port_is_sound = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    port_is_sound && (is_name(host) || is_ipv6(host))
}

fn is_name(host: &str) -> bool {
    !host.is_empty()
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
}

fn is_ipv6(host: &str) -> bool {
    let inner = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    inner.is_some_and(|inner| inner.parse::<std::net::Ipv6Addr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_or_an_address_with_perhaps_a_port() {
        for (text, sound) in [
            ("shop.example", true),
            ("shop.example:8443", true),
            ("127.0.0.1:80", true),
            ("[::1]", true),
            ("[::1]:443", true),
            ("", false),
            (":80", false),
            ("shop.example:", false),
            ("shop.example:0", false),
            ("shop.example:99999", false),
            ("shop.example/path", false),
            ("user@shop.example", false),
            ("shop.example:80:80", false),
            ("[::1", false),
            ("::1", false),
            ("a b", false),
            ("shop.example\r\nX: y", false),
        ] {
            assert_eq!(is_host(text), sound, "{text:?}");
        }
    }

    #[test]
    fn an_origin_has_a_scheme_and_a_host_and_no_path() {
        for (text, sound) in [
            ("https://maps.example", true),
            ("https://maps.example:8443", true),
            ("maps.example", false),
            ("https://", false),
            ("https://maps.example/", false),
            ("https://maps.example\"", false),
        ] {
            assert_eq!(is_origin(text), sound, "{text:?}");
        }
    }
}
