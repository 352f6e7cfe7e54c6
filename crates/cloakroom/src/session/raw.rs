//! A value as it is kept: JSON text, decoded only when somebody reads it.
use std::fmt;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, MAX_DEPTH, Result};
use crate::session::Name;

/// A value's JSON text; cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct Raw(Bytes);

impl Raw {
    /// Takes JSON text that a store kept. It is checked when it is read.
    #[must_use]
    pub fn from_json(text: impl Into<Bytes>) -> Self {
        Self(text.into())
    }

    /// Returns the JSON text.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Writes a value as JSON.
    ///
    /// # Errors
    /// When it can't be written, or nests too deep to be read again.
    pub(crate) fn encode<T: Serialize>(key: &Name, value: &T) -> Result<Self> {
        let text = serde_json::to_vec(value).map_err(|source| Error::Encode {
            key: key.as_str().into(),
            source: source.into(),
        })?;
        if is_too_deep(&text) {
            return Err(Error::TooDeep {
                key: key.as_str().into(),
            });
        }
        Ok(Self(text.into()))
    }

    /// Reads the value.
    ///
    /// # Errors
    /// When the text is not of this type.
    pub(crate) fn decode<T: DeserializeOwned>(&self, key: &[u8]) -> Result<T> {
        serde_json::from_slice(&self.0).map_err(|source| Error::Decode {
            key: String::from_utf8_lossy(key).into_owned(),
            source: source.into(),
        })
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Raw({} bytes)", self.0.len())
    }
}

fn is_too_deep(json: &[u8]) -> bool {
    let brackets = json.iter().filter(|byte| is_opening(**byte)).count();
    brackets > MAX_DEPTH && depth(json) > MAX_DEPTH
}

/// Returns how deep arrays and objects nest; brackets within texts don't count.
fn depth(json: &[u8]) -> usize {
    let (mut now, mut deepest) = (0_usize, 0);
    let (mut in_text, mut escaped) = (false, false);
    for &byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            _ if is_opening(byte) => {
                now += 1;
                deepest = deepest.max(now);
            }
            b']' | b'}' => now = now.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

const fn is_opening(byte: u8) -> bool {
    byte | 0x20 == b'{'
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn nested(levels: usize) -> Value {
        (0..levels).fold(Value::Null, |inner, _| Value::Array(vec![inner]))
    }

    #[test]
    fn the_deepest_value_that_is_written_can_be_read_and_one_deeper_is_refused() {
        let key = Name::from("k");
        let deepest = Raw::encode(&key, &nested(MAX_DEPTH)).unwrap();
        assert!(deepest.decode::<Value>(b"k").is_ok());
        let refused = Raw::encode(&key, &nested(MAX_DEPTH + 1));
        assert!(matches!(refused, Err(Error::TooDeep { key }) if key == "k"));
    }

    #[test]
    fn brackets_side_by_side_or_in_texts_are_not_deep() {
        let key = Name::from("k");
        let wide = Value::Array(vec![nested(1); 500]);
        assert!(Raw::encode(&key, &wide).is_ok());
        assert!(Raw::encode(&key, &"[{\"\\".repeat(500)).is_ok());
        assert_eq!(depth(br#"{"a\"[":["]",{}]}"#), 3);
    }
}
