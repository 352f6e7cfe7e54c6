//! Counting all rows in one go, by what operators ask for.
use tokio_postgres::{Error, Row};

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::store::Summary;
use crate::store::columns::{Alike, minute, summary};
use crate::store::postgres::fault::failed;
use crate::store::postgres::value::Value;

/// The limits are those of [`Summary`], ages in minutes. Which kind, age and size a row has is one number, and computed behind
/// an `OFFSET`: from the columns themselves the planner would expect as many groups as rows, and sort all of them, on the disk.
pub(super) const SUMMARY: &str = "\
    SELECT alike, device, count(*), count(*) FILTER (WHERE is_active), sum(size)::bigint, max(size) FROM (\
        SELECT CASE WHEN expires_at <= $1 THEN 0 WHEN is_sign THEN 3 WHEN user_id IS NULL THEN 1 ELSE 2 END \
        + 4 * width_bucket($2 - coalesce(began_at, 0), '{1,10,60,360,1440,10080,43200,129600}'::integer[]) \
        + 64 * width_bucket(octet_length(body), '{100,300,1024,4096,16384,65536,1048576}'::integer[]) AS alike, \
        device, seen_at > $2 - 60 AS is_active, octet_length(body) AS size \
        FROM cloakroom_sessions OFFSET 0\
    ) seen GROUP BY 1, 2";

pub(super) fn values(now: Timestamp, seconds: i64) -> [Value<'static>; 2] {
    [Value::Number(seconds), Value::Hour(minute(now))]
}

pub(super) fn read(rows: &[Row]) -> Result<Summary, StoreError> {
    let rows: Result<Vec<_>, _> = rows.iter().map(alike).collect();
    let rows = rows.map_err(|error| failed("count sessions", &error))?;
    Ok(summary(rows))
}

fn alike(row: &Row) -> Result<Alike, Error> {
    let small = |at: usize| row.try_get::<_, i32>(at).map(i64::from);
    let alike = small(0)?;
    Ok(Alike {
        kind: alike % 4,
        age: alike / 4 % 16,
        size: alike / 64,
        device: row.try_get(1)?,
        count: row.try_get(2)?,
        active: row.try_get(3)?,
        bytes: row.try_get(4)?,
        largest: small(5)?,
    })
}
