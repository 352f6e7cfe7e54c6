//! Django's table `django_session` in MySQL and MariaDB.
use bytes::Bytes;
use sqlx::mysql::MySqlRow;
use sqlx::{MySqlConnection, Row};
use tokio::time::timeout;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::store::django::{
    Browse, Codec, Copies, Dates, Ends, Kept, Moved, Old, Page, Put, Shelf, Shelved,
};
use crate::store::guard::Guarded;
use crate::store::mysql::connections::{Connections, Line};
use crate::store::mysql::fault::{failed, is_closed, is_deadlock, is_duplicate};
use crate::store::mysql::{MIGRATION, NAME, TRIES, run, server};
use crate::store::{AnyStore, Options, Swept};

/// The table as Django's own migration makes it.
const TABLE: &str = "\
    CREATE TABLE IF NOT EXISTS `django_session` (\
    `session_key` varchar(40) NOT NULL PRIMARY KEY, `session_data` longtext NOT NULL, \
    `expire_date` datetime(6) NOT NULL, \
    KEY `django_session_expire_date_a5c62663` (`expire_date`))";

const LOOK: &str = "SELECT session_key, session_data, expire_date FROM django_session LIMIT 0";

/// Opens Django's table in the database that a URL names.
pub(in crate::store) async fn open(
    url: &str,
    options: &Options,
    codec: Codec,
    copies: Option<Copies>,
) -> Result<AnyStore, StoreError> {
    let rows = Rows {
        connections: Connections::own(server(url)?, options),
        dates: codec.dates(),
    };
    rows.prepare(options.migrate).await?;
    let shelved = Shelved::new(rows, codec, copies);
    Ok(AnyStore::inspectable(Guarded::new(shelved, options)))
}

/// The rows of the table.
struct Rows {
    connections: Connections,
    dates: Dates,
}

impl Rows {
    async fn prepare(&self, migrate: bool) -> Result<(), StoreError> {
        let line = self.connections.to_read().await;
        let mut line = line.map_err(|error| failed("reach its server", error))?;
        let prepared = timeout(MIGRATION, async {
            let looked = look(line.connection()).await;
            if looked.is_ok() || !migrate {
                return looked;
            }
            run(line.connection(), TABLE).await?;
            look(line.connection()).await
        });
        let prepared = prepared.await.unwrap_or(Err(sqlx::Error::PoolTimedOut));
        line.settle(&prepared);
        prepared.map_err(|error| {
            failed("use the table django_session", error)
                .remedy("let manage.py migrate, or cloakroom migrate, make it")
        })
    }

    async fn to_write(&self, doing: &'static str) -> Result<Line<'_>, StoreError> {
        let line = self.connections.to_write().await;
        line.map_err(|error| failed(doing, error))
    }
}

async fn look(connection: &mut MySqlConnection) -> Result<(), sqlx::Error> {
    sqlx::query(LOOK).execute(connection).await.map(|_| ())
}

fn kept(row: &MySqlRow, at: usize, dates: &Dates) -> Result<Kept, sqlx::Error> {
    let payload: Vec<u8> = row.try_get(at)?;
    let ends: String = row.try_get(at + 1)?;
    Ok(Kept {
        old: Old {
            payload: Bytes::from(payload),
            mark: 0,
        },
        ends: Ends::At(dates.read(&ends)),
    })
}

/// Texts are compared byte by byte, which a collation of the table's would not.
async fn replace(
    connection: &mut MySqlConnection,
    key: &str,
    old: &Old,
    put: &Put,
    dates: &Dates,
) -> Result<bool, sqlx::Error> {
    let replaced = sqlx::query(
        "UPDATE django_session SET session_data = ?, expire_date = ? \
         WHERE session_key = ? AND CAST(session_data AS BINARY) = CAST(? AS BINARY)",
    )
    .bind(text(&put.payload))
    .bind(dates.written(put.expires))
    .bind(key)
    .bind(text(&old.payload))
    .execute(connection)
    .await?;
    Ok(replaced.rows_affected() > 0)
}

async fn insert(
    connection: &mut MySqlConnection,
    key: &str,
    put: &Put,
    dates: &Dates,
) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query(
        "INSERT INTO django_session (session_key, session_data, expire_date) VALUES (?, ?, ?)",
    )
    .bind(key)
    .bind(text(&put.payload))
    .bind(dates.written(put.expires))
    .execute(connection)
    .await;
    match inserted {
        Ok(_) => Ok(true),
        Err(error) if is_duplicate(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

async fn rename(
    connection: &mut MySqlConnection,
    from: &str,
    old: &Old,
    to: &str,
    put: &Put,
    dates: &Dates,
) -> Result<Moved, sqlx::Error> {
    run(connection, "START TRANSACTION").await?;
    let gone = sqlx::query(
        "DELETE FROM django_session \
         WHERE session_key = ? AND CAST(session_data AS BINARY) = CAST(? AS BINARY)",
    )
    .bind(from)
    .bind(text(&old.payload))
    .execute(&mut *connection)
    .await?;
    let moved = match gone.rows_affected() {
        0 => Moved::Changed,
        _ if insert(connection, to, put, dates).await? => Moved::Done(0),
        _ => Moved::Taken,
    };
    let end = match moved {
        Moved::Done(_) => "COMMIT",
        _ => "ROLLBACK",
    };
    run(connection, end).await?;
    Ok(moved)
}

fn text(payload: &Bytes) -> &str {
    std::str::from_utf8(payload).unwrap_or_default()
}

impl Shelf for Rows {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn get(&self, key: &str, now: Timestamp) -> Result<Option<Kept>, StoreError> {
        let failed = |error| failed("load a session", error);
        let mut again = true;
        loop {
            let mut line = self.connections.to_read().await.map_err(failed)?;
            let found = sqlx::query(
                "SELECT CAST(session_data AS BINARY), CAST(expire_date AS CHAR) \
                 FROM django_session WHERE session_key = ? AND expire_date > ?",
            )
            .bind(key)
            .bind(self.dates.written(now))
            .fetch_optional(line.connection())
            .await;
            line.settle(&found);
            match found {
                // The connection had ended while nobody used it; reading again does no harm.
                Err(error) if again && is_closed(&error) => again = false,
                Err(error) => return Err(failed(error)),
                Ok(row) => {
                    return row
                        .map(|row| kept(&row, 0, &self.dates))
                        .transpose()
                        .map_err(failed);
                }
            }
        }
    }

    fn has_marks(&self) -> bool {
        false
    }

    async fn create(&self, key: &str, put: &Put) -> Result<Option<u64>, StoreError> {
        const DOING: &str = "create a session";
        let mut tries = TRIES;
        loop {
            let mut line = self.to_write(DOING).await?;
            let inserted = insert(line.connection(), key, put, &self.dates).await;
            line.settle(&inserted);
            tries -= 1;
            match inserted {
                Err(error) if is_deadlock(&error) && tries > 0 => {}
                Err(error) => return Err(failed(DOING, error)),
                Ok(inserted) => return Ok(inserted.then_some(0)),
            }
        }
    }

    async fn replace(&self, key: &str, old: &Old, put: &Put) -> Result<Option<u64>, StoreError> {
        const DOING: &str = "save a session";
        let mut tries = TRIES;
        loop {
            let mut line = self.to_write(DOING).await?;
            let replaced = replace(line.connection(), key, old, put, &self.dates).await;
            line.settle(&replaced);
            tries -= 1;
            match replaced {
                Err(error) if is_deadlock(&error) && tries > 0 => {}
                Err(error) => return Err(failed(DOING, error)),
                Ok(replaced) => return Ok(replaced.then_some(0)),
            }
        }
    }

    async fn rename(
        &self,
        from: &str,
        old: &Old,
        to: &str,
        put: &Put,
    ) -> Result<Moved, StoreError> {
        const DOING: &str = "renew a session";
        let mut tries = TRIES;
        loop {
            let mut line = self.to_write(DOING).await?;
            let moved = rename(line.connection(), from, old, to, put, &self.dates).await;
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

    async fn delete(&self, key: &str) -> Result<bool, StoreError> {
        const DOING: &str = "end a session";
        loop {
            let mut line = self.to_write(DOING).await?;
            let deleted = sqlx::query("DELETE FROM django_session WHERE session_key = ?")
                .bind(key)
                .execute(line.connection())
                .await;
            line.settle(&deleted);
            match deleted {
                Err(error) if is_deadlock(&error) => {}
                Err(error) => return Err(failed(DOING, error)),
                Ok(done) => return Ok(done.rows_affected() > 0),
            }
        }
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<Swept, StoreError> {
        const DOING: &str = "sweep expired sessions";
        let limit = limit.min(super::SWEPT_AT_ONCE) as u64;
        let mut line = self.to_write(DOING).await?;
        let swept = async {
            let swept = sqlx::query(
                "DELETE FROM django_session WHERE expire_date < ? ORDER BY expire_date LIMIT ?",
            )
            .bind(self.dates.written(now))
            .bind(limit)
            .execute(line.connection())
            .await?;
            let removed = swept.rows_affected();
            let row = sqlx::query(
                "SELECT CAST(MIN(expire_date) AS CHAR) FROM django_session WHERE expire_date < ?",
            )
            .bind(self.dates.written(now))
            .fetch_one(line.connection())
            .await?;
            let oldest: Option<String> = row.try_get(0)?;
            Ok(Swept {
                removed,
                oldest_left: oldest.map(|date| self.dates.read(&date)),
            })
        };
        let swept: Result<_, sqlx::Error> = swept.await;
        line.settle(&swept);
        swept.map_err(|error| failed(DOING, error))
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.prepare(false).await
    }

    async fn close(&self) {
        self.connections.close().await;
    }
}

impl Browse for Rows {
    async fn page(&self, after: &str, limit: usize, now: Timestamp) -> Result<Page, StoreError> {
        let failed = |error| failed("list sessions", error);
        let mut line = self.connections.to_read().await.map_err(failed)?;
        let rows = sqlx::query(
            "SELECT session_key, CAST(session_data AS BINARY), CAST(expire_date AS CHAR) \
             FROM django_session WHERE session_key > ? AND expire_date > ? \
             ORDER BY session_key LIMIT ?",
        )
        .bind(after)
        .bind(self.dates.written(now))
        .bind(limit as u64)
        .fetch_all(line.connection())
        .await;
        line.settle(&rows);
        let read = |row: &MySqlRow| Ok((row.try_get(0)?, kept(row, 1, &self.dates)?));
        let rows = rows.map_err(failed)?;
        rows.iter()
            .map(read)
            .collect::<Result<_, sqlx::Error>>()
            .map_err(failed)
    }

    async fn tally(&self, now: Timestamp) -> Result<(u64, u64), StoreError> {
        let failed = |error| failed("count sessions", error);
        let mut line = self.connections.to_read().await.map_err(failed)?;
        let row = sqlx::query(
            "SELECT COUNT(CASE WHEN expire_date > ? THEN 1 END), \
             COUNT(CASE WHEN expire_date <= ? THEN 1 END) FROM django_session",
        )
        .bind(self.dates.written(now))
        .bind(self.dates.written(now))
        .fetch_one(line.connection())
        .await;
        line.settle(&row);
        let row = row.map_err(failed)?;
        let count = |at: usize| row.try_get::<i64, _>(at).map(i64::cast_unsigned);
        Ok((count(0).map_err(failed)?, count(1).map_err(failed)?))
    }
}
