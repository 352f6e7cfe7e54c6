//! Digests of tokens that came a moment ago: many processors in use have no instructions for SHA-256.
use std::sync::{Mutex, PoisonError};

use crate::session::{StoreKey, Token};

/// How many digests are remembered. The place is chosen by the token, and the latest stays.
const PLACES: usize = 1024;

/// How many of a token's characters are kept as they are: the rack, and 64 random bits.
const HEAD: usize = 12;

/// Remembers which token has which digest, without keeping any token.
///
/// A token is recognised by its first 64 random bits, and for the other 192 by 64 bits of a keyed hash, whose key is
/// this process's own and random. So whoever guesses has to meet 128 bits, and as many are lacking to whoever reads
/// this memory.
pub(crate) struct Digests {
    places: Vec<Mutex<Option<Place>>>,
    keyed: Multilinear,
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
            keyed: Multilinear::draw(),
        }
    }
}

impl Digests {
    /// Returns the token's digest; `None` when it was never a token.
    pub(crate) fn of(&self, token: &Token) -> Option<StoreKey> {
        if let Token::Shared(_) = token {
            return token.key();
        }
        let (head, rest) = token.split::<HEAD>();
        let mark = (*head, self.keyed.hash(rest));
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

/// How many words of eight characters a token has after its head.
const WORDS: usize = 4;

/// A hash for texts of one length: each word times a secret factor of 128 random bits, their sum with another one modulo
/// 2^128, and of that the upper half.
///
/// Whatever two texts an adversary chooses, without the factors they agree with a probability of 2^-64, since the
/// family is strongly universal (Dietzfelbinger 1996, "Universal hashing and k-wise independent random variables via
/// integer arithmetic without primes"). SipHash promises no more, and takes three times as long.
struct Multilinear {
    sum: u128,
    factors: [u128; WORDS],
}

impl Multilinear {
    fn draw() -> Self {
        let draw = || {
            let mut bytes = [0; 16];
            getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
            u128::from_ne_bytes(bytes)
        };
        Self {
            sum: draw(),
            factors: std::array::from_fn(|_| draw()),
        }
    }

    fn hash(&self, text: &[u8]) -> u64 {
        let (words, rest) = text.as_chunks::<8>();
        debug_assert!(words.len() == WORDS && rest.is_empty());
        let products = words.iter().zip(&self.factors).map(|(word, factor)| {
            let word = u64::from_ne_bytes(*word);
            factor.wrapping_mul(word.into())
        });
        (products.fold(self.sum, u128::wrapping_add) >> 64) as u64
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

    #[test]
    fn every_character_of_a_token_counts_and_every_process_hashes_otherwise() {
        let (one, other) = (Multilinear::draw(), Multilinear::draw());
        let text = [b'a'; 8 * WORDS];
        assert_ne!(one.hash(&text), other.hash(&text));
        for at in 0..text.len() {
            let mut changed = text;
            changed[at] = b'b';
            assert_ne!(one.hash(&text), one.hash(&changed), "{at}");
        }
    }
}
