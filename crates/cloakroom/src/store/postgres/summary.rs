//! Counting all rows in one go, by what operators ask for.
use tokio_postgres::{Error, Row};

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::store::Summary;
use crate::store::columns::{Alike, minute, summary};
use crate::store::postgres::fault::failed;
use crate::store::postgres::value::Value;

/// The limits are those of [`Summary`], ages in minutes.
pub(super) const SUMMARY: &str = "\
    SELECT CASE WHEN expires_at <= $1 THEN 0 WHEN is_sign THEN 3 WHEN user_id IS NULL THEN 1 ELSE 2 END, \
    width_bucket($2 - coalesce(began_at, 0), '{1,10,60,360,1440,10080,43200,129600}'::integer[]), \
    width_bucket(octet_length(body), '{100,300,1024,4096,16384,65536,1048576}'::integer[]), \
    device, count(*), count(*) FILTER (WHERE seen_at > $2 - 60), \
    sum(octet_length(body))::bigint, max(octet_length(body)) \
    FROM cloakroom_sessions GROUP BY 1, 2, 3, 4";

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
    Ok(Alike {
        kind: small(0)?,
        age: small(1)?,
        size: small(2)?,
        device: row.try_get(3)?,
        count: row.try_get(4)?,
        active: row.try_get(5)?,
        bytes: row.try_get(6)?,
        largest: small(7)?,
    })
}
