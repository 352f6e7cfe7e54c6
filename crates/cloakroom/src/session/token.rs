//! The ticket and the number on the hook: what the visitor holds, and the digest by which a store knows it.
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// The secret in the visitor's cookie, as base64url: a rack's number and 256 random bits (OWASP asks
/// for at least 128).
///
/// The rack is no secret: it says in which part of a clustered store the session hangs, so that a
/// renewed session can stay beside the sign that it leaves. The token stays text until its digest is
/// asked for; each token has one text only.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Token([u8; Self::TEXT]);

impl Token {
    const TEXT: usize = 44;
    const BYTES: usize = 33;

    /// Draws a new token from the operating system, on any rack.
    pub(crate) fn generate() -> Self {
        Self::draw(None)
    }

    /// Draws a new token, and says under which key its session stands.
    pub(crate) fn generate_with_key() -> (Self, StoreKey) {
        Self::generate().with_key()
    }

    /// Draws a new token for a session that stays on its rack, and says under which key it stands then.
    pub(crate) fn generate_beside(key: &StoreKey) -> (Self, StoreKey) {
        Self::draw(Some(key.rack())).with_key()
    }

    fn draw(rack: Option<u8>) -> Self {
        let mut bytes = [0; Self::BYTES];
        getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
        bytes[0] = rack.unwrap_or(bytes[0]);
        let mut text = [0; Self::TEXT];
        URL_SAFE_NO_PAD
            .encode_slice(bytes, &mut text)
            .expect("33 bytes are 44 characters");
        Self(text)
    }

    fn with_key(self) -> (Self, StoreKey) {
        let key = self.key().expect("a generated token is one");
        (self, key)
    }

    /// Takes a cookie's value; `None` when it has not a token's length.
    pub(crate) fn parse(value: &[u8]) -> Option<Self> {
        value.try_into().ok().map(Self)
    }

    /// Returns the token's 44 URL-safe characters; nothing when it has others.
    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Returns the token's characters as bytes.
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the digest under which stores keep the session; `None` when this was never a token.
    pub(crate) fn key(&self) -> Option<StoreKey> {
        let mut bytes = [0; Self::BYTES];
        let read = URL_SAFE_NO_PAD.decode_slice(self.0, &mut bytes).ok()?;
        let mut key: [u8; 32] = Sha256::digest(&bytes[..read]).into();
        key[0] = bytes[0];
        Some(StoreKey(key))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

/// All that a store ever sees of a visitor's token: its rack, and 248 bits of its SHA-256.
///
/// Whoever reads the store can't make a cookie of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct StoreKey([u8; 32]);

impl std::hash::Hash for StoreKey {
    /// Feeds eight bytes only: a digest is as good as random already.
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        state.write_u64(u64::from_ne_bytes([a, b, c, d, e, f, g, h]));
    }
}

impl StoreKey {
    /// Takes 32 bytes that came from [`StoreKey::as_bytes`].
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the key under which the session of a token stands; `None` when the text is no token.
    ///
    /// For a tool that is given a visitor's cookie and must not keep it.
    #[must_use]
    pub fn of_token(text: &[u8]) -> Option<Self> {
        Token::parse(text)?.key()
    }

    /// Returns the number of the rack: a session keeps it for life, whichever keys it moves to.
    ///
    /// A store that is spread over several servers can keep all of one rack on one of them.
    #[must_use]
    pub const fn rack(&self) -> u8 {
        self.0[0]
    }

    /// Returns the 32 bytes: the rack's number and the digest.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_survives_the_way_through_a_cookie() {
        let token = Token::generate();
        assert_eq!(token.as_str().len(), Token::TEXT);
        assert_eq!(Token::parse(token.as_str().as_bytes()), Some(token));
    }

    #[test]
    fn what_is_not_a_token_has_no_key() {
        let token = Token::generate();
        let good = token.as_str();
        let key = |text: &str| Token::parse(text.as_bytes())?.key();
        assert!(key(good).is_some());
        for bad in [
            "",
            "short",
            &good[1..],
            &format!("{good}A"),
            &format!("{good}="),
            &format!("+{}", &good[1..]),
            &format!("{}/", &good[1..]),
            &"\0".repeat(44),
            &format!("{}=", "A".repeat(43)),
            &"A".repeat(1 << 20),
        ] {
            assert_eq!(key(bad), None);
        }
    }

    #[test]
    fn a_session_stays_on_its_rack_and_gets_a_secret_of_its_own() {
        let (old, from) = Token::generate_with_key();
        let (new, to) = Token::generate_beside(&from);
        assert_eq!(from.rack(), to.rack());
        assert_ne!(from, to);
        assert_ne!(old, new);
    }

    #[test]
    fn debug_shows_neither_token_nor_digest() {
        let token = Token::generate();
        assert_eq!(
            format!("{token:?} {:?}", token.key().unwrap()),
            "Token(..) StoreKey(..)"
        );
    }

    #[test]
    fn no_two_of_ten_thousand_tokens_agree() {
        let tokens: std::collections::HashSet<_> =
            (0..10_000).map(|_| Token::generate().0).collect();
        assert_eq!(tokens.len(), 10_000);
    }
}
