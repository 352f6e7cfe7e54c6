//! What happens while the server is down, silent, slow, cut off or read-only, and afterwards.
use std::time::Duration;

use cloakroom::store::{AnyStore, Saved};
use libtest_mimic::Trial;
use services::{DATABASE, PASSWORD, Postgres, USER};
use tokio::time::Instant;

use super::{
    ask, blocking, created, found, found_again, key, opened_in_a_hurry, record, saved, schema,
    shared,
};
use crate::Faults;
use crate::proxy::{Proxy, Wire};

pub(super) fn trials(faults: &Faults) -> Vec<Trial> {
    vec![
        faults.trial("postgres: a server that is killed loses nothing and serves again within five seconds", killed),
        faults.trial("postgres: a server that falls silent fails requests in time and serves again within five seconds", paused),
        faults.trial("postgres: a server that is slow by five seconds fails requests in time", slow),
        faults.trial("postgres: a save that is cut off counts as failed and is not repeated", cut_off),
        faults.trial("postgres: a load that is cut off is asked again", load_again),
        faults.trial("postgres: a server that becomes read-only is told, and left for one that takes writes", read_only),
    ]
}

fn private() -> Postgres {
    blocking(Postgres::start)
}

async fn killed() {
    let server = private();
    let store = opened_in_a_hurry(&server.url()).await;
    let key = key();
    let version = created(&store, &key, &record("1")).await;
    blocking(|| {
        server.kill();
        Ok(())
    });
    let error = found(&store, &key).await.expect_err("nobody answers");
    assert!(error.is_out_of_reach(), "{error}");
    // Long enough that the breaker opens.
    for _ in 0..10 {
        let error = store.save(&key, &version, &record("2")).await;
        assert!(error.expect_err("nobody answers").is_out_of_reach());
    }
    blocking(|| server.start_again());
    assert_eq!(found_again(&store, &key).await, Some(record("1")));
    let version = saved(&store, &key, &version, &record("2")).await;
    blocking(|| server.restart());
    assert_eq!(found_again(&store, &key).await, Some(record("2")));
    saved(&store, &key, &version, &record("3")).await;
}

async fn paused() {
    let server = private();
    let store = opened_in_a_hurry(&server.url()).await;
    let key = key();
    created(&store, &key, &record("1")).await;
    blocking(|| server.pause());
    let begun = Instant::now();
    let loads: Vec<_> = (0..20)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { found(&store, &key).await })
        })
        .collect();
    for load in loads {
        let error = load.await.expect("loading does not panic");
        assert!(error.expect_err("nobody answers").is_out_of_reach());
    }
    assert!(
        begun.elapsed() < Duration::from_secs(2),
        "{:?}",
        begun.elapsed()
    );
    blocking(|| server.resume());
    assert_eq!(found_again(&store, &key).await, Some(record("1")));
}

/// A store of its own behind a wire that can be hindered.
async fn behind_a_wire(name: &str) -> (AnyStore, Proxy) {
    schema(name);
    let proxy = Proxy::before(shared().address()).await;
    let url = format!("postgres://{USER}:{PASSWORD}@{}/{DATABASE}", proxy.address);
    (opened_in_a_hurry(&super::within(&url, name)).await, proxy)
}

async fn slow() {
    let (store, proxy) = behind_a_wire("slow").await;
    let key = key();
    let version = created(&store, &key, &record("1")).await;
    proxy.set(Wire::Slow(Duration::from_secs(5)));
    let begun = Instant::now();
    let error = found(&store, &key).await.expect_err("the answer is late");
    assert!(error.is_out_of_reach(), "{error}");
    let error = store.save(&key, &version, &record("2")).await;
    assert!(error.expect_err("the answer is late").is_out_of_reach());
    assert!(
        begun.elapsed() < Duration::from_secs(3),
        "{:?}",
        begun.elapsed()
    );
    proxy.set(Wire::Good);
    // Whether the save was done is not known.
    let found = found_again(&store, &key).await;
    assert!(found == Some(record("1")) || found == Some(record("2")));
}

async fn cut_off() {
    let (store, proxy) = behind_a_wire("cut_off").await;
    let key = key();
    let version = created(&store, &key, &record("1")).await;
    proxy.set(Wire::Breaks);
    let error = store.save(&key, &version, &record("2")).await;
    assert!(error.expect_err("no answer came").is_out_of_reach());
    proxy.set(Wire::Good);
    assert_eq!(found_again(&store, &key).await, Some(record("2")));
    let versions = ask(shared(), "SELECT version FROM cut_off.cloakroom_sessions");
    assert_eq!(versions, "2");
}

async fn load_again() {
    let url = format!("{}&application_name=again", schema("again"));
    let store = opened_in_a_hurry(&url).await;
    let key = key();
    created(&store, &key, &record("1")).await;
    let all = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'again'";
    assert_eq!(ask(shared(), all), "1");
    let found = found(&store, &key).await;
    assert_eq!(found.expect("it asks again"), Some(record("1")));
}

async fn read_only() {
    let server = private();
    let store = opened_in_a_hurry(&server.url()).await;
    let key = key();
    let version = created(&store, &key, &record("1")).await;
    let turn = |to: &str| {
        ask(
            &server,
            &format!("ALTER SYSTEM SET default_transaction_read_only = {to}"),
        );
        ask(&server, "SELECT pg_reload_conf()");
    };
    turn("on");
    let end = Instant::now() + super::AGAIN;
    let mut present = version;
    let said = loop {
        // The server takes a moment to tell its processes.
        match store.save(&key, &present, &record("2")).await {
            Ok(Saved::Saved(next)) => present = next,
            Ok(other) => panic!("{other:?}"),
            Err(error) => break error.to_string(),
        }
        assert!(Instant::now() < end, "it stays writable");
    };
    assert!(said.contains("name the primary"), "{said}");
    let error = found(&store, &key).await.expect_err("a standby may lag");
    assert!(error.to_string().contains("name the primary"), "{error}");
    turn("off");
    assert!(found_again(&store, &key).await.is_some());
}
