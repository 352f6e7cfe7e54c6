//! Django's salted HMAC.
use hmac::digest::Digest as _;
use hmac::{Hmac, KeyInit, Mac as _};

use crate::django::{DjangoError, Result};

/// A digest that Django can sign with, by the names of Python's `hashlib`.
///
/// Django's own default is SHA-256. The others exist for signatures that code of the site made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// `md5`, broken and only for reading what is there.
    Md5,
    /// `sha1`, which Django signed with before 3.1 and FormPreview still does.
    Sha1,
    /// `sha224`.
    Sha224,
    /// `sha256`.
    #[default]
    Sha256,
    /// `sha384`.
    Sha384,
    /// `sha512`.
    Sha512,
}

impl Algorithm {
    /// Finds an algorithm by its name in Python's `hashlib`.
    ///
    /// # Errors
    ///
    /// When there is none of this name here.
    pub fn named(name: &str) -> Result<Self> {
        Ok(match name {
            "md5" => Self::Md5,
            "sha1" => Self::Sha1,
            "sha224" => Self::Sha224,
            "sha256" => Self::Sha256,
            "sha384" => Self::Sha384,
            "sha512" => Self::Sha512,
            _ => {
                return Err(DjangoError::Setting {
                    name: "algorithm",
                    what: "is none of md5, sha1, sha224, sha256, sha384, sha512",
                });
            }
        })
    }
}

/// Returns the HMAC of a value under the digest of salt and secret together.
///
/// Salt and secret stand side by side with nothing between them: salt `ab` with secret `d` is the same
/// as salt `a` with secret `bd`. That is Django's, and only here for its sake.
#[must_use]
pub fn salted_hmac(salt: &[u8], value: &[u8], secret: &[u8], algorithm: Algorithm) -> Vec<u8> {
    SaltedKey::new(salt, secret, algorithm).mac(value)
}

/// The key made of one salt and one secret, ready for many values.
#[derive(Clone)]
pub(super) struct SaltedKey(Keyed);

macro_rules! keyed {
    ($($name:ident: $digest:ty),*) => {
        // The small ones are as large as they need to be, and this is kept once for each salt and key.
        #[derive(Clone)]
        #[allow(clippy::large_enum_variant)]
        enum Keyed {
            $($name(Hmac<$digest>),)*
        }

        impl SaltedKey {
            pub(super) fn new(salt: &[u8], secret: &[u8], algorithm: Algorithm) -> Self {
                Self(match algorithm {
                    $(Algorithm::$name => {
                        let key = <$digest>::new().chain_update(salt).chain_update(secret).finalize();
                        let keyed = Hmac::new_from_slice(&key);
                        Keyed::$name(keyed.expect("HMAC takes keys of any length"))
                    })*
                })
            }

            pub(super) fn mac(&self, value: &[u8]) -> Vec<u8> {
                match &self.0 {
                    $(Keyed::$name(keyed) => {
                        keyed.clone().chain_update(value).finalize().into_bytes().to_vec()
                    })*
                }
            }
        }
    };
}

keyed!(
    Md5: md5::Md5,
    Sha1: sha1::Sha1,
    Sha224: sha2::Sha224,
    Sha256: sha2::Sha256,
    Sha384: sha2::Sha384,
    Sha512: sha2::Sha512
);

/// Writes bytes as lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn macs_are_djangos() {
        let secret = b"test-secret-key-for-vectors-0123456789abcdef";
        let mac = |algorithm| hex(&salted_hmac(b"salt", b"value", secret, algorithm));
        assert_eq!(
            mac(Algorithm::Sha256),
            "bed4ae41e2573891a9dbb007b85e41febee4753e4c703ec24ecd9b45a1b6d757"
        );
        assert_eq!(
            mac(Algorithm::Sha1),
            "9b7fed21069091c09444364a9d638674a66f747c"
        );
        assert!(Algorithm::named("whatever").is_err());
    }

    #[test]
    fn salt_and_secret_run_into_each_other() {
        let mac = |salt: &[u8], secret: &[u8]| salted_hmac(salt, b"v", secret, Algorithm::Sha512);
        assert_eq!(mac(b"ab", b"d"), mac(b"a", b"bd"));
    }
}
