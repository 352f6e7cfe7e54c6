//! Stores: where sessions are kept, under one contract that every backend proves with one suite.
//!
//! [`connect`] opens the store that a URL names, [`connect_with`] within [`Options`] of one's own, and [`cached`](cached()) puts a
//! cache before it. [`AnyStore`] is whatever comes of it. A store of one's own implements [`Store`], and [`Inspect`] where an
//! operator shall look into it.
mod any;
mod cached;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
mod columns;
mod connect;
mod crowd;
#[cfg(any(
    feature = "sqlite",
    feature = "postgres",
    feature = "mysql",
    feature = "redis",
    feature = "memcached"
))]
mod decoded;
mod digest_map;
#[cfg(feature = "django")]
#[cfg_attr(
    not(all(
        feature = "sqlite",
        feature = "postgres",
        feature = "mysql",
        feature = "redis",
        feature = "memcached",
        feature = "file"
    )),
    allow(
        dead_code,
        unused_imports,
        reason = "parts of it serve one backend each"
    )
)]
pub mod django;
#[cfg(feature = "file")]
pub mod file;
#[cfg(any(
    feature = "postgres",
    feature = "mysql",
    feature = "redis",
    feature = "memcached"
))]
mod guard;
mod in_cookie;
#[cfg(any(
    feature = "sqlite",
    feature = "postgres",
    feature = "mysql",
    feature = "redis",
    feature = "memcached",
    feature = "file",
    feature = "django"
))]
mod left_aside;
#[cfg(any(feature = "postgres", feature = "redis"))]
mod local;
#[cfg(feature = "memcached")]
pub mod memcached;
mod memory;
#[cfg(feature = "mysql")]
pub mod mysql;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
mod named;
mod options;
#[cfg(any(
    feature = "sqlite",
    feature = "postgres",
    feature = "mysql",
    feature = "redis",
    feature = "memcached"
))]
mod packed;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "redis")]
pub mod redis;
mod span;
#[cfg(feature = "sqlite")]
pub mod sqlite;
mod sweep;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
mod tables;
mod turns;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::session::{Body, Forward, Particulars, Record, StoreKey, Stored, Version};

pub use any::AnyStore;
pub use cached::{cached, connect_cache, has_cache, is_notice_of_caches};
pub use connect::{connect, connect_with};
#[cfg(feature = "file")]
pub use file::FileStore;
pub use in_cookie::InCookie;
#[cfg(any(feature = "postgres", feature = "redis"))]
pub use local::STALE_AT_MOST;
#[cfg(feature = "memcached")]
pub use memcached::MemcachedStore;
pub use memory::MemoryStore;
#[cfg(feature = "mysql")]
pub use mysql::MysqlStore;
pub use options::Options;
#[cfg(feature = "postgres")]
pub use postgres::PostgresStore;
#[cfg(feature = "redis")]
pub use redis::RedisStore;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteStore;
pub use sweep::SweepStatus;

pub(crate) use crowd::{Crowd, Doors};
pub(crate) use span::{debug_span, is_heard};
pub(crate) use sweep::Sweeper;
pub(crate) use turns::{Saving, Turns, may_follow, save_at_once};

/// A place that keeps sessions by the digests of their tokens.
///
/// A store never decides anything: it says what happened, and the caller decides. An error means
/// that it could not be reached or used, never that a session is absent. A dropped future must
/// leave either the old or the new state. Prove an implementation with
/// `cloakroom::testing::conformance`.
pub trait Store: Send + Sync + 'static {
    /// Returns the store's name, as in the scheme of its URL; for logs and errors.
    fn name(&self) -> &'static str;

    /// Returns what stands under the key and its version, or `None` when nothing stands there or
    /// what stands there expires at `now` or before.
    fn load(
        &self,
        key: &StoreKey,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<Stored>, StoreError>> + Send;

    /// Puts a new record under a key where nothing stands, expired or not; otherwise says that the
    /// key is taken and changes nothing.
    fn create(
        &self,
        key: &StoreKey,
        record: &Record,
    ) -> impl Future<Output = Result<Created, StoreError>> + Send;

    /// Replaces the record under the key if its version is still this one; otherwise returns what
    /// stands there now, or says that nothing does, and changes nothing. It never creates.
    fn save(
        &self,
        key: &StoreKey,
        version: &Version,
        record: &Record,
    ) -> impl Future<Output = Result<Saved, StoreError>> + Send;

    /// Puts the record under the key `to` and the sign under the key `from`, both or neither, if
    /// the version under `from` is still this one and nothing stands under `to`. Both keys are of
    /// one rack ([`StoreKey::rack`]).
    fn rename(
        &self,
        from: &StoreKey,
        version: &Version,
        to: &StoreKey,
        record: &Record,
        forward: &Forward,
    ) -> impl Future<Output = Result<Renamed, StoreError>> + Send;

    /// Removes the record under the key and returns it; `None` when nothing stood there.
    ///
    /// A sign is returned and stays: who still follows it must find the session for as long as
    /// ending it may fail. It is swept away like everything that expires.
    fn delete(
        &self,
        key: &StoreKey,
    ) -> impl Future<Output = Result<Option<Body>, StoreError>> + Send;

    /// Removes at most `limit` of what expired at `now` or before; fewer when others would have to
    /// wait, but at least one when there is any. A store whose server does that by itself has
    /// nothing to remove.
    fn sweep(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> impl Future<Output = Result<Swept, StoreError>> + Send;

    /// Says whether the store can be reached and has the shape that this version needs.
    fn check(&self) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Lets go of connections and files. The store is not used after that.
    fn close(&self) -> impl Future<Output = ()> + Send;
}

/// What an operator asks of a store that can look at all its sessions.
pub trait Inspect: Store {
    /// Returns at most `limit` sessions that are live at `now`, in the order of their keys, from
    /// the first one after `after`.
    fn list(
        &self,
        after: Option<StoreKey>,
        limit: usize,
        now: Timestamp,
    ) -> impl Future<Output = Result<Vec<Listed>, StoreError>> + Send;

    /// Returns all sessions of this user that are live at `now`.
    fn of_user(
        &self,
        user: &str,
        now: Timestamp,
    ) -> impl Future<Output = Result<Vec<Listed>, StoreError>> + Send;

    /// Counts sessions that are live at `now`, and what waits to be swept.
    fn count(&self, now: Timestamp) -> impl Future<Output = Result<Counts, StoreError>> + Send;

    /// Counts all sessions by what operators ask for, if the store does that faster than by listing them; otherwise,
    /// as by default, `None`.
    fn summary(
        &self,
        _now: Timestamp,
    ) -> impl Future<Output = Result<Option<Summary>, StoreError>> + Send {
        std::future::ready(Ok(None))
    }

    /// Brings an index of sessions by user that stands apart from them into line with them, and returns how many
    /// sessions it went through. A store without such an index, as by default, has nothing to do.
    fn reconcile(&self) -> impl Future<Output = Result<u64, StoreError>> + Send {
        std::future::ready(Ok(0))
    }
}

/// What became of a [`Store::create`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Created {
    /// The record stands under its key, in this version.
    New(Version),
    /// Something stands there already.
    Taken,
}

/// What became of a [`Store::save`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saved {
    /// The record was replaced and now has this version.
    Saved(Version),
    /// Somebody saved in between; this stands there now.
    Conflict(Stored),
    /// Nothing stands there any more.
    Gone,
}

/// What became of a [`Store::rename`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Renamed {
    /// The record stands under its new key, in this version.
    Moved(Version),
    /// Somebody saved in between; this stands under the old key now.
    Conflict(Stored),
    /// Nothing stands under the old key any more.
    Gone,
    /// Something stands under the new key already.
    Taken,
}

/// What one batch of sweeping did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// How many were removed.
    pub removed: u64,
    /// When the oldest of what is still to be swept expired; `None` when nothing is left.
    pub oldest_left: Option<Timestamp>,
}

/// One session as an operator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listed {
    /// Its key.
    pub key: StoreKey,
    /// The signed-in user's id.
    pub user: Option<String>,
    /// When it began, or when its user last signed in.
    pub created: Timestamp,
    /// When it is over.
    pub expires: Timestamp,
    /// How many bytes its names and values have.
    pub bytes: usize,
    /// What is remembered of its user's login.
    pub particulars: Option<Particulars>,
}

impl Listed {
    /// Describes a record under its key.
    #[must_use]
    pub fn of(key: StoreKey, record: &Record) -> Self {
        Self {
            key,
            user: record.user().map(ToOwned::to_owned),
            created: record.created(),
            expires: record.expires(),
            bytes: record.entries().bytes(),
            particulars: record.particulars(),
        }
    }
}

/// What a store counts of all its sessions in one go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Sessions that are live.
    pub live: u64,
    /// Those of them that have a user.
    pub signed_in: u64,
    /// Those of them that have a user and were used within the last hour.
    pub active: u64,
    /// Whatever waits to be swept.
    pub expired: u64,
    /// The bytes that live ones take, packed as they are kept.
    pub bytes: u64,
    /// The bytes of the largest.
    pub largest: u64,
    /// How many live ones began how long ago: below each of [`Summary::AGES`], and longer.
    pub by_age: [u64; 9],
    /// How many live ones have how many bytes: below each of [`Summary::SIZES`], and more.
    pub by_size: [u64; 8],
    /// How many signed-in ones there are on each device; `None` where that is not known.
    pub by_device: BTreeMap<Option<String>, u64>,
}

impl Summary {
    /// The limits of ages, in seconds; the store may see them to the minute.
    pub const AGES: [u64; 8] = [
        60, 600, 3_600, 21_600, 86_400, 604_800, 2_592_000, 7_776_000,
    ];
    /// The limits of sizes, in bytes.
    pub const SIZES: [u64; 7] = [100, 300, 1_024, 4_096, 16_384, 65_536, 1_048_576];

    /// Makes one of what every store that can be looked into counts.
    #[must_use]
    pub fn of(counts: Counts) -> Self {
        Self {
            live: counts.live,
            expired: counts.expired,
            ..Self::default()
        }
    }

    /// Takes out a record that is no session: so old, so large.
    fn forget_guest(&mut self, age: Duration, bytes: usize) {
        let part = |limits: &[u64], of: u64| limits.iter().filter(|limit| **limit <= of).count();
        let counts = [
            &mut self.by_age[part(&Self::AGES, age.as_secs())],
            &mut self.by_size[part(&Self::SIZES, bytes as u64)],
            &mut self.live,
        ];
        for count in counts {
            *count = count.saturating_sub(1);
        }
        self.bytes = self.bytes.saturating_sub(bytes as u64);
    }
}

/// How many sessions a store has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Sessions that are live.
    pub live: u64,
    /// Whatever waits to be swept.
    pub expired: u64,
}
