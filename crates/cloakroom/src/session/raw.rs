//! A value as it is kept: JSON text, decoded only when somebody reads it.
use std::fmt;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, MAX_DEPTH, Result};
use crate::session::Name;

/// How long a text may be that is kept where it stands: as long as costs no room.
const SHORT: usize = 38;

/// A value's JSON text; cheap to clone.
#[derive(Clone)]
pub struct Raw(Text);

#[derive(Clone)]
enum Text {
    /// A number, a flag or an id, that takes less to copy than to share.
    Short {
        bytes: [u8; SHORT],
        length: u8,
    },
    Shared(Bytes),
}

impl Raw {
    /// Takes JSON text that a store kept. It is checked when it is read.
    #[must_use]
    pub fn from_json(text: impl Into<Bytes>) -> Self {
        Self(Text::Shared(text.into()))
    }

    /// Returns the JSON text.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Text::Short { bytes, length } => &bytes[..usize::from(*length)],
            Text::Shared(bytes) => bytes,
        }
    }

    /// Writes a value as JSON; it is likely to be about as long as said.
    ///
    /// # Errors
    /// When it can't be written, or nests too deep to be read again.
    pub(crate) fn encode<T: Serialize>(key: &Name, value: &T, likely: usize) -> Result<Self> {
        if likely <= SHORT
            && let Some(short) = Self::encode_short(value)
        {
            return Ok(short);
        }
        // A little more than before, as lists grow.
        let mut text = Vec::with_capacity(likely.max(64) * 9 / 8);
        serde_json::to_writer(&mut text, value).map_err(|source| Error::Encode {
            key: key.as_str().into(),
            source: source.into(),
        })?;
        if is_too_deep(&text) {
            return Err(Error::TooDeep {
                key: key.as_str().into(),
            });
        }
        Ok(Self::from_json(text))
    }

    /// Takes a copy of JSON text that a store kept, when it is short.
    pub(super) fn short(text: &[u8]) -> Option<Self> {
        let mut bytes = [0; SHORT];
        bytes.get_mut(..text.len())?.copy_from_slice(text);
        Some(Self(Text::Short {
            bytes,
            length: text.len() as u8,
        }))
    }

    /// Writes a value as JSON that is too short to nest too deep; `None` when it is not.
    fn encode_short<T: Serialize>(value: &T) -> Option<Self> {
        let mut bytes = [0; SHORT];
        let mut rest = &mut bytes[..];
        serde_json::to_writer(&mut rest, value).ok()?;
        let length = SHORT - rest.len();
        Some(Self(Text::Short {
            bytes,
            length: length as u8,
        }))
    }

    /// Reads the value.
    ///
    /// # Errors
    /// When the text is not of this type.
    pub(crate) fn decode<T: DeserializeOwned>(&self, key: &[u8]) -> Result<T> {
        let decoded = match &self.0 {
            // A number, for the most part, in which there is no text to check.
            Text::Short { bytes, length } => serde_json::from_slice(&bytes[..usize::from(*length)]),
            // Looked at as a whole, text is checked at a tenth of what it takes value by value.
            Text::Shared(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => serde_json::from_str(text),
                Err(_) => serde_json::from_slice(bytes),
            },
        };
        decoded.map_err(|source| Error::Decode {
            key: String::from_utf8_lossy(key).into_owned(),
            source: source.into(),
        })
    }
}

impl PartialEq for Raw {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Raw {}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Raw({} bytes)", self.as_bytes().len())
    }
}

fn is_too_deep(json: &[u8]) -> bool {
    if json.len() <= MAX_DEPTH {
        return false;
    }
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
        let deepest = Raw::encode(&key, &nested(MAX_DEPTH), 0).unwrap();
        assert!(deepest.decode::<Value>(b"k").is_ok());
        let refused = Raw::encode(&key, &nested(MAX_DEPTH + 1), 0);
        assert!(matches!(refused, Err(Error::TooDeep { key }) if key == "k"));
    }

    #[test]
    fn values_of_every_length_are_written_alike_wherever_they_are_kept() {
        let key = Name::from("k");
        for length in [0, 1, SHORT - 3, SHORT - 2, SHORT - 1, SHORT, 200] {
            let value = "v".repeat(length);
            let text = serde_json::to_vec(&value).unwrap();
            let shared = Raw::from_json(text);
            for likely in [0, SHORT, SHORT + 1, 1_000] {
                let written = Raw::encode(&key, &value, likely).unwrap();
                assert_eq!(written, shared);
                assert_eq!(written.decode::<String>(b"k").unwrap(), value);
            }
        }
        assert_eq!(size_of::<Raw>(), 40);
    }

    #[test]
    fn brackets_side_by_side_or_in_texts_are_not_deep() {
        let key = Name::from("k");
        let wide = Value::Array(vec![nested(1); 500]);
        assert!(Raw::encode(&key, &wide, 0).is_ok());
        assert!(Raw::encode(&key, &"[{\"\\".repeat(500), 0).is_ok());
        assert_eq!(depth(br#"{"a\"[":["]",{}]}"#), 3);
    }
}
