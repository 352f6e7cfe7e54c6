//! The secret behind the tokens, and the mask that makes every token look different.
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;

const BYTES: usize = 32;
/// A secret as text.
const BARE: usize = 43;
/// A mask and a masked secret as text.
const MASKED: usize = 86;

/// 256 random bits that one visitor's cookie and forms share.
#[derive(Clone)]
pub(crate) struct Secret([u8; BYTES]);

impl Secret {
    pub(super) fn generate() -> Self {
        Self(random())
    }

    /// Reads a cookie's value.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        decode::<BARE, BYTES>(text).map(Self)
    }

    /// Writes the secret for its cookie.
    pub(crate) fn to_cookie(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// Writes a token with a new mask, so that no two pages carry the same bytes: compression then
    /// tells nothing of the secret (the BREACH attack).
    pub(super) fn masked(&self) -> String {
        let mask: [u8; BYTES] = random();
        let mut token = [0; 2 * BYTES];
        token[..BYTES].copy_from_slice(&mask);
        token[BYTES..].copy_from_slice(&xor(mask, self.0));
        URL_SAFE_NO_PAD.encode(token)
    }

    /// Reads a token: masked, or bare as a script finds it in the cookie.
    pub(super) fn parse_token(text: &[u8]) -> Option<Self> {
        if text.len() == BARE {
            return Self::parse(text);
        }
        let both: [u8; 2 * BYTES] = decode::<MASKED, { 2 * BYTES }>(text)?;
        let (mask, masked) = both.split_at(BYTES);
        Some(Self(xor(mask.try_into().ok()?, masked.try_into().ok()?)))
    }

    /// Compares in constant time.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

fn random() -> [u8; BYTES] {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

fn xor(mask: [u8; BYTES], bytes: [u8; BYTES]) -> [u8; BYTES] {
    std::array::from_fn(|at| mask[at] ^ bytes[at])
}

fn decode<const TEXT: usize, const LENGTH: usize>(text: &[u8]) -> Option<[u8; LENGTH]> {
    let mut bytes = [0; 3 * BYTES];
    if text.len() != TEXT {
        return None;
    }
    let read = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
    bytes[..read].try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_token_of_a_secret_differs_and_all_read_as_that_secret() {
        let secret = Secret::generate();
        let (one, two) = (secret.masked(), secret.masked());
        assert_ne!(one, two);
        for token in [one, two, secret.to_cookie()] {
            assert!(Secret::parse_token(token.as_bytes()).unwrap().is(&secret));
        }
    }

    #[test]
    fn what_is_no_token_is_refused() {
        let good = Secret::generate().masked();
        for bad in ["", "x", &good[1..], &format!("{good}A"), &"+".repeat(86)] {
            assert!(Secret::parse_token(bad.as_bytes()).is_none());
        }
        assert!(Secret::parse(good.as_bytes()).is_none());
        assert!(Secret::parse_token(&vec![b'A'; 1 << 20]).is_none());
    }
}
