//! Faults of SQLite that take a process of their own; the others are in `tests/it/sqlite_faults.rs`.
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use cloakroom::clock::Timestamp;
use cloakroom::session::{Body, Entries, Name, Raw, Record, StoreKey};
use cloakroom::store::{AnyStore, Created, Options, Saved, connect, connect_with};
use libtest_mimic::Trial;

use crate::Faults;
use crate::kept::NOW;

/// Names the file that a process of this very program saves into until it is killed.
const SAVES_INTO: &str = "CLOAKROOM_TEST_SAVES_INTO";
const SESSIONS: u8 = 8;
const LATER: Timestamp = Timestamp::from_secs(4_000_100_000);

pub(crate) fn trials(faults: &Faults) -> Vec<Trial> {
    vec![
        faults.trial(
            "sqlite: a killed process loses nothing that it was told is saved",
            || async {
                for _ in 0..3 {
                    a_killed_process_loses_nothing().await;
                }
            },
        ),
        faults.trial(
            "sqlite: a table that another program made under our name is refused and left alone",
            foreign_tables,
        ),
    ]
}

async fn foreign_tables() {
    const THEIRS: &str = "CREATE TABLE cloakroom_sessions (id INTEGER, note TEXT); \
        INSERT INTO cloakroom_sessions VALUES (1, 'theirs');";
    let with = |version| {
        format!(
            "CREATE TABLE cloakroom_schema (version INTEGER); \
             INSERT INTO cloakroom_schema VALUES ({version});"
        )
    };
    let cases = [
        (String::new(), true),
        (with(1), true),
        (with(2), true),
        (with(3), true),
        (with(4), true),
        (with(4), false),
    ];
    for (version, migrate) in cases {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let file = folder.path().join("sessions.db");
        let theirs = rusqlite::Connection::open(&file).expect("SQLite opens");
        let made = theirs.execute_batch(&format!("{THEIRS}{version}"));
        made.expect("tables can be made");
        let url = format!("sqlite://{}", file.display());
        let opened = connect_with(&url, &Options::new().migrate(migrate)).await;
        let said = opened.expect_err("it is not ours").to_string();
        assert!(said.contains("made by another program"), "{said}");
        let note: String = theirs
            .query_row("SELECT note FROM cloakroom_sessions", (), |row| row.get(0))
            .expect("it is as it was");
        assert_eq!(note, "theirs");
    }
}

async fn a_killed_process_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("sessions.db");
    let acknowledged = kill_after(&file, 400);
    let store = open(&file).await;
    for (session, last) in acknowledged {
        let there = count(&store, session).await;
        // The save under way when it was killed may have happened.
        assert!(
            there == last || there == last + 1,
            "session {session}: {last} was acknowledged, {there} is there"
        );
    }
    store.check().await.expect("the store is well");
}

/// Starts a process that saves, kills it after so many acknowledged saves, and returns the last one
/// of each session.
fn kill_after(file: &Path, saves: usize) -> BTreeMap<u8, u32> {
    let program = std::env::current_exe().expect("this program has a path");
    let mut child = Command::new(program)
        .env(SAVES_INTO, file)
        .stdout(Stdio::piped())
        .spawn()
        .expect("this program starts again");
    let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    let mut acknowledged = BTreeMap::new();
    let mut note = |line: String| {
        // The last line may be cut off.
        let (session, count) = line.split_once(' ')?;
        let count = count.strip_suffix('.')?;
        acknowledged.insert(session.parse().ok()?, count.parse().ok()?);
        Some(())
    };
    for _ in 0..saves {
        let line = lines.next().expect("it saves").expect("it prints text");
        note(line).expect("a session and a count");
    }
    child.kill().expect("it can be killed");
    for line in lines.map_while(Result::ok) {
        note(line);
    }
    child.wait().expect("it is over");
    assert_eq!(acknowledged.len(), usize::from(SESSIONS));
    acknowledged
}

/// Saves until it is killed, if this process was started for that.
pub(crate) fn saves_until_killed() -> bool {
    let Some(file) = std::env::var_os(SAVES_INTO) else {
        return false;
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    runtime.block_on(async {
        let store = open(Path::new(&file)).await;
        let mut savers = tokio::task::JoinSet::new();
        for session in 0..SESSIONS {
            savers.spawn(save_for_ever(store.clone(), session));
        }
        savers.join_all().await;
    });
    true
}

#[expect(clippy::print_stdout, reason = "the other process reads it")]
async fn save_for_ever(store: AnyStore, session: u8) {
    let created = store.create(&key(session), &counted(0)).await;
    let Ok(Created::New(mut version)) = created else {
        panic!("{created:?}");
    };
    for count in 1.. {
        let saved = store.save(&key(session), &version, &counted(count)).await;
        let Ok(Saved::Saved(next)) = saved else {
            panic!("{saved:?}");
        };
        version = next;
        println!("{session} {count}.");
    }
}

async fn open(file: &Path) -> AnyStore {
    let store = connect(&format!("sqlite://{}", file.display())).await;
    store.expect("SQLite opens")
}

fn key(session: u8) -> StoreKey {
    StoreKey::from_bytes([session; 32])
}

fn counted(count: u32) -> Record {
    let entries: Entries = [(Name::from("count"), Raw::from_json(count.to_string()))]
        .into_iter()
        .collect();
    Record::new(NOW, LATER).with_entries(entries)
}

async fn count(store: &AnyStore, session: u8) -> u32 {
    let stored = store.load(&key(session), NOW).await.expect("it reads");
    let Some(Body::Record(record)) = stored.map(|stored| stored.body) else {
        panic!("session {session} is gone");
    };
    let count = record.entries().get(b"count").expect("it counts");
    serde_json::from_slice(count.as_bytes()).expect("the count is a number")
}
