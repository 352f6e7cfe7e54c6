//! Reading a `Cookie` header as Django does.
use std::borrow::Cow;

/// Reads a header into names and values. Of two with one name the last counts, in the first one's place.
#[must_use]
pub fn parse(header: &str) -> Vec<(String, String)> {
    let mut cookies: Vec<(String, String)> = Vec::new();
    for piece in header.split(';') {
        let (name, value) = piece.split_once('=').unwrap_or(("", piece));
        let (name, value) = (stripped(name), stripped(value));
        if name.is_empty() && value.is_empty() {
            continue;
        }
        let value = unquoted(value);
        match cookies.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = value,
            None => cookies.push((name.to_owned(), value)),
        }
    }
    cookies
}

/// Decodes a header as Django under WSGI: UTF-8, and U+FFFD for what is not.
#[must_use]
pub fn wsgi_text(header: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(header)
}

/// Decodes headers as Django under ASGI: Latin-1, and several of them with a comma in between, which hides
/// all cookies of the later ones but makes them part of the value before.
#[must_use]
pub fn asgi_text(headers: &[&[u8]]) -> String {
    let bytes = headers.join(&b',');
    bytes.into_iter().map(char::from).collect()
}

/// Python's `str.strip()`, which knows a few more spaces than Unicode.
pub(in crate::django) fn stripped(text: &str) -> &str {
    text.trim_matches(|char: char| char.is_whitespace() || matches!(char, '\u{1c}'..='\u{1f}'))
}

/// Undoes the quotes and escapes of Python's `http.cookies`.
///
/// `\ooo` is the character of that number and no byte, and a backslash before a line feed stays.
pub(in crate::django) fn unquoted(value: &str) -> String {
    let inner = value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let Some(mut rest) = inner else {
        return value.to_owned();
    };
    let mut plain = String::with_capacity(rest.len());
    while let Some((before, after)) = rest.split_once('\\') {
        plain.push_str(before);
        rest = after;
        let Some(next) = after.chars().next() else {
            plain.push('\\');
            break;
        };
        if let Some(char) = octal(after.as_bytes()) {
            plain.push(char);
            rest = &after[3..];
            continue;
        }
        if next == '\n' {
            plain.push('\\');
        }
        plain.push(next);
        rest = &after[next.len_utf8()..];
    }
    plain.push_str(rest);
    plain
}

fn octal(digits: &[u8]) -> Option<char> {
    match digits {
        [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', ..] => {
            Some(char::from((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0')))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_as_django_reads_them() {
        let cases: &[(&str, &[(&str, &str)])] = &[
            ("", &[]),
            ("a=b;c=d", &[("a", "b"), ("c", "d")]),
            ("a=b; x=y; a=c", &[("a", "c"), ("x", "y")]),
            ("a", &[("", "a")]),
            ("; ;;=", &[]),
            ("a=b=c", &[("a", "b=c")]),
            ("a=\"x;y\"", &[("a", "\"x"), ("", "y\"")]),
            (r#"a="q\"in""#, &[("a", "q\"in")]),
            (r#"a="\054\073\351\400\8""#, &[("a", ",;é4008")]),
            (r#"a="tail\""#, &[("a", "tail\\")]),
            ("a=\"", &[("a", "\"")]),
            ("a=\"\"", &[("a", "")]),
            ("a=\"x\\\ny\"", &[("a", "x\\\ny")]),
            ("\u{1f}a\u{a0}=\u{3000}b ", &[("a", "b")]),
        ];
        for (header, cookies) in cases {
            let read = parse(header);
            let read: Vec<_> = read.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            assert_eq!(read, *cookies, "{header:?}");
        }
    }

    #[test]
    fn the_two_gateways_read_the_same_bytes_differently() {
        assert_eq!(wsgi_text("c=é".as_bytes()), "c=é");
        assert_eq!(asgi_text(&["c=é".as_bytes()]), "c=Ã©");
        assert_eq!(
            parse(&asgi_text(&[b"a=1", b"b=2"])),
            [("a".into(), "1,b=2".into())]
        );
    }

    proptest::proptest! {
        #[test]
        fn no_header_makes_the_reader_panic(header: String, quoted: String) {
            let _ = parse(&header);
            let _ = parse(&format!("a=\"{quoted}\""));
        }
    }
}
