//! The sessions of one memcached server.
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::session::{Body, Forward, Record, StoreKey, Stored, Version};
use crate::store::decoded::decoded;
use crate::store::memcached::NAME;
use crate::store::memcached::connection::Lost;
use crate::store::memcached::server::{Server, lost_on_the_way};
use crate::store::memcached::wire::{Item, Reply, Request};
use crate::store::packed::packed;
use crate::store::{Created, Options, Renamed, Saved, Store, Swept};

/// How long after its deadline the server may keep an item: its clock may be ahead of ours.
const GRACE: u64 = 3_600;
/// Up to this, memcached takes a time for a span from now on.
const RELATIVE: u64 = 30 * 86_400;

const RENEWING: &str = "renew a session";

/// What is kept on one server; clones are one.
#[derive(Clone, Debug)]
pub(super) struct Shelf {
    server: Arc<Server>,
    prefix: Arc<str>,
}

impl Shelf {
    pub(super) fn new(address: String, options: &Options) -> Self {
        Self {
            server: Arc::new(Server::new(address, options)),
            prefix: options.prefix.as_str().into(),
        }
    }

    fn name_of(&self, key: &StoreKey) -> String {
        let mut name = String::with_capacity(self.prefix.len() + 44);
        name.push_str(&self.prefix);
        name.push(':');
        URL_SAFE_NO_PAD.encode_string(key.as_bytes(), &mut name);
        name
    }

    async fn get(&self, doing: &'static str, name: &str) -> Result<Option<Found>, StoreError> {
        match self.server.ask(doing, Request::Get { name }).await? {
            Reply::Value { version, body } => Ok(Some(Found { version, body })),
            Reply::NotFound => Ok(None),
            other => Err(odd(doing, &other)),
        }
    }

    /// Says what stands there when a save was refused. What can't be read is left as it is.
    async fn standing(
        &self,
        doing: &'static str,
        name: &str,
    ) -> Result<Option<Stored>, StoreError> {
        Ok(self.get(doing, name).await?.and_then(Found::decoded))
    }

    async fn add(
        &self,
        doing: &'static str,
        name: &str,
        body: &[u8],
        expires: Timestamp,
    ) -> Result<Option<u64>, StoreError> {
        let item = self.item(doing, name, body, expires).await?;
        match self.server.ask(doing, Request::Add { name, item }).await? {
            Reply::Done { version } => Ok(Some(version)),
            Reply::NotStored => Ok(None),
            other => Err(odd(doing, &other)),
        }
    }

    async fn replace(
        &self,
        doing: &'static str,
        name: &str,
        version: u64,
        body: &[u8],
        expires: Timestamp,
    ) -> Result<Replaced, StoreError> {
        let item = self.item(doing, name, body, expires).await?;
        let request = Request::Replace {
            name,
            version,
            item,
        };
        match self.server.ask(doing, request).await? {
            Reply::Done { version } => Ok(Replaced::Done(version)),
            Reply::Exists => Ok(Replaced::Exists),
            Reply::NotFound => Ok(Replaced::NotFound),
            other => Err(odd(doing, &other)),
        }
    }

    /// Takes away an item of this version; `false` when it was no longer there in this version.
    async fn remove(
        &self,
        doing: &'static str,
        name: &str,
        version: u64,
    ) -> Result<bool, StoreError> {
        match self
            .server
            .ask(doing, Request::Remove { name, version })
            .await?
        {
            Reply::Done { .. } => Ok(true),
            Reply::Exists | Reply::NotFound => Ok(false),
            other => Err(odd(doing, &other)),
        }
    }

    /// Makes an item, or says that the server would not take it: it would forget the old one then.
    async fn item<'a>(
        &self,
        doing: &'static str,
        name: &str,
        body: &'a [u8],
        expires: Timestamp,
    ) -> Result<Item<'a>, StoreError> {
        let limit = self.server.limit(doing, name).await?;
        if body.len() > limit {
            let bytes = body.len();
            return Err(StoreError::new(NAME, doing)
                .because(format!(
                    "it has {bytes} bytes and the server takes at most {limit}"
                ))
                .remedy("start memcached with a larger -I, or set session.max_bytes lower"));
        }
        Ok(Item {
            body,
            until: until(expires),
            flags: 0,
        })
    }
}

/// A session that is to be moved.
struct Old {
    name: String,
    version: u64,
}

impl Shelf {
    /// First puts the record under `to`, which nobody knows yet, and then turns what is old into the
    /// sign, so that the session is never lost. When the second can't be known to have happened,
    /// both stay: at worst the copy under `to`, for which nobody has a token, lies there until it expires.
    async fn take_over(
        &self,
        old: Old,
        to: &str,
        record: &Record,
        forward: &Forward,
    ) -> Result<Renamed, StoreError> {
        let (from, body) = (&old.name, packed(record));
        let added = self.add(RENEWING, to, &body, record.expires());
        let Some(moved) = added.await? else {
            return Ok(match self.get(RENEWING, from).await? {
                Some(found) if found.version == old.version => Renamed::Taken,
                found => found
                    .and_then(Found::decoded)
                    .map_or(Renamed::Gone, Renamed::Conflict),
            });
        };
        let sign = forward.to_bytes();
        let turned = self.replace(RENEWING, from, old.version, &sign, forward.expires);
        let turned = turned.await?;
        if let Replaced::Done(_) = turned {
            return Ok(Renamed::Moved(Version::Number(moved)));
        }
        self.remove(RENEWING, to, moved).await?;
        let there = match turned {
            Replaced::Exists => self.standing(RENEWING, from).await?,
            _ => None,
        };
        Ok(there.map_or(Renamed::Gone, Renamed::Conflict))
    }
}

/// What stands under a name, as bytes.
struct Found {
    version: u64,
    body: Bytes,
}

impl Found {
    fn decoded(self) -> Option<Stored> {
        decoded(NAME, self.body, Version::Number(self.version))
    }
}

enum Replaced {
    Done(u64),
    Exists,
    NotFound,
}

#[deny(clippy::missing_trait_methods)]
impl Store for Shelf {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn load(&self, key: &StoreKey, now: Timestamp) -> Result<Option<Stored>, StoreError> {
        let found = self.standing("load a session", &self.name_of(key)).await?;
        Ok(found.filter(|stored| stored.body.expires() > now))
    }

    async fn create(&self, key: &StoreKey, record: &Record) -> Result<Created, StoreError> {
        let name = self.name_of(key);
        let body = packed(record);
        let added = self.add("create a session", &name, &body, record.expires());
        Ok(match added.await? {
            Some(version) => Created::New(Version::Number(version)),
            None => Created::Taken,
        })
    }

    async fn save(
        &self,
        key: &StoreKey,
        version: &Version,
        record: &Record,
    ) -> Result<Saved, StoreError> {
        const DOING: &str = "save a session";
        let name = self.name_of(key);
        let body = packed(record);
        let replaced = self.replace(DOING, &name, expected(version)?, &body, record.expires());
        Ok(match replaced.await? {
            Replaced::Done(version) => Saved::Saved(Version::Number(version)),
            Replaced::NotFound => Saved::Gone,
            Replaced::Exists => self
                .standing(DOING, &name)
                .await?
                .map_or(Saved::Gone, Saved::Conflict),
        })
    }

    /// Both steps in a task of their own, so that a visitor who hangs up between them leaves no copy.
    async fn rename(
        &self,
        from: &StoreKey,
        version: &Version,
        to: &StoreKey,
        record: &Record,
        forward: &Forward,
    ) -> Result<Renamed, StoreError> {
        let shelf = self.clone();
        let old = Old {
            name: self.name_of(from),
            version: expected(version)?,
        };
        let (to, record, forward) = (self.name_of(to), record.clone(), *forward);
        let moved = tokio::spawn(async move { shelf.take_over(old, &to, &record, &forward).await });
        let broken = |stopped| StoreError::new(NAME, RENEWING).because(stopped);
        moved.await.unwrap_or_else(|stopped| Err(broken(stopped)))
    }

    /// Looks and takes away what it saw, until nobody saved in between.
    async fn delete(&self, key: &StoreKey) -> Result<Option<Body>, StoreError> {
        const DOING: &str = "end a session";
        let name = self.name_of(key);
        while let Some(found) = self.get(DOING, &name).await? {
            let version = found.version;
            let body = found.decoded().map(|stored| stored.body);
            let is_sign = matches!(body, Some(Body::Forward(_)));
            if is_sign || self.remove(DOING, &name, version).await? {
                return Ok(body);
            }
        }
        Ok(None)
    }

    /// The server takes away what has expired; here one looks whether it takes away more than that.
    async fn sweep(&self, _now: Timestamp, _limit: usize) -> Result<Swept, StoreError> {
        let looked = self.server.look_for_evictions("sweep expired sessions");
        looked.await.map(|()| Swept::default())
    }

    async fn check(&self) -> Result<(), StoreError> {
        const DOING: &str = "be used";
        match self.server.ask(DOING, Request::Ping).await? {
            Reply::Pong => Ok(()),
            other => Err(odd(DOING, &other)),
        }
    }

    async fn close(&self) {
        self.server.close();
    }
}

/// When the server may take an item away. Its times are seconds up to the year 2038 and are spans
/// when they are small; 0 is never, and then it goes when room is needed.
fn until(expires: Timestamp) -> i32 {
    let seconds = expires.as_secs().saturating_add(GRACE);
    match i32::try_from(seconds) {
        Ok(until) if seconds > RELATIVE => until,
        _ => 0,
    }
}

fn expected(version: &Version) -> Result<u64, StoreError> {
    match version {
        Version::Number(number) => Ok(*number),
        Version::Bytes(_) => Err(StoreError::new(NAME, "compare another store's version")),
    }
}

/// An answer, but to another question.
pub(super) fn odd(doing: &'static str, reply: &Reply) -> StoreError {
    tracing::debug!(store = NAME, ?reply, "an answer to another question");
    lost_on_the_way(doing, Lost::Garbage)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_never_takes_away_what_lives() {
        for (expires, until_then) in [
            (0, 0),
            (100, 0),
            (RELATIVE - GRACE, 0),
            (RELATIVE - GRACE + 1, 2_592_001),
            (1_900_000_000, 1_900_003_600),
            (2_147_480_047, i32::MAX),
            (2_147_480_048, 0),
            (u64::MAX, 0),
        ] {
            assert_eq!(
                until(Timestamp::from_secs(expires)),
                until_then,
                "{expires}"
            );
        }
    }
}
