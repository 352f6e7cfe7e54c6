//! What was pasted, cut into cookies and attributes: lines of headers as `curl` and browsers show them, `name=value`, or a
//! value alone.
use cloakroom::session::StoreKey;

use crate::decode::wizards;

/// No cookie's name of which more is told apart from a value; a token is longer.
const LONGEST_NAME: usize = 40;
/// From this length on, what ends in `=` is a value in Base64 rather than a name without a value.
const PADDED: usize = 20;

/// What stands between two semicolons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    /// A cookie; without a name, when its value stands alone.
    Cookie { name: &'a str, value: &'a str },
    /// What may be an attribute, by its name and value.
    Attribute { name: &'a str, value: &'a str },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    SetCookie,
    Cookie,
    Bare,
}

/// Cuts what was pasted. Where there are headers with cookies, all other lines are passed over.
pub(super) fn parts(pasted: &str) -> Vec<Part<'_>> {
    let ends_a_line = |letter: char| {
        letter.is_control() && letter != '\t' || matches!(letter, '\u{2028}' | '\u{2029}')
    };
    let mut lines: Vec<_> = pasted.split(ends_a_line).map(line).collect();
    lines.retain(|(_, text)| !text.is_empty());
    if lines.iter().any(|(kind, _)| *kind != Kind::Bare) {
        lines.retain(|(kind, _)| *kind != Kind::Bare);
    }
    lines.into_iter().flat_map(parts_of_line).collect()
}

/// Finds the header in a line: `< set-cookie: …` of `curl -v`, `-H 'Cookie: …'` of a command.
fn line(line: &str) -> (Kind, &str) {
    let lower = line.to_ascii_lowercase();
    for (header, kind) in [("set-cookie:", Kind::SetCookie), ("cookie:", Kind::Cookie)] {
        for (at, _) in lower.match_indices(header) {
            let text = &line[at + header.len()..];
            match line[..at].chars().next_back() {
                Some(quote @ ('\'' | '"')) => {
                    return (kind, text.split(quote).next().unwrap_or(text).trim());
                }
                None => return (kind, text.trim()),
                Some(before) if before.is_whitespace() || "<>".contains(before) => {
                    return (kind, text.trim());
                }
                Some(_) => {}
            }
        }
    }
    (Kind::Bare, line.trim())
}

fn parts_of_line<'a>((kind, text): (Kind, &'a str)) -> impl Iterator<Item = Part<'a>> {
    let parts = text.split(';').map(str::trim);
    let parts = parts.filter(|part| !part.is_empty()).enumerate();
    parts.map(move |(at, part)| match part.split_once('=') {
        _ if at == 0 || kind == Kind::Cookie => cookie(part),
        Some((name, value)) => Part::Attribute { name, value },
        None => Part::Attribute {
            name: part,
            value: "",
        },
    })
}

/// Reads `name=value`, or a value alone.
pub(super) fn cookie(part: &str) -> Part<'_> {
    let (name, value) = part.split_once('=').unwrap_or(("", part));
    let is_padding = value.bytes().all(|byte| byte == b'=')
        && name.len() >= PADDED
        && !name.starts_with("__")
        && wizards::own(name, value).is_none();
    match is_padding {
        true => Part::Cookie {
            name: "",
            value: part,
        },
        false => Part::Cookie { name, value },
    }
}

/// Says whether this can only be the name of a cookie, so that it may be repeated.
pub(super) fn is_name(name: &str, value: &str) -> bool {
    let of_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    name.bytes().all(of_token)
        && StoreKey::of_token(name.as_bytes()).is_none()
        && (name.len() <= LONGEST_NAME || wizards::own(name, value).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_found_wherever_a_tool_puts_them_and_other_lines_passed_over() {
        let named = |pasted: &str| -> Vec<String> {
            let shown = |part: &Part<'_>| match part {
                Part::Cookie { name, value } => format!("{name}={value}"),
                Part::Attribute { name, .. } => (*name).to_owned(),
            };
            parts(pasted).iter().map(shown).collect()
        };
        let rows: [(&str, &[&str]); 9] = [
            (
                "HTTP/1.1 200 OK\r\nset-cookie: a=1; Path=/\r\ndate: x=y\r\nSet-Cookie: b=2",
                &["a=1", "Path", "b=2"],
            ),
            (
                "< set-cookie: a=1; Secure\n> Cookie: b=2; Path=3",
                &["a=1", "Secure", "b=2", "Path=3"],
            ),
            (
                "curl 'https://x/?q=1' -H 'Cookie: a=1; b=2' -H 'X: y=z'",
                &["a=1", "b=2"],
            ),
            ("a=1\nb=2; Secure", &["a=1", "b=2", "Secure"]),
            ("Cookie: a=1\nCookie: b=x:y", &["a=1", "b=x:y"]),
            ("abc", &["=abc"]),
            ("YWJjZGVmZ2hpamtsbW5vcA==", &["=YWJjZGVmZ2hpamtsbW5vcA=="]),
            ("Set-Cookie: wizard-owner=", &["wizard-owner="]),
            (
                "Set-Cookie: wizard-feedback-aBcDeFg1=; Max-Age=0",
                &["wizard-feedback-aBcDeFg1=", "Max-Age"],
            ),
        ];
        for (pasted, expected) in rows {
            assert_eq!(named(pasted), expected, "{pasted}");
        }
    }
}
