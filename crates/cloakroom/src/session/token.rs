//! The ticket and the number on the hook: what the visitor holds, and the digest by which a store knows it.
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::session::Policy;

/// The secret in the visitor's cookie (OWASP asks for at least 128 random bits).
///
/// The rack is no secret: it says in which part of a clustered store the session hangs, so that a
/// renewed session can stay beside the sign that it leaves. The token stays text until its digest is
/// asked for; each token has one text only.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Token {
    /// A rack's number and 256 random bits, as base64url.
    Secret([u8; Self::TEXT]),
    /// 32 letters by which the store knows the session, too.
    Shared([u8; Self::LETTERS]),
}

/// How a site's tokens are made, and what becomes of them in a store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tickets {
    /// The store knows digests only.
    #[default]
    Secret,
    /// The store knows sessions by what visitors hold, because other programs share it that do so:
    /// 32 characters of `a-z0-9`.
    Shared,
}

impl Tickets {
    /// Draws a new token from the operating system, and says under which key its session stands.
    pub(crate) fn draw(self) -> (Token, StoreKey) {
        match self {
            Self::Secret => Token::draw(None).with_key(),
            Self::Shared => Token::Shared(letters()).with_key(),
        }
    }

    /// Draws a new token for a session that stays on its rack, and says under which key it stands then.
    pub(crate) fn draw_beside(self, key: &StoreKey) -> (Token, StoreKey) {
        match self {
            Self::Secret => Token::draw(Some(key.rack())).with_key(),
            Self::Shared => self.draw(),
        }
    }

    /// Makes the token that belongs to these bytes, which have to be as hard to guess as one that is drawn.
    #[cfg(feature = "wizards")]
    pub(crate) fn made_of(self, bytes: &[u8; 64]) -> (Token, StoreKey) {
        match self {
            Self::Secret => {
                let (first, _) = bytes.split_first_chunk().expect("there are more");
                Token::of_bytes(first).with_key()
            }
            Self::Shared => {
                let mut made = [0; Token::LETTERS];
                let even = bytes.iter().filter(|byte| **byte < 252).chain(bytes);
                for (letter, byte) in made.iter_mut().zip(even) {
                    *letter = LETTERS[usize::from(byte % 36)];
                }
                Token::Shared(made).with_key()
            }
        }
    }

    /// Says whether other programs know sessions by them, too.
    pub(crate) fn are_shared(self) -> bool {
        self == Self::Shared
    }

    /// Says whether a cookie's value is no token of ours and yet may be one of a program that shares the store: it
    /// is left with its browser. Django takes any key of eight characters.
    pub(crate) fn may_be_foreign(self, value: &[u8]) -> bool {
        self.are_shared() && value.len() >= 8 && self.parse(value).is_none()
    }

    /// Takes a cookie's value; `None` when it can't be a token.
    pub(crate) fn parse(self, value: &[u8]) -> Option<Token> {
        match self {
            Self::Secret => value.try_into().ok().map(Token::Secret),
            Self::Shared => {
                let letters = value.try_into().ok().map(Token::Shared);
                letters.filter(|_| value.iter().all(|byte| LETTERS.contains(byte)))
            }
        }
    }
}

/// The characters of shared tokens.
const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// Draws 32 letters, which are 165 bits.
fn letters() -> [u8; Token::LETTERS] {
    let mut letters = [0; Token::LETTERS];
    let mut drawn = 0;
    while drawn < letters.len() {
        let mut bytes = [0; 2 * Token::LETTERS];
        getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
        // 252 is a multiple of 36: what is above would make some letters likelier than others.
        for byte in bytes.into_iter().filter(|byte| *byte < 252) {
            if drawn < letters.len() {
                letters[drawn] = LETTERS[usize::from(byte % 36)];
                drawn += 1;
            }
        }
    }
    letters
}

impl Policy {
    /// Shares sessions with other programs: visitors hold the keys that stores know them by, and each save
    /// pushes the deadline and sends the cookie, as nothing else does but what
    /// [`Policy::push_on_every_request`] asks for.
    #[cfg(feature = "django")]
    pub(crate) fn shared(mut self) -> Self {
        self.tickets = Tickets::Shared;
        self.note_visits = None;
        self
    }

    /// Says whether each save pushes the deadline, and nothing else does.
    pub(super) fn only_saves_push(&self) -> bool {
        self.tickets == Tickets::Shared
    }
}

impl Token {
    const TEXT: usize = 44;
    const BYTES: usize = 33;
    const LETTERS: usize = 32;

    fn draw(rack: Option<u8>) -> Self {
        let mut bytes = [0; Self::BYTES];
        getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
        bytes[0] = rack.unwrap_or(bytes[0]);
        Self::of_bytes(&bytes)
    }

    fn of_bytes(bytes: &[u8; Self::BYTES]) -> Self {
        let mut text = [0; Self::TEXT];
        URL_SAFE_NO_PAD
            .encode_slice(bytes, &mut text)
            .expect("33 bytes are 44 characters");
        Self::Secret(text)
    }

    fn with_key(self) -> (Self, StoreKey) {
        let key = self.key().expect("a generated token is one");
        (self, key)
    }

    /// Returns the token's URL-safe characters; nothing when it has others.
    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// Returns the token's characters as bytes.
    fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Secret(text) => text,
            Self::Shared(letters) => letters,
        }
    }

    /// Returns the first bytes of the text, and the others.
    pub(super) fn split<const N: usize>(&self) -> (&[u8; N], &[u8]) {
        let split = self.as_bytes().split_first_chunk();
        split.expect("no more are asked for than there are")
    }

    /// Returns the key under which stores keep the session; `None` when this was never a token.
    pub(crate) fn key(&self) -> Option<StoreKey> {
        let text = match self {
            Self::Secret(text) => text,
            Self::Shared(letters) => return Some(StoreKey(*letters)),
        };
        let mut bytes = [0; Self::BYTES];
        let read = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
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
        Tickets::Secret.parse(text)?.key()
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
        let token = Tickets::Secret.draw().0;
        assert_eq!(token.as_str().len(), Token::TEXT);
        assert_eq!(
            Tickets::Secret.parse(token.as_str().as_bytes()),
            Some(token)
        );
    }

    #[test]
    fn what_is_not_a_token_has_no_key() {
        let token = Tickets::Secret.draw().0;
        let good = token.as_str();
        let key = |text: &str| Tickets::Secret.parse(text.as_bytes())?.key();
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
        let (old, from) = Tickets::Secret.draw();
        let (new, to) = Tickets::Secret.draw_beside(&from);
        assert_eq!(from.rack(), to.rack());
        assert_ne!(from, to);
        assert_ne!(old, new);
    }

    #[test]
    fn debug_shows_neither_token_nor_digest() {
        let token = Tickets::Secret.draw().0;
        assert_eq!(
            format!("{token:?} {:?}", token.key().unwrap()),
            "Token(..) StoreKey(..)"
        );
    }

    #[test]
    fn no_two_of_ten_thousand_tokens_agree() {
        let tokens: std::collections::HashSet<_> = (0..10_000)
            .map(|_| Tickets::Secret.draw().0.as_str().to_owned())
            .collect();
        assert_eq!(tokens.len(), 10_000);
    }

    #[cfg(feature = "wizards")]
    #[test]
    fn the_same_bytes_are_the_same_token_and_others_another() {
        let bytes = |first: u8| std::array::from_fn(|at| first.wrapping_add(at as u8));
        for tickets in [Tickets::Secret, Tickets::Shared] {
            let (token, key) = tickets.made_of(&bytes(1));
            let read = tickets.parse(token.as_str().as_bytes());
            assert_eq!(read.as_ref(), Some(&token));
            assert_eq!(token.key(), Some(key));
            assert_eq!(tickets.made_of(&bytes(1)).1, key);
            assert_ne!(tickets.made_of(&bytes(2)).1, key);
        }
    }

    #[test]
    fn a_shared_token_is_its_sessions_key_and_no_other_text_is_one() {
        let (token, key) = Tickets::Shared.draw();
        assert_eq!(token.as_str().as_bytes(), key.as_bytes());
        let parse = |text: &str| Tickets::Shared.parse(text.as_bytes());
        assert!(parse(token.as_str()).is_some_and(|same| same.key() == Some(key)));
        assert_ne!(Tickets::Shared.draw_beside(&key).1, key);
        let good = token.as_str();
        for bad in [
            "",
            &good[1..],
            &format!("{good}a"),
            &good.to_uppercase().replace(char::is_numeric, "A"),
            &format!("{}\0", &good[1..]),
            &"../".repeat(10),
            &"a".repeat(1 << 20),
        ] {
            assert!(parse(bad).is_none(), "{bad:?}");
        }
    }
}
