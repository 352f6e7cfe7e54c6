//! Sessions as rows: what is asked of the server, and what its answers mean.
use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest, Sha256};
use tokio_postgres::{Error, Row};

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::session::{Body, Forward, Record, StoreKey, Stored, Version};
use crate::store::columns::Columns;
use crate::store::decoded::decoded;
use crate::store::guard::MANY;
use crate::store::packed::packed;
use crate::store::postgres::NAME;
use crate::store::postgres::address::Address;
use crate::store::postgres::clearing::Clearing;
use crate::store::postgres::fault::{failed, is_cut_off};
use crate::store::postgres::hours::sweep_at;
use crate::store::postgres::lines::Lines;
use crate::store::postgres::link::{Link, Work};
use crate::store::postgres::row;
use crate::store::postgres::saves::Saves;
use crate::store::postgres::schema;
use crate::store::postgres::summary;
use crate::store::postgres::value::{Value, halves};
use crate::store::{
    Counts, Created, Inspect, Listed, Options, Renamed, Saved, Store, Summary, Swept,
};

/// The longest user id that stands in its column as it is.
const LONG: usize = 64;
/// How many rows are read at once.
const PAGE: usize = 1_000;

const LIST: &str = "\
    SELECT version, body, uuid_send(key) || uuid_send(key_end) FROM cloakroom_sessions \
    WHERE (key, key_end) > ($1, $2) AND expires_at > $3 AND NOT is_sign ORDER BY key LIMIT $4";

const OF_USER: &str = "\
    SELECT version, body, uuid_send(key) || uuid_send(key_end) FROM cloakroom_sessions \
    WHERE user_id = $1 AND expires_at > $2";

const COUNT: &str = "\
    SELECT count(*) FILTER (WHERE expires_at > $1 AND NOT is_sign), \
    count(*) FILTER (WHERE expires_at <= $1) FROM cloakroom_sessions";

/// Asks the server, without limits of its own.
#[derive(Debug)]
pub(super) struct Tables {
    /// For single sessions: the next request waits for nobody who looks at many.
    desk: Arc<Lines>,
    saves: Saves,
    /// For whoever looks at many sessions.
    office: Lines,
    clearing: Clearing,
}

impl Tables {
    pub(super) async fn open(address: Address, options: &Options) -> Result<Self, StoreError> {
        schema::prepare(&address, options.migrate).await?;
        let address = Arc::new(address);
        let response = options.response_timeout;
        let desk = Lines::new(address.clone(), Work::One, options.connections, response);
        let desk = Arc::new(desk);
        let tables = Self {
            saves: Saves::new(desk.clone(), response),
            desk,
            office: Lines::new(address, Work::Many, 1, response * MANY),
            clearing: Clearing::default(),
        };
        tables.desk.link().await?;
        Ok(tables)
    }

    async fn load_once(&self, key: &StoreKey, now: Timestamp) -> Result<Option<Row>, Fault> {
        let link = self.desk.shared_link().await.map_err(Fault::NoLink)?;
        let [key, key_end] = halves(key);
        let values = [key, key_end, Value::Number(number(now))];
        let row = link.row(&link.statements.load, values).await;
        row.map_err(Fault::Asking)
    }

    async fn many<const N: usize>(
        &self,
        doing: &'static str,
        sql: &'static str,
        values: [Value<'_>; N],
    ) -> Result<Vec<Row>, StoreError> {
        let link = self.office.link().await?;
        let rows = link.rows(sql, values).await;
        rows.map_err(|error| failed(doing, &error))
    }
}

/// What kept a load from its answer.
enum Fault {
    NoLink(StoreError),
    Asking(Error),
}

impl Store for Tables {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn load(&self, key: &StoreKey, now: Timestamp) -> Result<Option<Stored>, StoreError> {
        let mut row = self.load_once(key, now).await;
        // Reading twice does no harm, and the server may be back already.
        if matches!(&row, Err(Fault::Asking(error)) if is_cut_off(error)) {
            row = self.load_once(key, now).await;
        }
        match row {
            Ok(row) => Ok(row.and_then(|row| stored(&row))),
            Err(Fault::NoLink(error)) => Err(error),
            Err(Fault::Asking(error)) => Err(failed("load a session", &error)),
        }
    }

    async fn create(&self, key: &StoreKey, record: &Record) -> Result<Created, StoreError> {
        let link = self.desk.link().await?;
        let user = record.user().map(in_column);
        let columns = Columns::of(record);
        let [key, key_end] = halves(key);
        let values = [
            key,
            key_end,
            Value::Number(number(record.expires())),
            Value::Hour(sweep_at(record.expires())),
            Value::Maybe(user.as_deref()),
            Value::Bytes(&packed(record)),
            Value::MaybeMinute(columns.began),
            Value::MaybeMinute(columns.seen),
            Value::MaybeText(columns.method.as_deref()),
            Value::MaybeText(columns.device.as_deref()),
        ];
        let put = link.change(&link.statements.create, values).await;
        match put.map_err(|error| failed("create a session", &error))? {
            0 => Ok(Created::Taken),
            _ => Ok(Created::New(Version::Number(1))),
        }
    }

    async fn save(
        &self,
        key: &StoreKey,
        version: &Version,
        record: &Record,
    ) -> Result<Saved, StoreError> {
        let row = row::Row::of(key, version, record)?;
        if self.saves.save(row).await? {
            let next = expected(version)?.cast_unsigned() + 1;
            return Ok(Saved::Saved(Version::Number(next)));
        }
        let there = standing(&*self.desk.link().await?, key).await;
        let there = there.map_err(|error| failed("save a session", &error))?;
        Ok(there.map_or(Saved::Gone, Saved::Conflict))
    }

    async fn rename(
        &self,
        from: &StoreKey,
        version: &Version,
        to: &StoreKey,
        record: &Record,
        forward: &Forward,
    ) -> Result<Renamed, StoreError> {
        let failed = |error| failed("renew a session", &error);
        let link = self.desk.link().await?;
        let user = record.user().map(in_column);
        let columns = Columns::of(record);
        let [old, old_end] = halves(from);
        let [new, new_end] = halves(to);
        let values = [
            old,
            old_end,
            Value::Number(expected(version)?),
            new,
            new_end,
            Value::Number(number(record.expires())),
            Value::Hour(sweep_at(record.expires())),
            Value::Maybe(user.as_deref()),
            Value::Bytes(&packed(record)),
            Value::Number(number(forward.expires)),
            Value::Hour(sweep_at(forward.expires)),
            Value::Bytes(&forward.to_bytes()),
            Value::MaybeMinute(columns.began),
            Value::MaybeMinute(columns.seen),
            Value::MaybeText(columns.method.as_deref()),
            Value::MaybeText(columns.device.as_deref()),
        ];
        let row = link.row(&link.statements.rename, values).await;
        let row = row.map_err(failed)?;
        let column = |at| row.as_ref().map_or(Ok(0), |row| row.try_get::<_, i64>(at));
        let (held, marked) = (column(0).map_err(failed)?, column(1).map_err(failed)?);
        match (held, marked) {
            (1, 1) => Ok(Renamed::Moved(Version::Number(1))),
            (1, _) => Ok(Renamed::Taken),
            _ => {
                let there = standing(&link, from).await.map_err(failed)?;
                Ok(there.map_or(Renamed::Gone, Renamed::Conflict))
            }
        }
    }

    async fn delete(&self, key: &StoreKey) -> Result<Option<Body>, StoreError> {
        let link = self.desk.link().await?;
        let values = halves(key);
        let failed = |error| failed("end a session", &error);
        let row = link.row(&link.statements.delete, values).await;
        let there = match row.map_err(failed)? {
            Some(row) => stored(&row),
            // Nothing, or a sign.
            None => standing(&link, key).await.map_err(failed)?,
        };
        Ok(there.map(|stored| stored.body))
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<Swept, StoreError> {
        const DOING: &str = "sweep expired sessions";
        // A statement asks for one more.
        let limit = rows(limit).min(i64::MAX - 1);
        let link = self.office.link().await?;
        let swept = self.clearing.batch(&link, now, limit).await;
        swept.map_err(|error| failed(DOING, &error))
    }

    async fn check(&self) -> Result<(), StoreError> {
        schema::check(&*self.desk.link().await?).await
    }

    async fn close(&self) {
        self.desk.close().await;
        self.office.close().await;
    }
}

impl Inspect for Tables {
    async fn list(
        &self,
        after: Option<StoreKey>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<Listed>, StoreError> {
        let mut all = Vec::new();
        // Nobody's digest has zeros only.
        let mut after = after.unwrap_or(StoreKey::from_bytes([0; 32]));
        // Rows that can't be read are left out, and what follows them is still found.
        while all.len() < limit {
            let page = PAGE.min(limit - all.len());
            let [key, key_end] = halves(&after);
            let values = [
                key,
                key_end,
                Value::Number(number(now)),
                Value::Number(rows(page)),
            ];
            let found = self.many("list sessions", LIST, values).await?;
            all.extend(found.iter().filter_map(listed));
            match found.last().and_then(key_of) {
                Some(last) if found.len() == page => after = last,
                _ => break,
            }
        }
        Ok(all)
    }

    async fn of_user(&self, user: &str, now: Timestamp) -> Result<Vec<Listed>, StoreError> {
        let column = in_column(user);
        let values = [Value::Bytes(&column), Value::Number(number(now))];
        let found = self.many("list a user's sessions", OF_USER, values).await?;
        let mut all: Vec<_> = found.iter().filter_map(listed).collect();
        all.retain(|listed| listed.user.as_deref() == Some(user));
        Ok(all)
    }

    async fn count(&self, now: Timestamp) -> Result<Counts, StoreError> {
        const DOING: &str = "count sessions";
        let values = [Value::Number(number(now))];
        let found = self.many(DOING, COUNT, values).await?;
        let column = |at| {
            let count = found.first().map_or(Ok(0), |row| row.try_get::<_, i64>(at));
            count.map_err(|error| failed(DOING, &error))
        };
        Ok(Counts {
            live: column(0)?.cast_unsigned(),
            expired: column(1)?.cast_unsigned(),
        })
    }

    async fn summary(&self, now: Timestamp) -> Result<Option<Summary>, StoreError> {
        let values = summary::values(now, number(now));
        let rows = self.many("count sessions", summary::SUMMARY, values);
        summary::read(&rows.await?).map(Some)
    }
}

async fn standing(link: &Link, key: &StoreKey) -> Result<Option<Stored>, Error> {
    let row = link.row(&link.statements.standing, halves(key)).await?;
    Ok(row.and_then(|row| stored(&row)))
}

fn stored(row: &Row) -> Option<Stored> {
    let version: i64 = row.try_get(0).ok()?;
    let body: &[u8] = row.try_get(1).ok()?;
    let version = Version::Number(version.cast_unsigned());
    decoded(NAME, Bytes::copy_from_slice(body), version)
}

fn key_of(row: &Row) -> Option<StoreKey> {
    let key: &[u8] = row.try_get(2).ok()?;
    Some(StoreKey::from_bytes(key.try_into().ok()?))
}

fn listed(row: &Row) -> Option<Listed> {
    let key = key_of(row)?;
    match stored(row)?.body {
        Body::Record(record) => Some(Listed::of(key, &record)),
        Body::Forward(_) => None,
    }
}

/// How a user stands in the indexed column: as bytes, since PostgreSQL's text holds no NUL, and a long
/// id by its digest, since an index holds nothing longer than a third of a page.
pub(super) fn in_column(user: &str) -> Vec<u8> {
    if user.len() <= LONG {
        user.as_bytes().to_vec()
    } else {
        Sha256::digest(user).to_vec()
    }
}

pub(super) fn expected(version: &Version) -> Result<i64, StoreError> {
    match version {
        Version::Number(number) => Ok(number.cast_signed()),
        Version::Bytes(_) => Err(StoreError::new(NAME, "compare another store's version")),
    }
}

fn rows(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// PostgreSQL's integers have a sign; what is later than they reach is as good as never.
pub(super) fn number(time: Timestamp) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_user_fits_into_the_column() {
        assert_eq!(in_column("a\0da"), b"a\0da");
        assert_eq!(in_column(&"x".repeat(LONG)).len(), LONG);
        assert_eq!(in_column(&"x".repeat(1 << 20)).len(), 32);
    }
}
