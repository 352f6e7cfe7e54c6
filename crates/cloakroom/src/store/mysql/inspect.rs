//! What an operator asks of the sessions in MySQL.
use sqlx::Row;
use sqlx::mysql::MySqlRow;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::session::StoreKey;
use crate::store::columns::{Alike, minute, summary};
use crate::store::mysql::MysqlStore;
use crate::store::mysql::fault::failed;
use crate::store::mysql::rows::{number, read_listed, sql, user_column};
use crate::store::{Counts, Inspect, Listed, Summary};

/// Counts all rows; the limits are those of [`Summary`], ages in minutes.
const SUMMARY: &str = "\
    SELECT kind, age, size, device, COUNT(*), \
    CAST(COALESCE(SUM(is_active), 0) AS SIGNED), CAST(SUM(bytes) AS SIGNED), CAST(MAX(bytes) AS SIGNED) \
    FROM (\
        SELECT CAST(CASE WHEN expires_at <= ? THEN 0 WHEN is_forward = 1 THEN 3 \
        WHEN user IS NULL THEN 1 ELSE 2 END AS SIGNED) AS kind, \
        CAST(INTERVAL(? - COALESCE(began_at, 0), 1, 10, 60, 360, 1440, 10080, 43200, 129600) AS SIGNED) AS age, \
        CAST(INTERVAL(OCTET_LENGTH(body), 100, 300, 1024, 4096, 16384, 65536, 1048576) AS SIGNED) AS size, \
        device, seen_at > ? - 60 AS is_active, OCTET_LENGTH(body) AS bytes FROM cloakroom_sessions\
    ) seen GROUP BY kind, age, size, device";

impl Inspect for MysqlStore {
    async fn list(
        &self,
        after: Option<StoreKey>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<Listed>, StoreError> {
        let mut all = Vec::new();
        let mut after = after.map_or_else(Vec::new, |key| key.as_bytes().to_vec());
        // Rows that can't be read are left out, and what follows them is still found.
        while all.len() < limit {
            let page = limit - all.len();
            let rows = self.page(&after, page, now).await?;
            let records = rows.iter().filter_map(read_listed);
            all.extend(records.map(|(key, record)| Listed::of(key, &record)));
            match rows.last().and_then(|row| row.try_get("key").ok()) {
                Some(last) if rows.len() == page => after = last,
                _ => break,
            }
        }
        Ok(all)
    }

    async fn of_user(&self, user: &str, now: Timestamp) -> Result<Vec<Listed>, StoreError> {
        let failed = |error| failed("list a user's sessions", error);
        let mut line = self.connections.to_read().await.map_err(failed)?;
        let rows = sqlx::query(sql(
            &self.named,
            "SELECT `key`, version, body FROM cloakroom_sessions WHERE user = ? AND expires_at > ?",
        ))
        .bind(user_column(user))
        .bind(number(now))
        .fetch_all(line.connection())
        .await;
        line.settle(&rows);
        let rows = rows.map_err(failed)?;
        let records = rows.iter().filter_map(read_listed);
        Ok(records
            .filter(|(_, record)| record.user() == Some(user))
            .map(|(key, record)| Listed::of(key, &record))
            .collect())
    }

    async fn count(&self, now: Timestamp) -> Result<Counts, StoreError> {
        let failed = |error| failed("count sessions", error);
        let mut line = self.connections.to_read().await.map_err(failed)?;
        let row = sqlx::query(sql(
            &self.named,
            "SELECT COUNT(CASE WHEN expires_at > ? AND is_forward = 0 THEN 1 END), \
             COUNT(CASE WHEN expires_at <= ? THEN 1 END) FROM cloakroom_sessions",
        ))
        .bind(number(now))
        .bind(number(now))
        .fetch_one(line.connection())
        .await;
        line.settle(&row);
        let row = row.map_err(failed)?;
        Ok(Counts {
            live: counted(&row, 0).map_err(failed)?,
            expired: counted(&row, 1).map_err(failed)?,
        })
    }

    async fn summary(&self, now: Timestamp) -> Result<Option<Summary>, StoreError> {
        let failed = |error| failed("count sessions", error);
        let mut line = self.connections.to_read().await.map_err(failed)?;
        let rows = sqlx::query(sql(&self.named, SUMMARY))
            .bind(number(now))
            .bind(minute(now))
            .bind(minute(now))
            .fetch_all(line.connection())
            .await;
        line.settle(&rows);
        let rows: Result<Vec<_>, _> = rows.map_err(failed)?.iter().map(alike).collect();
        Ok(Some(summary(rows.map_err(failed)?)))
    }
}

impl MysqlStore {
    async fn page(
        &self,
        after: &[u8],
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<MySqlRow>, StoreError> {
        let failed = |error| failed("list sessions", error);
        let mut line = self.connections.to_read().await.map_err(failed)?;
        let rows = sqlx::query(sql(
            &self.named,
            "SELECT `key`, version, body FROM cloakroom_sessions \
             WHERE `key` > ? AND expires_at > ? AND is_forward = 0 ORDER BY `key` LIMIT ?",
        ))
        .bind(after)
        .bind(number(now))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(line.connection())
        .await;
        line.settle(&rows);
        rows.map_err(failed)
    }
}

fn alike(row: &MySqlRow) -> Result<Alike, sqlx::Error> {
    Ok(Alike {
        kind: row.try_get(0)?,
        age: row.try_get(1)?,
        size: row.try_get(2)?,
        device: row.try_get(3)?,
        count: row.try_get(4)?,
        active: row.try_get(5)?,
        bytes: row.try_get(6)?,
        largest: row.try_get(7)?,
    })
}

fn counted(row: &MySqlRow, column: usize) -> Result<u64, sqlx::Error> {
    let counted: i64 = row.try_get(column)?;
    Ok(counted.cast_unsigned())
}
