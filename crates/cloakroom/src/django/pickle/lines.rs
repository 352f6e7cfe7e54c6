//! The arguments that old pickles write as lines of text.
use super::wrong;
use crate::django::{Result, Text, Value, integer};

/// Reads `12`, `00` for false or `01` for true.
pub(super) fn int(line: &[u8]) -> Result<Value> {
    match line {
        b"00" => Ok(Value::Bool(false)),
        b"01" => Ok(Value::Bool(true)),
        _ => decimal(line),
    }
}

/// Reads `12L`.
pub(super) fn long(line: &[u8]) -> Result<Value> {
    decimal(line.strip_suffix(b"L").unwrap_or(line))
}

fn decimal(line: &[u8]) -> Result<Value> {
    let digits = line.strip_prefix(b"-").unwrap_or(line);
    let right = !digits.is_empty()
        && digits.len() <= integer::MAX_DIGITS
        && digits.iter().all(u8::is_ascii_digit);
    match std::str::from_utf8(line) {
        Ok(text) if right => Ok(Value::int(text)),
        _ => Err(wrong("a number is none")),
    }
}

/// Reads `1.5`.
pub(super) fn float(line: &[u8]) -> Result<Value> {
    let text = std::str::from_utf8(line).ok();
    text.and_then(|text| text.parse().ok())
        .map(Value::Float)
        .ok_or(wrong("a number is none"))
}

/// Reads a place in the memo.
pub(super) fn place(line: &[u8]) -> Result<u64> {
    let text = std::str::from_utf8(line).ok();
    text.and_then(|text| text.parse().ok())
        .ok_or(wrong("a place in the memo is none"))
}

/// Reads `'text'`, which only Python 2 wrote.
pub(super) fn quoted(line: &[u8]) -> Result<Text> {
    match line {
        [b'\'', text @ .., b'\''] | [b'"', text @ .., b'"'] if !text.contains(&b'\\') => {
            ascii(text)
        }
        _ => Err(wrong("a text of Python 2 is not plain")),
    }
}

/// Reads a text of Python 2, which has to be ASCII.
pub(super) fn ascii(bytes: &[u8]) -> Result<Text> {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.is_ascii() => Ok(Text::from(text)),
        _ => Err(wrong("a text of Python 2 is not plain")),
    }
}

/// Reads Python's *raw Unicode escape*: Latin-1, with `\uXXXX` and `\UXXXXXXXX`.
pub(super) fn unicode(line: &[u8]) -> Result<Text> {
    let mut text = Text::default();
    let mut rest = line;
    while let Some((&first, after)) = rest.split_first() {
        let (code, used) = match (first, after) {
            (b'\\', [b'u', digits @ ..]) => (hex(digits, 4)?, 6),
            (b'\\', [b'U', digits @ ..]) => (hex(digits, 8)?, 10),
            (b'\\', [other, ..]) => {
                text.push(u32::from(b'\\'));
                (u32::from(*other), 2)
            }
            _ => (u32::from(first), 1),
        };
        text.push(code);
        rest = &rest[used..];
    }
    Ok(text)
}

fn hex(digits: &[u8], count: usize) -> Result<u32> {
    let digits = digits
        .get(..count)
        .filter(|d| d.iter().all(u8::is_ascii_hexdigit));
    digits
        .and_then(|digits| std::str::from_utf8(digits).ok())
        .and_then(|digits| u32::from_str_radix(digits, 16).ok())
        .filter(|code| *code <= 0x10_ffff)
        .ok_or(wrong("an escape is none"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_escapes_read_as_python_reads_them() {
        for (line, text) in [
            (&b"a\\u00e9\\U0001f389"[..], "aé🎉"),
            (b"\xe9", "é"),
            (b"\\n\\", "\\n\\"),
            (b"\\\\u0041", "\\\\u0041"),
        ] {
            assert_eq!(unicode(line).unwrap().as_str(), Some(text));
        }
        for bad in [&b"\\u12"[..], b"\\u12g4", b"\\U00110000", b"\\u+123"] {
            assert!(unicode(bad).is_err());
        }
    }
}
