//! What stands in the tables: odd rows, odd users, large values, and rows that others hold.
use std::time::Duration;

use cloakroom::clock::Timestamp;
use cloakroom::session::{Record, Version};
use cloakroom::store::{self, Options, Saved};
use libtest_mimic::Trial;

use super::{
    NOW, ask, created, found, key, opened, opened_in_a_hurry, record, saved, schema, shared,
};
use crate::Faults;

pub(super) fn trials(faults: &Faults) -> Vec<Trial> {
    vec![
        faults.trial(
            "postgres: a row that does not decode is left aside and never overwritten",
            undecodable,
        ),
        faults.trial("postgres: a user of any text is kept and found", odd_users),
        faults.trial("postgres: a megabyte is saved and found", large),
        faults.trial(
            "postgres: a row that somebody holds fails its own save and nobody else's",
            held,
        ),
        faults.trial(
            "postgres: those that are saved together with a row that somebody holds are saved without it",
            held_among_others,
        ),
        faults.trial("postgres: a sweeper waits for nobody", sweeping),
    ]
}

async fn undecodable() {
    let store = opened(&schema("odd")).await;
    let key = key();
    created(&store, &key, &record("1")).await;
    ask(
        shared(),
        "UPDATE odd.cloakroom_sessions SET body = '\\xff00'",
    );
    assert_eq!(found(&store, &key).await.expect("the store works"), None);
    let missed = store.save(&key, &Version::Number(7), &record("2")).await;
    assert_eq!(missed.expect("the store works"), Saved::Gone);
    assert_eq!(
        store.list(None, 10, NOW).await.expect("the store works"),
        []
    );
    let body = ask(shared(), "SELECT body FROM odd.cloakroom_sessions");
    assert_eq!(body, "\\xff00");
}

async fn odd_users() {
    let store = opened(&schema("users")).await;
    let users = [
        "",
        "\0",
        "a\0b",
        "' OR true --",
        "ünï🧥",
        &"long".repeat(5_000),
    ];
    for user in users {
        let key = key();
        created(&store, &key, &record("1").with_user(user)).await;
        let listed = store.of_user(user, NOW).await.expect("the store works");
        let keys: Vec<_> = listed.iter().map(|listed| listed.key).collect();
        assert_eq!(keys, [key], "{user:?}");
        assert_eq!(listed[0].user.as_deref(), Some(user));
    }
}

async fn large() {
    let store = opened(&schema("large")).await;
    let key = key();
    let version = created(&store, &key, &record("1")).await;
    let large = record(format!("\"{}\"", "x".repeat(1 << 20)));
    saved(&store, &key, &version, &large).await;
    assert_eq!(
        found(&store, &key).await.expect("the store works"),
        Some(large)
    );
}

/// Holds rows in a transaction of its own for three seconds, and returns once it holds them.
async fn hold(schema: &str, which: &str) -> std::thread::JoinHandle<()> {
    let sql = format!(
        "BEGIN; SELECT 1 FROM {schema}.cloakroom_sessions {which} FOR UPDATE; SELECT pg_sleep(3); COMMIT"
    );
    let holder = std::thread::spawn(move || {
        shared().ask(&sql).expect("the rows are held");
    });
    let sleeping = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query LIKE '%{schema}.%'"
    );
    while ask(shared(), &sleeping) != "1" {
        tokio::task::yield_now().await;
    }
    holder
}

async fn held() {
    let store = opened_in_a_hurry(&schema("held")).await;
    let (free, taken) = (key(), key());
    let version = created(&store, &taken, &record("\"held\"")).await;
    created(&store, &free, &record("1")).await;
    let holder = hold("held", "WHERE encode(body, 'escape') LIKE '%held%'").await;
    let waiting = {
        let (store, version) = (store.clone(), version.clone());
        tokio::spawn(async move { store.save(&taken, &version, &record("2")).await })
    };
    for _ in 0..100 {
        let found = found(&store, &free).await.expect("others are served");
        assert_eq!(found, Some(record("1")));
    }
    let error = waiting.await.expect("saving does not panic");
    let error = error.expect_err("the row is held").to_string();
    assert!(error.contains("pg_locks"), "{error}");
    tokio::task::block_in_place(|| holder.join().expect("the rows were held"));
    saved(&store, &taken, &version, &record("2")).await;
}

async fn held_among_others() {
    let hurried = Options::new().response_timeout(Duration::from_secs(2));
    let store = store::connect_with(&schema("among"), &hurried).await;
    let store = store.expect("the store opens");
    let mut all = Vec::new();
    for number in 0..40 {
        let (key, json) = (key(), if number == 20 { "\"held\"" } else { "1" });
        let version = created(&store, &key, &record(json)).await;
        all.push((key, version));
    }
    let holder = hold("among", "WHERE encode(body, 'escape') LIKE '%held%'").await;
    let saves = all.iter().map(|(key, version)| {
        let (store, key, version) = (store.clone(), *key, version.clone());
        tokio::spawn(async move { store.save(&key, &version, &record("2")).await })
    });
    let saves: Vec<_> = saves.collect();
    for (number, save) in saves.into_iter().enumerate() {
        let saved = save.await.expect("saving does not panic");
        match number {
            20 => assert!(saved.is_err(), "{saved:?}"),
            _ => assert!(matches!(saved, Ok(Saved::Saved(_))), "{saved:?}"),
        }
    }
    tokio::task::block_in_place(|| holder.join().expect("the rows were held"));
    let (key, version) = &all[20];
    super::saved(&store, key, version, &record("2")).await;
}

async fn sweeping() {
    let store = opened(&schema("swept")).await;
    let begun = Timestamp::from_secs(3_000_000_000);
    for _ in 0..5 {
        created(&store, &key(), &Record::new(begun, begun)).await;
    }
    let holder = hold("swept", "LIMIT 2").await;
    let swept = store.sweep(NOW, 2).await.expect("the others are removed");
    assert_eq!(swept.removed, 2);
    assert!(swept.oldest_left.is_some());
    tokio::task::block_in_place(|| holder.join().expect("the rows were held"));
    let swept = store.sweep(NOW, 1_000).await.expect("the rest is removed");
    assert_eq!((swept.removed, swept.oldest_left), (3, None));
}
