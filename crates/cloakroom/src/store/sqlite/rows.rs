//! The statements that read and write rows. What they bind is theirs: nothing outside knows a column.
use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, Result, Row, Rows, params};

use crate::clock::Timestamp;
use crate::session::{Body, Forward, Record, StoreKey, Stored, Version};
use crate::store::columns::Columns;
use crate::store::decoded::decoded;
use crate::store::named::Named;
use crate::store::packed::packed;
use crate::store::sqlite::NAME;
use crate::store::sqlite::fault::is_duplicate;
use crate::store::{Counts, Listed};

/// What is swept is found by the hour, so that saving rarely touches an index.
const HOUR: u64 = 3_600;

/// What stands in a row, not yet read.
pub(super) struct Found {
    version: i64,
    body: Bytes,
}

impl Found {
    fn of(row: &Row<'_>) -> Result<Self> {
        let (version, body) = (row.get_ref(0)?.as_i64(), row.get_ref(1)?.as_bytes());
        Ok(match (version, body) {
            (Ok(version), Ok(body)) => Self {
                version,
                body: Bytes::copy_from_slice(body),
            },
            // Somebody else wrote a value of another type; nothing is what does not decode.
            _ => Self {
                version: 0,
                body: Bytes::new(),
            },
        })
    }

    /// Reads it; `None` when it does not decode.
    pub(super) fn read(self) -> Option<Stored> {
        decoded(
            NAME,
            self.body,
            Version::Number(self.version.cast_unsigned()),
        )
    }
}

/// A body with what the columns say about it, to be bound as often as need be.
pub(super) struct Written {
    body: Bytes,
    expires: Timestamp,
    user: Option<String>,
    is_forward: bool,
    columns: Columns,
}

impl From<&Record> for Written {
    fn from(record: &Record) -> Self {
        Self {
            body: packed(record).into(),
            expires: record.expires(),
            user: record.user().map(ToOwned::to_owned),
            is_forward: false,
            columns: Columns::of(record),
        }
    }
}

impl From<&Forward> for Written {
    fn from(forward: &Forward) -> Self {
        Self {
            body: forward.to_bytes().into(),
            expires: forward.expires,
            user: None,
            is_forward: true,
            columns: Columns::default(),
        }
    }
}

/// What became of a change that compares versions.
pub(super) enum Change {
    Done,
    /// Another version stands there, or nothing.
    Refused(Option<Found>),
}

pub(super) fn load(
    connection: &Connection,
    named: &Named,
    key: &StoreKey,
    now: Timestamp,
) -> Result<Option<Found>> {
    connection
        .prepare_cached(
            &named.sql(
                "SELECT version, body FROM cloakroom_sessions WHERE key = ? AND expires_at > ?",
            ),
        )?
        .query_row(params![key.as_bytes(), number(now)], Found::of)
        .optional()
}

/// Says whether the key was free.
pub(super) fn insert(
    connection: &Connection,
    named: &Named,
    key: &StoreKey,
    written: &Written,
) -> Result<bool> {
    let inserted = connection
        .prepare_cached(&named.sql(
            "INSERT INTO cloakroom_sessions \
             (key, version, expires_at, sweep_at, is_forward, user, body, began_at, seen_at, method, device) \
             VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        ))?
        .execute(params![
            key.as_bytes(),
            number(written.expires),
            sweep_at(written.expires),
            written.is_forward,
            written.user,
            &written.body[..],
            written.columns.began,
            written.columns.seen,
            written.columns.method,
            written.columns.device,
        ]);
    match inserted {
        Ok(_) => Ok(true),
        Err(error) if is_duplicate(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Replaces a row of this version.
pub(super) fn replace(
    connection: &Connection,
    named: &Named,
    key: &StoreKey,
    version: i64,
    written: &Written,
) -> Result<Change> {
    let done = replace_body(connection, named, key, version, written)?
        || replace_all(connection, named, key, version, written)?;
    if done {
        return Ok(Change::Done);
    }
    standing(connection, named, key).map(Change::Refused)
}

fn standing(connection: &Connection, named: &Named, key: &StoreKey) -> Result<Option<Found>> {
    connection
        .prepare_cached(&named.sql("SELECT version, body FROM cloakroom_sessions WHERE key = ?"))?
        .query_row([key.as_bytes()], Found::of)
        .optional()
}

/// Replaces a row of this version if no index needs a change: SQLite rewrites the entries of all
/// columns that a statement sets, also of those that it sets to what they are.
fn replace_body(
    connection: &Connection,
    named: &Named,
    key: &StoreKey,
    version: i64,
    written: &Written,
) -> Result<bool> {
    let replaced = connection
        .prepare_cached(&named.sql(
            "UPDATE cloakroom_sessions \
             SET version = version + 1, expires_at = ?, is_forward = ?, body = ?, \
             began_at = ?, seen_at = ?, method = ?, device = ? \
             WHERE key = ? AND version = ? AND sweep_at = ? AND user IS ?",
        ))?
        .execute(params![
            number(written.expires),
            written.is_forward,
            &written.body[..],
            written.columns.began,
            written.columns.seen,
            written.columns.method,
            written.columns.device,
            key.as_bytes(),
            version,
            sweep_at(written.expires),
            written.user,
        ])?;
    Ok(replaced == 1)
}

fn replace_all(
    connection: &Connection,
    named: &Named,
    key: &StoreKey,
    version: i64,
    written: &Written,
) -> Result<bool> {
    let replaced = connection
        .prepare_cached(&named.sql(
            "UPDATE cloakroom_sessions SET version = version + 1, expires_at = ?, sweep_at = ?, \
             is_forward = ?, user = ?, body = ?, began_at = ?, seen_at = ?, method = ?, device = ? \
             WHERE key = ? AND version = ?",
        ))?
        .execute(params![
            number(written.expires),
            sweep_at(written.expires),
            written.is_forward,
            written.user,
            &written.body[..],
            written.columns.began,
            written.columns.seen,
            written.columns.method,
            written.columns.device,
            key.as_bytes(),
            version,
        ])?;
    Ok(replaced == 1)
}

/// Puts the record under its new key and the sign under the old one, both or neither; `None` when
/// the new key is taken.
pub(super) fn rename(
    connection: &Connection,
    named: &Named,
    (from, version, sign): (&StoreKey, i64, &Written),
    (to, record): (&StoreKey, &Written),
) -> Result<Option<Change>> {
    connection.execute_batch("SAVEPOINT renaming")?;
    let renamed = match replace(connection, named, from, version, sign) {
        Ok(Change::Done) => {
            insert(connection, named, to, record).map(|inserted| inserted.then_some(Change::Done))
        }
        refused => refused.map(Some),
    };
    // After some errors SQLite has rolled everything back itself.
    if !connection.is_autocommit() {
        let ended = connection.execute_batch(match renamed {
            Ok(Some(Change::Done)) => "RELEASE renaming",
            _ => "ROLLBACK TO renaming; RELEASE renaming",
        });
        if ended.is_err() {
            // Half of it must not be committed with the rest of the group.
            connection.execute_batch("ROLLBACK")?;
        }
        ended?;
    }
    renamed
}

pub(super) fn delete(
    connection: &Connection,
    named: &Named,
    key: &StoreKey,
) -> Result<Option<Found>> {
    let removed = connection
        .prepare_cached(&named.sql(
            "DELETE FROM cloakroom_sessions \
             WHERE key = ? AND NOT is_forward RETURNING version, body",
        ))?
        .query_row([key.as_bytes()], Found::of)
        .optional()?;
    match removed {
        Some(removed) => Ok(Some(removed)),
        // Nothing, or a sign.
        None => standing(connection, named, key),
    }
}

/// Says by when the oldest of what is to be swept had expired.
pub(super) fn oldest(
    connection: &Connection,
    named: &Named,
    now: Timestamp,
) -> Result<Option<Timestamp>> {
    let oldest: Option<i64> = connection
        .prepare_cached(
            &named.sql("SELECT min(sweep_at) FROM cloakroom_sessions WHERE sweep_at <= ?"),
        )?
        .query_row([number(now)], |row| row.get(0))?;
    Ok(oldest.map(|oldest| Timestamp::from_secs(oldest.cast_unsigned())))
}

pub(super) fn list(
    connection: &Connection,
    named: &Named,
    after: Option<StoreKey>,
    limit: usize,
    now: Timestamp,
) -> Result<Vec<Listed>> {
    let after = after.as_ref().map_or(&[][..], |key| &key.as_bytes()[..]);
    // Rows come one by one, so those that can't be read don't count.
    let mut statement = connection.prepare_cached(&named.sql(
        "SELECT version, body, key FROM cloakroom_sessions \
         WHERE key > ? AND expires_at > ? AND NOT is_forward ORDER BY key",
    ))?;
    first(limit, statement.query(params![after, number(now)])?)
}

const OF_USER: &str =
    "SELECT version, body, key FROM cloakroom_sessions WHERE user = ? AND expires_at > ?";

pub(super) fn of_user(
    connection: &Connection,
    named: &Named,
    user: &str,
    now: Timestamp,
) -> Result<Vec<Listed>> {
    let mut statement = connection.prepare_cached(&named.sql(OF_USER))?;
    first(usize::MAX, statement.query(params![user, number(now)])?)
}

/// Reads so many rows that can be read; others are left aside.
fn first(limit: usize, mut rows: Rows<'_>) -> Result<Vec<Listed>> {
    let mut all = Vec::new();
    while all.len() < limit
        && let Some(row) = rows.next()?
    {
        let key = row.get_ref(2)?.as_blob().ok();
        let key = key.and_then(|key| key.try_into().ok());
        let stored = Found::of(row)?.read();
        if let (Some(key), Some(Body::Record(record))) = (key, stored.map(|stored| stored.body)) {
            all.push(Listed::of(StoreKey::from_bytes(key), &record));
        }
    }
    Ok(all)
}

pub(super) fn count(connection: &Connection, named: &Named, now: Timestamp) -> Result<Counts> {
    connection
        .prepare_cached(&named.sql(
            "SELECT coalesce(sum(expires_at > ?1 AND NOT is_forward), 0), \
             coalesce(sum(expires_at <= ?1), 0) FROM cloakroom_sessions",
        ))?
        .query_row([number(now)], |row| {
            let column = |at| row.get(at).map(i64::cast_unsigned);
            Ok(Counts {
                live: column(0)?,
                expired: column(1)?,
            })
        })
}

/// SQLite's integers have a sign; what is later than they reach is as good as never.
pub(super) fn number(time: Timestamp) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}

fn sweep_at(expires: Timestamp) -> i64 {
    let rounded = expires.as_secs().div_ceil(HOUR).saturating_mul(HOUR);
    number(Timestamp::from_secs(rounded))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::schema;

    #[test]
    fn a_users_sessions_are_found_by_one_look_into_an_index() {
        let mut connection = Connection::open_in_memory().unwrap();
        for named in [None, Some("wizard_drafts")] {
            let named = Named::new("SQLite", named).unwrap();
            schema::migrate(&mut connection, &named).unwrap();
            let explain = format!("EXPLAIN QUERY PLAN {}", named.sql(OF_USER));
            let mut statement = connection.prepare(&explain).unwrap();
            let steps = statement.query_map(params!["ada", 0], |row| row.get(3));
            let steps: Vec<String> = steps.unwrap().collect::<Result<_>>().unwrap();
            assert_eq!(steps.len(), 1, "{steps:?}");
            let plan = (
                steps[0].starts_with("SEARCH"),
                steps[0].ends_with("(user=?)"),
            );
            assert_eq!(plan, (true, true), "{steps:?}");
        }
    }
}
