//! Signed values, as `django.core.signing` makes them.
//!
//! A [`Signer`] holds what every signature needs: the keys, the salt, the separator and the digest.
//!
//! ```
//! use cloakroom::django::{json, Moment, signing::{Keys, Signer}};
//!
//! let keys = Keys::new("the site's SECRET_KEY");
//! let signer = Signer::timestamped(&keys, "my.salt");
//! let now = Moment::from_secs_f64(1_767_225_600.0);
//!
//! let signed = signer.dumps(&json::parse(r#"{"cart": [1, 2]}"#)?, now, true)?;
//! let read = signer.loads(&signed, Some(60.0), now)?;
//! assert_eq!(json::to_string(&read)?, r#"{"cart":[1,2]}"#);
//! # Ok::<(), cloakroom::django::DjangoError>(())
//! ```
mod keys;
mod objects;

pub use keys::Keys;

use subtle::ConstantTimeEq;

use crate::django::mac::{Algorithm, SaltedKey};
use crate::django::{DjangoError, Moment, Result, base62, base64};

/// The salt of [`Signer::new`] when none is given.
pub const SALT: &str = "django.core.signing.Signer";
/// The salt of Django's `TimestampSigner` when none is given.
pub const TIMESTAMP_SALT: &str = "django.core.signing.TimestampSigner";
/// The salt of Django's `dumps` and `loads` when none is given.
pub const DUMPS_SALT: &str = "django.core.signing";

/// The most bytes that a compressed value may unpack to, unless [`Signer::unpacking_to`] says otherwise.
pub const MAX_UNPACKED: usize = 4 << 20;

/// Signs and verifies under one salt; what Django calls `Signer` and `TimestampSigner`.
///
/// It signs with the first key and takes what any of the keys signed.
#[derive(Clone)]
pub struct Signer {
    /// The signing one first; never empty.
    keys: Vec<SaltedKey>,
    separator: String,
    max_unpacked: usize,
}

impl Signer {
    /// Signs under this salt with SHA-256 and `:`; an empty salt means Django's own, [`SALT`].
    #[must_use]
    pub fn new(keys: &Keys, salt: &str) -> Self {
        Self::salted(keys, or(salt, SALT), Algorithm::Sha256)
    }

    /// As [`Signer::new`], but an empty salt means [`TIMESTAMP_SALT`], as in Django's `TimestampSigner`.
    #[must_use]
    pub fn timestamped(keys: &Keys, salt: &str) -> Self {
        Self::salted(keys, or(salt, TIMESTAMP_SALT), Algorithm::Sha256)
    }

    /// Signs with another digest; an empty salt means [`SALT`].
    #[must_use]
    pub fn with_algorithm(keys: &Keys, salt: &str, algorithm: Algorithm) -> Self {
        Self::salted(keys, or(salt, SALT), algorithm)
    }

    fn salted(keys: &Keys, salt: &str, algorithm: Algorithm) -> Self {
        let salt = format!("{salt}signer");
        let keys = keys
            .iter()
            .map(|key| SaltedKey::new(salt.as_bytes(), key, algorithm))
            .collect();
        Self {
            keys,
            separator: ":".to_owned(),
            max_unpacked: MAX_UNPACKED,
        }
    }

    /// Puts this between a value and its signature.
    ///
    /// # Errors
    ///
    /// When the separator is empty or has only characters that signatures have too.
    pub fn separated_by(mut self, separator: &str) -> Result<Self> {
        // Python's `$` also matches before a last line feed.
        let seen = separator.strip_suffix('\n').unwrap_or(separator);
        if seen
            .bytes()
            .all(|byte| matches!(byte, b'A'..=b'z' | b'0'..=b'9' | b'-' | b'='))
        {
            return Err(DjangoError::Setting {
                name: "separator",
                what: "must have a character that is none of A-z, 0-9, - and =",
            });
        }
        separator.clone_into(&mut self.separator);
        Ok(self)
    }

    /// Lets compressed values unpack to so many bytes at most.
    #[must_use]
    pub fn unpacking_to(mut self, bytes: usize) -> Self {
        self.max_unpacked = bytes;
        self
    }

    /// Returns the value with its signature.
    #[must_use]
    pub fn sign(&self, value: &str) -> String {
        self.signed(value.to_owned())
    }

    /// Signs a value in the place where it stands.
    fn signed(&self, mut value: String) -> String {
        let mac = self.keys[0].mac(value.as_bytes());
        value.reserve(self.separator.len() + mac.len() * 4 / 3 + 3);
        value.push_str(&self.separator);
        base64::encode_onto(&mut value, &mac);
        value
    }

    /// Returns the signature alone, under the first key.
    #[must_use]
    pub fn signature(&self, value: &str) -> String {
        base64::encode(&self.keys[0].mac(value.as_bytes()))
    }

    /// Returns the value without its signature, when any of the keys made it.
    ///
    /// # Errors
    ///
    /// [`DjangoError::BadSignature`].
    pub fn unsign<'a>(&self, signed: &'a str) -> Result<&'a str> {
        self.verify(signed).map(|(value, _)| value)
    }

    /// Returns the value and which key made its signature, 0 being the one that signs.
    ///
    /// # Errors
    ///
    /// [`DjangoError::BadSignature`].
    pub fn verify<'a>(&self, signed: &'a str) -> Result<(&'a str, usize)> {
        let (value, signature) = signed
            .rsplit_once(self.separator.as_str())
            .ok_or(DjangoError::BadSignature)?;
        let made_by = |key: &SaltedKey| {
            let expected = base64::encode(&key.mac(value.as_bytes()));
            bool::from(expected.as_bytes().ct_eq(signature.as_bytes()))
        };
        let key = self
            .keys
            .iter()
            .position(made_by)
            .ok_or(DjangoError::BadSignature)?;
        Ok((value, key))
    }

    /// Returns the value with the time and the signature of both.
    #[must_use]
    pub fn sign_at(&self, value: &str, now: Moment) -> String {
        self.signed_at(value.to_owned(), now)
    }

    fn signed_at(&self, mut value: String, now: Moment) -> String {
        value.push_str(&self.separator);
        value.push_str(&base62::encode(now.as_secs().into()));
        self.signed(value)
    }

    /// Returns the value without time and signature, when it is at most `max_age` seconds old.
    ///
    /// As in Django, what was signed in the future is never too old, and without `max_age` nothing is.
    ///
    /// # Errors
    ///
    /// [`DjangoError::BadSignature`]; [`DjangoError::Expired`] when it is older;
    /// [`DjangoError::Malformed`] when what was signed has no time.
    pub fn unsign_at<'a>(
        &self,
        signed: &'a str,
        max_age: Option<f64>,
        now: Moment,
    ) -> Result<&'a str> {
        let (value, stamp) = self
            .unsign(signed)?
            .rsplit_once(self.separator.as_str())
            .ok_or(DjangoError::malformed("timestamp", "it is missing"))?;
        let stamp = base62::decode(stamp)?;
        let age = i128::from(now.as_micros()) - stamp.saturating_mul(1_000_000);
        match max_age {
            Some(max_age) if age as f64 / 1e6 > max_age => Err(DjangoError::Expired),
            _ => Ok(value),
        }
    }
}

fn or<'a>(salt: &'a str, default: &'a str) -> &'a str {
    if salt.is_empty() { default } else { salt }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment::from_micros(1_767_225_600_000_000);

    fn keys() -> Keys {
        Keys::new("test-secret-key-for-vectors-0123456789abcdef")
    }

    #[test]
    fn signatures_are_djangos() {
        let signer = Signer::new(&keys(), "");
        let hello = "hello:oXIwNu9E0-XJIKemGBss6rFXC4Oi33r0YArH2OKO9R0";
        assert_eq!(signer.sign("hello"), hello);
        assert_eq!(signer.unsign(hello), Ok("hello"));
        let stamped = "hello:1vb66i:91z9XgnkGqrRTZ252Rku2ZueDfCHV5OEUN2arBEmmcU";
        let signer = Signer::timestamped(&keys(), "");
        assert_eq!(signer.sign_at("hello", NOW), stamped);
        assert_eq!(signer.unsign_at(stamped, Some(0.0), NOW), Ok("hello"));
        let bytes = Signer::new(&Keys::new([0xff, 0]), "");
        assert_eq!(
            bytes.sign("foo"),
            "foo:J6OXDZL1TtWbc7j4iM4lQW8OhaW2AH7axiAPuqLYi70"
        );
    }

    #[test]
    fn no_changed_byte_passes() {
        let signer = Signer::timestamped(&keys(), "salt");
        let signed = signer.sign_at("hello", NOW);
        for at in 0..signed.len() {
            let mut bytes = signed.clone().into_bytes();
            bytes[at] ^= 1;
            let changed = String::from_utf8(bytes).unwrap();
            assert_eq!(
                signer.unsign_at(&changed, None, NOW),
                Err(DjangoError::BadSignature),
                "{at}"
            );
        }
        for bad in [
            "",
            ":",
            "a:b",
            "no separator",
            &signed[1..],
            &format!("{signed}="),
        ] {
            assert_eq!(signer.unsign(bad), Err(DjangoError::BadSignature));
        }
    }

    #[test]
    fn any_key_verifies_and_says_which_it_was() {
        let old = Signer::new(&Keys::new("old"), "s").sign("v");
        let both = Signer::new(&Keys::new("new").fallback("older").fallback("old"), "s");
        assert_eq!(both.verify(&old), Ok(("v", 2)));
        assert_eq!(both.verify(&both.sign("v")), Ok(("v", 0)));
        let other = Signer::new(&Keys::new("other"), "s");
        assert_eq!(other.unsign(&old), Err(DjangoError::BadSignature));
    }

    #[test]
    fn an_age_of_exactly_the_limit_passes_and_so_does_the_future() {
        let signer = Signer::timestamped(&keys(), "");
        let signed = signer.sign_at("v", NOW);
        let age = |later: f64, max: f64| signer.unsign_at(&signed, Some(max), NOW.plus_secs(later));
        assert_eq!(age(10.0, 10.0), Ok("v"));
        assert_eq!(age(10.5, 10.0), Err(DjangoError::Expired));
        assert_eq!(age(10.5, 10.5), Ok("v"));
        assert_eq!(age(-100.0, 10.0), Ok("v"));
        assert_eq!(age(0.0, -1.0), Err(DjangoError::Expired));
    }

    #[test]
    fn signed_junk_is_an_error_and_no_panic() {
        let signer = Signer::new(&keys(), "");
        for junk in [
            "",
            "v",
            "v:",
            "v:!!",
            "v:é",
            &format!("v:{}", "z".repeat(99)),
        ] {
            let signed = signer.sign(junk);
            let error = signer.unsign_at(&signed, Some(1.0), NOW);
            assert!(
                matches!(error, Err(DjangoError::Malformed { .. })),
                "{junk}"
            );
        }
    }

    #[test]
    fn separators_that_signatures_could_contain_are_refused() {
        for bad in ["", "-", "abc", "_", "=", "[", "`", "^", "\n", "a\n"] {
            assert!(
                Signer::new(&keys(), "").separated_by(bad).is_err(),
                "{bad:?}"
            );
        }
        for good in ["/", ",", ":", "*sep*", ";", "\n\n", "é"] {
            let signer = Signer::new(&keys(), "").separated_by(good).unwrap();
            let value = format!("a{good}b");
            assert_eq!(signer.unsign(&signer.sign(&value)), Ok(value.as_str()));
        }
    }
}
