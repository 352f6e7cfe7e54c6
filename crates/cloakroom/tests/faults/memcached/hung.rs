//! A server that goes down, is started anew, hangs, is slow or hangs up.
use std::pin::Pin;
use std::task::{Context, Waker};
use std::time::Duration;

use cloakroom::session::{Body, Forward, StoreKey, Via};
use cloakroom::store::{AnyStore, Saved};
use libtest_mimic::Trial;
use tokio::task::yield_now;
use tokio::time::Instant;

use super::{
    AGAIN, NOW, blocking, created, found, key, opened, out_of_reach, record, saved, served_again,
    started,
};
use crate::Faults;
use crate::proxy::{Proxy, Wire};

pub(super) fn trials(faults: &Faults) -> Vec<Trial> {
    vec![
        faults.trial(
            "memcached: a server that goes down is an error and no absence, and serves again when it is back, empty",
            killed,
        ),
        faults.trial(
            "memcached: a version from before a restart is never taken for one from after it",
            versions_of_two_lives,
        ),
        faults.trial(
            "memcached: a hung server is given up within the limit, and serves again with what it had",
            paused,
        ),
        faults.trial(
            "memcached: a server that is slow by five seconds is given up within the limit, and no answer goes astray",
            slow,
        ),
        faults.trial(
            "memcached: a write whose answer was lost fails, is not repeated, and may have happened",
            answer_lost,
        ),
        faults.trial(
            "memcached: a connection that was hung up in silence is noticed before the next request",
            hung_up,
        ),
        faults.trial(
            "memcached: giving up answers leaves the connection in order",
            given_up,
        ),
        faults.trial(
            "memcached: whoever hangs up while a session is renewed leaves one of it, under the old key or the new",
            given_up_while_moving,
        ),
    ]
}

async fn killed() {
    let server = started();
    let store = opened(&server.url()).await;
    let key = key();
    let version = created(&store, &key, 1).await;
    tokio::task::block_in_place(|| server.kill());
    out_of_reach(store.load(&key, NOW).await);
    out_of_reach(store.save(&key, &version, &record(2)).await);
    out_of_reach(store.check().await);
    blocking(|| server.start_again());
    assert_eq!(served_again(&store, &key).await, None);
    assert_eq!(
        store.save(&key, &version, &record(2)).await.unwrap(),
        Saved::Gone
    );
}

async fn versions_of_two_lives() {
    let server = started();
    let store = opened(&server.url()).await;
    let key = key();
    let old = created(&store, &key, 1).await;
    blocking(|| server.restart());
    served_again(&store, &key).await;
    // memcached counts from one again, so this is its first version as well.
    let new = created(&store, &key, 2).await;
    assert_ne!(old, new);
    let saved = store.save(&key, &old, &record(3)).await.unwrap();
    assert!(matches!(saved, Saved::Conflict(there) if there.version == new));
    assert_eq!(found(&store, &key).await.unwrap(), Some(record(2)));
}

async fn paused() {
    let server = started();
    let store = opened(&server.url()).await;
    let key = key();
    created(&store, &key, 1).await;
    blocking(|| server.pause());
    for _ in 0..10 {
        let began = Instant::now();
        out_of_reach(store.load(&key, NOW).await);
        assert!(began.elapsed() < AGAIN);
    }
    blocking(|| server.resume());
    assert_eq!(served_again(&store, &key).await, Some(record(1)));
}

async fn slow() {
    let server = started();
    let proxy = Proxy::before(server.address()).await;
    let store = opened(&format!("memcached://{}", proxy.address)).await;
    let keys = [key(), key()];
    for (value, key) in (1..).zip(&keys) {
        created(&store, key, value).await;
    }
    proxy.set(Wire::Slow(Duration::from_secs(5)));
    out_of_reach(store.load(&keys[0], NOW).await);
    proxy.set(Wire::Good);
    for (value, key) in [(2, &keys[1]), (1, &keys[0])] {
        assert_eq!(served_again(&store, key).await, Some(record(value)));
    }
}

async fn answer_lost() {
    let server = started();
    let proxy = Proxy::before(server.address()).await;
    let store = opened(&format!("memcached://{}", proxy.address)).await;
    let key = key();
    let version = created(&store, &key, 1).await;
    proxy.set(Wire::Breaks);
    out_of_reach(store.save(&key, &version, &record(2)).await);
    proxy.set(Wire::Good);
    assert_eq!(
        served_again(&store, &key).await,
        Some(record(2)),
        "it happened once"
    );
}

async fn hung_up() {
    let server = started();
    let store = opened(&server.url()).await;
    let key = key();
    let version = created(&store, &key, 1).await;
    blocking(|| server.restart());
    // A write is never sent twice, so it gets through only when the end was noticed.
    let end = Instant::now() + AGAIN;
    loop {
        match store.save(&key, &version, &record(2)).await {
            Ok(outcome) => break assert_eq!(outcome, Saved::Gone),
            Err(error) => assert!(Instant::now() < end, "{error}"),
        }
    }
}

async fn given_up() {
    let server = started();
    let store = opened(&server.url()).await;
    let mut keys = Vec::new();
    for value in 0..50 {
        let key = key();
        created(&store, &key, value).await;
        keys.push(key);
    }
    for round in 0..20 {
        let loads = keys.iter().map(|key| {
            let (store, key): (AnyStore, _) = (store.clone(), *key);
            tokio::spawn(async move { found(&store, &key).await })
        });
        for (value, load) in (0..).zip(loads.collect::<Vec<_>>()) {
            if (value + round) % 3 == 0 {
                load.abort();
            } else {
                let found = load.await.expect("it was not given up");
                assert_eq!(found.unwrap(), Some(record(value)));
            }
        }
    }
    let version = store.load(&keys[0], NOW).await.unwrap().unwrap().version;
    saved(&store, &keys[0], &version, 99).await;
}

async fn given_up_while_moving() {
    let server = started();
    let store = opened(&server.url()).await;
    // Dropped sooner or later: unsent, after one of the steps, or when both were done.
    for polls in (0..600).step_by(10) {
        let (from, to) = pair();
        let version = created(&store, &from, 1).await;
        let sign = Forward {
            to,
            until: NOW.plus(Duration::from_secs(10)),
            via: Via::Anything,
            expires: NOW.plus(Duration::from_secs(1_000)),
        };
        let moved = record(2);
        let mut renaming = Box::pin(store.rename(&from, &version, &to, &moved, &sign));
        for _ in 0..polls {
            if is_ready(&mut renaming) {
                break;
            }
            yield_now().await;
        }
        drop(renaming);
        // What was on its way has come by then.
        for _ in 0..3 {
            store.check().await.expect("the server runs");
        }
        let end = Instant::now() + AGAIN;
        while is_session(&store, &from).await == is_session(&store, &to).await {
            assert!(Instant::now() < end, "{polls} polls left two, or none");
            yield_now().await;
        }
    }
}

/// Two keys on one rack.
fn pair() -> (StoreKey, StoreKey) {
    let from = key();
    let mut to = *key().as_bytes();
    to[0] = from.rack();
    (from, StoreKey::from_bytes(to))
}

async fn is_session(store: &AnyStore, key: &StoreKey) -> bool {
    let stored = store.load(key, NOW).await.expect("the server runs");
    stored.is_some_and(|stored| matches!(stored.body, Body::Record(_)))
}

fn is_ready<T>(future: &mut (impl Future<Output = T> + Unpin)) -> bool {
    let mut context = Context::from_waker(Waker::noop());
    Pin::new(future).poll(&mut context).is_ready()
}
