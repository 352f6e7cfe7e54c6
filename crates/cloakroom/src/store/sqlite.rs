//! Sessions in an SQLite file: embedded, durable, with nothing to install.
mod fault;
mod schema;

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use bytes::Bytes;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{Row, SqliteConnection};
use tokio::time::Instant;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::session::{Body, Forward, Record, StoreKey, Stored, Version};
use crate::store::sqlite::fault::{failed, is_busy, is_duplicate};
use crate::store::{
    AnyStore, Counts, Created, Inspect, Listed, Options, Renamed, Saved, Store, Swept,
};

const NAME: &str = "sqlite";
/// How long a connection waits for another process's lock.
const BUSY: Duration = Duration::from_secs(1);
/// How long a request waits for a connection.
const ACQUIRE: Duration = Duration::from_secs(2);
const READERS: u32 = 4;
/// What is swept is found by the hour, so that saving rarely touches an index.
const HOUR: u64 = 3_600;

/// Keeps sessions in the table `cloakroom_sessions` of an SQLite database.
///
/// One connection writes and a few read, in WAL mode with `synchronous=NORMAL`: a crash of the
/// process loses nothing, a crash of the machine at most the last moments.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    reads: SqlitePool,
    writes: SqlitePool,
}

/// Opens the store that a URL names.
pub(super) async fn open(url: &str, _options: &Options) -> Result<AnyStore, StoreError> {
    if ["sqlite:", "sqlite://"].contains(&url) {
        return Err(StoreError::new(NAME, "open its database")
            .because("the URL names no file")
            .remedy("use sqlite://path/to/file.db, or sqlite::memory:"));
    }
    SqliteStore::connect(url).await.map(AnyStore::inspectable)
}

impl SqliteStore {
    /// Opens a database by URL, for example `sqlite://shop.db`, and brings its tables up to date.
    ///
    /// # Errors
    /// When the file can't be opened or written, or a newer version of this crate made its tables.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::from_str(url)
            .map_err(|error| failed("open its database", error))?;
        Self::open(options, is_in_memory(url)).await
    }

    /// Opens a database file and brings its tables up to date.
    ///
    /// # Errors
    /// As [`SqliteStore::connect`].
    pub async fn file(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::open(SqliteConnectOptions::new().filename(path), false).await
    }

    async fn open(options: SqliteConnectOptions, in_memory: bool) -> Result<Self, StoreError> {
        let options = options
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(BUSY);
        if !in_memory {
            make_private(options.get_filename());
        }
        let writes = connect_once_free(&options, in_memory).await?;
        schema::migrate(&writes).await?;
        let reads = if in_memory {
            writes.clone()
        } else {
            // A file that is deleted under a running site must not turn into an empty one.
            pool(READERS, false).connect_lazy_with(options.create_if_missing(false))
        };
        Ok(Self { reads, writes })
    }

    /// Takes the application's own pool and brings the tables up to date.
    ///
    /// # Errors
    /// As [`SqliteStore::connect`].
    pub async fn with_pool(pool: SqlitePool) -> Result<Self, StoreError> {
        schema::migrate(&pool).await?;
        Ok(Self {
            reads: pool.clone(),
            writes: pool,
        })
    }
}

/// Opens the writing connection. SQLite does not wait while others switch the file to WAL, as
/// processes do that start together on a new file; so this does.
async fn connect_once_free(
    options: &SqliteConnectOptions,
    in_memory: bool,
) -> Result<SqlitePool, StoreError> {
    let end = Instant::now() + BUSY;
    loop {
        match pool(1, in_memory).connect_with(options.clone()).await {
            Ok(pool) => return Ok(pool),
            Err(error) if is_busy(&error) && Instant::now() < end => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Err(error) => return Err(failed("open its database", error)),
        }
    }
}

/// Makes a new file that only its owner can read; SQLite gives what it puts beside it the same rights.
///
/// Where that fails, SQLite will say why.
fn make_private(path: &Path) {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let _ = options.open(path);
}

fn pool(connections: u32, in_memory: bool) -> SqlitePoolOptions {
    let options = SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE)
        .test_before_acquire(false);
    if in_memory {
        // A database in memory lives as long as its one connection.
        options.idle_timeout(None).max_lifetime(None)
    } else {
        options
    }
}

fn is_in_memory(url: &str) -> bool {
    url.contains(":memory:") || url.contains("mode=memory")
}

impl Store for SqliteStore {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn load(&self, key: &StoreKey, now: Timestamp) -> Result<Option<Stored>, StoreError> {
        let row = sqlx::query(
            "SELECT version, body FROM cloakroom_sessions WHERE key = ? AND expires_at > ?",
        )
        .bind(&key.as_bytes()[..])
        .bind(number(now))
        .fetch_optional(&self.reads)
        .await
        .map_err(|error| failed("load a session", error))?;
        Ok(row.and_then(|row| read(&row)))
    }

    async fn create(&self, key: &StoreKey, record: &Record) -> Result<Created, StoreError> {
        let mut connection = self.writer().await?;
        let inserted = insert(&mut connection, key, record).await;
        match inserted {
            Ok(()) => Ok(Created::New(Version::Number(1))),
            Err(error) if is_duplicate(&error) => Ok(Created::Taken),
            Err(error) => Err(failed("create a session", error)),
        }
    }

    async fn save(
        &self,
        key: &StoreKey,
        version: &Version,
        record: &Record,
    ) -> Result<Saved, StoreError> {
        let failed = |error| failed("save a session", error);
        let mut connection = self.writer().await?;
        let expected = expected(version)?;
        let body = record.to_bytes();
        let replaced = replace(
            &mut connection,
            key,
            expected,
            &body,
            record.expires(),
            record.user(),
        );
        if replaced.await.map_err(failed)? {
            return Ok(Saved::Saved(next(expected)));
        }
        let there = standing(&mut connection, key).await.map_err(failed)?;
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
        let failed = |error| failed("renew a session", error);
        let mut both = self
            .writes
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(failed)?;
        let sign = forward.to_bytes();
        let replaced = replace(
            &mut both,
            from,
            expected(version)?,
            &sign,
            forward.expires,
            None,
        );
        if !replaced.await.map_err(failed)? {
            let there = standing(&mut both, from).await.map_err(failed)?;
            return Ok(there.map_or(Renamed::Gone, Renamed::Conflict));
        }
        match insert(&mut both, to, record).await {
            Ok(()) => {}
            Err(error) if is_duplicate(&error) => return Ok(Renamed::Taken),
            Err(error) => return Err(failed(error)),
        }
        both.commit().await.map_err(failed)?;
        Ok(Renamed::Moved(Version::Number(1)))
    }

    async fn delete(&self, key: &StoreKey) -> Result<Option<Body>, StoreError> {
        let row =
            sqlx::query("DELETE FROM cloakroom_sessions WHERE key = ? RETURNING version, body")
                .bind(&key.as_bytes()[..])
                .fetch_optional(&self.writes)
                .await
                .map_err(|error| failed("end a session", error))?;
        Ok(row.and_then(|row| read(&row)).map(|stored| stored.body))
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<Swept, StoreError> {
        let failed = |error| failed("sweep expired sessions", error);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let swept = sqlx::query(
            "DELETE FROM cloakroom_sessions WHERE key IN \
             (SELECT key FROM cloakroom_sessions WHERE sweep_at <= ? LIMIT ?)",
        )
        .bind(number(now))
        .bind(limit)
        .execute(&self.writes)
        .await
        .map_err(failed)?;
        let oldest: Option<i64> =
            sqlx::query_scalar("SELECT min(sweep_at) FROM cloakroom_sessions WHERE sweep_at <= ?")
                .bind(number(now))
                .fetch_one(&self.reads)
                .await
                .map_err(failed)?;
        Ok(Swept {
            removed: swept.rows_affected(),
            oldest_left: oldest.map(timestamp),
        })
    }

    async fn check(&self) -> Result<(), StoreError> {
        schema::check(&self.reads).await
    }

    async fn close(&self) {
        self.reads.close().await;
        self.writes.close().await;
    }
}

impl Inspect for SqliteStore {
    async fn list(
        &self,
        after: Option<StoreKey>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<Listed>, StoreError> {
        let after = after.map_or_else(Vec::new, |key| key.as_bytes().to_vec());
        let rows = sqlx::query(
            "SELECT key, version, body FROM cloakroom_sessions \
             WHERE key > ? AND expires_at > ? AND NOT is_forward ORDER BY key LIMIT ?",
        )
        .bind(after)
        .bind(number(now))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(&self.reads)
        .await
        .map_err(|error| failed("list sessions", error))?;
        Ok(rows.iter().filter_map(listed).collect())
    }

    async fn of_user(&self, user: &str, now: Timestamp) -> Result<Vec<Listed>, StoreError> {
        let rows = sqlx::query(
            "SELECT key, version, body FROM cloakroom_sessions WHERE user = ? AND expires_at > ?",
        )
        .bind(user)
        .bind(number(now))
        .fetch_all(&self.reads)
        .await
        .map_err(|error| failed("list a user's sessions", error))?;
        Ok(rows.iter().filter_map(listed).collect())
    }

    async fn count(&self, now: Timestamp) -> Result<Counts, StoreError> {
        let row = sqlx::query(
            "SELECT coalesce(sum(expires_at > ?1 AND NOT is_forward), 0), \
             coalesce(sum(expires_at <= ?1), 0) FROM cloakroom_sessions",
        )
        .bind(number(now))
        .fetch_one(&self.reads)
        .await
        .map_err(|error| failed("count sessions", error))?;
        let column = |at: usize| u64::try_from(row.get::<i64, _>(at)).unwrap_or_default();
        Ok(Counts {
            live: column(0),
            expired: column(1),
        })
    }
}

impl SqliteStore {
    async fn writer(&self) -> Result<sqlx::pool::PoolConnection<sqlx::Sqlite>, StoreError> {
        let connection = self.writes.acquire().await;
        connection.map_err(|error| failed("get its writing connection", error))
    }
}

async fn insert(
    connection: &mut SqliteConnection,
    key: &StoreKey,
    record: &Record,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO cloakroom_sessions (key, version, expires_at, sweep_at, is_forward, user, body) \
         VALUES (?, 1, ?, ?, 0, ?, ?)",
    )
    .bind(&key.as_bytes()[..])
    .bind(number(record.expires()))
    .bind(sweep_at(record.expires()))
    .bind(record.user())
    .bind(record.to_bytes())
    .execute(connection)
    .await
    .map(|_| ())
}

/// Replaces a row of this version; a row that becomes a sign loses its user.
async fn replace(
    connection: &mut SqliteConnection,
    key: &StoreKey,
    version: i64,
    body: &[u8],
    expires: Timestamp,
    user: Option<&str>,
) -> Result<bool, sqlx::Error> {
    let is_forward = body.first() == Some(&2);
    let replaced = sqlx::query(
        "UPDATE cloakroom_sessions SET version = version + 1, expires_at = ?, sweep_at = ?, \
         is_forward = ?, user = ?, body = ? WHERE key = ? AND version = ?",
    )
    .bind(number(expires))
    .bind(sweep_at(expires))
    .bind(is_forward)
    .bind(user)
    .bind(body)
    .bind(&key.as_bytes()[..])
    .bind(version)
    .execute(connection)
    .await?;
    Ok(replaced.rows_affected() == 1)
}

async fn standing(
    connection: &mut SqliteConnection,
    key: &StoreKey,
) -> Result<Option<Stored>, sqlx::Error> {
    let row = sqlx::query("SELECT version, body FROM cloakroom_sessions WHERE key = ?")
        .bind(&key.as_bytes()[..])
        .fetch_optional(connection)
        .await?;
    Ok(row.and_then(|row| read(&row)))
}

/// Reads a row; one that does not decode is left as it is, and its visitor starts afresh.
fn read(row: &SqliteRow) -> Option<Stored> {
    let body: Vec<u8> = row.try_get("body").ok()?;
    let version: i64 = row.try_get("version").ok()?;
    match Body::from_bytes(Bytes::from(body)) {
        Ok(body) => Some(Stored {
            body,
            version: Version::Number(version.cast_unsigned()),
        }),
        Err(error) => {
            metrics::counter!("cloakroom_undecodable_total").increment(1);
            tracing::error!(store = NAME, %error, "a row was left aside");
            None
        }
    }
}

fn listed(row: &SqliteRow) -> Option<Listed> {
    let key: Vec<u8> = row.try_get("key").ok()?;
    let key = StoreKey::from_bytes(key.try_into().ok()?);
    match read(row)?.body {
        Body::Record(record) => Some(Listed::of(key, &record)),
        Body::Forward(_) => None,
    }
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

/// SQLite's integers have a sign; what is later than they reach is as good as never.
fn number(time: Timestamp) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}

fn sweep_at(expires: Timestamp) -> i64 {
    let rounded = expires.as_secs().div_ceil(HOUR).saturating_mul(HOUR);
    number(Timestamp::from_secs(rounded))
}

fn timestamp(number: i64) -> Timestamp {
    Timestamp::from_secs(number.cast_unsigned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[tokio::test]
    async fn a_new_file_and_what_stands_beside_it_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::file(folder.path().join("sessions.db")).await;
        let _store = store.unwrap();
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let file = file.unwrap();
            let mode = file.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{:?}", file.file_name());
        }
    }

    #[tokio::test]
    async fn a_store_whose_table_is_gone_does_not_say_that_it_is_well() {
        let store = SqliteStore::connect("sqlite::memory:").await.unwrap();
        assert!(store.check().await.is_ok());
        sqlx::query("DROP TABLE cloakroom_sessions")
            .execute(&store.writes)
            .await
            .unwrap();
        let error = store.check().await.unwrap_err().to_string();
        assert!(error.contains("no such table"), "{error}");
    }
}
