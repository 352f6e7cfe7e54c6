//! SQLite: the store's sweep in small slices, and one DELETE on a table like Django's.
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use cloakroom::clock::Timestamp;
use cloakroom::session::{Entries, Name, Raw, Record, StoreKey};
use cloakroom::store::{Created, Saved, SqliteStore, Store, Swept};
use cloakroom_bench::Result;
use rusqlite::{Connection, params};
use tokio::runtime::Runtime;

use crate::Cleared;
use crate::steady::Steady;

/// As the layer sweeps in the background.
const BATCH: usize = 5_000;
const BREATH: Duration = Duration::from_millis(10);
/// Sessions expired, or will expire, within two weeks.
const HOURS: u64 = 14 * 24;
/// What a page cache may take while tables are filled, in KiB.
const CACHE: i64 = 2 << 20;

/// Clears a store.
pub(crate) fn cloakroom(rows: u32) -> Result<Cleared> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("cloakroom.db");
    let runtime = Runtime::new()?;
    let now = now();
    let made = runtime.block_on(SqliteStore::file(&file))?;
    runtime.block_on(made.close());
    fill(&file, rows, |filling, row| {
        let expires = now.as_secs() - HOURS * 3_600 + row.hour * 3_600 + 1;
        let record = record(Timestamp::from_secs(expires), row.user);
        filling
            .prepare_cached("INSERT INTO cloakroom_sessions VALUES (?, 1, ?, ?, 0, ?, ?)")?
            .execute(params![
                &row.key[..],
                expires.cast_signed(),
                (expires.div_ceil(3_600) * 3_600).cast_signed(),
                record.user(),
                record.to_bytes(),
            ])?;
        Ok(())
    })?;
    let store = runtime.block_on(SqliteStore::file(&file))?;
    let steady = Steady::start(saver(&runtime, store.clone(), now)?);
    let begun = Instant::now();
    let removed = runtime.block_on(sweep(&store, now))?;
    let total = begun.elapsed();
    let waits = steady.stop();
    let begun = Instant::now();
    runtime.block_on(sweep(&store, now))?;
    let nothing = begun.elapsed();
    runtime.block_on(store.close());
    Ok(Cleared {
        name: "cloakroom",
        removed,
        total,
        waits,
        nothing,
    })
}

async fn sweep(store: &SqliteStore, now: Timestamp) -> Result<u64> {
    let mut all = 0;
    loop {
        let Swept {
            removed,
            oldest_left,
            ..
        } = store.sweep(now, BATCH).await?;
        all += removed;
        if removed == 0 || oldest_left.is_none() {
            return Ok(all);
        }
        tokio::time::sleep(BREATH).await;
    }
}

/// Saves one session through the store, again and again.
fn saver(
    runtime: &Runtime,
    store: SqliteStore,
    now: Timestamp,
) -> Result<impl FnMut() + Send + use<>> {
    let key = StoreKey::from_bytes([7; 32]);
    let record = record(now.plus(Duration::from_secs(3_600)), Some(1));
    let Created::New(mut version) = runtime.block_on(store.create(&key, &record))? else {
        return Err("a key is taken".into());
    };
    let handle = runtime.handle().clone();
    Ok(move || {
        let saved = handle.block_on(store.save(&key, &version, &record));
        let Ok(Saved::Saved(next)) = saved else {
            panic!("{saved:?}");
        };
        version = next;
    })
}

/// Clears a table like Django's, as `clearsessions` does; both connections are in WAL mode.
pub(crate) fn django(rows: u32) -> Result<Cleared> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("django.db");
    let open = || -> Result<Connection> {
        let connection = Connection::open(&file)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.busy_timeout(Duration::from_secs(600))?;
        Ok(connection)
    };
    open()?.execute_batch(
        "CREATE TABLE django_session (session_key varchar(40) NOT NULL PRIMARY KEY, \
         session_data text NOT NULL, expire_date datetime NOT NULL);
         CREATE INDEX django_session_expire_date ON django_session (expire_date);",
    )?;
    let now = now().as_secs().cast_signed();
    let data = "x".repeat(300);
    fill(&file, rows, |filling, row| {
        let hour = row.hour.cast_signed() - HOURS.cast_signed();
        filling
            .prepare_cached(
                "INSERT INTO django_session VALUES (substr(hex(?), 1, 32), ?, datetime(?, 'unixepoch'))",
            )?
            .execute(params![&row.key[..], data, now + hour * 3_600])?;
        Ok(())
    })?;
    let other = open()?;
    other.execute(
        "INSERT INTO django_session VALUES ('me', ?, datetime(?, 'unixepoch'))",
        params![data, now + 3_600],
    )?;
    let steady = Steady::start(move || {
        let saved = other
            .prepare_cached("UPDATE django_session SET session_data = ?, expire_date = datetime(?, 'unixepoch') WHERE session_key = 'me'")
            .and_then(|mut save| save.execute(params![data, now + 3_600]));
        saved.expect("it waits as long as need be");
    });
    let connection = open()?;
    let delete = || {
        let begun = Instant::now();
        let sql = "DELETE FROM django_session WHERE expire_date < datetime(?, 'unixepoch')";
        connection
            .execute(sql, [now])
            .map(|removed| (removed as u64, begun.elapsed()))
    };
    let (removed, total) = delete()?;
    let waits = steady.stop();
    let (_, nothing) = delete()?;
    Ok(Cleared {
        name: "django",
        removed,
        total,
        waits,
        nothing,
    })
}

struct Row {
    key: [u8; 32],
    /// Counted from two weeks ago.
    hour: u64,
    user: Option<u32>,
}

/// Fills a table in random order; half of its visitors are signed in.
fn fill(
    file: &Path,
    rows: u32,
    mut insert: impl FnMut(&Connection, Row) -> Result<()>,
) -> Result<()> {
    let mut connection = Connection::open(file)?;
    connection.pragma_update(None, "cache_size", -CACHE)?;
    connection.pragma_update(None, "journal_mode", "OFF")?;
    connection.pragma_update(None, "synchronous", "OFF")?;
    let all = connection.transaction()?;
    for number in 0..rows {
        let mut key = [0; 32];
        getrandom::fill(&mut key)?;
        let hour = u64::from(u16::from_le_bytes([key[30], key[31]])) % HOURS;
        insert(
            &all,
            Row {
                key,
                hour: hour + if number % 2 == 0 { 0 } else { HOURS },
                user: (number % 4 < 2).then_some(number),
            },
        )?;
    }
    all.commit()?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // What was written must not weigh on what is measured.
    std::fs::File::open(file)?.sync_all()?;
    Ok(())
}

/// A typical session: a cart of five items, a token, a message.
fn record(expires: Timestamp, user: Option<u32>) -> Record {
    let values = [
        (
            "cart",
            r#"{"1201":1,"1202":2,"1203":1,"1204":3,"1205":1}"#.to_owned(),
        ),
        ("csrf", format!("\"{}\"", "t".repeat(43))),
        (
            "messages",
            r#"[{"level":25,"text":"Your changes were saved; thank you for your visit."}]"#
                .to_owned(),
        ),
        ("seen", format!("\"{}\"", "s".repeat(60))),
    ];
    let entries: Entries = values
        .into_iter()
        .map(|(name, json)| (Name::from(name), Raw::from_json(json)))
        .collect();
    let created = Timestamp::from_secs(expires.as_secs() - HOURS * 3_600);
    let record = Record::new(created, expires).with_entries(entries);
    match user {
        Some(user) => record.with_user(format!("user-{user}")),
        None => record,
    }
}

fn now() -> Timestamp {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let hour = now.expect("it is later than 1970").as_secs() / 3_600;
    // On the hour, so that all that has expired may be swept at once.
    Timestamp::from_secs(hour * 3_600)
}
