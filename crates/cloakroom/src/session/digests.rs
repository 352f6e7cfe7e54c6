//! Digests of tokens that came a moment ago: many processors in use have no instructions for SHA-256.
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Mutex, PoisonError};

use crate::session::{StoreKey, Token};

/// How many digests are remembered. The place is chosen by the token, and the latest stays.
const PLACES: usize = 1024;

/// How many of a token's characters are kept as they are: the rack, and 64 random bits.
const HEAD: usize = 12;

/// Remembers which token has which digest, without keeping any token.
///
/// A token is recognised by its first 64 random bits, and for the other 192 by 64 bits of a keyed hash, whose key is
/// this process's own and random (SipHash, which is made for input that an adversary chooses). So whoever
/// guesses has to meet 128 bits, and as many are lacking to whoever reads this memory.
pub(crate) struct Digests {
    places: Vec<Mutex<Option<Place>>>,
    hasher: RandomState,
}

#[derive(Clone, Copy)]
struct Place {
    mark: ([u8; HEAD], u64),
    key: StoreKey,
}

impl Default for Digests {
    fn default() -> Self {
        Self {
            places: (0..PLACES).map(|_| Mutex::default()).collect(),
            hasher: RandomState::new(),
        }
    }
}

impl Digests {
    /// Returns the token's digest; `None` when it was never a token.
    pub(crate) fn of(&self, token: &Token) -> Option<StoreKey> {
        if let Token::Shared(_) = token {
            return token.key();
        }
        let mut hasher = self.hasher.build_hasher();
        let (head, rest) = token.split::<HEAD>();
        hasher.write(rest);
        let mark = (*head, hasher.finish());
        let place = &self.places[mark.1 as usize % PLACES];
        let mut place = place.lock().unwrap_or_else(PoisonError::into_inner);
        match *place {
            Some(known) if known.mark == mark => Some(known.key),
            _ => {
                let key = token.key()?;
                *place = Some(Place { mark, key });
                Some(key)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Tickets;

    #[test]
    fn every_token_gets_its_own_digest_the_first_time_and_later() {
        let digests = Digests::default();
        let tokens: Vec<_> = (0..3 * PLACES).map(|_| Tickets::Secret.draw().0).collect();
        for token in tokens.iter().chain(&tokens) {
            assert_eq!(digests.of(token), token.key());
            assert_eq!(digests.of(token), token.key());
        }
    }
}
