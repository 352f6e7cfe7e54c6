//! Sessions in MySQL 8 or MariaDB.
mod connections;
#[cfg(feature = "django")]
pub(in crate::store) mod django;
mod fault;
mod inspect;
mod removing;
mod rows;
mod schema;

use std::str::FromStr;
use std::time::Duration;

use sqlx::MySqlConnection;
use sqlx::mysql::{MySqlConnectOptions, MySqlPool};
use tokio::time::timeout;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::session::{Body, Forward, Record, StoreKey, Stored, Version};
use crate::store::columns::Columns;
use crate::store::guard::Guarded;
use crate::store::mysql::connections::{Connections, Line};
use crate::store::mysql::fault::{failed, is_closed, is_deadlock, is_duplicate};
use crate::store::mysql::removing::{Removed, remove, sweep};
use crate::store::mysql::rows::{Written, find, read, standing};
use crate::store::named::Named;
use crate::store::{AnyStore, Created, Options, Renamed, Saved, Store, Swept};

const NAME: &str = "mysql";
/// How much of a message is not the session itself: key, user, times and the protocol's own.
const AROUND: u64 = 1_024;
/// How often a write is tried that the server undid for certain to let another one through.
const TRIES: u32 = 3;
/// How many rows are swept at once at most, so that nobody waits for their locks.
const SWEPT_AT_ONCE: usize = 500;
/// How long the tables may take to be made.
const MIGRATION: Duration = Duration::from_secs(60);

/// Keeps sessions in the table `cloakroom_sessions` of a MySQL or MariaDB database, or in [that of the
/// options](Options::table), with InnoDB.
///
/// Loading, creating and saving are one statement each, on connections that are prepared for it;
/// a save that comes too late reads what stands there with a second one. Ending a session takes
/// two, moving it four in one transaction. Commits are as durable as the server's
/// `innodb_flush_log_at_trx_commit`.
///
/// The store waits for its server as long as that takes; [`MysqlStore::within`] sets limits, as
/// [`connect`](crate::store::connect) does.
#[derive(Debug)]
pub struct MysqlStore {
    connections: Connections,
    named: Named,
}

/// Opens the store that a URL names.
pub(super) async fn open(url: &str, options: &Options) -> Result<AnyStore, StoreError> {
    let store = MysqlStore::connect(url, options).await?;
    Ok(store.within(options))
}

impl MysqlStore {
    /// Opens a database by URL, for example `mysql://user:password@host/shop?ssl-mode=REQUIRED`, and
    /// brings its tables up to date if the options allow it.
    ///
    /// The database must be there. Connections are the store's own: `READ COMMITTED`, strict and in
    /// `utf8mb4`, and they wait for a lock for a second.
    ///
    /// # Errors
    /// When the server can't be reached or refuses the user, the tables can't be made or written,
    /// or somebody else or a newer version of this crate made them.
    pub async fn connect(url: &str, options: &Options) -> Result<Self, StoreError> {
        let connections = Connections::own(server(url)?, options);
        Self::open(connections, options).await
    }

    /// Takes the application's own pool and brings the tables up to date if the options allow it.
    ///
    /// Connections stay as the application made them; they must commit by themselves (`autocommit`).
    /// sqlx's pool asks the server for a sign of life when a connection comes back, and, without
    /// `test_before_acquire(false)`, also when one is taken: a round trip each, which the store's
    /// own connections don't cost.
    ///
    /// # Errors
    /// As [`MysqlStore::connect`].
    pub async fn with_pool(pool: MySqlPool, options: &Options) -> Result<Self, StoreError> {
        let connections = timeout(options.connect_timeout, Connections::shared(pool));
        let connections = connections
            .await
            .unwrap_or(Err(sqlx::Error::PoolTimedOut))
            .map_err(|error| failed("reach its server", error))?;
        Self::open(connections, options).await
    }

    /// Returns the store with these limits to waiting for its server.
    #[must_use]
    pub fn within(self, options: &Options) -> AnyStore {
        AnyStore::inspectable(Guarded::new(self, options))
    }

    async fn open(connections: Connections, options: &Options) -> Result<Self, StoreError> {
        let named = Named::new(NAME, options.table.as_deref())?;
        let mut line = connections
            .to_read()
            .await
            .map_err(|error| failed("reach its server", error))?;
        let opened = timeout(MIGRATION, async {
            schema::migrate(line.connection(), &named, options.migrate).await?;
            schema::see_writable(line.connection(), &named).await
        });
        opened.await.unwrap_or_else(|_| {
            Err(StoreError::new(NAME, "bring its tables up to date")
                .because(format!("no answer within {} s", MIGRATION.as_secs()))
                .out_of_reach())
        })?;
        line.settle(&Ok(()));
        Ok(Self { connections, named })
    }

    async fn to_write(&self, doing: &'static str) -> Result<Line<'_>, StoreError> {
        let line = self.connections.to_write().await;
        line.map_err(|error| failed(doing, error))
    }
}

/// Reads the URL; what is wrong with it is said without it.
fn server(url: &str) -> Result<MySqlConnectOptions, StoreError> {
    let wrong = |why| {
        StoreError::new(NAME, "read its URL").because(why).remedy(
            "use mysql://user:password@host:3306/database, special characters percent-encoded",
        )
    };
    let server = MySqlConnectOptions::from_str(url)
        .map_err(|_| wrong("it is no URL, or has an option with a value that there is not"))?;
    match server.get_database() {
        Some(_) => Ok(server),
        None => Err(wrong("it names no database")),
    }
}

/// Says no to what the server would cut the connection for.
fn see_fits(doing: &'static str, line: &Line<'_>, written: &Written<'_>) -> Result<(), StoreError> {
    let bytes = written.body.len() as u64 + AROUND;
    if bytes <= line.longest() {
        return Ok(());
    }
    Err(StoreError::new(NAME, doing)
        .because(format!(
            "it takes {bytes} bytes, and the server's max_allowed_packet is {}",
            line.longest()
        ))
        .remedy("raise max_allowed_packet, or keep less in a session"))
}

impl Store for MysqlStore {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn load(&self, key: &StoreKey, now: Timestamp) -> Result<Option<Stored>, StoreError> {
        let failed = |error| failed("load a session", error);
        let mut again = true;
        loop {
            let mut line = self.connections.to_read().await.map_err(failed)?;
            let found = find(line.connection(), &self.named, key, now).await;
            line.settle(&found);
            match found {
                // The connection had ended while nobody used it; reading again does no harm.
                Err(error) if again && is_closed(&error) => again = false,
                other => return Ok(other.map_err(failed)?.and_then(|row| read(&row))),
            }
        }
    }

    async fn create(&self, key: &StoreKey, record: &Record) -> Result<Created, StoreError> {
        const DOING: &str = "create a session";
        let written = Written::from(record);
        let mut tries = TRIES;
        loop {
            let mut line = self.to_write(DOING).await?;
            see_fits(DOING, &line, &written)?;
            let inserted = written.insert(line.connection(), &self.named, key).await;
            line.settle(&inserted);
            tries -= 1;
            match inserted {
                Ok(()) => return Ok(Created::New(Version::Number(1))),
                Err(error) if is_duplicate(&error) => return Ok(Created::Taken),
                Err(error) if is_deadlock(&error) && tries > 0 => {}
                Err(error) => return Err(failed(DOING, error)),
            }
        }
    }

    async fn save(
        &self,
        key: &StoreKey,
        version: &Version,
        record: &Record,
    ) -> Result<Saved, StoreError> {
        const DOING: &str = "save a session";
        let expected = expected(version)?;
        let written = Written::from(record);
        let mut tries = TRIES;
        loop {
            let mut line = self.to_write(DOING).await?;
            see_fits(DOING, &line, &written)?;
            let saved = save(line.connection(), &self.named, key, expected, &written).await;
            line.settle(&saved);
            tries -= 1;
            match saved {
                Err(error) if is_deadlock(&error) && tries > 0 => {}
                other => return other.map_err(|error| failed(DOING, error)),
            }
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
        const DOING: &str = "renew a session";
        let expected = expected(version)?;
        let written = Written::from(record);
        let sign = Written {
            body: forward.to_bytes(),
            expires: forward.expires,
            user: None,
            is_forward: true,
            columns: Columns::default(),
        };
        let mut tries = TRIES;
        loop {
            let mut line = self.to_write(DOING).await?;
            see_fits(DOING, &line, &written)?;
            let connection = line.connection();
            let moved = both(
                connection,
                &self.named,
                (from, expected, &sign),
                (to, &written),
            )
            .await;
            match &moved {
                // The server has ended the transaction, or the end of the connection ends it.
                Err(_) => drop(line),
                Ok(_) => line.settle(&moved),
            }
            tries -= 1;
            match moved {
                Err(error) if is_deadlock(&error) && tries > 0 => {}
                other => return other.map_err(|error| failed(DOING, error)),
            }
        }
    }

    async fn delete(&self, key: &StoreKey) -> Result<Option<Body>, StoreError> {
        const DOING: &str = "end a session";
        loop {
            let mut line = self.to_write(DOING).await?;
            let removed = remove(line.connection(), &self.named, key).await;
            line.settle(&removed);
            match removed {
                Ok(Removed::Nothing) => return Ok(None),
                Ok(Removed::Row(stored)) => return Ok(stored.map(|stored| stored.body)),
                // Somebody saved between the two statements, so there is a newer body to return.
                Ok(Removed::Newer) => {}
                Err(error) if is_deadlock(&error) => {}
                Err(error) => return Err(failed(DOING, error)),
            }
        }
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<Swept, StoreError> {
        const DOING: &str = "sweep expired sessions";
        let limit = limit.min(SWEPT_AT_ONCE);
        let mut line = self.to_write(DOING).await?;
        let swept = sweep(line.connection(), &self.named, now, limit as u64).await;
        line.settle(&swept);
        swept.map_err(|error| failed(DOING, error))
    }

    async fn check(&self) -> Result<(), StoreError> {
        let line = self.connections.to_read().await;
        let mut line = line.map_err(|error| failed("reach its server", error))?;
        schema::check(line.connection(), &self.named).await?;
        line.settle(&Ok(()));
        Ok(())
    }

    async fn close(&self) {
        self.connections.close().await;
    }
}

async fn save(
    connection: &mut MySqlConnection,
    named: &Named,
    key: &StoreKey,
    expected: i64,
    written: &Written<'_>,
) -> Result<Saved, sqlx::Error> {
    if written.replace(connection, named, key, expected).await? {
        return Ok(Saved::Saved(next(expected)));
    }
    let there = standing(connection, named, key).await?;
    let there = there.and_then(|row| read(&row));
    Ok(there.map_or(Saved::Gone, Saved::Conflict))
}

/// Puts the sign and the record in one transaction of four statements.
async fn both(
    connection: &mut MySqlConnection,
    named: &Named,
    (from, expected, sign): (&StoreKey, i64, &Written<'_>),
    (to, written): (&StoreKey, &Written<'_>),
) -> Result<Renamed, sqlx::Error> {
    run(connection, "START TRANSACTION").await?;
    let moved = if sign.replace(connection, named, from, expected).await? {
        match written.insert(connection, named, to).await {
            Ok(()) => Renamed::Moved(Version::Number(1)),
            Err(error) if is_duplicate(&error) => Renamed::Taken,
            Err(error) => return Err(error),
        }
    } else {
        let there = standing(connection, named, from).await?;
        let there = there.and_then(|row| read(&row));
        there.map_or(Renamed::Gone, Renamed::Conflict)
    };
    let end = match moved {
        Renamed::Moved(_) => "COMMIT",
        _ => "ROLLBACK",
    };
    run(connection, end).await?;
    Ok(moved)
}

async fn run(connection: &mut MySqlConnection, sql: &'static str) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(sql).execute(connection).await.map(|_| ())
}

fn expected(version: &Version) -> Result<i64, StoreError> {
    match version {
        Version::Number(number) => Ok(number.cast_signed()),
        Version::Bytes(_) => Err(StoreError::new(NAME, "compare another store's version")),
    }
}

fn next(version: i64) -> Version {
    Version::Number(version.cast_unsigned() + 1)
}
