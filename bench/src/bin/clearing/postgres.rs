//! PostgreSQL on a private server with its own settings: the store's sweep, and one DELETE on a table
//! like Django's.
use std::time::Instant;

use cloakroom_bench::{Result, wire::engine::Engine};
use services::Postgres;
use tokio::runtime::Runtime;
use tokio_postgres::{Client, NoTls};

use crate::crowd::{DJANGO_DATA, HOURS, now};
use crate::ours::{self, SAMPLES};
use crate::steady::Steady;
use crate::{Cleared, Way};

/// Starts a server, fills a table and clears it.
pub(crate) fn clear(way: Way, rows: u32) -> Result<Cleared> {
    let engine = Engine::PostgresDurable.start()?;
    let server = engine.postgres().ok_or("PostgreSQL does not run")?;
    let runtime = Runtime::new()?;
    match way {
        Way::Django => django(&runtime, server, rows),
        Way::Site | Way::Command => cloakroom(&runtime, server, way, rows),
    }
}

fn cloakroom(runtime: &Runtime, server: &Postgres, way: Way, rows: u32) -> Result<Cleared> {
    ours::begin(runtime, &server.url())?;
    let body = |sample: usize| {
        let key: String = SAMPLES[sample].iter().map(|b| format!("{b:02x}")).collect();
        let half = &key[..32];
        format!("(SELECT body FROM cloakroom_sessions WHERE key = '{half}')")
    };
    let now = now().as_secs();
    fill(
        server,
        "cloakroom_sessions",
        &format!(
            "INSERT INTO cloakroom_sessions \
             (key, key_end, version, expires_at, sweep_at, is_sign, user_id, body) \
             SELECT md5('key' || number)::uuid, md5('end' || number)::uuid, 1, expires, (expires + 3599) / 3600, false, \
             CASE WHEN number % 4 < 2 THEN ('user-' || number)::bytea END, \
             CASE WHEN number % 4 < 2 THEN {} ELSE {} END FROM ({}) crowd",
            body(0),
            body(1),
            crowd(now, rows),
        ),
    )?;
    ours::clear(runtime, way, &server.url(), || {
        // As autovacuum would within a minute.
        server.ask("VACUUM cloakroom_sessions")?;
        Ok(())
    })
}

fn django(runtime: &Runtime, server: &Postgres, rows: u32) -> Result<Cleared> {
    server.ask(
        "CREATE TABLE django_session (session_key varchar(40) NOT NULL PRIMARY KEY, \
         session_data text NOT NULL, expire_date timestamptz NOT NULL); \
         CREATE INDEX django_session_session_key_like ON django_session (session_key varchar_pattern_ops); \
         CREATE INDEX django_session_expire_date ON django_session (expire_date)",
    )?;
    let now = now().as_secs();
    let data = format!("repeat('x', {DJANGO_DATA})");
    fill(
        server,
        "django_session",
        &format!(
            "INSERT INTO django_session SELECT md5('key' || number), {data}, to_timestamp(expires) \
             FROM ({}) crowd UNION ALL SELECT 'me', {data}, to_timestamp({now} + 3600)",
            crowd(now, rows),
        ),
    )?;
    let other = runtime.block_on(connect(server))?;
    let save = format!(
        "UPDATE django_session SET session_data = {data}, expire_date = to_timestamp({now} + 3600) \
         WHERE session_key = 'me'"
    );
    let save_it = runtime.block_on(other.prepare(&save))?;
    let handle = runtime.handle().clone();
    let steady = Steady::start(move || {
        let saved = handle.block_on(other.execute(&save_it, &[]));
        assert!(matches!(saved, Ok(1)), "{saved:?}");
    });
    let client = runtime.block_on(connect(server))?;
    let sql = format!("DELETE FROM django_session WHERE expire_date < to_timestamp({now})");
    let delete = || {
        let begun = Instant::now();
        let removed = runtime.block_on(client.execute(&sql, &[]));
        removed.map(|removed| (removed, begun.elapsed()))
    };
    let (removed, total) = delete()?;
    let waits = steady.stop();
    let (_, nothing) = delete()?;
    Ok(Cleared {
        removed,
        total,
        nothing,
        waits,
    })
}

async fn connect(server: &Postgres) -> Result<Client> {
    let (client, connection) = tokio_postgres::connect(&server.url(), NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// Numbers and when they expire: every other one within the last two weeks, all others within the next.
fn crowd(now: u64, rows: u32) -> String {
    format!(
        "SELECT number, {now} + 1 - (number % 2) * {HOURS} * 3600 + floor(random() * {HOURS})::bigint * 3600 \
         AS expires FROM generate_series(1, {rows}) AS number"
    )
}

/// Fills a table in random order and has the server write all of it out, as it would be had it grown slowly.
fn fill(server: &Postgres, table: &str, insert: &str) -> Result<()> {
    server.ask(&without_indexes(table, insert))?;
    server.ask(&format!("VACUUM ANALYZE {table}"))?;
    server.ask("CHECKPOINT")?;
    Ok(())
}

/// The statement with the indexes taken away before and made again after it, which is faster.
fn without_indexes(table: &str, insert: &str) -> String {
    let others = format!(
        "SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS made FROM pg_index \
         WHERE indrelid = '{table}'::regclass AND NOT indisprimary"
    );
    let primary = format!(
        "SELECT conname AS name, pg_get_constraintdef(oid) AS made FROM pg_constraint \
         WHERE conrelid = '{table}'::regclass AND contype = 'p'"
    );
    format!(
        "CREATE TEMPORARY TABLE others AS {others}; CREATE TEMPORARY TABLE keys AS {primary}; \
         DO $$ DECLARE one record; BEGIN \
         FOR one IN SELECT * FROM others LOOP EXECUTE 'DROP INDEX ' || one.name; END LOOP; \
         FOR one IN SELECT * FROM keys LOOP EXECUTE 'ALTER TABLE {table} DROP CONSTRAINT ' || one.name; END LOOP; \
         END $$; {insert}; \
         DO $$ DECLARE one record; BEGIN \
         FOR one IN SELECT * FROM keys LOOP EXECUTE 'ALTER TABLE {table} ADD CONSTRAINT ' || one.name || ' ' || one.made; END LOOP; \
         FOR one IN SELECT * FROM others LOOP EXECUTE one.made; END LOOP; \
         END $$"
    )
}
