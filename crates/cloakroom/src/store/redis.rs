//! Sessions in Redis or Valkey: one server, a primary behind Sentinel, or a cluster.
//!
//! Redis 6.2 or newer, or any Valkey. A session is one string, of which the server itself removes what has
//! expired, so there is nothing to sweep. A load, save, create, rename and delete is one command each.
//!
//! # For operators
//!
//! - **Memory.** Set `maxmemory` and `maxmemory-policy noeviction`: by any other policy Redis drops
//!   live sessions when it is full, and their visitors are logged out. The store traces a warning
//!   when it is opened on such a server. With `noeviction` a full server refuses new writes and
//!   serves what it has. One session of a signed-in visitor with a small cart takes about half a
//!   kilobyte.
//! - **Persistence.** Without `appendonly yes` or `save`, a restart logs everybody out; with
//!   `appendfsync everysec`, the default, a power cut loses the last second.
//! - **Replication is asynchronous.** A failover may lose the last acknowledged writes: a visitor
//!   may find the session as it was a moment ago, even a logout may be undone.
//!   `min-replicas-to-write 1` with `min-replicas-max-lag` bounds how much a primary that is cut off
//!   takes in vain. A session that was lost in part is never mixed with another: versions are random,
//!   and what was saved on top of a lost write meets a conflict.
//! - **Nothing is sent twice.** When a connection is lost after a write was sent, the request fails;
//!   only a load is repeated. Refusals that say that nothing was done (`MOVED`, `ASK`, `TRYAGAIN`,
//!   `READONLY`, `NOSCRIPT`, `LOADING`) are followed until the response timeout. While a cluster moves
//!   the slot of a session, renewing that session has to wait for the end of the move.
//! - **Connections** are shared by all requests, at most four to each server, fewer by
//!   [`Options::connections`].
//! - **Rights.** The user needs `+get +getrange +set +del +eval +evalsha +exists +scan +zadd +zcard +zrange +zrem
//!   +zremrangebyscore +zscore +expireat +time +ping +info`, with Sentinel `+role`, in a cluster `+cluster`, with another database than 0 `+select`, and the keys
//!   `~cloakroom:*` (or another [`Options::prefix`]).
//! - **Copies in the process** ([`Options::local`]) are told of changes by Redis itself, whoever makes them (client-side caching by
//!   prefix), on one connection more for each process. The user needs `+client +subscribe` and the channel `&__redis__:invalidate` as well. Not in a cluster.
//! - **TLS** (`rediss`) trusts the authorities of the machine; the environment variable
//!   `SSL_CERT_FILE` names others.
//! - **Looking into it.** Users' sessions are noted in sorted sets that many users share, `cloakroom:{3f}user:…`, each of
//!   which goes with the last note in it; a note takes about 50 bytes. A new session of a signed-in visitor is one command more, in the same
//!   trip where one server has both; so is a save of one whose deadline was pushed by more than minutes or that this process
//!   remembers and has not noted for ten minutes. A load is none. Listing and counting go through all keys of all primaries with `SCAN`, a thousand at
//!   a time, which takes some seconds for a million sessions and holds nobody up. What is not a session is passed
//!   over. `cloakroom sessions reconcile` notes all sessions again, for a server that lost its sets.
mod address;
mod cluster;
mod command;
#[cfg(feature = "django")]
pub(in crate::store) mod django;
mod hearing;
mod index;
mod inspect;
mod line;
mod names;
mod node;
mod opening;
mod reply;
mod scripts;
mod sentinel;
mod servers;
mod start;
mod tls;
mod trouble;
mod values;

use std::fmt;
use std::sync::Arc;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::session::{Body, Forward, Record, StoreKey, Stored, Version};
use crate::store::guard::Guarded;
use crate::store::local::{self, Channel};
use crate::store::redis::address::Place;
use crate::store::redis::hearing::Hearing;
use crate::store::redis::index::{Lately, Written};
use crate::store::redis::inspect::{Page, Tally};
use crate::store::redis::names::Names;
use crate::store::redis::reply::Reply;
use crate::store::redis::scripts::{DONE, GONE, Scripts, TAKEN};
use crate::store::redis::servers::{Question, Servers};
use crate::store::redis::trouble::Trouble;
use crate::store::redis::values::Versions;
use crate::store::{
    AnyStore, Counts, Created, Inspect, Listed, Options, Renamed, Saved, Store, Swept,
};

const NAME: &str = "redis";

/// Keeps sessions in Redis or Valkey, a string each.
///
/// [`connect`](crate::store::connect) opens it with a breaker and limits around it.
pub struct RedisStore {
    servers: Arc<Servers>,
    names: Names,
    scripts: Scripts,
    versions: Versions,
    lately: Lately,
}

/// Opens the store that a URL names.
pub(super) async fn open(url: &str, options: &Options) -> Result<AnyStore, StoreError> {
    let store = RedisStore::connect(url, options).await?;
    let hearing = Hearing::of(store.servers.clone(), store.names.clone());
    let store = AnyStore::inspectable(Guarded::new(store, options));
    match options.local_bytes() {
        Some(bytes) => {
            hearing.open().await?;
            Ok(local::before(store, Arc::new(hearing), bytes))
        }
        None => Ok(store),
    }
}

impl RedisStore {
    /// Opens a Redis by URL and tries whether it does what is needed.
    ///
    /// # Errors
    /// When the URL can't be read, no server can be reached, or the user lacks a right.
    pub async fn connect(url: &str, options: &Options) -> Result<Self, StoreError> {
        let be_opened = |trouble: Trouble| trouble.while_doing("be opened");
        let names = Names::new(&options.prefix)?;
        let servers = Servers::new(Place::parse(url)?, options).map_err(be_opened)?;
        let servers = Arc::new(servers);
        let scripts = Scripts::new();
        let tried = start::try_all(&servers, &names, &scripts).await;
        tried.map_err(be_opened)?;
        Ok(Self {
            servers,
            names,
            scripts,
            versions: Versions::new(),
            lately: Lately::default(),
        })
    }

    /// Reads what stands under a session's name.
    fn read(&self, key: &StoreKey, answer: Reply) -> Option<Stored> {
        let stored = values::read(answer)?;
        if let Body::Record(record) = &stored.body {
            self.lately.found(key, record);
        }
        Some(stored)
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedisStore")
    }
}

impl Store for RedisStore {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn load(&self, key: &StoreKey, now: Timestamp) -> Result<Option<Stored>, StoreError> {
        let name = self.names.of(key);
        let get = Question::Read(&[b"GET", name.as_bytes()]);
        match self.servers.ask(key.rack(), get).await {
            Ok(answer) => Ok(self
                .read(key, answer)
                .filter(|stored| stored.body.expires() > now)),
            Err(trouble) if trouble.is_wrong_type() => Ok(values::foreign()),
            Err(trouble) => Err(trouble.while_doing("load a session")),
        }
    }

    async fn create(&self, key: &StoreKey, record: &Record) -> Result<Created, StoreError> {
        let create = |trouble: Trouble| trouble.while_doing("create a session");
        let version = self.versions.next();
        let (name, value) = (self.names.of(key), values::written(version, record));
        let removed_at = values::removed_at(record.expires());
        let words = [
            b"SET",
            name.as_bytes(),
            &value,
            b"NX",
            b"EXAT",
            removed_at.as_bytes(),
        ];
        let created = self
            .create_noted(key, record, Question::Write(&words))
            .await;
        match created.map_err(create)?.map_err(create)? {
            Reply::Nothing => Ok(Created::Taken),
            _ => Ok(Created::New(Version::Number(version))),
        }
    }

    async fn save(
        &self,
        key: &StoreKey,
        version: &Version,
        record: &Record,
    ) -> Result<Saved, StoreError> {
        let next = self.versions.next();
        let expected = values::version_bytes(version)?;
        let (name, value) = (self.names.of(key), values::written(next, record));
        let removed_at = values::removed_at(record.expires());
        let words = [name.as_bytes(), &expected, &value, removed_at.as_bytes()];
        let save = Question::Script(&self.scripts.save, &words);
        let saved = self.save_noted(key, record, save).await;
        let Written { answer, unnoted } =
            saved.map_err(|trouble| trouble.while_doing("save a session"))?;
        match answer {
            Ok(Reply::Number(DONE)) => {
                if let Some(trouble) = unnoted {
                    let error = trouble.while_doing("note a session for its user");
                    tracing::error!(%error, "a session was saved that may not be found by its user; `cloakroom sessions reconcile` notes it");
                }
                Ok(Saved::Saved(Version::Number(next)))
            }
            Ok(Reply::Number(GONE)) => Ok(Saved::Gone),
            Ok(there) => Ok(self.read(key, there).map_or(Saved::Gone, Saved::Conflict)),
            Err(trouble) if trouble.is_wrong_type() => {
                Ok(values::foreign().map_or(Saved::Gone, Saved::Conflict))
            }
            Err(trouble) => Err(trouble.while_doing("save a session")),
        }
    }

    async fn rename(
        &self,
        from: &StoreKey,
        version: &Version,
        to: &StoreKey,
        record: &Record,
        forward: &Forward,
    ) -> Result<Renamed, StoreError> {
        let noted = self.note(to, record).await;
        noted.map_err(|trouble| trouble.while_doing("renew a session"))?;
        let next = self.versions.next();
        let expected = values::version_bytes(version)?;
        let names = [self.names.of(from), self.names.of(to)];
        let sign = values::sign(self.versions.next(), forward);
        let value = values::written(next, record);
        let removed_at = [forward.expires, record.expires()].map(values::removed_at);
        let words = [
            names[0].as_bytes(),
            names[1].as_bytes(),
            &expected,
            &sign,
            removed_at[0].as_bytes(),
            &value,
            removed_at[1].as_bytes(),
        ];
        let rename = Question::Script(&self.scripts.rename, &words);
        match self.servers.ask(from.rack(), rename).await {
            Ok(Reply::Number(DONE)) => Ok(Renamed::Moved(Version::Number(next))),
            Ok(Reply::Number(GONE)) => Ok(Renamed::Gone),
            Ok(Reply::Number(TAKEN)) => Ok(Renamed::Taken),
            Ok(there) => Ok(values::read(there).map_or(Renamed::Gone, Renamed::Conflict)),
            Err(trouble) if trouble.is_wrong_type() => {
                Ok(values::foreign().map_or(Renamed::Gone, Renamed::Conflict))
            }
            Err(trouble) => Err(trouble.while_doing("renew a session")),
        }
    }

    async fn delete(&self, key: &StoreKey) -> Result<Option<Body>, StoreError> {
        let name = self.names.of(key);
        let words = [name.as_bytes(), &[Body::SIGN]];
        let remove = Question::Script(&self.scripts.delete, &words);
        match self.servers.ask(key.rack(), remove).await {
            Ok(there) => {
                let body = values::read(there).map(|stored| stored.body);
                if let Some(user) = body.as_ref().and_then(Body::user) {
                    self.forget(user, &[*key]).await;
                }
                Ok(body)
            }
            Err(trouble) if trouble.is_wrong_type() => Ok(values::foreign().map(|it| it.body)),
            Err(trouble) => Err(trouble.while_doing("end a session")),
        }
    }

    async fn sweep(&self, _now: Timestamp, _limit: usize) -> Result<Swept, StoreError> {
        Ok(Swept::default())
    }

    async fn check(&self) -> Result<(), StoreError> {
        let be_reached = |trouble: Trouble| trouble.while_doing("be reached");
        for (rack, _) in self.servers.primaries().await.map_err(be_reached)? {
            let ping = Question::Read(&[b"PING"]);
            self.servers.ask(rack, ping).await.map_err(be_reached)?;
        }
        Ok(())
    }

    async fn close(&self) {
        self.servers.hang_up();
    }
}

impl Inspect for RedisStore {
    async fn list(
        &self,
        after: Option<StoreKey>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<Listed>, StoreError> {
        let mut page = Page {
            after,
            limit,
            now,
            found: Default::default(),
        };
        let looked = self.look_at_all(&mut page).await;
        looked.map_err(|trouble| trouble.while_doing("list sessions"))?;
        Ok(page.found.into_values().collect())
    }

    async fn of_user(&self, user: &str, now: Timestamp) -> Result<Vec<Listed>, StoreError> {
        let noted = self.noted(user, now).await;
        noted.map_err(|trouble| trouble.while_doing("list a user's sessions"))
    }

    async fn count(&self, now: Timestamp) -> Result<Counts, StoreError> {
        let mut tally = Tally {
            now,
            counts: Counts::default(),
            seen: Default::default(),
        };
        let looked = self.look_at_all(&mut tally).await;
        looked.map_err(|trouble| trouble.while_doing("count sessions"))?;
        Ok(tally.counts)
    }

    async fn reconcile(&self) -> Result<u64, StoreError> {
        let noted = self.note_all().await;
        noted.map_err(|trouble| trouble.while_doing("note all sessions by their users"))
    }
}
