//! What each request costs the server: round trips, index updates, room.
use std::time::Duration;

use cloakroom::session::{Entries, Forward, Name, Raw, Record, StoreKey, Version, Via};
use cloakroom::store::{AnyStore, Renamed, Saved};
use libtest_mimic::Trial;
use services::Postgres;

use super::{NOW, ask, blocking, created, found, key, opened, record, saved, schema, shared};
use crate::Faults;

/// As many bytes as a typical session may take: tower-sessions takes about 600, and a tenth more.
const ROOM: u64 = 650;

pub(super) fn trials(faults: &Faults) -> Vec<Trial> {
    vec![
        faults.trial(
            "postgres: loading, creating, saving, moving and deleting are one statement each, a user's sessions too",
            statements,
        ),
        #[cfg(feature = "django")]
        faults.trial(
            "postgres: a Django session is loaded, created, saved, moved and deleted by one statement each, too",
            statements_of_django,
        ),
        faults.trial(
            "postgres: saves that come together share commits, and each learns what became of itself",
            together,
        ),
        faults.trial(
            "postgres: saving changes no index and a session takes little room",
            room,
        ),
    ]
}

/// Counts the statements in the log until now that concern a table.
fn counted(server: &Postgres, table: &str) -> usize {
    let log = server.log();
    let of_ours = log.lines().filter(|line| line.contains(table));
    of_ours
        .filter(|line| line.contains("execute ") || line.contains("statement: "))
        .count()
}

async fn statements() {
    let server = blocking(|| Postgres::builder().log_statements().start());
    let store = opened(&server.url()).await;
    // The index by user is a column of the session's own row.
    for user in [None, Some("ada")] {
        let (from, mut to) = (key(), *key().as_bytes());
        to[0] = from.rack();
        let keys = [from, StoreKey::from_bytes(to)];
        statements_of(&server, "cloakroom_sessions", &store, keys, user).await;
    }
}

#[cfg(feature = "django")]
async fn statements_of_django() {
    use cloakroom::{django::Settings, store::django};
    let server = blocking(|| Postgres::builder().log_statements().start());
    let settings = Settings::new("a SECRET_KEY of the tests, long enough for it");
    let store = django::connect(&server.url(), &settings).await;
    let store = store.expect("the store opens");
    let keys = [b'a', b'b'].map(|letter| StoreKey::from_bytes([letter; 32]));
    statements_of(&server, "django_session", &store, keys, None).await;
}

async fn statements_of(
    server: &Postgres,
    table: &str,
    store: &AnyStore,
    [from, to]: [StoreKey; 2],
    user: Option<&str>,
) {
    let record = |json| match user {
        Some(user) => record(json).with_user(user),
        None => record(json),
    };
    let sign = Forward {
        to,
        until: NOW,
        via: Via::Anything,
        expires: NOW.plus(Duration::from_secs(100)),
    };
    let mut before = counted(server, table);
    let mut one_more = |what: &str| {
        let now = counted(server, table);
        assert_eq!(now, before + 1, "{what}");
        before = now;
    };
    let version = created(store, &from, &record("1")).await;
    one_more("create");
    store.load(&from, NOW).await.expect("the store works");
    one_more("load");
    let version = saved(store, &from, &version, &record("2")).await;
    one_more("save");
    let moved = store
        .rename(&from, &version, &to, &record("3"), &sign)
        .await;
    assert!(matches!(moved, Ok(Renamed::Moved(_))), "{moved:?}");
    one_more("rename");
    store.delete(&to).await.expect("the store works");
    one_more("delete");
}

async fn together() {
    const SESSIONS: usize = 200;
    let store = opened(&schema("in_groups")).await;
    let mut all = Vec::new();
    for number in 0..SESSIONS {
        let key = key();
        let version = created(&store, &key, &record("\"new\"")).await;
        match number % 10 {
            0 => drop(store.delete(&key).await.expect("the store works")),
            1 => drop(saved(&store, &key, &version, &record("\"other\"")).await),
            _ => {}
        }
        all.push((key, version));
    }
    let next = |number: usize| record(number.to_string()).with_user(format!("user {number}"));
    let saves = all.iter().enumerate().map(|(number, (key, version))| {
        let (store, key, version) = (store.clone(), *key, version.clone());
        tokio::spawn(async move { store.save(&key, &version, &next(number)).await })
    });
    let saves: Vec<_> = saves.collect();
    for (number, save) in saves.into_iter().enumerate() {
        let (key, outcome) = (all[number].0, save.await.expect("saving does not panic"));
        let there = found(&store, &key).await.expect("the store works");
        match (number % 10, outcome.expect("the store works")) {
            (0, Saved::Gone) => assert_eq!(there, None),
            (1, Saved::Conflict(_)) => assert_eq!(there, Some(record("\"other\""))),
            (2.., Saved::Saved(version)) => {
                assert_eq!(version, Version::Number(2));
                assert_eq!(there, Some(next(number)));
            }
            (_, other) => panic!("{number}: {other:?}"),
        }
    }
    // Rows that were written by one transaction bear its number.
    let sql = "SELECT count(DISTINCT xmin::text) FROM in_groups.cloakroom_sessions WHERE user_id IS NOT NULL";
    let commits: usize = ask(shared(), sql).parse().expect("it is a number");
    assert!(commits < SESSIONS / 4, "{commits} commits");
}

/// A user id, five items, a token and a message.
fn typical(number: usize, round: usize) -> Record {
    let cart = (0..5).map(|item| format!("\"product-{}\":{}", number + item, item + round + 1));
    let cart = format!("{{{}}}", cart.collect::<Vec<_>>().join(","));
    let message = r#"[{"level":25,"text":"Added to your cart.","tags":"","id":123456}]"#;
    let entries: Entries = [
        ("cart", cart),
        ("_csrf", format!("\"{}\"", "x".repeat(43))),
        ("_messages", message.to_owned()),
        ("language", "\"de-DE, de;q=0.9, en;q=0.8\"".to_owned()),
    ]
    .map(|(name, json)| (Name::from(name), Raw::from_json(json)))
    .into_iter()
    .collect();
    let begun = NOW.plus(Duration::from_secs((number % 86_400) as u64));
    Record::new(begun, begun.plus(Duration::from_secs(1_209_600)))
        .with_entries(entries)
        .with_user((10_000 + number).to_string())
}

/// Asks what the server has noted about the table.
fn noted(server: &Postgres, column: &str) -> u64 {
    let sql =
        format!("SELECT {column} FROM pg_stat_user_tables WHERE relname = 'cloakroom_sessions'");
    ask(server, &sql).parse().expect("it is a number")
}

async fn room() {
    const SESSIONS: usize = 1_000;
    const SAVES: usize = 5_000;
    // Of its own, because a transaction that others keep open keeps old rows alive.
    let server = blocking(Postgres::start);
    let store = opened(&server.url()).await;
    let mut all = Vec::new();
    for number in 0..SESSIONS {
        let key = key();
        let version = created(&store, &key, &typical(number, 0)).await;
        all.push((key, version));
    }
    for save in 0..SAVES {
        let number = save * 7 % SESSIONS;
        let (key, version) = &mut all[number];
        let next = typical(number, save / SESSIONS);
        *version = saved(&store, key, version, &next).await;
    }
    // A connection that ends tells its numbers.
    store.close().await;
    let (updates, hot) = loop {
        let numbers = (noted(&server, "n_tup_upd"), noted(&server, "n_tup_hot_upd"));
        if numbers.0 >= SAVES as u64 {
            break numbers;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!(updates, SAVES as u64);
    assert!(hot * 100 >= updates * 95, "{hot} of {updates} are HOT");
    let bytes = ask(
        &server,
        "SELECT pg_total_relation_size('cloakroom_sessions')",
    );
    let each = bytes.parse::<u64>().expect("it is a number") / SESSIONS as u64;
    assert!(each <= ROOM, "{each} bytes a session");
}
