//! Python's text: Unicode that may hold halves of surrogate pairs.
use std::borrow::Cow;
use std::fmt;

use crate::django::{DjangoError, Result};

/// A Python `str`.
///
/// Nearly always it is ordinary text. But Python can also hold a *lone surrogate*, half of a pair of
/// UTF-16, which JSON writes as `"\ud800"` and UTF-8 can't write at all. Such text is carried along
/// without loss; only [`Text::as_str`] has no answer then.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Text(Vec<u8>);

impl Text {
    /// Returns the text, or `None` when it has a lone surrogate.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// Returns the text with U+FFFD in the place of every lone surrogate.
    #[must_use]
    pub fn to_string_lossy(&self) -> Cow<'_, str> {
        match self.as_str() {
            Some(text) => Cow::Borrowed(text),
            None => Cow::Owned(
                self.code_points()
                    .map(|code| char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
                    .collect(),
            ),
        }
    }

    /// Returns the text in UTF-8, lone surrogates in three bytes as UTF-8 would write them if it could.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Takes what [`Text::as_bytes`] returns, or Python's `encode("utf-8", "surrogatepass")`.
    ///
    /// # Errors
    ///
    /// When the bytes are something else.
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Result<Self> {
        let bytes = bytes.into();
        if is_text(&bytes) {
            Ok(Self(bytes))
        } else {
            Err(DjangoError::malformed("text", "it is not UTF-8"))
        }
    }

    /// Adds a code point, a surrogate too.
    pub(super) fn push(&mut self, code: u32) {
        match char::from_u32(code) {
            Some(char) => self.push_str(char.encode_utf8(&mut [0; 4])),
            None => self.0.extend([
                0xe0 | (code >> 12) as u8,
                0x80 | (code >> 6 & 0x3f) as u8,
                0x80 | (code & 0x3f) as u8,
            ]),
        }
    }

    pub(super) fn push_str(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    /// Returns the code points, surrogates too.
    pub(super) fn code_points(&self) -> impl Iterator<Item = u32> {
        let mut rest = self.0.as_slice();
        std::iter::from_fn(move || {
            let first = u32::from(*rest.first()?);
            let (length, mut code) = match first {
                0..=0x7f => (1, first),
                0x80..=0xdf => (2, first & 0x1f),
                0xe0..=0xef => (3, first & 0x0f),
                _ => (4, first & 0x07),
            };
            for byte in &rest[1..length] {
                code = code << 6 | u32::from(byte & 0x3f);
            }
            rest = &rest[length..];
            Some(code)
        })
    }
}

/// Says whether it is UTF-8, or would be if surrogates were characters.
fn is_text(mut bytes: &[u8]) -> bool {
    while let Err(error) = std::str::from_utf8(bytes) {
        match &bytes[error.valid_up_to()..] {
            [0xed, 0xa0..=0xbf, 0x80..=0xbf, rest @ ..] => bytes = rest,
            _ => return false,
        }
    }
    true
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(text.into_bytes())
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.0 == other.as_bytes()
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_string_lossy().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lone_surrogates_are_kept_and_other_broken_bytes_refused() {
        let lone = Text::from_bytes(*b"a\xed\xa0\x80b").unwrap();
        assert_eq!(lone.as_str(), None);
        assert_eq!(lone.to_string_lossy(), "a\u{fffd}b");
        assert_eq!(lone.code_points().collect::<Vec<_>>(), [0x61, 0xd800, 0x62]);
        for bad in [
            &b"\xff"[..],
            b"\xed\xa0",
            b"a\xed\x20\x80",
            b"\xc0\x80",
            b"\xf4\x90\x80\x80",
        ] {
            assert!(Text::from_bytes(bad).is_err(), "{bad:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn text_is_its_code_points(codes in proptest::collection::vec(0_u32..0x11_0000, 0..20)) {
            let mut text = Text::default();
            codes.iter().for_each(|code| text.push(*code));
            proptest::prop_assert_eq!(text.code_points().collect::<Vec<_>>(), codes);
            proptest::prop_assert_eq!(Text::from_bytes(text.as_bytes()), Ok(text));
        }
    }
}
