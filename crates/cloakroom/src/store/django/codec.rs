//! How the sessions of one site are written: signed text in tables and files, pickles in caches.
use bytes::Bytes;

use crate::clock::Timestamp;
use crate::django::session::Payloads;
use crate::django::signing::Keys;
use crate::django::{DjangoError, Moment, Result, base62, cache, pickle};
use crate::session::Record;
use crate::store::django::dates::Dates;
use crate::store::django::record::{Ends, Rules, json_of};

/// Writes and reads a site's sessions.
#[derive(Clone, Debug)]
pub(crate) struct Codec {
    rules: Rules,
    format: Format,
}

#[derive(Clone, Debug)]
enum Format {
    Signed(Payloads),
    Pickled,
}

/// Why something was not read.
#[derive(Debug)]
pub(crate) enum Unread {
    /// No key here made its signature; it says itself when it was made, if it says so.
    OtherKey(Option<Timestamp>),
    /// It may be a session for others: it is larger or deeper than is read here, or would have something called.
    Closed(DjangoError),
    /// It is no session, for Django neither.
    Junk(DjangoError),
}

impl From<DjangoError> for Unread {
    fn from(error: DjangoError) -> Self {
        match error {
            DjangoError::BadSignature => Self::OtherKey(None),
            DjangoError::Calls { .. }
            | DjangoError::TooLarge { .. }
            | DjangoError::TooDeep { .. }
            | DjangoError::Unwritable { .. } => Self::Closed(error),
            error => Self::Junk(error),
        }
    }
}

impl Codec {
    /// Signs sessions as rows and files have them.
    pub(crate) fn signed(keys: &Keys, rules: Rules) -> Self {
        Self {
            rules,
            format: Format::Signed(Payloads::new(keys)),
        }
    }

    /// Signs sessions that are whole in their cookie.
    pub(crate) fn in_cookies(keys: &Keys, rules: Rules) -> Self {
        Self {
            rules,
            format: Format::Signed(Payloads::in_cookies(keys)),
        }
    }

    /// Pickles sessions as caches have them.
    pub(crate) fn pickled(rules: Rules) -> Self {
        Self {
            rules,
            format: Format::Pickled,
        }
    }

    /// Returns how the site's tables have times.
    pub(in crate::store) fn dates(&self) -> Dates {
        Dates(self.rules.rows.clone())
    }

    /// Reads a session.
    pub(crate) fn read(&self, payload: &[u8], ends: Ends) -> Result<Record, Unread> {
        let json = match &self.format {
            Format::Signed(payloads) => {
                let payload = text(payload)?;
                payloads.decode(payload).map_err(|error| match error {
                    DjangoError::BadSignature => Unread::OtherKey(signed_at(payload)),
                    error => error.into(),
                })?
            }
            Format::Pickled => {
                let value = cache::from_redis(payload)?;
                json_of(&value).ok_or(DjangoError::malformed("session", "it is no dict"))?
            }
        };
        Ok(self.rules.read(json, ends)?)
    }

    /// Reads a session that was signed at most `age` seconds ago.
    ///
    /// It ends when it says so itself, too, which Django does not look at.
    pub(crate) fn read_fresh(
        &self,
        payload: &[u8],
        age: u64,
        now: Timestamp,
    ) -> Result<Record, Unread> {
        let Format::Signed(payloads) = &self.format else {
            return Err(Unread::Junk(DjangoError::malformed(
                "session",
                "it is not signed",
            )));
        };
        let payload = text(payload)?;
        let json = payloads.decode_fresh(payload, age as f64, Moment::from(now))?;
        let saved = signed_at(payload).unwrap_or(now);
        Ok(self.rules.read(json, Ends::SavedAt(saved))?)
    }

    /// Writes a session; `old` is what it was read from, as it was written.
    pub(crate) fn write(&self, record: &Record, old: Option<&Bytes>) -> Result<Bytes> {
        match &self.format {
            Format::Signed(payloads) => {
                let object = self.rules.write(record);
                let signed = payloads.encode(&object, Moment::from(record.pushed()));
                Ok(signed.into())
            }
            Format::Pickled => {
                let old = old.map(|old| cache::from_redis(old)).transpose()?;
                let dict = self.rules.to_dict(record, old)?;
                Ok(pickle::to_bytes(&dict)?.into())
            }
        }
    }
}

/// Returns when a payload says that it was signed.
fn signed_at(payload: &str) -> Option<Timestamp> {
    let stamp = base62::decode(payload.rsplit(':').nth(1)?).ok()?;
    u64::try_from(stamp).ok().map(Timestamp::from_secs)
}

fn text(payload: &[u8]) -> Result<&str> {
    let wrong = DjangoError::malformed("session", "it is not ASCII");
    std::str::from_utf8(payload).map_err(|_| wrong)
}
