//! Stamps: what a login was proved by, as a keyed digest that tells nothing about it.
use std::fmt;

use bytes::Bytes;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::keys::{KeyRing, Purpose};

/// How many bytes name the key.
const KEY: usize = 4;
/// How many bytes of the digest are kept: 128 bits.
const TAG: usize = 16;

/// A keyed digest of a user's credential, to be kept with his session.
///
/// Whoever reads it learns nothing about the credential, not even whether two users have the same.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Stamp(pub(super) Bytes);

/// How a stamp compares with a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Checked {
    /// It is of this credential.
    Same,
    /// It is of this credential, made with a retired key: it should be made anew.
    SameByRetiredKey,
    /// It is of another one, or its key is no longer in the ring.
    Other,
}

impl Stamp {
    /// Takes what a store kept.
    pub(crate) fn from_bytes(bytes: Bytes) -> Option<Self> {
        (bytes.len() == KEY + TAG).then_some(Self(bytes))
    }

    /// Returns what a store is to keep.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stamp(..)")
    }
}

impl KeyRing {
    /// Makes a stamp of this user's credential with HMAC-SHA256.
    pub(crate) fn stamp(&self, user: &str, credential: &[u8]) -> Stamp {
        if let Some(other) = self.shared() {
            return Stamp(other.stamp(credential));
        }
        let key = self.current();
        let digest = mac(key.mac(Purpose::Stamp), user, credential).finalize();
        let stamp = [&key.id[..], &digest.into_bytes()[..TAG]].concat();
        Stamp(stamp.into())
    }

    /// Compares a stamp with this user's credential, in constant time.
    pub(crate) fn check_stamp(&self, stamp: &Stamp, user: &str, credential: &[u8]) -> Checked {
        if let Some(other) = self.shared() {
            return other.check_stamp(stamp.as_bytes(), credential);
        }
        let (id, tag) = stamp.0.split_at(KEY.min(stamp.0.len()));
        let Some(found) = self.find(id) else {
            return Checked::Other;
        };
        let mac = mac(found.key.mac(Purpose::Stamp), user, credential);
        match (mac.verify_truncated_left(tag), found.retired) {
            (Ok(()), false) => Checked::Same,
            (Ok(()), true) => Checked::SameByRetiredKey,
            (Err(_), _) => Checked::Other,
        }
    }
}

fn mac(mut mac: Hmac<Sha256>, user: &str, credential: &[u8]) -> Hmac<Sha256> {
    for part in [user.as_bytes(), credential] {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(letter: char) -> String {
        format!("{letter}123456789abcdef0123456789abcdef")
    }

    fn ring(letter: char) -> KeyRing {
        KeyRing::new(secret(letter)).unwrap()
    }

    #[test]
    fn a_stamp_is_of_one_user_and_one_credential() {
        let ring = ring('a');
        let stamp = ring.stamp("7", b"$argon2id$1");
        let rows: [(&str, &[u8], Checked); 5] = [
            ("7", b"$argon2id$1", Checked::Same),
            ("7", b"$argon2id$2", Checked::Other),
            ("8", b"$argon2id$1", Checked::Other),
            ("7$", b"argon2id$1", Checked::Other),
            ("7", b"", Checked::Other),
        ];
        for (user, credential, checked) in rows {
            assert_eq!(
                ring.check_stamp(&stamp, user, credential),
                checked,
                "{user}"
            );
        }
    }

    #[test]
    fn a_retired_key_still_knows_its_stamps_and_a_foreign_one_does_not() {
        let stamp = ring('a').stamp("7", b"hash");
        let rotated = ring('b').retire(secret('a')).unwrap();
        let check = |ring: &KeyRing| ring.check_stamp(&stamp, "7", b"hash");
        assert_eq!(check(&rotated), Checked::SameByRetiredKey);
        assert_eq!(check(&ring('b')), Checked::Other);
    }

    #[test]
    fn no_flipped_bit_is_taken_and_no_other_length() {
        let ring = ring('a');
        let bytes = ring.stamp("7", b"hash").as_bytes().to_vec();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let stamp = Stamp::from_bytes(flipped.into()).unwrap();
            assert_eq!(ring.check_stamp(&stamp, "7", b"hash"), Checked::Other);
        }
        for length in [0, 19, 21] {
            assert_eq!(Stamp::from_bytes(vec![0; length].into()), None);
        }
    }

    #[test]
    fn a_stamp_shows_nothing_of_the_credential() {
        let stamp = ring('a').stamp("7", b"hash");
        assert_eq!(format!("{stamp:?}"), "Stamp(..)");
        assert!(!stamp.as_bytes().windows(4).any(|part| part == b"hash"));
    }
}
