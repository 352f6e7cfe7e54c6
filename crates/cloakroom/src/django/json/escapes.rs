//! The escapes in a text of JSON: which there are, and what they stand for.
use super::read::wrong;
use crate::django::{Result, Text};

/// How many bytes an escape has after its backslash.
pub(super) fn escape_length(rest: &[u8]) -> Result<usize> {
    match rest {
        [b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => Ok(1),
        [b'u', a, b, c, d, ..] if [a, b, c, d].iter().all(|byte| byte.is_ascii_hexdigit()) => Ok(5),
        _ => Err(wrong("an escape is unknown")),
    }
}

/// Undoes the escapes of a text in which all are right.
pub(super) fn decoded(raw: &str) -> Text {
    if !raw.contains('\\') {
        return Text::from(raw);
    }
    let mut text = Text::default();
    let mut rest = raw;
    while let Some((plain, escape)) = rest.split_once('\\') {
        text.push_str(plain);
        let (code, length) = unescaped(escape);
        text.push(code);
        rest = &escape[length..];
    }
    text.push_str(rest);
    text
}

/// Returns the code point of an escape and how many bytes it has after its backslash.
fn unescaped(escape: &str) -> (u32, usize) {
    let simple = match escape.as_bytes()[0] {
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => 0x0a,
        b'r' => 0x0d,
        b't' => 0x09,
        b'u' => {
            let first = unit(escape);
            let second = escape[5..]
                .strip_prefix('\\')
                .filter(|e| e.starts_with('u'));
            return match (first, second.map(unit)) {
                (0xd800..=0xdbff, Some(low @ 0xdc00..=0xdfff)) => {
                    (0x1_0000 + ((first - 0xd800) << 10) + (low - 0xdc00), 11)
                }
                _ => (first, 5),
            };
        }
        itself => u32::from(itself),
    };
    (simple, 1)
}

/// The four digits after a `u`.
fn unit(escape: &str) -> u32 {
    u32::from_str_radix(&escape[1..5], 16).expect("escapes were checked")
}
