//! Signed cookies and the hash of a login, as Django makes them.
use bytes::Bytes;

use crate::clock::Timestamp;
use crate::django::cookie::{self, SaltStyle};
use crate::django::settings::Settings;
use crate::django::signing::Keys;
use crate::django::{DjangoError, Moment, auth};
use crate::keys::{Checked, Opened, Refused, Signs};

/// Signs for one site.
pub(super) struct Signatures {
    keys: Keys,
    writes: SaltStyle,
    oldest: SaltStyle,
}

impl Signatures {
    pub(super) fn of(settings: &Settings) -> Self {
        Self {
            keys: settings.keys.clone(),
            writes: settings.salts_written(),
            oldest: settings.cookie_salts,
        }
    }
}

impl Signs for Signatures {
    fn stamp(&self, credential: &[u8]) -> Bytes {
        auth::current_hash(&self.keys, &String::from_utf8_lossy(credential)).into()
    }

    fn check_stamp(&self, stamp: &[u8], credential: &[u8]) -> Checked {
        let password = String::from_utf8_lossy(credential);
        let hash = String::from_utf8_lossy(stamp);
        let session = auth::SignedIn {
            user: Some(""),
            backend: Some(""),
            hash: Some(&hash),
        };
        match auth::Verdict::of(&session, true, Some(&password), &self.keys) {
            auth::Verdict::SignedIn => Checked::Same,
            auth::Verdict::Upgrade => Checked::SameByRetiredKey,
            auth::Verdict::Anonymous | auth::Verdict::Flush => Checked::Other,
        }
    }

    fn sign(&self, name: &str, value: &str, now: Timestamp) -> String {
        cookie::sign(&self.keys, name, "", value, Moment::from(now), self.writes)
    }

    fn verify(
        &self,
        name: &str,
        signed: &[u8],
        age: Option<u64>,
        now: Timestamp,
    ) -> Result<Opened, Refused> {
        let text = std::str::from_utf8(signed).map_err(|_| Refused::Malformed)?;
        let text = cookie::unquoted(text);
        let now = Moment::from(now);
        let age = age.map(|age| age as f64);
        let read = cookie::unsign(&self.keys, name, "", &text, age, now, self.oldest);
        let value = read.map_err(|error| match error {
            DjangoError::BadSignature => Refused::Forged,
            DjangoError::Expired => Refused::Expired,
            _ => Refused::Malformed,
        })?;
        Ok(Opened {
            content: value.as_bytes().to_vec(),
            issued: Timestamp::default(),
            deadline: Timestamp::from_secs(u64::MAX),
            retired: false,
        })
    }
}
