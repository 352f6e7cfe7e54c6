//! A server that has no connection left: whoever has one goes on, everybody else is told why.
use cloakroom::store::connect_with;
use libtest_mimic::Trial;
use services::Memcached;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::{
    AGAIN, NOW, blocking, created, found, impatient, key, opened, out_of_reach, record, refused,
    saved, served_again,
};
use crate::Faults;
use crate::proxy::{Proxy, Wire};
use crate::server::take_all;

pub(super) fn trials(faults: &Faults) -> Vec<Trial> {
    vec![
        faults.trial(
            "memcached: a server without a connection left is named as that, with -c, and opens once there is one",
            refused_at_the_start,
        ),
        faults.trial(
            "memcached: while no connection is left those that are open carry everything",
            open_ones_go_on,
        ),
        faults.trial(
            "memcached: whoever lost the own connection and finds none left is told so, and serves again once there is one",
            lost_and_none_left,
        ),
    ]
}

/// A server of few connections; its own threads take some of these.
fn crowded() -> Memcached {
    blocking(|| {
        let builder = Memcached::builder();
        builder.argument("-c").argument("40").start()
    })
}

async fn refused_at_the_start() {
    let server = crowded();
    let others = take_all(&server.address(), "mn\r\n", "MN\r\n").await;
    let error = refused(&server.url()).await.to_string();
    assert!(error.contains("no connection left"), "{error}");
    assert!(error.contains("larger -c"), "{error}");
    drop(others);
    let end = Instant::now() + AGAIN;
    while let Err(error) = connect_with(&server.url(), &impatient()).await {
        assert!(Instant::now() < end, "{error}");
    }
}

async fn open_ones_go_on() {
    let server = crowded();
    let several = impatient().connections(4);
    let store = connect_with(&server.url(), &several).await;
    let store = store.expect("the store opens");
    let _others = take_all(&server.address(), "mn\r\n", "MN\r\n").await;
    let mut visitors = JoinSet::new();
    for visitor in 0..40 {
        let store = store.clone();
        visitors.spawn(async move {
            let key = key();
            let version = created(&store, &key, visitor).await;
            saved(&store, &key, &version, visitor + 1).await;
            let found = found(&store, &key).await.expect("the server runs");
            assert_eq!(found, Some(record(visitor + 1)));
        });
    }
    visitors.join_all().await;
}

async fn lost_and_none_left() {
    let server = crowded();
    let wire = Proxy::before(server.address()).await;
    let store = opened(&format!("memcached://{}", wire.address)).await;
    let key = key();
    let version = created(&store, &key, 1).await;
    wire.set(Wire::Breaks);
    out_of_reach(store.save(&key, &version, &record(2)).await);
    wire.set(Wire::Good);
    let others = take_all(&server.address(), "mn\r\n", "MN\r\n").await;
    let refused = [
        store.load(&key, NOW).await.map(drop),
        store.save(&key, &version, &record(3)).await.map(drop),
    ];
    for refused in refused {
        let error = refused.expect_err("there is no room");
        assert!(error.is_out_of_reach(), "{error}");
        assert!(error.to_string().contains("no connection left"), "{error}");
        assert!(error.to_string().contains("larger -c"), "{error}");
    }
    drop(others);
    assert_eq!(served_again(&store, &key).await, Some(record(2)));
}
