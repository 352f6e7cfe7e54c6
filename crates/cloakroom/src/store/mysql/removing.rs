//! Removing rows: one that has ended, and what has expired.
use sqlx::{MySqlConnection, Row};

use crate::clock::Timestamp;
use crate::session::{Body, StoreKey, Stored};
use crate::store::Swept;
use crate::store::mysql::rows::{number, read, row_version, sql, standing};
use crate::store::named::Named;

/// What came of removing a row in the version that was read.
pub(super) enum Removed {
    Nothing,
    Newer,
    /// The row, if it could be read; a sign still stands.
    Row(Option<Stored>),
}

/// MySQL can't delete a row and return it at once, as MariaDB can.
pub(super) async fn remove(
    connection: &mut MySqlConnection,
    named: &Named,
    key: &StoreKey,
) -> Result<Removed, sqlx::Error> {
    let Some(row) = standing(connection, named, key).await? else {
        return Ok(Removed::Nothing);
    };
    let there = read(&row);
    if let Some(Stored {
        body: Body::Forward(_),
        ..
    }) = there
    {
        return Ok(Removed::Row(there));
    }
    let removed = sqlx::query(sql(
        named,
        "DELETE FROM cloakroom_sessions WHERE `key` = ? AND version = ?",
    ))
    .bind(&key.as_bytes()[..])
    .bind(row_version(&row))
    .execute(connection)
    .await?;
    Ok(match removed.rows_affected() {
        0 => Removed::Newer,
        _ => Removed::Row(there),
    })
}

pub(super) async fn sweep(
    connection: &mut MySqlConnection,
    named: &Named,
    now: Timestamp,
    limit: u64,
) -> Result<Swept, sqlx::Error> {
    let swept = sqlx::query(sql(
        named,
        "DELETE FROM cloakroom_sessions WHERE sweep_at <= ? ORDER BY sweep_at LIMIT ?",
    ))
    .bind(number(now))
    .bind(limit)
    .execute(&mut *connection)
    .await?;
    let removed = swept.rows_affected();
    if removed < limit {
        return Ok(Swept {
            removed,
            oldest_left: None,
        });
    }
    let row = sqlx::query(sql(
        named,
        "SELECT MIN(sweep_at) FROM cloakroom_sessions WHERE sweep_at <= ?",
    ))
    .bind(number(now))
    .fetch_one(connection)
    .await?;
    let oldest: Option<i64> = row.try_get(0)?;
    Ok(Swept {
        removed,
        oldest_left: oldest.map(|oldest| Timestamp::from_secs(oldest.cast_unsigned())),
    })
}
