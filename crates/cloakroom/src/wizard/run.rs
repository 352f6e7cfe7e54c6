//! The name of one run through a wizard, as it stands in the URL.
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

/// The name of one run through a wizard: 144 random bits as 24 URL-safe characters.
///
/// It tells two tabs apart. It is no permission: a draft opens to whoever holds its cookie, is signed in as its
/// user, or came by its link.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId([u8; Self::TEXT]);

impl RunId {
    const TEXT: usize = 24;
    const BYTES: usize = 18;

    /// Draws a new one from the operating system.
    ///
    /// # Panics
    /// When the operating system has no randomness to give.
    #[must_use]
    pub fn generate() -> Self {
        let mut bytes = [0; Self::BYTES];
        getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
        let mut text = [0; Self::TEXT];
        URL_SAFE_NO_PAD
            .encode_slice(bytes, &mut text)
            .expect("18 bytes are 24 characters");
        Self(text)
    }

    /// Makes a name of what tells a run from others, as a digest does.
    pub(crate) fn derived(digest: &[u8]) -> Self {
        let mut text = [0; Self::TEXT];
        URL_SAFE_NO_PAD
            .encode_slice(&digest[..Self::BYTES], &mut text)
            .expect("18 bytes are 24 characters");
        Self(text)
    }

    /// Returns a short reference that a visitor can tell and an operator can look for: 8 characters, from which nobody learns
    /// the address of the run.
    #[must_use]
    pub fn reference(&self) -> String {
        let digest = Sha256::digest([b"reference ", &self.0[..]].concat());
        let number = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
        format!("{number:08X}")
    }

    /// Reads one from a URL; `None` unless it has as many characters as one that was made here, each a letter, a digit, `-` or `_`.
    /// It says nothing of whether there is such a run.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_one = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
        let text: [u8; Self::TEXT] = text.as_bytes().try_into().ok()?;
        text.iter().all(is_one).then_some(Self(text))
    }

    /// Returns its characters, which can stand in a URL and a cookie's name as they are.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RunId(..)")
    }
}

impl Serialize for RunId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for RunId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not the name of a run"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_read_from_its_own_text_and_from_nothing_else() {
        let run = RunId::generate();
        assert_eq!(RunId::parse(run.as_str()), Some(run));
        let text = run.as_str();
        for wrong in [
            "",
            "new",
            &text[1..],
            &format!("{text}A"),
            &format!("/{}", &text[1..]),
        ] {
            assert_eq!(RunId::parse(wrong), None, "{wrong}");
        }
        assert_ne!(RunId::generate(), run);
    }

    #[test]
    fn a_reference_is_short_and_always_the_same() {
        let run = RunId::parse("AAAAAAAAAAAAAAAAAAAAAAAA").unwrap();
        assert_eq!(run.reference(), run.reference());
        assert_eq!(run.reference().len(), 8);
        assert_ne!(run.reference(), RunId::generate().reference());
    }
}
