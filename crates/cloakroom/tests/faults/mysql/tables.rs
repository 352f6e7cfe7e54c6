//! What stands in the tables: odd text, what nobody can read, and the application's own pool.
use cloakroom::session::{Body, Forward, Via};
use cloakroom::store::{MysqlStore, Options, Renamed, Saved};
use libtest_mimic::Trial;
use sqlx::mysql::MySqlPoolOptions;

use super::{NOW, after, ask, beside, created, database, found, hex, key, opened, record, saved};
use crate::Faults;

pub(super) fn trials(faults: &Faults) -> Vec<Trial> {
    vec![
        faults.trial(
            "mysql: a row that does not decode is left aside and never overwritten",
            undecodable,
        ),
        faults.trial(
            "mysql: rows that nobody can read hide no session that comes after them",
            unreadable_page,
        ),
        faults.trial(
            "mysql: NUL, odd text and a long name in a user's id are found again",
            odd_users,
        ),
        faults.trial("mysql: saving data changes no indexed column", indexes),
        faults.trial(
            "mysql: an application's own pool serves, also after requests were given up",
            own_pool,
        ),
    ]
}

async fn undecodable() {
    let store = opened(&database("undecodable")).await;
    let key = key();
    let version = created(&store, &key, &record("1")).await;
    let at = format!("WHERE `key` = X'{}'", hex(&key));
    ask(
        "undecodable",
        &format!("UPDATE cloakroom_sessions SET body = 'junk' {at}"),
    );
    assert_eq!(found(&store, &key).await, None);
    // Its version is not known to anybody who could not read it.
    ask(
        "undecodable",
        &format!("UPDATE cloakroom_sessions SET version = 7 {at}"),
    );
    let missed = store.save(&key, &version, &record("2")).await;
    assert_eq!(missed.expect("the store works"), Saved::Gone);
    let sign = sign(beside(&key));
    let missed = store
        .rename(&key, &version, &sign.to, &record("2"), &sign)
        .await;
    assert_eq!(missed.expect("the store works"), Renamed::Gone);
    let left = ask(
        "undecodable",
        &format!("SELECT body, version FROM cloakroom_sessions {at}"),
    );
    assert_eq!(left.trim(), "junk\t7");
    assert_eq!(
        store.list(None, 10, NOW).await.expect("the store works"),
        []
    );
}

async fn unreadable_page() {
    let store = opened(&database("unreadable_page")).await;
    let mut keys = [key(), key(), key(), key()];
    keys.sort();
    for key in &keys {
        created(&store, key, &record("1")).await;
    }
    for key in &keys[..3] {
        let junk = "UPDATE cloakroom_sessions SET body = 'junk' WHERE `key`";
        ask("unreadable_page", &format!("{junk} = X'{}'", hex(key)));
    }
    let listed = store.list(None, 1, NOW).await.expect("the store works");
    let listed: Vec<_> = listed.iter().map(|listed| listed.key).collect();
    assert_eq!(listed, [keys[3]]);
}

async fn odd_users() {
    let store = opened(&database("odd_users")).await;
    let long = "ü".repeat(5_000);
    let users = [
        "",
        "\0",
        "a\0b",
        "A",
        "a",
        "a ",
        "é",
        "e\u{301}",
        "🧥'\"\\`",
        "%",
        long.as_str(),
    ];
    let mut keys = Vec::new();
    for user in users {
        keys.push(key());
        created(&store, &keys[keys.len() - 1], &record("1").with_user(user)).await;
    }
    for (user, key) in users.iter().zip(keys) {
        let found = store.of_user(user, NOW).await.expect("the store works");
        let found: Vec<_> = found.iter().map(|listed| listed.key).collect();
        assert_eq!(found, [key], "{user:?}");
    }
}

async fn indexes() {
    let store = opened(&database("indexes")).await;
    let key = key();
    let version = created(&store, &key, &record("1").with_user("anna")).await;
    let columns = "SELECT sweep_at, user FROM cloakroom_sessions";
    let before = ask("indexes", columns);
    saved(&store, &key, &version, &record("22").with_user("anna")).await;
    assert_eq!(ask("indexes", columns), before);
    let indexed = "SELECT GROUP_CONCAT(DISTINCT column_name ORDER BY column_name) \
        FROM information_schema.statistics WHERE table_schema = DATABASE() \
        AND table_name = 'cloakroom_sessions'";
    assert_eq!(ask("indexes", indexed).trim(), "key,sweep_at,user");
}

async fn own_pool() {
    let pool = MySqlPoolOptions::new()
        .max_connections(1)
        .test_before_acquire(false)
        .connect(&database("own_pool"))
        .await
        .expect("the pool connects");
    let store = MysqlStore::with_pool(pool.clone(), &Options::new()).await;
    let store = store.expect("the store opens").within(&Options::new());
    let keys = [key(), key()];
    for (key, value) in keys.iter().zip(["1", "2"]) {
        created(&store, key, &record(value)).await;
    }
    for round in 0..50 {
        // Given up somewhere in the middle.
        let load = store.load(&keys[round % 2], NOW);
        tokio::select! {
            biased;
            _ = load => {}
            () = yield_often(round % 25) => {}
        }
        let other = found(&store, &keys[(round + 1) % 2]).await;
        let value = ["1", "2"][(round + 1) % 2];
        assert_eq!(other, Some(Body::Record(record(value))));
    }
    let (from, sign) = (keys[0], sign(beside(&keys[0])));
    let there = store.load(&from, NOW).await.expect("the store works");
    let version = there.expect("it is there").version;
    let moved = store
        .rename(&from, &version, &sign.to, &record("3"), &sign)
        .await;
    assert!(matches!(moved, Ok(Renamed::Moved(_))), "{moved:?}");
    assert_eq!(
        found(&store, &sign.to).await,
        Some(Body::Record(record("3")))
    );
    let ended = store.delete(&sign.to).await.expect("the store works");
    assert_eq!(ended, Some(Body::Record(record("3"))));
}

async fn yield_often(times: usize) {
    for _ in 0..times {
        tokio::task::yield_now().await;
    }
}

fn sign(to: cloakroom::session::StoreKey) -> Forward {
    Forward {
        to,
        until: after(10),
        via: Via::Anything,
        expires: after(1_000),
    }
}
