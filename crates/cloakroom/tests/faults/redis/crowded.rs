//! A server that has no connection left: whoever has one goes on, everybody else is told why.
use cloakroom::store;
use libtest_mimic::Trial;
use services::Redis;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::{created, found, impatient, key, opened, out_of_reach, record, saved, served_again};
use crate::Faults;
use crate::proxy::{Proxy, Wire};
use crate::server::{blocking, take_all};

pub(super) fn trials(faults: &Faults) -> Vec<Trial> {
    vec![
        faults.trial(
            "redis: a server without a connection left is named as that, with maxclients, and opens once there is one",
            refused_at_the_start,
        ),
        faults.trial(
            "redis with copies: a server with one connection left, where two are needed, is named as that",
            one_left_of_two,
        ),
        faults.trial(
            "redis: while no connection is left those that are open carry everything",
            open_ones_go_on,
        ),
        faults.trial(
            "redis: whoever lost the own connection and finds none left is told so, and serves again once there is one",
            lost_and_none_left,
        ),
    ]
}

fn crowded() -> Redis {
    blocking(|| Redis::builder().line("maxclients 6").start())
}

async fn refused_at_the_start() {
    let server = crowded();
    let others = take_all(&server.address(), "PING\r\n", "+PONG\r\n").await;
    for url in [
        server.url(),
        format!("redis+sentinel://{}/shop", server.address()),
    ] {
        let refused = store::connect_with(&url, &impatient()).await;
        let error = refused.expect_err("there is no room").to_string();
        assert!(error.contains("no connection left"), "{error}");
        assert!(error.contains("maxclients"), "{error}");
    }
    drop(others);
    let store = until_opened(&server.url()).await;
    created(&store, &key(), 1).await;
}

async fn one_left_of_two() {
    let server = crowded();
    let mut others = take_all(&server.address(), "PING\r\n", "+PONG\r\n").await;
    others.pop();
    let end = Instant::now() + super::AGAIN;
    loop {
        let url = format!("{}?local=8", server.url());
        let refused = store::connect_with(&url, &impatient()).await;
        let error = refused.expect_err("there is no room for two").to_string();
        assert!(error.contains("no connection left"), "{error}");
        assert!(error.contains("maxclients"), "{error}");
        if error.contains("listen for what is written") {
            break;
        }
        // Until the server has noticed that one hung up.
        assert!(Instant::now() < end, "{error}");
    }
}

async fn open_ones_go_on() {
    let server = crowded();
    let store = opened(&server.url()).await;
    let _others = take_all(&server.address(), "PING\r\n", "+PONG\r\n").await;
    let mut visitors = JoinSet::new();
    // More than one connection takes before the next is wanted.
    for visitor in 0..100 {
        let store = store.clone();
        visitors.spawn(async move {
            let key = key();
            let version = created(&store, &key, visitor).await;
            saved(&store, &key, &version, visitor + 1).await;
            assert_eq!(found(&store, &key).await, Some(record(visitor + 1)));
        });
    }
    visitors.join_all().await;
}

async fn lost_and_none_left() {
    let server = crowded();
    let wire = Proxy::before(server.address()).await;
    let store = opened(&format!("redis://{}", wire.address)).await;
    let key = key();
    let version = created(&store, &key, 1).await;
    wire.set(Wire::Breaks);
    out_of_reach(store.load(&key, super::NOW).await);
    wire.set(Wire::Good);
    let others = take_all(&server.address(), "PING\r\n", "+PONG\r\n").await;
    let refused = [
        store.load(&key, super::NOW).await.map(drop),
        store.save(&key, &version, &record(2)).await.map(drop),
    ];
    for refused in refused {
        let error = refused.expect_err("there is no room");
        assert!(error.is_out_of_reach(), "{error}");
        assert!(error.to_string().contains("no connection left"), "{error}");
        assert!(error.to_string().contains("maxclients"), "{error}");
    }
    drop(others);
    assert_eq!(served_again(&store, &key).await, Some(record(1)));
    saved(&store, &key, &version, 3).await;
}

/// Opens the store as soon as the server has noticed that others hung up.
async fn until_opened(url: &str) -> store::AnyStore {
    let end = Instant::now() + super::AGAIN;
    loop {
        match store::connect_with(url, &impatient()).await {
            Ok(store) => return store,
            Err(error) => assert!(Instant::now() < end, "{error}"),
        }
    }
}
