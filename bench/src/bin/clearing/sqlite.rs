//! SQLite: the store's sweep in small slices, and one DELETE on a table like Django's.
use std::path::Path;
use std::time::{Duration, Instant};

use cloakroom_bench::Result;
use rusqlite::{Connection, params};
use tokio::runtime::Runtime;

use crate::crowd::{DJANGO_DATA, HOURS, now};
use crate::ours::{self, SAMPLES};
use crate::steady::Steady;
use crate::{Cleared, Way};

/// What a page cache may take while tables are filled, in KiB.
const CACHE: i64 = 2 << 20;

/// Fills a database and clears it.
pub(crate) fn clear(way: Way, rows: u32) -> Result<Cleared> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("sessions.db");
    match way {
        Way::Django => django(&file, rows),
        Way::Site | Way::Command => cloakroom(way, &file, rows),
    }
}

fn cloakroom(way: Way, file: &Path, rows: u32) -> Result<Cleared> {
    let runtime = Runtime::new()?;
    let url = format!("sqlite://{}", file.display());
    ours::begin(&runtime, &url)?;
    let bodies = bodies(file)?;
    let now = now().as_secs();
    fill(file, rows, |filling, row| {
        let expires = now - HOURS * 3_600 + row.hour * 3_600 + 1;
        filling
            .prepare_cached(
                "INSERT INTO cloakroom_sessions (key, version, expires_at, sweep_at, is_forward, user, body) \
                 VALUES (?, 1, ?, ?, 0, ?, ?)",
            )?
            .execute(params![
                &row.key[..],
                expires.cast_signed(),
                (expires.div_ceil(3_600) * 3_600).cast_signed(),
                row.user.map(|user| format!("user-{user}")),
                bodies[usize::from(row.user.is_none())],
            ])?;
        Ok(())
    })?;
    ours::clear(&runtime, way, &url, || Ok(()))
}

/// Returns the bodies of the samples.
fn bodies(file: &Path) -> Result<[Vec<u8>; 2]> {
    let connection = Connection::open(file)?;
    let mut select = connection.prepare("SELECT body FROM cloakroom_sessions WHERE key = ?")?;
    let mut body = |key: [u8; 32]| select.query_row([&key[..]], |row| row.get(0));
    Ok([body(SAMPLES[0])?, body(SAMPLES[1])?])
}

/// Clears a table like Django's, as `clearsessions` does; both connections are in WAL mode.
fn django(file: &Path, rows: u32) -> Result<Cleared> {
    let open = || -> Result<Connection> {
        let connection = Connection::open(file)?;
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
    let data = "x".repeat(DJANGO_DATA);
    fill(file, rows, |filling, row| {
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
        removed,
        total,
        nothing,
        waits,
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
