//! Sessions in an SQLite file: embedded, durable, with nothing to install.
mod checkpoints;
mod clearing;
#[cfg(feature = "django")]
pub(in crate::store) mod django;
mod fault;
mod flush;
mod group;
mod place;
mod readers;
mod rows;
mod schema;
mod summary;
mod writer;

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex};

use rusqlite::Connection;
use tokio::time::Instant;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::session::{Body, Forward, Record, StoreKey, Stored, Version};
use crate::store::named::Named;
use crate::store::sqlite::checkpoints::Checkpoints;
use crate::store::sqlite::clearing::{Plan, slice};
use crate::store::sqlite::fault::{closed, failed, is_busy};
use crate::store::sqlite::place::{BUSY, Place, TRY_AGAIN};
use crate::store::sqlite::readers::Readers;
use crate::store::sqlite::rows::{Change, Found, Written};
use crate::store::sqlite::schema::Standing;
use crate::store::sqlite::writer::Writer;
use crate::store::{
    AnyStore, Counts, Created, Inspect, Listed, Options, Renamed, Saved, Store, Summary, Swept,
};

const NAME: &str = "sqlite";

/// Keeps sessions in the table `cloakroom_sessions` of an SQLite database, or in [that of the options](Options::table).
///
/// Rows are read on the caller's thread, by as many connections as [`Options::connections`] says.
/// One thread writes: it commits all that waits together, and nothing is answered before that. In
/// WAL mode with `synchronous=NORMAL` a crash of the process loses nothing that was answered, and a
/// crash of the machine at most the last moments, never the file.
///
/// The application's own tables may stand in the same file; it opens its own connections to it, and
/// several processes may share one, on one machine. The threads end when the last clone is dropped.
#[derive(Clone)]
pub struct SqliteStore {
    readers: Arc<Readers>,
    writer: Writer,
    named: Named,
    /// `None` for a database in memory, which has no log.
    checkpoints: Option<Checkpoints>,
    plan: Arc<Plan>,
}

/// Opens the store that a URL names.
pub(super) async fn open(url: &str, options: &Options) -> Result<AnyStore, StoreError> {
    let store = SqliteStore::open(Place::from_url(url)?, options).await?;
    Ok(AnyStore::inspectable(store))
}

impl SqliteStore {
    /// Opens a database by URL, for example `sqlite://shop.db`, and brings its tables up to date.
    ///
    /// `?mode=rw` opens only a file that is there, and `?vfs=NAME` by another of SQLite's file
    /// systems. A database in memory (`sqlite::memory:`, `?mode=memory`) is this store's alone.
    ///
    /// # Errors
    /// When the file can't be opened or written, or a newer version of this crate made its tables.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        Self::open(Place::from_url(url)?, &Options::default()).await
    }

    /// Opens a database file and brings its tables up to date.
    ///
    /// # Errors
    /// As [`SqliteStore::connect`].
    pub async fn file(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::open(Place::file(path.as_ref()), &Options::default()).await
    }

    async fn open(mut place: Place, options: &Options) -> Result<Self, StoreError> {
        if !options.migrate {
            place = place.that_exists();
            if place.is_missing() {
                Standing::NoFile.check()?;
            }
        }
        let named = Named::new(NAME, options.table.as_deref())?;
        let connection = connect_once_free(&place).await?;
        let connection = if options.migrate {
            let named = named.clone();
            in_background("bring its tables up to date", move || {
                let mut connection = connection;
                schema::migrate(&mut connection, &named).map(|()| connection)
            })
            .await??
        } else {
            let standing = schema::look(&connection, &named);
            standing
                .map_err(|error| failed("read its tables", error))?
                .check()?;
            connection
        };
        Self::start(place, connection, named, options.connections)
    }

    fn start(
        place: Place,
        connection: Connection,
        named: Named,
        readers: usize,
    ) -> Result<Self, StoreError> {
        let connection = Arc::new(Mutex::new(Some(connection)));
        let in_file = place.file.is_some();
        let checkpoints = in_file
            .then(|| Checkpoints::start(place.clone()))
            .transpose()?;
        let readers = if in_file {
            Readers::of_file(place, readers)
        } else {
            Readers::of_memory(place, &connection)
        };
        Ok(Self {
            readers: Arc::new(readers),
            writer: Writer::start(connection, checkpoints.clone())?,
            named,
            checkpoints,
            plan: Arc::default(),
        })
    }

    /// Runs statements of a test on the connection that writes, for example to make it fail.
    ///
    /// # Errors
    /// When they fail.
    #[cfg(feature = "testing")]
    pub async fn run(&self, sql: impl Into<String>) -> Result<(), StoreError> {
        let sql = sql.into();
        let run = move |connection: &mut Connection| connection.execute_batch(&sql);
        self.writer.alone("run a test's statements", run).await
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SqliteStore")
    }
}

/// Opens the writing connection. SQLite does not wait while others switch the file to WAL, as
/// processes do that start together on a new file; so this does.
async fn connect_once_free(place: &Place) -> Result<Connection, StoreError> {
    let doing = "open its database";
    let end = Instant::now() + BUSY;
    loop {
        let place = place.clone();
        match in_background(doing, move || place.open_writer()).await? {
            Ok(connection) => return Ok(connection),
            Err(error) if is_busy(&error) && Instant::now() < end => {
                tokio::time::sleep(TRY_AGAIN).await;
            }
            Err(error) => return Err(failed(doing, error)),
        }
    }
}

/// Does what may wait for the disk or a lock on a thread where that disturbs nobody.
async fn in_background<T: Send + 'static>(
    doing: &'static str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, StoreError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| closed(doing))
}

impl Store for SqliteStore {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn load(&self, key: &StoreKey, now: Timestamp) -> Result<Option<Stored>, StoreError> {
        let found = self.readers.read("load a session", |connection| {
            rows::load(connection, &self.named, key, now)
        });
        Ok(found.await?.and_then(Found::read))
    }

    async fn create(&self, key: &StoreKey, record: &Record) -> Result<Created, StoreError> {
        let (key, record, named) = (*key, Written::from(record), self.named.clone());
        let inserted = self.writer.write("create a session", move |connection| {
            rows::insert(connection, &named, &key, &record)
        });
        Ok(match inserted.await? {
            true => Created::New(Version::Number(1)),
            false => Created::Taken,
        })
    }

    async fn save(
        &self,
        key: &StoreKey,
        version: &Version,
        record: &Record,
    ) -> Result<Saved, StoreError> {
        let (key, version, record) = (*key, expected(version)?, Written::from(record));
        let named = self.named.clone();
        let replaced = self.writer.write("save a session", move |connection| {
            rows::replace(connection, &named, &key, version, &record)
        });
        Ok(match replaced.await? {
            Change::Done => Saved::Saved(Version::Number(version.cast_unsigned() + 1)),
            Change::Refused(there) => there
                .and_then(Found::read)
                .map_or(Saved::Gone, Saved::Conflict),
        })
    }

    async fn rename(
        &self,
        from: &StoreKey,
        version: &Version,
        to: &StoreKey,
        record: &Record,
        forward: &Forward,
    ) -> Result<Renamed, StoreError> {
        let (from, version, sign) = (*from, expected(version)?, Written::from(forward));
        let (to, record, named) = (*to, Written::from(record), self.named.clone());
        let renamed = self.writer.write("renew a session", move |connection| {
            rows::rename(connection, &named, (&from, version, &sign), (&to, &record))
        });
        Ok(match renamed.await? {
            Some(Change::Done) => Renamed::Moved(Version::Number(1)),
            Some(Change::Refused(there)) => there
                .and_then(Found::read)
                .map_or(Renamed::Gone, Renamed::Conflict),
            None => Renamed::Taken,
        })
    }

    async fn delete(&self, key: &StoreKey) -> Result<Option<Body>, StoreError> {
        let (key, named) = (*key, self.named.clone());
        let deleted = self.writer.write("end a session", move |connection| {
            rows::delete(connection, &named, &key)
        });
        let stored = deleted.await?.and_then(Found::read);
        Ok(stored.map(|stored| stored.body))
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<Swept, StoreError> {
        let doing = "sweep expired sessions";
        let mut removed = 0;
        // Others may have removed what was to be next.
        while removed == 0 {
            let keys = self
                .plan
                .next(&self.readers, &self.named, now, limit)
                .await?;
            if keys.is_empty() {
                break;
            }
            self.plan.breath().await;
            let named = self.named.clone();
            let slice = self.writer.alone(doing, move |connection| {
                slice(connection, &named, keys, now)
            });
            let (gone, left) = slice.await?;
            removed = gone;
            self.plan.put_back(left);
            if let Some(checkpoints) = &self.checkpoints {
                // Otherwise the log would grow faster than it is copied.
                checkpoints.idle().await;
            }
        }
        let oldest = self.readers.read(doing, |connection| {
            rows::oldest(connection, &self.named, now)
        });
        Ok(Swept {
            removed,
            oldest_left: oldest.await?,
        })
    }

    async fn check(&self) -> Result<(), StoreError> {
        let look = |connection: &Connection| schema::look(connection, &self.named);
        let standing = self.readers.read("read its tables", look);
        standing.await?.check()
    }

    async fn close(&self) {
        if let Some(checkpoints) = &self.checkpoints {
            checkpoints.close().await;
        }
        self.writer.close().await;
        self.readers.close();
    }
}

impl Inspect for SqliteStore {
    async fn list(
        &self,
        after: Option<StoreKey>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<Listed>, StoreError> {
        let named = self.named.clone();
        let listed = self.readers.look("list sessions", move |connection| {
            rows::list(connection, &named, after, limit, now)
        });
        listed.await
    }

    async fn of_user(&self, user: &str, now: Timestamp) -> Result<Vec<Listed>, StoreError> {
        let (user, named) = (user.to_owned(), self.named.clone());
        let listed = self
            .readers
            .look("list a user's sessions", move |connection| {
                rows::of_user(connection, &named, &user, now)
            });
        listed.await
    }

    async fn count(&self, now: Timestamp) -> Result<Counts, StoreError> {
        let named = self.named.clone();
        let counted = self.readers.look("count sessions", move |connection| {
            rows::count(connection, &named, now)
        });
        counted.await
    }

    async fn summary(&self, now: Timestamp) -> Result<Option<Summary>, StoreError> {
        let named = self.named.clone();
        let counted = self.readers.look("count sessions", move |connection| {
            summary::count(connection, &named, now)
        });
        counted.await.map(Some)
    }
}

fn expected(version: &Version) -> Result<i64, StoreError> {
    match version {
        Version::Number(number) => Ok(number.cast_signed()),
        Version::Bytes(_) => Err(StoreError::new(NAME, "compare another store's version")),
    }
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
        store.run("DROP TABLE cloakroom_sessions").await.unwrap();
        let error = store.check().await.unwrap_err().to_string();
        assert!(error.contains("no such table"), "{error}");
    }
}
