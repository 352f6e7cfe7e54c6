//! Writing JSON as Django does.
use std::borrow::Cow;
use std::fmt::Write;

use super::{FORMAT, MAX_DEPTH, float};
use crate::django::{DjangoError, Result, Text, Value};

/// What stands between items, and between a key and its value.
#[derive(Clone, Copy)]
struct Separators(&'static str, &'static str);

/// Writes JSON as Django's `JSONSerializer`: ASCII, and no space anywhere.
///
/// # Errors
///
/// When a value or a key is of a type that Python's `json` refuses, or nests too deep to be read again.
pub fn to_string(value: &Value) -> Result<String> {
    written(value, Separators(",", ":"))
}

/// Writes JSON as Python's `json.dumps` does by itself, with a space after every comma and colon.
///
/// # Errors
///
/// As [`to_string`].
pub fn to_spaced_string(value: &Value) -> Result<String> {
    written(value, Separators(", ", ": "))
}

/// Writes a text as JSON.
#[must_use]
pub fn text(text: &str) -> String {
    let mut json = String::with_capacity(text.len() + 2);
    string(&mut json, &Text::from(text));
    json
}

fn written(value: &Value, separators: Separators) -> Result<String> {
    let mut json = String::new();
    write(&mut json, value, separators, MAX_DEPTH)?;
    Ok(json)
}

fn write(json: &mut String, value: &Value, separators: Separators, depth: usize) -> Result<()> {
    match value {
        Value::List(items) | Value::Tuple(items) => {
            let depth = below(depth)?;
            json.push('[');
            for (at, item) in items.iter().enumerate() {
                json.push_str(if at > 0 { separators.0 } else { "" });
                write(json, item, separators, depth)?;
            }
            json.push(']');
        }
        Value::Dict(entries) => {
            let depth = below(depth)?;
            json.push('{');
            for (at, (key, value)) in entries.iter().enumerate() {
                json.push_str(if at > 0 { separators.0 } else { "" });
                string(json, name(key)?.as_ref());
                json.push_str(separators.1);
                write(json, value, separators, depth)?;
            }
            json.push('}');
        }
        Value::Text(text) => string(json, text),
        scalar => json.push_str(&self::scalar(scalar).ok_or(DjangoError::Unwritable {
            format: FORMAT,
            python_type: scalar.python_type(),
        })?),
    }
    Ok(())
}

fn below(depth: usize) -> Result<usize> {
    depth.checked_sub(1).ok_or(DjangoError::TooDeep {
        format: FORMAT,
        limit: MAX_DEPTH,
    })
}

fn scalar(value: &Value) -> Option<Cow<'_, str>> {
    Some(match value {
        Value::None => "null".into(),
        Value::Bool(true) => "true".into(),
        Value::Bool(false) => "false".into(),
        Value::Int(number) => number.to_string().into(),
        Value::BigInt(digits) => digits.into(),
        Value::Float(number) if number.is_nan() => "NaN".into(),
        Value::Float(f64::INFINITY) => "Infinity".into(),
        Value::Float(f64::NEG_INFINITY) => "-Infinity".into(),
        Value::Float(number) => float::repr(*number).into(),
        _ => return None,
    })
}

/// A key as Python's `json` writes it: other scalars become text.
fn name(key: &Value) -> Result<Cow<'_, Text>> {
    match key {
        Value::Text(text) => Ok(Cow::Borrowed(text)),
        other => match scalar(other) {
            Some(text) => Ok(Cow::Owned(Text::from(text.into_owned()))),
            None => Err(DjangoError::Unwritable {
                format: "a key of JSON",
                python_type: other.python_type(),
            }),
        },
    }
}

/// Writes text between quotes, with escapes for all but printable ASCII.
pub(super) fn string(json: &mut String, text: &Text) {
    json.push('"');
    match text.as_str() {
        Some(plain) if is_plain(plain) => json.push_str(plain),
        _ => text.code_points().for_each(|code| escape(json, code)),
    }
    json.push('"');
}

fn is_plain(text: &str) -> bool {
    text.bytes()
        .all(|byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\')
}

fn escape(json: &mut String, code: u32) {
    match code {
        0x22 => json.push_str("\\\""),
        0x5c => json.push_str("\\\\"),
        0x0a => json.push_str("\\n"),
        0x0d => json.push_str("\\r"),
        0x09 => json.push_str("\\t"),
        0x0c => json.push_str("\\f"),
        0x08 => json.push_str("\\b"),
        0x20..=0x7e => json.extend(char::from_u32(code)),
        0x1_0000.. => {
            let half = code - 0x1_0000;
            let _ = write!(json, "\\u{:04x}", 0xd800 + (half >> 10));
            let _ = write!(json, "\\u{:04x}", 0xdc00 + (half & 0x3ff));
        }
        _ => {
            let _ = write!(json, "\\u{code:04x}");
        }
    }
}

/// Writes JSON of another hand in ASCII, which changes nothing but what stands within texts.
pub(super) fn ascii(json: &str) -> Cow<'_, str> {
    if json.is_ascii() {
        return Cow::Borrowed(json);
    }
    let mut ascii = String::with_capacity(json.len() * 2);
    for char in json.chars() {
        if char.is_ascii() {
            ascii.push(char);
        } else {
            escape(&mut ascii, u32::from(char));
        }
    }
    Cow::Owned(ascii)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_as_python_escapes_it() {
        let text = Value::text("\"\\/\u{8}\u{c}\n\r\t\u{1}\u{7f} é’🎉");
        assert_eq!(
            to_string(&text).unwrap(),
            r#""\"\\/\b\f\n\r\t\u0001\u007f \u00e9\u2019\ud83c\udf89""#
        );
    }

    #[test]
    fn keys_become_text_and_tuples_arrays_as_in_python() {
        let key = |key| (key, Value::Int(1));
        let dict = Value::Dict(vec![
            key(Value::Int(1)),
            key(Value::Bool(true)),
            key(Value::None),
            key(Value::Float(1.5)),
            key(Value::Float(f64::NAN)),
        ]);
        let pair = Value::Tuple(vec![dict, Value::Tuple(vec![])]);
        assert_eq!(
            to_spaced_string(&pair).unwrap(),
            r#"[{"1": 1, "true": 1, "null": 1, "1.5": 1, "NaN": 1}, []]"#
        );
        assert_eq!(
            to_string(&pair).unwrap(),
            r#"[{"1":1,"true":1,"null":1,"1.5":1,"NaN":1},[]]"#
        );
    }

    #[test]
    fn what_json_has_no_word_for_is_an_error_that_names_the_type() {
        for (value, name) in [
            (Value::Bytes(vec![]), "bytes"),
            (Value::Set(vec![]), "set"),
            (
                Value::Dict(vec![(Value::Tuple(vec![]), Value::None)]),
                "tuple",
            ),
        ] {
            let error = to_string(&Value::List(vec![value])).unwrap_err();
            assert!(error.to_string().contains(name), "{error}");
        }
    }

    #[test]
    fn one_level_over_the_limit_is_refused() {
        let nested = |levels| (0..levels).fold(Value::None, |inner, _| Value::List(vec![inner]));
        assert!(to_string(&nested(MAX_DEPTH)).is_ok());
        assert!(matches!(
            to_string(&nested(MAX_DEPTH + 1)),
            Err(DjangoError::TooDeep { .. })
        ));
    }
}
