//! Django's table `django_session` in PostgreSQL.
use std::error::Error as StdError;
use std::sync::Arc;

use bytes::Bytes;
use tokio::time::timeout;
use tokio_postgres::types::{FromSql, Type};
use tokio_postgres::{Client, Error, Row};

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::store::django::{
    Browse, Codec, Copies, Ends, Kept, Moved, Old, Page, Put, Shelf, Shelved, dates,
};
use crate::store::guard::{Guarded, MANY};
use crate::store::postgres::NAME;
use crate::store::postgres::address::Address;
use crate::store::postgres::fault::{failed, is_cut_off};
use crate::store::postgres::lines::Lines;
use crate::store::postgres::link::{Work, silent};
use crate::store::postgres::statements::Statements;
use crate::store::postgres::value::Value;
use crate::store::{AnyStore, Options, Swept};

/// What PostgreSQL counts from: 2000-01-01T00:00:00Z, in microseconds since 1970.
const FROM: i64 = 946_684_800_000_000;

/// The table as Django's own migration makes it.
const MIGRATION: &str = "\
    BEGIN; SELECT pg_advisory_xact_lock(7163371924581); \
    CREATE TABLE IF NOT EXISTS \"django_session\" (\
    \"session_key\" varchar(40) NOT NULL PRIMARY KEY, \"session_data\" text NOT NULL, \
    \"expire_date\" timestamp with time zone NOT NULL); \
    CREATE INDEX IF NOT EXISTS \"django_session_session_key_c0390e0f_like\" \
    ON \"django_session\" (\"session_key\" varchar_pattern_ops); \
    CREATE INDEX IF NOT EXISTS \"django_session_expire_date_a5c62663\" \
    ON \"django_session\" (\"expire_date\"); COMMIT";

const LOAD: &str = "SELECT session_data, expire_date FROM django_session WHERE session_key = $1 AND expire_date > $2";

const STANDING: &str =
    "SELECT session_data, expire_date FROM django_session WHERE session_key = $1";

const CREATE: &str = "\
    INSERT INTO django_session (session_key, session_data, expire_date) VALUES ($1, $2, $3) \
    ON CONFLICT (session_key) DO NOTHING";

const SAVE: &str = "\
    UPDATE django_session SET session_data = $3, expire_date = $4 \
    WHERE session_key = $1 AND session_data = $2";

/// Moves a row, both or neither, as the store's own table does.
const RENAME: &str = "\
    WITH held AS (\
        SELECT 1 FROM django_session WHERE session_key = $1 AND session_data = $2 FOR UPDATE\
    ), put AS (\
        INSERT INTO django_session (session_key, session_data, expire_date) \
        SELECT $3, $4, $5 FROM held ON CONFLICT (session_key) DO NOTHING RETURNING 1\
    ), gone AS (\
        DELETE FROM django_session USING put WHERE session_key = $1 AND session_data = $2 RETURNING 1\
    ) \
    SELECT (SELECT count(*) FROM held), (SELECT count(*) FROM gone)";

const DELETE: &str = "DELETE FROM django_session WHERE session_key = $1 RETURNING session_key";

const SWEEP: &str = "\
    WITH gone AS (\
        DELETE FROM django_session WHERE session_key IN (\
            SELECT session_key FROM django_session WHERE expire_date < $1 \
            ORDER BY expire_date LIMIT $2 FOR UPDATE SKIP LOCKED) \
        RETURNING session_key\
    ) \
    SELECT (SELECT count(*) FROM gone), (\
        SELECT min(expire_date) FROM django_session \
        WHERE expire_date < $1 AND session_key NOT IN (SELECT session_key FROM gone))";

const PAGE: &str = "\
    SELECT session_key, session_data, expire_date FROM django_session \
    WHERE session_key > $1 AND expire_date > $2 ORDER BY session_key LIMIT $3";

const TALLY: &str = "\
    SELECT count(*) FILTER (WHERE expire_date > $1), count(*) FILTER (WHERE expire_date <= $1) \
    FROM django_session";

/// Prepares the statements of one session on a connection.
pub(super) async fn prepare(client: &Client) -> Result<Statements, Error> {
    const TEXT: Type = Type::TEXT;
    const TIME: Type = Type::TIMESTAMPTZ;
    let prepare = |sql, types| client.prepare_typed(sql, types);
    let save = prepare(SAVE, &[TEXT, TEXT, TEXT, TIME]).await?;
    Ok(Statements {
        load: prepare(LOAD, &[TEXT, TIME]).await?,
        standing: prepare(STANDING, &[TEXT]).await?,
        create: prepare(CREATE, &[TEXT, TEXT, TIME]).await?,
        save_all: save.clone(),
        save,
        rename: prepare(RENAME, &[TEXT, TEXT, TEXT, TEXT, TIME]).await?,
        delete: prepare(DELETE, &[TEXT]).await?,
    })
}

/// Opens Django's table in the database that a URL names.
pub(in crate::store) async fn open(
    url: &str,
    options: &Options,
    codec: Codec,
    copies: Option<Copies>,
) -> Result<AnyStore, StoreError> {
    let rows = Rows::open(Address::of_url(url, options)?, options).await?;
    let shelved = Shelved::new(rows, codec, copies);
    Ok(AnyStore::inspectable(Guarded::new(shelved, options)))
}

/// The rows of the table.
struct Rows {
    desk: Lines,
    office: Lines,
}

impl Rows {
    async fn open(address: Address, options: &Options) -> Result<Self, StoreError> {
        migrate(&address, options.migrate).await?;
        let address = Arc::new(address);
        let response = options.response_timeout;
        let rows = Self {
            desk: Lines::new(
                address.clone(),
                Work::OneOfDjangos,
                options.connections,
                response,
            ),
            office: Lines::new(address, Work::ManyOfDjangos, 1, response * MANY),
        };
        rows.desk.link().await?;
        Ok(rows)
    }

    async fn find(
        &self,
        key: &str,
        now: Timestamp,
    ) -> Result<Result<Option<Row>, Error>, StoreError> {
        let link = self.desk.link().await?;
        let values = [Value::Text(key), time(now)];
        Ok(link.row(&link.statements.load, values).await)
    }
}

/// Makes the table when it is not there and that is allowed.
async fn migrate(address: &Address, allowed: bool) -> Result<(), StoreError> {
    const DOING: &str = "use the table django_session";
    let done = timeout(address.limit, async {
        let (client, driver) = address.connect().await?;
        let there = client
            .query_typed("SELECT to_regclass('django_session') IS NOT NULL", &[])
            .await?;
        let there: bool = there.first().map_or(Ok(false), |row| row.try_get(0))?;
        if !there && allowed {
            client.batch_execute(MIGRATION).await?;
        }
        drop(client);
        driver.end().await;
        Ok::<_, Error>(there || allowed)
    });
    let done = done.await.map_err(|_| silent(DOING, address.limit))?;
    match done.map_err(|error| failed(DOING, &error))? {
        true => Ok(()),
        false => Err(StoreError::new(NAME, DOING)
            .because("it is missing")
            .remedy("let manage.py migrate, or cloakroom migrate, make it")),
    }
}

fn time(time: Timestamp) -> Value<'static> {
    Value::Time(dates::moment(time).as_micros() - FROM)
}

fn text(payload: &Bytes) -> Value<'_> {
    Value::Text(std::str::from_utf8(payload).unwrap_or_default())
}

/// A column of type `timestamptz`, in microseconds since 1970.
struct Micros(i64);

impl<'a> FromSql<'a> for Micros {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        let micros = i64::from_be_bytes(raw.try_into()?);
        // Infinity is as late, or as early, as it gets.
        Ok(Self(micros.saturating_add(FROM)))
    }

    fn accepts(of: &Type) -> bool {
        *of == Type::TIMESTAMPTZ
    }
}

fn kept(row: &Row, at: usize) -> Result<Kept, Error> {
    let payload: String = row.try_get(at)?;
    let Micros(ends) = row.try_get(at + 1)?;
    Ok(Kept {
        old: Old {
            payload: payload.into(),
            mark: 0,
        },
        ends: Ends::At(dates::whole(ends)),
    })
}

impl Shelf for Rows {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn get(&self, key: &str, now: Timestamp) -> Result<Option<Kept>, StoreError> {
        let failed = |error| failed("load a session", &error);
        let mut row = self.find(key, now).await?;
        // Reading twice does no harm, and the server may be back already.
        if row.as_ref().is_err_and(is_cut_off) {
            row = self.find(key, now).await?;
        }
        let row = row.map_err(failed)?;
        row.map(|row| kept(&row, 0)).transpose().map_err(failed)
    }

    fn has_marks(&self) -> bool {
        false
    }

    async fn create(&self, key: &str, put: &Put) -> Result<Option<u64>, StoreError> {
        let link = self.desk.link().await?;
        let values = [Value::Text(key), text(&put.payload), time(put.expires)];
        let put = link.change(&link.statements.create, values).await;
        let put = put.map_err(|error| failed("create a session", &error))?;
        Ok((put > 0).then_some(0))
    }

    async fn replace(&self, key: &str, old: &Old, put: &Put) -> Result<Option<u64>, StoreError> {
        let link = self.desk.link().await?;
        let values = [
            Value::Text(key),
            text(&old.payload),
            text(&put.payload),
            time(put.expires),
        ];
        let replaced = link.change(&link.statements.save, values).await;
        let replaced = replaced.map_err(|error| failed("save a session", &error))?;
        Ok((replaced > 0).then_some(0))
    }

    async fn rename(
        &self,
        from: &str,
        old: &Old,
        to: &str,
        put: &Put,
    ) -> Result<Moved, StoreError> {
        let failed = |error| failed("renew a session", &error);
        let link = self.desk.link().await?;
        let values = [
            Value::Text(from),
            text(&old.payload),
            Value::Text(to),
            text(&put.payload),
            time(put.expires),
        ];
        let row = link.row(&link.statements.rename, values).await;
        let row = row.map_err(failed)?;
        let count = |at| row.as_ref().map_or(Ok(0), |row| row.try_get::<_, i64>(at));
        Ok(
            match (count(0).map_err(failed)?, count(1).map_err(failed)?) {
                (1, 1) => Moved::Done(0),
                (1, _) => Moved::Taken,
                _ => Moved::Changed,
            },
        )
    }

    async fn delete(&self, key: &str) -> Result<bool, StoreError> {
        let link = self.desk.link().await?;
        let row = link.row(&link.statements.delete, [Value::Text(key)]).await;
        let row = row.map_err(|error| failed("end a session", &error))?;
        Ok(row.is_some())
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<Swept, StoreError> {
        let failed = |error| failed("sweep expired sessions", &error);
        let link = self.office.link().await?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = link.rows(SWEEP, [time(now), Value::Number(limit)]).await;
        let rows = rows.map_err(failed)?;
        let Some(row) = rows.first() else {
            return Ok(Swept::default());
        };
        let removed: i64 = row.try_get(0).map_err(failed)?;
        let oldest: Option<Micros> = row.try_get(1).map_err(failed)?;
        Ok(Swept {
            removed: removed.cast_unsigned(),
            oldest_left: oldest.map(|Micros(micros)| dates::whole(micros)),
        })
    }

    async fn check(&self) -> Result<(), StoreError> {
        let link = self.desk.link().await?;
        let row = link.row(&link.statements.standing, [Value::Text("")]).await;
        row.map(|_| ())
            .map_err(|error| failed("use the table django_session", &error))
    }

    async fn close(&self) {
        self.desk.close().await;
        self.office.close().await;
    }
}

impl Browse for Rows {
    async fn page(&self, after: &str, limit: usize, now: Timestamp) -> Result<Page, StoreError> {
        let failed = |error| failed("list sessions", &error);
        let link = self.office.link().await?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let values = [Value::Text(after), time(now), Value::Number(limit)];
        let rows = link.rows(PAGE, values).await.map_err(failed)?;
        let read = |row: &Row| Ok((row.try_get(0)?, kept(row, 1)?));
        rows.iter()
            .map(read)
            .collect::<Result<_, Error>>()
            .map_err(failed)
    }

    async fn tally(&self, now: Timestamp) -> Result<(u64, u64), StoreError> {
        let failed = |error| failed("count sessions", &error);
        let link = self.office.link().await?;
        let rows = link.rows(TALLY, [time(now)]).await.map_err(failed)?;
        let count = |at| rows.first().map_or(Ok(0), |row| row.try_get::<_, i64>(at));
        let (live, expired) = (count(0).map_err(failed)?, count(1).map_err(failed)?);
        Ok((live.cast_unsigned(), expired.cast_unsigned()))
    }
}
