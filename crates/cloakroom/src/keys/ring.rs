//! The key ring: one current key, and retired keys that still open.
use std::fmt;
use std::sync::Arc;

use aes_gcm_siv::aead::KeyInit;
use aes_gcm_siv::aes::Aes256Enc;
use aes_gcm_siv::{AesGcmSiv, Key as CipherKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hkdf::Hkdf;
use hmac::Hmac;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::error::ConfigError;
use crate::keys::lately::Lately;
use crate::keys::{Purpose, Signs};

/// How many bytes a secret must have: 256 bits.
pub(super) const SECRET_BYTES: usize = 32;
const SALT: &[u8] = b"cloakroom v1";

/// The site's keys.
///
/// The current key seals and signs. Retired keys only open, and what they open goes out again
/// under the current key. Rotating therefore takes three steps: put the new secret first and keep
/// the old one as retired, deploy, and drop the old one once the longest-lived cookie is over.
#[derive(Clone)]
pub struct KeyRing {
    current: Arc<RingKey>,
    retired: Vec<Arc<RingKey>>,
    /// What the current key sealed or opened a moment ago.
    pub(super) lately: Arc<Lately>,
    /// Who signs instead, when another program has to understand it.
    pub(super) shared: Option<Arc<dyn Signs>>,
}

/// AES-256-GCM-SIV. It only ever encrypts blocks, and each message has a key of its own, so keys are not prepared for
/// decrypting blocks as well.
pub(super) type Cipher = AesGcmSiv<Aes256Enc>;

/// One secret, with a key derived from it for each purpose.
pub(super) struct RingKey {
    pub(super) id: [u8; 4],
    ciphers: [Cipher; Purpose::ALL.len()],
    macs: [Hmac<Sha256>; Purpose::ALL.len()],
}

/// Which key of the ring made a value.
pub(super) struct Found<'a> {
    pub(super) key: &'a RingKey,
    pub(super) retired: bool,
}

impl KeyRing {
    /// Makes a ring whose current key comes from `secret`.
    ///
    /// The secret should be random: [`KeyRing::generate_secret`] makes one.
    ///
    /// # Errors
    /// When the secret is shorter than 32 bytes or is one byte over and over.
    pub fn new(secret: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        Ok(Self {
            current: Arc::new(RingKey::derive("secret", secret.as_ref())?),
            retired: Vec::new(),
            lately: Arc::default(),
            shared: None,
        })
    }

    /// Adds a secret that opens what it once made, and makes nothing new.
    ///
    /// # Errors
    /// As [`KeyRing::new`].
    pub fn retire(mut self, secret: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        let key = RingKey::derive("retired secret", secret.as_ref())?;
        self.retired.push(Arc::new(key));
        Ok(self)
    }

    /// Reads the current secret from the environment variable `name`, and retired ones, separated
    /// by commas, from the variable of that name with `_FALLBACKS` added.
    ///
    /// # Errors
    /// Lists every variable that is absent, not Unicode, too short or one byte over and over.
    pub fn from_env(name: &str) -> Result<Self, ConfigError> {
        let fallbacks = format!("{name}_FALLBACKS");
        let secret = std::env::var(name).unwrap_or_default();
        let retired = std::env::var(&fallbacks).unwrap_or_default();
        Self::from_texts((name, &secret), (&fallbacks, &retired))
    }

    /// Makes a ring from a secret and a list of retired ones, each with the name of its setting.
    pub(crate) fn from_texts(
        (name, secret): (&str, &str),
        (fallbacks, retired): (&str, &str),
    ) -> Result<Self, ConfigError> {
        let mut problems = ConfigError::default();
        let current = RingKey::derive(name, secret.as_bytes())
            .map_err(|error| problems.extend(error))
            .ok();
        let retired: Vec<_> = retired
            .split(',')
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .filter_map(|text| {
                RingKey::derive(fallbacks, text.as_bytes())
                    .map_err(|error| problems.extend(error))
                    .ok()
            })
            .map(Arc::new)
            .collect();
        match current {
            Some(current) if problems.problems().is_empty() => Ok(Self {
                current: Arc::new(current),
                retired,
                lately: Arc::default(),
                shared: None,
            }),
            _ => Err(problems),
        }
    }

    /// Makes a new random secret of 256 bits, written as 43 URL-safe characters.
    ///
    /// # Panics
    /// When the operating system has no randomness to give.
    #[must_use]
    pub fn generate_secret() -> String {
        let mut bytes = Zeroizing::new([0; SECRET_BYTES]);
        getrandom::fill(bytes.as_mut()).expect("the operating system gives random bytes");
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Returns the ids of all keys, the current one first, as 8 hexadecimal digits each: what a key made names it by
    /// its id, which tells nothing of the secret.
    #[must_use]
    pub fn ids(&self) -> Vec<String> {
        self.all().map(RingKey::name).collect()
    }

    /// Returns all keys, the current one first.
    pub(super) fn all(&self) -> impl Iterator<Item = &RingKey> {
        let keys = std::iter::once(&self.current).chain(&self.retired);
        keys.map(AsRef::as_ref)
    }

    pub(super) fn current(&self) -> &RingKey {
        &self.current
    }

    /// Finds the key that a value says it was made with.
    pub(super) fn find(&self, id: &[u8]) -> Option<Found<'_>> {
        if self.current.id == id {
            return Some(Found {
                key: &self.current,
                retired: false,
            });
        }
        let key = self.retired.iter().find(|key| key.id == id)?;
        Some(Found { key, retired: true })
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyRing(..)")
    }
}

impl RingKey {
    fn derive(setting: &str, secret: &[u8]) -> Result<Self, ConfigError> {
        check(secret).map_err(|what| ConfigError::one(setting, what))?;
        let hkdf = Hkdf::<Sha256>::new(Some(SALT), secret);
        let key = |kind: &[u8], info: &[u8]| {
            let mut okm = Zeroizing::new([0; 32]);
            hkdf.expand_multi_info(&[kind, b": ", info], okm.as_mut())
                .expect("HKDF gives 32 bytes");
            okm
        };
        let mut id = [0; 4];
        hkdf.expand(b"key id", &mut id).expect("HKDF gives 4 bytes");
        Ok(Self {
            id,
            ciphers: Purpose::ALL.map(|purpose| {
                let key = key(b"seal", purpose.info());
                Cipher::new(&CipherKey::<Cipher>::from(*key))
            }),
            macs: Purpose::ALL.map(|purpose| {
                Hmac::new_from_slice(key(b"sign", purpose.info()).as_ref())
                    .expect("HMAC takes keys of any length")
            }),
        })
    }

    /// Returns the id as it is told: 8 hexadecimal digits.
    pub(super) fn name(&self) -> String {
        self.id.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    pub(super) fn cipher(&self, purpose: Purpose) -> &Cipher {
        &self.ciphers[purpose.index()]
    }

    pub(super) fn mac(&self, purpose: Purpose) -> Hmac<Sha256> {
        self.macs[purpose.index()].clone()
    }
}

fn check(secret: &[u8]) -> Result<(), String> {
    let Some(first) = secret.first() else {
        return Err(format!(
            "is not set; give it at least {SECRET_BYTES} random bytes"
        ));
    };
    if secret.len() < SECRET_BYTES {
        return Err(format!(
            "has {} bytes; it needs at least {SECRET_BYTES} random ones",
            secret.len()
        ));
    }
    if secret.iter().all(|byte| byte == first) {
        return Err("is one byte over and over; it needs to be random".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weak_secret_is_refused_by_the_name_of_its_setting() {
        for (secret, word) in [
            ("", "is not set"),
            ("short", "has 5 bytes"),
            (&"x".repeat(31), "has 31 bytes"),
            (&"x".repeat(64), "over and over"),
        ] {
            let error = KeyRing::from_texts(("MY_SECRET", secret), ("OLD", "")).unwrap_err();
            let text = error.to_string();
            assert!(
                text.starts_with("MY_SECRET: ") && text.contains(word),
                "{text}"
            );
        }
    }

    #[test]
    fn all_weak_secrets_are_reported_at_once_and_none_is_printed() {
        let error = KeyRing::from_texts(("NEW", "tiny"), ("OLD", "weak,feeble")).unwrap_err();
        assert_eq!(error.problems().len(), 3);
        let text = error.to_string();
        assert!(!text.contains("tiny") && !text.contains("feeble"), "{text}");
    }

    #[test]
    fn debug_shows_nothing_of_a_key() {
        let ring = KeyRing::new("0123456789abcdef0123456789abcdef").unwrap();
        assert_eq!(format!("{ring:?}"), "KeyRing(..)");
    }

    #[test]
    fn generated_secrets_are_long_enough_and_differ() {
        let (one, two) = (KeyRing::generate_secret(), KeyRing::generate_secret());
        assert!(KeyRing::new(&one).is_ok());
        assert_ne!(one, two);
    }
}
