//! Reading `Cookie` headers: in place, byte by byte, and no further than asked.
use std::borrow::Cow;

use http::header::{COOKIE, HeaderMap};

/// Returns the value of every cookie called `name`, in the order in which they were sent.
///
/// Browsers send two when a parent domain or another path has set a cookie of the same name
/// (RFC 6265bis section 4.2.2).
pub(crate) fn values<'a>(
    headers: &'a HeaderMap,
    name: &'a str,
) -> impl Iterator<Item = &'a [u8]> + 'a {
    headers
        .get_all(COOKIE)
        .iter()
        .flat_map(|header| named(header.as_bytes(), name))
}

/// Returns the value of every cookie called `name` in one `Cookie` header.
///
/// It finds what [`pairs`] would, and looks into no piece further than its name.
pub(super) fn named<'a>(header: &'a [u8], name: &'a str) -> impl Iterator<Item = &'a [u8]> + 'a {
    Pieces { rest: Some(header) }.filter_map(move |piece| {
        let after_name = trim_start(piece).strip_prefix(name.as_bytes())?;
        Some(trim(trim_start(after_name).strip_prefix(b"=")?))
    })
}

/// Splits one `Cookie` header into names and values (RFC 6265bis section 4.2.1).
///
/// Pieces end at every semicolon. A piece without `=` is a value with an empty name, as browsers
/// see it. Only spaces and tabs are trimmed: trimming more would let a name such as
/// `<U+2003>__Host-x` pass for `__Host-x`.
pub(crate) fn pairs(header: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let pieces = Pieces { rest: Some(header) }.map(|piece| match memchr::memchr(b'=', piece) {
        Some(at) => (trim(&piece[..at]), trim(&piece[at + 1..])),
        None => (&piece[..0], trim(piece)),
    });
    pieces.filter(|(name, value)| !(name.is_empty() && value.is_empty()))
}

/// What stands between the semicolons of a header.
struct Pieces<'a> {
    rest: Option<&'a [u8]>,
}

impl<'a> Iterator for Pieces<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.take()?;
        let Some(end) = memchr::memchr(b';', rest) else {
            return Some(rest);
        };
        self.rest = Some(&rest[end + 1..]);
        Some(&rest[..end])
    }
}

pub(super) fn trim(bytes: &[u8]) -> &[u8] {
    trim_end(trim_start(bytes))
}

pub(super) fn trim_end(mut bytes: &[u8]) -> &[u8] {
    while let [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

fn trim_start(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = bytes {
        bytes = rest;
    }
    bytes
}

/// Reads a value as text: as it stands, or without the quotes that Python puts around odd ones.
///
/// `None` when it is not UTF-8.
pub(super) fn text(value: &[u8]) -> Option<Cow<'_, str>> {
    match value {
        [b'"', inner @ .., b'"'] => String::from_utf8(unquote(inner)).ok().map(Cow::Owned),
        _ => std::str::from_utf8(value).ok().map(Cow::Borrowed),
    }
}

/// Undoes the escapes of Python's `http.cookies`: `\ooo` is a byte in octal, `\x` is `x`.
fn unquote(mut quoted: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(quoted.len());
    while let Some((&first, rest)) = quoted.split_first() {
        quoted = rest;
        match (first, rest) {
            (b'\\', [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', rest @ ..]) => {
                plain.push((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'));
                quoted = rest;
            }
            (b'\\', [escaped, rest @ ..]) => {
                plain.push(*escaped);
                quoted = rest;
            }
            _ => plain.push(first),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn split(header: &str) -> Vec<(String, String)> {
        pairs(header.as_bytes())
            .map(|(name, value)| {
                let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
                (text(name), text(value))
            })
            .collect()
    }

    #[test]
    fn headers_split_as_the_standard_says() {
        let cases: &[(&str, &[(&str, &str)])] = &[
            ("a=1; b=2", &[("a", "1"), ("b", "2")]),
            ("a=1;b=2;", &[("a", "1"), ("b", "2")]),
            (" \ta \t=\t1 ", &[("a", "1")]),
            ("a=b=c", &[("a", "b=c")]),
            ("lonely", &[("", "lonely")]),
            ("=v", &[("", "v")]),
            ("a=", &[("a", "")]),
            ("; ;=;", &[]),
            ("a=\"x;y\"", &[("a", "\"x"), ("", "y\"")]),
            ("A=1; a=2; a=3", &[("A", "1"), ("a", "2"), ("a", "3")]),
            ("%61=1", &[("%61", "1")]),
            ("\u{2003}__Host-x=1", &[("\u{2003}__Host-x", "1")]),
            ("$Version=1; a=1", &[("$Version", "1"), ("a", "1")]),
        ];
        for (header, pairs) in cases {
            let expected: Vec<_> = pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
            assert_eq!(split(header), expected, "{header:?}");
        }
    }

    #[test]
    fn quoted_values_read_as_python_wrote_them() {
        for (raw, read) in [
            (r#""a\054b""#, "a,b"),
            (r#""say \"hi\"""#, r#"say "hi""#),
            (r#""""#, ""),
            (r#"""#, r#"""#),
            (r#""\303\251""#, "é"),
            (r#""\400""#, "400"),
            (r#""tail\""#, "tail\\"),
            ("plain", "plain"),
        ] {
            assert_eq!(text(raw.as_bytes()).as_deref(), Some(read), "{raw}");
        }
        assert_eq!(text(b"\xff"), None);
        assert_eq!(text(br#""\377""#), None);
    }

    #[test]
    fn all_cookies_of_a_name_are_found_in_order_over_several_headers() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("sid=one; other=x"));
        headers.append(COOKIE, HeaderValue::from_static("sid=two"));
        let found: Vec<_> = values(&headers, "sid").collect();
        assert_eq!(found, [b"one", b"two"]);
        assert_eq!(values(&headers, "SID").count(), 0);
    }

    #[test]
    fn three_thousand_cookies_are_read_one_by_one() {
        let header = "a=1; ".repeat(3_000);
        assert_eq!(pairs(header.as_bytes()).count(), 3_000);
    }

    proptest::proptest! {
        #[test]
        fn a_cookie_is_found_by_its_name_wherever_splitting_finds_it(header in "[ \t;=ab]{0,24}") {
            for name in ["a", "ab"] {
                let found: Vec<_> = named(header.as_bytes(), name).collect();
                let all = pairs(header.as_bytes()).filter(|(found, _)| *found == name.as_bytes());
                let split: Vec<_> = all.map(|(_, value)| value).collect();
                proptest::prop_assert_eq!(found, split, "{}", header);
            }
        }

        #[test]
        fn no_header_makes_the_reader_panic(header: Vec<u8>) {
            for (name, value) in pairs(&header) {
                proptest::prop_assert!(!name.contains(&b';') && !value.contains(&b';'));
                let _ = text(value);
            }
        }
    }
}
