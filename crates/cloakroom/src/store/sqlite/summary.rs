//! Counting all rows in one go, by what operators ask for.
use rusqlite::{Connection, Result, params};

use crate::clock::Timestamp;
use crate::store::Summary;
use crate::store::columns::{Alike, minute, summary};
use crate::store::named::Named;
use crate::store::sqlite::rows::number;

/// The limits are those of [`Summary`], ages in minutes.
const SUMMARY: &str = "\
    WITH seen AS (\
        SELECT CASE WHEN expires_at <= ?1 THEN 0 WHEN is_forward THEN 3 WHEN user IS NULL THEN 1 ELSE 2 END kind, \
        ?2 - coalesce(began_at, 0) age, length(body) size, device, seen_at > ?2 - 60 is_active \
        FROM cloakroom_sessions\
    ) \
    SELECT kind, \
    (age >= 1) + (age >= 10) + (age >= 60) + (age >= 360) + (age >= 1440) + (age >= 10080) \
    + (age >= 43200) + (age >= 129600), \
    (size >= 100) + (size >= 300) + (size >= 1024) + (size >= 4096) + (size >= 16384) \
    + (size >= 65536) + (size >= 1048576), \
    device, count(*), coalesce(sum(is_active), 0), sum(size), max(size) FROM seen GROUP BY 1, 2, 3, 4";

pub(super) fn count(connection: &Connection, named: &Named, now: Timestamp) -> Result<Summary> {
    let mut statement = connection.prepare_cached(&named.sql(SUMMARY))?;
    let rows = statement.query_map(params![number(now), minute(now)], |row| {
        Ok(Alike {
            kind: row.get(0)?,
            age: row.get(1)?,
            size: row.get(2)?,
            device: row.get(3)?,
            count: row.get(4)?,
            active: row.get(5)?,
            bytes: row.get(6)?,
            largest: row.get(7)?,
        })
    })?;
    Ok(summary(rows.collect::<Result<Vec<_>>>()?))
}
