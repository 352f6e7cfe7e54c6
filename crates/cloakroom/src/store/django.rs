//! Sessions that a Django site keeps as well: in its tables, its caches or its files, as it writes them.
//!
//! [`connect`] opens the store that a URL names for a site with these
//! [`Settings`](crate::django::Settings). Each session lies where Django looks for it, under Django's key.
//!
//! # What is kept, and what can't be
//! Saving compares with what was read, so no change of a Rust request is lost, and what Django wrote
//! meanwhile is merged. Django itself compares nothing: a Django request that loaded a session before a
//! Rust request saved it writes over that. What ended is never written again. Members that nobody here
//! touched stay as they were, whatever Python put there.
//!
//! A session that no key here can verify is left alone, and its visitor counts as a guest. One that was signed
//! a moment ago may be the other side's, which has a newer `SECRET_KEY` already, so whoever would write is asked
//! to try again (503); beside an older one a write begins a session of its own, under a key and a cookie of its
//! own. A session that Django can read and this side can't is never written over: a guest again, and writes are
//! refused (503). What is no session for Django either counts as none. All of it is counted
//! (`cloakroom_undecodable_total`) and stays where it is.
mod codec;
mod connect;
mod copies;
pub(in crate::store) mod dates;
mod inspect;
mod named;
mod record;
mod shelf;
mod signs;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::session::{Body, Forward, Record, StoreKey, Stored, Version, Via};
use crate::store::django::signs::Signs;
use crate::store::left_aside::left_aside;
use crate::store::{Created, Renamed, Saved, Store, Swept};
pub(in crate::store) use copies::{Copies, Overwrite};

pub use connect::{connect, connect_with, connect_with_cache};

pub(crate) use codec::{Codec, Unread};
pub(in crate::store) use dates::Dates;
pub(in crate::store) use named::Named;
pub(crate) use record::Ends;
pub(in crate::store) use shelf::{Browse, Kept, Moved, Old, Page, Put, Shelf};

/// For how long a signature that no key here makes may be one of a key that this side is about to get: while
/// a site is deployed, with the clocks of both sides ten minutes apart.
const NEW_KEY: Duration = Duration::from_secs(15 * 60);
const OTHER_KEY: &str =
    "no key here made its signature; give both sides the same SECRET_KEY and SECRET_KEY_FALLBACKS";

/// Django sessions on a shelf, as a store.
pub(in crate::store) struct Shelved<S> {
    shelf: S,
    codec: Codec,
    signs: Arc<Signs>,
    copies: Option<Copies>,
}

impl<S: Shelf> Shelved<S> {
    pub(in crate::store) fn new(shelf: S, codec: Codec, copies: Option<Copies>) -> Self {
        Self {
            shelf,
            codec,
            signs: Arc::default(),
            copies,
        }
    }

    /// Reads what lies there; what can't be read counts as a sign to itself, or as nothing.
    fn stored(&self, key: &StoreKey, kept: Kept, now: Timestamp) -> Option<Stored> {
        let version = self.version(&kept.old);
        let name = self.shelf.name();
        let body = match self.codec.read(&kept.old.payload, kept.ends) {
            Ok(record) => Body::Record(record),
            Err(Unread::OtherKey(signed)) => {
                left_aside(name, OTHER_KEY);
                let apart = |signed: Timestamp| now.since(signed).max(signed.since(now));
                let lately = signed.is_some_and(|signed| apart(signed) < NEW_KEY);
                Body::Forward(to_itself(key, lately))
            }
            Err(Unread::Closed(error)) => {
                left_aside(name, error);
                Body::Forward(to_itself(key, true))
            }
            Err(Unread::Junk(error)) => {
                left_aside(name, error);
                return None;
            }
        };
        Some(Stored { body, version })
    }

    /// Returns what stands under a key that did not hold what was expected.
    async fn there(&self, key: &StoreKey, now: Timestamp) -> Result<Option<Stored>, StoreError> {
        let Some(name) = name(key) else {
            return Ok(None);
        };
        match self.shelf.get(name, now).await? {
            Some(kept) => match self.stored(key, kept, now) {
                Some(Stored {
                    body: Body::Forward(_),
                    ..
                })
                | None => Err(self.unreadable()),
                found => Ok(found),
            },
            None => Ok(self.sign(key)),
        }
    }

    fn sign(&self, key: &StoreKey) -> Option<Stored> {
        let forward = self.signs.get(key)?;
        Some(Stored {
            body: Body::Forward(forward),
            version: Version::Number(0),
        })
    }

    fn unreadable(&self) -> StoreError {
        StoreError::new(
            self.shelf.name(),
            "merge with what somebody else saved meanwhile",
        )
        .because("no key here made its signature, or it is no session")
        .remedy("give both sides the same SECRET_KEY and SECRET_KEY_FALLBACKS")
    }

    fn put(
        &self,
        record: &Record,
        old: Option<&Bytes>,
        doing: &'static str,
    ) -> Result<Put, StoreError> {
        let payload = self.codec.write(record, old);
        let payload =
            payload.map_err(|error| StoreError::new(self.shelf.name(), doing).because(error))?;
        Ok(Put {
            payload,
            now: record.pushed(),
            expires: record.expires(),
        })
    }

    fn version(&self, old: &Old) -> Version {
        Version::Bytes(match self.shelf.has_marks() {
            true => [&old.mark.to_be_bytes()[..], &old.payload].concat().into(),
            false => old.payload.clone(),
        })
    }

    fn version_of(&self, put: Put, mark: u64) -> Version {
        let payload = put.payload;
        self.version(&Old { payload, mark })
    }

    fn expected(&self, version: &Version) -> Result<Old, StoreError> {
        match version {
            Version::Bytes(bytes) => Ok(match bytes.first_chunk() {
                Some(mark) if self.shelf.has_marks() => Old {
                    payload: bytes.slice(mark.len()..),
                    mark: u64::from_be_bytes(*mark),
                },
                _ => Old {
                    payload: bytes.clone(),
                    mark: 0,
                },
            }),
            Version::Number(_) => Err(StoreError::new(
                self.shelf.name(),
                "compare another store's version",
            )),
        }
    }

    /// Returns the key as Django knows it; an error for one that this library did not draw.
    fn own<'a>(&self, key: &'a StoreKey) -> Result<&'a str, StoreError> {
        name(key).ok_or_else(|| {
            StoreError::new(self.shelf.name(), "use this key")
                .because("it is not one of Django's letters")
        })
    }

    async fn copy(&self, key: &str, record: &Record) {
        if let Some(copies) = &self.copies {
            copies.put(key, record).await;
        }
    }

    async fn drop_copy(&self, key: &str) -> Result<(), StoreError> {
        match &self.copies {
            Some(copies) => copies.remove(key).await,
            None => Ok(()),
        }
    }
}

/// A sign under which nothing is found; unless it is closed, a write begins a session elsewhere.
fn to_itself(key: &StoreKey, is_closed: bool) -> Forward {
    let never = Timestamp::from_secs(u64::MAX);
    Forward {
        to: *key,
        until: never,
        via: match is_closed {
            true => Via::WritesUnderWay,
            false => Via::Anything,
        },
        expires: never,
    }
}

/// Returns the key as text, if it is one of Django's.
fn name(key: &StoreKey) -> Option<&str> {
    let bytes = key.as_bytes();
    let right = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    bytes
        .iter()
        .all(right)
        .then(|| std::str::from_utf8(bytes).unwrap_or_default())
}

impl<S> fmt::Debug for Shelved<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shelved(..)")
    }
}

#[deny(clippy::missing_trait_methods)]
impl<S: Shelf> Store for Shelved<S> {
    fn name(&self) -> &'static str {
        self.shelf.name()
    }

    async fn load(&self, key: &StoreKey, now: Timestamp) -> Result<Option<Stored>, StoreError> {
        let Some(name) = name(key) else {
            return Ok(None);
        };
        Ok(match self.shelf.get(name, now).await? {
            Some(kept) => self.stored(key, kept, now),
            None => self.sign(key),
        })
    }

    async fn create(&self, key: &StoreKey, record: &Record) -> Result<Created, StoreError> {
        let name = self.own(key)?;
        let put = self.put(record, None, "create a session")?;
        let Some(mark) = self.shelf.create(name, &put).await? else {
            return Ok(Created::Taken);
        };
        self.copy(name, record).await;
        Ok(Created::New(self.version_of(put, mark)))
    }

    async fn save(
        &self,
        key: &StoreKey,
        version: &Version,
        record: &Record,
    ) -> Result<Saved, StoreError> {
        let (name, old) = (self.own(key)?, self.expected(version)?);
        let put = self.put(record, Some(&old.payload), "save a session")?;
        if let Some(mark) = self.shelf.replace(name, &old, &put).await? {
            self.copy(name, record).await;
            return Ok(Saved::Saved(self.version_of(put, mark)));
        }
        let there = self.there(key, put.now).await?;
        Ok(there.map_or(Saved::Gone, Saved::Conflict))
    }

    async fn rename(
        &self,
        from: &StoreKey,
        version: &Version,
        to: &StoreKey,
        record: &Record,
        forward: &Forward,
    ) -> Result<Renamed, StoreError> {
        let (name, old) = (self.own(from)?, self.expected(version)?);
        let new = self.own(to)?;
        let put = self.put(record, Some(&old.payload), "renew a session")?;
        match self.shelf.rename(name, &old, new, &put).await? {
            Moved::Done(mark) => {
                self.signs.put(*from, *forward);
                self.copy(new, record).await;
                self.drop_copy(name).await?;
                Ok(Renamed::Moved(self.version_of(put, mark)))
            }
            Moved::Taken => Ok(Renamed::Taken),
            Moved::Changed => {
                let there = self.there(from, put.now).await?;
                Ok(there.map_or(Renamed::Gone, Renamed::Conflict))
            }
        }
    }

    async fn delete(&self, key: &StoreKey) -> Result<Option<Body>, StoreError> {
        let Some(name) = name(key) else {
            return Ok(None);
        };
        let gone = self.shelf.delete(name).await?;
        self.drop_copy(name).await?;
        if gone {
            let nothing = Record::new(Timestamp::default(), Timestamp::default());
            return Ok(Some(Body::Record(nothing)));
        }
        Ok(self.signs.get(key).map(Body::Forward))
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<Swept, StoreError> {
        self.shelf.sweep(now, limit).await
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.shelf.check().await?;
        match &self.copies {
            Some(copies) => copies.check().await,
            None => Ok(()),
        }
    }

    async fn close(&self) {
        self.shelf.close().await;
        if let Some(copies) = &self.copies {
            copies.close().await;
        }
    }
}
