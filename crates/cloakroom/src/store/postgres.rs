//! Sessions in PostgreSQL, or in whatever speaks its protocol and SQL.
//!
//! # The way there
//! `postgres://user:password@host:5432/database?sslmode=require`, as other programs write it; percent-encode
//! what is special in the user and the password. Of several hosts (`postgres://a,b:5433/shop`) the one that
//! takes writes is used, and looked for again when it becomes a standby: a standby may lag, and would bring
//! back who has logged out. They are tried in their order, and one that takes connections but says nothing holds
//! up those after it, so take a host that hangs out of the URL's reach (fence it) before another is promoted.
//!
//! | `sslmode` | what it does |
//! |---|---|
//! | `disable` | no encryption |
//! | `prefer` (as by default) | encryption if the server offers it, whatever its certificate: it keeps out who only listens |
//! | `require`, `verify-full` | encryption, and a certificate for this host, from an authority that this machine trusts or that stands in the file `sslrootcert=/path/ca.pem`, which implies this mode |
//!
//! # Connections
//! [`Options::connections`] of them, opened as they are needed and kept; many requests share each, and send
//! their statements without waiting for one another's answers. One more serves listing, counting and sweeping, so
//! leave room for that many for each process in the server's `max_connections`. Statements are prepared once on
//! each connection. So a pooler such as PgBouncer must pool sessions, not transactions; usually none is needed.
//!
//! Each load, save, create, move and delete is one statement in one round trip; a save or move that lost to
//! another one needs a second one, to read what stands there. Saves that come while two are under way wait until one of these
//! is done, and then go together: one statement and one commit for up to 64 of them. What the server refuses of a group, for
//! example because somebody holds a row of it for a tenth of the response timeout, it is asked again for each by itself. A statement that waits for somebody's lock gives
//! up after half of [`Options::response_timeout`]. A connection on which the server is silent for as long as a
//! request waits is replaced.
//!
//! With copies in the process ([`Options::local`]) there are two more: on one the process hears what others have written (`LISTEN`), on the
//! other it tells of its own writes (`NOTIFY`), of many at once. That is a statement of its own, behind the write: within the write's transaction
//! it would make all commits wait for one another.
//!
//! # Tables
//! `cloakroom_sessions` and `cloakroom_schema`, or those of [`Options::table`], in the first schema of the role's `search_path`. They are made
//! and changed when the store is opened, by one process at a time; with [`Options::migrate`] off, `cloakroom
//! migrate` does that. A role that only serves needs `SELECT, INSERT, UPDATE, DELETE` on the first and `SELECT` on the
//! second one. A typical session of 300 bytes takes about 550 with all indexes, and 610 after some saves. Saving a session changes no index
//! (a HOT update), so plain autovacuum keeps up. A key is cut into two columns of 16 bytes, `key` and `key_end`.
//!
//! Where much has expired, sweeping walks through the table instead of its index (from PostgreSQL 14 on). For ten minutes after
//! that, until autovacuum has been there, it does not look again at hours that it has emptied.
use std::sync::Arc;

use tokio_postgres::Config;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::session::{Body, Forward, Record, StoreKey, Stored, Version};
use crate::store::guard::Guarded;
use crate::store::local::{self, Channel};
use crate::store::postgres::address::Address;
use crate::store::postgres::hearing::Hearing;
use crate::store::postgres::tables::Tables;
use crate::store::{
    AnyStore, Counts, Created, Inspect, Listed, Options, Renamed, Saved, Store, Summary, Swept,
};

mod address;
mod clearing;
#[cfg(feature = "django")]
pub(in crate::store) mod django;
mod fault;
mod hearing;
mod hours;
mod lines;
mod link;
mod row;
mod saves;
mod schema;
mod statements;
mod summary;
mod tables;
mod tls;
mod value;

const NAME: &str = "postgres";

/// Keeps sessions in the table `cloakroom_sessions` of a PostgreSQL database. See the [module](self).
///
/// It takes a URL or the settings of `tokio-postgres`, but no pool: a pool lends a whole connection to one
/// request, and here many requests share one.
#[derive(Debug)]
pub struct PostgresStore(Guarded<Tables>);

/// Opens the store that a URL names.
pub(super) async fn open(url: &str, options: &Options) -> Result<AnyStore, StoreError> {
    let store = AnyStore::inspectable(PostgresStore::connect(url, options).await?);
    match options.local_bytes() {
        Some(bytes) => {
            let hearing = Hearing::of(Address::of_url(url, options)?, options);
            hearing.open().await?;
            Ok(local::before(store, Arc::new(hearing), bytes))
        }
        None => Ok(store),
    }
}

impl PostgresStore {
    /// Connects by URL and brings the tables up to date.
    ///
    /// # Errors
    /// When the server can't be reached or refuses, a newer version of this crate or another program made
    /// its tables, or they are missing or older and [`Options::migrate`] is off.
    pub async fn connect(url: &str, options: &Options) -> Result<Self, StoreError> {
        Self::at(Address::of_url(url, options)?, options).await
    }

    /// Connects with the application's own settings and brings the tables up to date.
    ///
    /// # Errors
    /// As [`PostgresStore::connect`].
    pub async fn with_config(config: Config, options: &Options) -> Result<Self, StoreError> {
        Self::at(Address::of_config(config, options)?, options).await
    }

    async fn at(address: Address, options: &Options) -> Result<Self, StoreError> {
        let tables = Tables::open(address, options).await?;
        Ok(Self(Guarded::new(tables, options)))
    }
}

#[deny(clippy::missing_trait_methods)]
impl Store for PostgresStore {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn load(&self, key: &StoreKey, now: Timestamp) -> Result<Option<Stored>, StoreError> {
        self.0.load(key, now).await
    }

    async fn create(&self, key: &StoreKey, record: &Record) -> Result<Created, StoreError> {
        self.0.create(key, record).await
    }

    async fn save(
        &self,
        key: &StoreKey,
        version: &Version,
        record: &Record,
    ) -> Result<Saved, StoreError> {
        self.0.save(key, version, record).await
    }

    async fn rename(
        &self,
        from: &StoreKey,
        version: &Version,
        to: &StoreKey,
        record: &Record,
        forward: &Forward,
    ) -> Result<Renamed, StoreError> {
        self.0.rename(from, version, to, record, forward).await
    }

    async fn delete(&self, key: &StoreKey) -> Result<Option<Body>, StoreError> {
        self.0.delete(key).await
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<Swept, StoreError> {
        self.0.sweep(now, limit).await
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.0.check().await
    }

    async fn close(&self) {
        self.0.close().await;
    }
}

#[deny(clippy::missing_trait_methods)]
impl Inspect for PostgresStore {
    async fn list(
        &self,
        after: Option<StoreKey>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<Listed>, StoreError> {
        self.0.list(after, limit, now).await
    }

    async fn of_user(&self, user: &str, now: Timestamp) -> Result<Vec<Listed>, StoreError> {
        self.0.of_user(user, now).await
    }

    async fn count(&self, now: Timestamp) -> Result<Counts, StoreError> {
        self.0.count(now).await
    }

    async fn reconcile(&self) -> Result<u64, StoreError> {
        self.0.reconcile().await
    }

    async fn summary(&self, now: Timestamp) -> Result<Option<Summary>, StoreError> {
        self.0.summary(now).await
    }
}
