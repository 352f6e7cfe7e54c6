//! The tables in PostgreSQL, made and changed by this crate: safe to run by several processes at once.
use tokio::time::timeout;
use tokio_postgres::{Client, Error, SimpleQueryMessage};

use crate::error::StoreError;
use crate::store::named::Named;
use crate::store::postgres::NAME;
use crate::store::postgres::address::Address;
use crate::store::postgres::fault::{failed, is_missing_table};
use crate::store::postgres::link::{Link, silent};
use crate::store::tables::Tables;

/// Each step leads from one version of the tables to the next.
///
/// The columns stand in the order in which they need no padding. A key is cut in two, of which the first half is
/// as unique as any UUID: with an index on that, a session takes 34 bytes less than with one on the whole. Pages are filled: the first save on a
/// page moves its row to another one, and the room that it leaves lets the next ones stay (HOT updates),
/// which costs less than keeping a tenth of each page free. Bodies over 2 kB are compressed
/// by LZ4 where the server has it (PostgreSQL 14 with Debian's options and newer): saving 2.6 kB takes 28 µs with
/// it, 75 µs with the older PGLZ and 110 µs when they are moved out uncompressed.
const STEPS: &[&str] = &[
    "\
    CREATE TABLE cloakroom_sessions (
        version bigint NOT NULL,
        expires_at bigint NOT NULL,
        sweep_at integer NOT NULL,
        is_sign boolean NOT NULL,
        key uuid NOT NULL PRIMARY KEY,
        key_end uuid NOT NULL,
        user_id bytea,
        body bytea NOT NULL
    );
    DO $$ BEGIN
        EXECUTE 'ALTER TABLE cloakroom_sessions ALTER COLUMN body SET COMPRESSION lz4';
    EXCEPTION WHEN OTHERS THEN NULL;
    END $$;
    CREATE INDEX cloakroom_sessions_sweep ON cloakroom_sessions (sweep_at);
    CREATE INDEX cloakroom_sessions_user ON cloakroom_sessions (user_id) WHERE user_id IS NOT NULL;
    COMMENT ON TABLE cloakroom_sessions IS 'Sessions of visitors, kept by Cloakroom; see cloakroom --help';
    COMMENT ON COLUMN cloakroom_sessions.expires_at IS 'Seconds since 1970 (UTC)';
    COMMENT ON COLUMN cloakroom_sessions.sweep_at IS 'Whole hours since 1970 (UTC), rounded up';
    COMMENT ON COLUMN cloakroom_sessions.is_sign IS 'Points to where a renewed session went';
    COMMENT ON COLUMN cloakroom_sessions.key IS 'First half of the digest of the token in the visitor''s cookie';
    COMMENT ON COLUMN cloakroom_sessions.key_end IS 'Second half of it';
    COMMENT ON COLUMN cloakroom_sessions.user_id IS 'UTF-8 of the user''s id, or its SHA-256 when it is longer than 64 bytes'",
    // For operators. None has an index, so that saving stays a HOT update.
    "\
    ALTER TABLE cloakroom_sessions
        ADD COLUMN began_at integer, ADD COLUMN seen_at integer,
        ADD COLUMN method text, ADD COLUMN device text;
    COMMENT ON COLUMN cloakroom_sessions.began_at IS 'Whole minutes since 1970 (UTC): when it began, or its user signed in';
    COMMENT ON COLUMN cloakroom_sessions.seen_at IS 'Whole minutes since 1970 (UTC): when it was last used; of users only';
    COMMENT ON COLUMN cloakroom_sessions.method IS 'How the user signed in';
    COMMENT ON COLUMN cloakroom_sessions.device IS 'Browser and system that the user signed in with'",
];

const TABLES: Tables = Tables {
    store: NAME,
    needed: STEPS.len(),
    migrate: "run `cloakroom migrate` with this version of the crate, and see that the role's search_path leads to the tables",
    newer: "run the newer version of the crate, or another database or schema",
};

const VERSION: &str = "SELECT max(version) FROM cloakroom_schema";

/// Whoever changes the tables of a database holds this lock.
const LOCK: &str = "\
    SET statement_timeout = 0; SET lock_timeout = '30s'; BEGIN; \
    SELECT pg_advisory_xact_lock(7163371924581)";

/// Brings the tables up to date, or says that they are not. Where nothing is to be done, nothing but
/// their version is read.
pub(super) async fn prepare(address: &Address, migrate: bool) -> Result<(), StoreError> {
    const DOING: &str = "connect";
    let connected = timeout(address.limit, async {
        let (client, driver) = address.connect().await?;
        let done = version(&client, &address.named).await?;
        Ok::<_, Error>((client, driver, done))
    });
    let connected = connected.await.map_err(|_| silent(DOING, address.limit))?;
    let (client, driver, done) = connected.map_err(|error| failed(DOING, &error))?;
    match TABLES.check(done) {
        Err(_) if migrate && done < STEPS.len() => self::migrate(&client, &address.named).await?,
        compared => compared?,
    }
    drop(client);
    driver.end().await;
    Ok(())
}

/// Says whether the tables are those that this version needs.
pub(super) async fn check(link: &Link) -> Result<(), StoreError> {
    let failed = |error| failed("read its tables' version", &error);
    let rows = link.rows(VERSION, []).await.map_err(failed)?;
    let done = rows.first().map(|row| row.try_get::<_, Option<i32>>(0));
    let done = done.transpose().map_err(failed)?.flatten();
    TABLES.check(number(done))
}

async fn migrate(client: &Client, named: &Named) -> Result<(), StoreError> {
    let failed = |error| failed("bring its tables up to date", &error);
    client.batch_execute(LOCK).await.map_err(failed)?;
    // Another process may have done it while this one waited for the lock. Asking a table that is not
    // there would end the transaction.
    let create = "CREATE TABLE IF NOT EXISTS cloakroom_schema (version integer NOT NULL)";
    client
        .batch_execute(&named.sql(create))
        .await
        .map_err(failed)?;
    let done = version(client, named).await.map_err(failed)?;
    let steps = STEPS.get(done..).ok_or_else(|| TABLES.newer(done))?;
    for step in steps {
        client
            .batch_execute(&named.sql(step))
            .await
            .map_err(failed)?;
    }
    let forget = named.sql("DELETE FROM cloakroom_schema; INSERT INTO cloakroom_schema VALUES ");
    let end = format!("{forget}({}); COMMIT", STEPS.len());
    client.batch_execute(&end).await.map_err(failed)
}

/// Reads the version of the tables; zero when there are none.
async fn version(client: &Client, named: &Named) -> Result<usize, Error> {
    let messages = match client.simple_query(&named.sql(VERSION)).await {
        Err(error) if is_missing_table(&error) => return Ok(0),
        messages => messages?,
    };
    let version = messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0)?.parse().ok(),
        _ => None,
    });
    Ok(number(version))
}

fn number(version: Option<i32>) -> usize {
    usize::try_from(version.unwrap_or(0)).unwrap_or(usize::MAX)
}
