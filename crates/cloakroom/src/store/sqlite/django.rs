//! Django's table `django_session` in an SQLite file.
use bytes::Bytes;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Result, Row, params};

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::store::django::{
    Browse, Codec, Copies, Dates, Ends, Kept, Moved, Old, Page, Put, Shelf, Shelved,
};
use crate::store::named::Named;
use crate::store::sqlite::fault::{failed, is_duplicate};
use crate::store::sqlite::place::Place;
use crate::store::sqlite::{NAME, SqliteStore, connect_once_free, in_background};
use crate::store::{AnyStore, Options, Swept};

/// The table as Django's own migration makes it.
const MIGRATION: &str = "\
    CREATE TABLE IF NOT EXISTS \"django_session\" (\
    \"session_key\" varchar(40) NOT NULL PRIMARY KEY, \
    \"session_data\" text NOT NULL, \"expire_date\" datetime NOT NULL);\
    CREATE INDEX IF NOT EXISTS \"django_session_expire_date_a5c62663\" \
    ON \"django_session\" (\"expire_date\");";

const LOOK: &str = "SELECT session_key, session_data, expire_date FROM django_session LIMIT 0";

/// Opens Django's table in the file that a URL names.
pub(in crate::store) async fn open(
    url: &str,
    options: &Options,
    codec: Codec,
    copies: Option<Copies>,
) -> Result<AnyStore, StoreError> {
    let mut place = Place::from_url(url)?;
    if !options.migrate {
        place = place.that_exists();
    }
    let connection = connect_once_free(&place).await.map_err(|error| {
        match options.migrate {
            true => error,
            false => error.remedy("give the path of Django's database, and let manage.py migrate, or cloakroom migrate, make its table"),
        }
    })?;
    let migrate = options.migrate;
    let connection = in_background("look at its table", move || {
        if migrate {
            connection.execute_batch(MIGRATION)?;
        }
        connection.prepare(LOOK).map(|_| ())?;
        Ok::<_, rusqlite::Error>(connection)
    });
    let connection = connection.await?.map_err(|error| {
        failed("use the table django_session", error)
            .remedy("let manage.py migrate, or cloakroom migrate, make it")
    })?;
    let store = SqliteStore::start(place, connection, Named::default(), options.connections)?;
    let dates = codec.dates();
    let rows = Rows { store, dates };
    Ok(AnyStore::inspectable(Shelved::new(rows, codec, copies)))
}

/// The rows of the table.
struct Rows {
    store: SqliteStore,
    dates: Dates,
}

fn kept(row: &Row<'_>, at: usize, dates: &Dates) -> Result<Kept> {
    // What is no text is no session for Django either.
    let payload: &[u8] = match row.get_ref(at)? {
        ValueRef::Text(payload) => payload,
        _ => &[],
    };
    let ends = row.get_ref(at + 1)?.as_str().unwrap_or_default();
    Ok(Kept {
        old: Old {
            payload: Bytes::copy_from_slice(payload),
            mark: 0,
        },
        ends: Ends::At(dates.read(ends)),
    })
}

fn text(payload: &Bytes) -> &str {
    std::str::from_utf8(payload).unwrap_or_default()
}

fn get(connection: &Connection, key: &str, now: &str, dates: &Dates) -> Result<Option<Kept>> {
    connection
        .prepare_cached(
            "SELECT session_data, expire_date FROM django_session \
             WHERE session_key = ? AND expire_date > ?",
        )?
        .query_row([key, now], |row| kept(row, 0, dates))
        .optional()
}

fn insert(connection: &Connection, key: &str, put: &Put, dates: &Dates) -> Result<bool> {
    let inserted = connection
        .prepare_cached(
            "INSERT INTO django_session (session_key, session_data, expire_date) VALUES (?, ?, ?)",
        )?
        .execute(params![key, text(&put.payload), dates.written(put.expires)]);
    match inserted {
        Ok(_) => Ok(true),
        Err(error) if is_duplicate(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

fn replace(
    connection: &Connection,
    key: &str,
    old: &Old,
    put: &Put,
    dates: &Dates,
) -> Result<bool> {
    let replaced = connection
        .prepare_cached(
            "UPDATE django_session SET session_data = ?, expire_date = ? \
             WHERE session_key = ? AND session_data = ?",
        )?
        .execute(params![
            text(&put.payload),
            dates.written(put.expires),
            key,
            text(&old.payload)
        ])?;
    Ok(replaced > 0)
}

fn rename(
    connection: &Connection,
    from: &str,
    old: &Old,
    to: &str,
    put: &Put,
    dates: &Dates,
) -> Result<Moved> {
    let there = connection
        .prepare_cached("SELECT 1 FROM django_session WHERE session_key = ? AND session_data = ?")?
        .exists([from, text(&old.payload)])?;
    if !there {
        return Ok(Moved::Changed);
    }
    if !insert(connection, to, put, dates)? {
        return Ok(Moved::Taken);
    }
    delete(connection, from)?;
    Ok(Moved::Done(0))
}

fn delete(connection: &Connection, key: &str) -> Result<bool> {
    let deleted = connection
        .prepare_cached("DELETE FROM django_session WHERE session_key = ?")?
        .execute([key])?;
    Ok(deleted > 0)
}

fn sweep(connection: &Connection, now: &str, limit: i64, dates: &Dates) -> Result<Swept> {
    let removed = connection
        .prepare_cached(
            "DELETE FROM django_session WHERE session_key IN \
             (SELECT session_key FROM django_session WHERE expire_date < ? \
             ORDER BY expire_date LIMIT ?)",
        )?
        .execute(params![now, limit])?;
    let oldest: Option<String> = connection
        .prepare_cached("SELECT min(expire_date) FROM django_session WHERE expire_date < ?")?
        .query_row([now], |row| row.get(0))?;
    Ok(Swept {
        removed: removed as u64,
        oldest_left: oldest.map(|date| dates.read(&date)),
    })
}

fn page(
    connection: &Connection,
    after: &str,
    limit: i64,
    now: &str,
    dates: &Dates,
) -> Result<Page> {
    let mut statement = connection.prepare_cached(
        "SELECT session_key, session_data, expire_date FROM django_session \
         WHERE session_key > ? AND expire_date > ? AND typeof(session_key) = 'text' \
         ORDER BY session_key LIMIT ?",
    )?;
    let rows = statement.query_map(params![after, now, limit], |row| {
        Ok((row.get(0)?, kept(row, 1, dates)?))
    })?;
    rows.collect()
}

impl Shelf for Rows {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn get(&self, key: &str, now: Timestamp) -> Result<Option<Kept>, StoreError> {
        let now = self.dates.written(now);
        let found = self.store.readers.read("load a session", |connection| {
            get(connection, key, &now, &self.dates)
        });
        found.await
    }

    fn has_marks(&self) -> bool {
        false
    }

    async fn create(&self, key: &str, put: &Put) -> Result<Option<u64>, StoreError> {
        let (key, put, dates) = (key.to_owned(), put.clone(), self.dates.clone());
        let inserted = self
            .store
            .writer
            .write("create a session", move |connection| {
                insert(connection, &key, &put, &dates)
            });
        Ok(inserted.await?.then_some(0))
    }

    async fn replace(&self, key: &str, old: &Old, put: &Put) -> Result<Option<u64>, StoreError> {
        let (key, old, put) = (key.to_owned(), old.clone(), put.clone());
        let dates = self.dates.clone();
        let replaced = self
            .store
            .writer
            .write("save a session", move |connection| {
                replace(connection, &key, &old, &put, &dates)
            });
        Ok(replaced.await?.then_some(0))
    }

    async fn rename(
        &self,
        from: &str,
        old: &Old,
        to: &str,
        put: &Put,
    ) -> Result<Moved, StoreError> {
        let (from, old) = (from.to_owned(), old.clone());
        let (to, put, dates) = (to.to_owned(), put.clone(), self.dates.clone());
        let moved = self
            .store
            .writer
            .write("renew a session", move |connection| {
                rename(connection, &from, &old, &to, &put, &dates)
            });
        moved.await
    }

    async fn delete(&self, key: &str) -> Result<bool, StoreError> {
        let key = key.to_owned();
        let deleted = self
            .store
            .writer
            .write("end a session", move |connection| delete(connection, &key));
        deleted.await
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<Swept, StoreError> {
        let (now, limit) = (
            self.dates.written(now),
            i64::try_from(limit).unwrap_or(i64::MAX),
        );
        let dates = self.dates.clone();
        let swept = self
            .store
            .writer
            .alone("sweep expired sessions", move |connection| {
                sweep(connection, &now, limit, &dates)
            });
        swept.await
    }

    async fn check(&self) -> Result<(), StoreError> {
        let looked = self
            .store
            .readers
            .read("use the table django_session", |connection| {
                connection.prepare_cached(LOOK).map(|_| ())
            });
        looked.await
    }

    async fn close(&self) {
        crate::store::Store::close(&self.store).await;
    }
}

impl Browse for Rows {
    async fn page(&self, after: &str, limit: usize, now: Timestamp) -> Result<Page, StoreError> {
        let (after, now) = (after.to_owned(), self.dates.written(now));
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let dates = self.dates.clone();
        let listed = self.store.readers.look("list sessions", move |connection| {
            page(connection, &after, limit, &now, &dates)
        });
        listed.await
    }

    async fn tally(&self, now: Timestamp) -> Result<(u64, u64), StoreError> {
        let now = self.dates.written(now);
        let counted = self
            .store
            .readers
            .look("count sessions", move |connection| {
                connection.query_row(
                    "SELECT count(*) FILTER (WHERE expire_date > ?1), \
                 count(*) FILTER (WHERE expire_date <= ?1) FROM django_session",
                    [&now],
                    |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)),
                )
            });
        let (live, expired) = counted.await?;
        Ok((live.cast_unsigned(), expired.cast_unsigned()))
    }
}
