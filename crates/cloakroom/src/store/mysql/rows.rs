//! The rows of the table of sessions: how they are written, replaced and read.
use std::borrow::Cow;

use bytes::Bytes;
use sha2::{Digest, Sha256};
use sqlx::mysql::MySqlRow;
use sqlx::{AssertSqlSafe, MySqlConnection, Row, SqlSafeStr, SqlStr};

use crate::clock::Timestamp;
use crate::session::{Body, Record, StoreKey, Stored, Version};
use crate::store::columns::Columns;
use crate::store::decoded::decoded;
use crate::store::mysql::NAME;
use crate::store::named::Named;
use crate::store::packed::packed;

/// What is swept is found by the hour, so that saving rarely touches an index.
const HOUR: u64 = 3_600;
/// A longer user id is kept as its digest, which is looked for and then compared in full.
const LONGEST_USER: usize = 255;

/// Returns a statement about these tables.
pub(super) fn sql(named: &Named, statement: &'static str) -> SqlStr {
    match named.sql(statement) {
        Cow::Borrowed(sql) => sql.into_sql_str(),
        // The name was checked, and the rest is the statement.
        Cow::Owned(sql) => AssertSqlSafe(sql).into_sql_str(),
    }
}

/// What an `INSERT` or `UPDATE` writes, whole and ready to be sent.
pub(super) struct Written<'a> {
    pub(super) body: Vec<u8>,
    pub(super) expires: Timestamp,
    pub(super) user: Option<&'a str>,
    pub(super) is_forward: bool,
    pub(super) columns: Columns,
}

impl<'a> From<&'a Record> for Written<'a> {
    fn from(record: &'a Record) -> Self {
        Self {
            body: packed(record),
            expires: record.expires(),
            user: record.user(),
            is_forward: false,
            columns: Columns::of(record),
        }
    }
}

impl Written<'_> {
    /// Makes the row; `Err` with a duplicate key when one stands there.
    pub(super) async fn insert(
        &self,
        connection: &mut MySqlConnection,
        named: &Named,
        key: &StoreKey,
    ) -> Result<(), sqlx::Error> {
        sqlx::query(sql(
            named,
            "INSERT INTO cloakroom_sessions \
             (`key`, version, expires_at, sweep_at, is_forward, user, body, began_at, seen_at, method, device) \
             VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        ))
        .bind(&key.as_bytes()[..])
        .bind(number(self.expires))
        .bind(sweep_at(self.expires))
        .bind(i8::from(self.is_forward))
        .bind(self.user.map(user_column))
        .bind(&self.body[..])
        .bind(self.columns.began)
        .bind(self.columns.seen)
        .bind(self.columns.method.as_deref())
        .bind(self.columns.device.as_deref())
        .execute(connection)
        .await
        .map(|_| ())
    }

    /// Replaces a row of this version, and says whether there was one.
    pub(super) async fn replace(
        &self,
        connection: &mut MySqlConnection,
        named: &Named,
        key: &StoreKey,
        version: i64,
    ) -> Result<bool, sqlx::Error> {
        let replaced = sqlx::query(sql(
            named,
            "UPDATE cloakroom_sessions SET version = version + 1, expires_at = ?, sweep_at = ?, \
             is_forward = ?, user = ?, body = ?, began_at = ?, seen_at = ?, method = ?, device = ? \
             WHERE `key` = ? AND version = ?",
        ))
        .bind(number(self.expires))
        .bind(sweep_at(self.expires))
        .bind(i8::from(self.is_forward))
        .bind(self.user.map(user_column))
        .bind(&self.body[..])
        .bind(self.columns.began)
        .bind(self.columns.seen)
        .bind(self.columns.method.as_deref())
        .bind(self.columns.device.as_deref())
        .bind(&key.as_bytes()[..])
        .bind(version)
        .execute(connection)
        .await?;
        Ok(replaced.rows_affected() == 1)
    }
}

/// Reads what stands under a key and is live at `now`.
pub(super) async fn find(
    connection: &mut MySqlConnection,
    named: &Named,
    key: &StoreKey,
    now: Timestamp,
) -> Result<Option<MySqlRow>, sqlx::Error> {
    sqlx::query(sql(
        named,
        "SELECT version, body FROM cloakroom_sessions WHERE `key` = ? AND expires_at > ?",
    ))
    .bind(&key.as_bytes()[..])
    .bind(number(now))
    .fetch_optional(connection)
    .await
}

/// Reads what stands under a key, expired or not.
pub(super) async fn standing(
    connection: &mut MySqlConnection,
    named: &Named,
    key: &StoreKey,
) -> Result<Option<MySqlRow>, sqlx::Error> {
    sqlx::query(sql(
        named,
        "SELECT version, body FROM cloakroom_sessions WHERE `key` = ?",
    ))
    .bind(&key.as_bytes()[..])
    .fetch_optional(connection)
    .await
}

/// Reads the columns `version` and `body`.
pub(super) fn read(row: &MySqlRow) -> Option<Stored> {
    let version = row_version(row)?;
    let body: Vec<u8> = row.try_get("body").ok()?;
    let version = Version::Number(version.cast_unsigned());
    decoded(NAME, Bytes::from(body), version)
}

pub(super) fn row_version(row: &MySqlRow) -> Option<i64> {
    row.try_get("version").ok()
}

/// Returns the bytes by which a user's sessions are found.
pub(super) fn user_column(user: &str) -> Cow<'_, [u8]> {
    if user.len() <= LONGEST_USER {
        Cow::Borrowed(user.as_bytes())
    } else {
        Cow::Owned(Sha256::digest(user.as_bytes()).to_vec())
    }
}

/// What is later than MySQL's numbers reach is as good as never.
pub(super) fn number(time: Timestamp) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}

fn sweep_at(expires: Timestamp) -> i64 {
    let rounded = expires.as_secs().div_ceil(HOUR).saturating_mul(HOUR);
    number(Timestamp::from_secs(rounded))
}

/// Reads the key and, if a session stands there, what is listed of it.
pub(super) fn read_listed(row: &MySqlRow) -> Option<(StoreKey, Record)> {
    let key: Vec<u8> = row.try_get("key").ok()?;
    let key = StoreKey::from_bytes(key.try_into().ok()?);
    match read(row)?.body {
        Body::Record(record) => Some((key, record)),
        Body::Forward(_) => None,
    }
}
