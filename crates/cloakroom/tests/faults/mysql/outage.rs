//! A server that goes away, stops answering, takes no writes or has no connection left.
use std::time::Duration;

use cloakroom::session::Body;
use cloakroom::store::{self, AnyStore};
use libtest_mimic::Trial;
use services::{DATABASE, MariaDb};
use tokio::task::JoinSet;

use super::{
    NOW, blocking, created, found, impatient, key, opened, out_of_reach, own, record, saved,
    served_again,
};
use crate::Faults;
use crate::kept::filled;

pub(super) fn trials(faults: &Faults) -> Vec<Trial> {
    vec![
        faults.trial(
            "mysql: a server that was killed and started again serves again at once",
            killed,
        ),
        faults.trial(
            "mysql: connections that ended while nobody used them cost no load",
            ended,
        ),
        faults.trial(
            "mysql: a paused server fails in time, and serves again with all connections",
            paused,
        ),
        faults.trial(
            "mysql: a server that takes no writes says to use the primary, and heals",
            read_only,
        ),
        faults.trial(
            "mysql: a server without connections left says so, and heals",
            exhausted,
        ),
        faults.trial("mysql: a full server says so, and loses nothing", full),
    ]
}

async fn killed() {
    let server = own();
    let store = opened(&server.url()).await;
    let key = key();
    let version = created(&store, &key, &record("1")).await;
    blocking(|| {
        server.kill();
        Ok(())
    });
    out_of_reach(store.load(&key, NOW).await);
    out_of_reach(store.save(&key, &version, &record("2")).await);
    out_of_reach(store.check().await);
    blocking(|| server.start_again());
    let there = served_again(&store, &key).await;
    assert_eq!(there, Some(Body::Record(record("1"))));
    saved(&store, &key, &version, &record("3")).await;
    store.check().await.expect("it is well again");
}

async fn ended() {
    let server = own();
    let store = opened(&server.url()).await;
    let key = key();
    created(&store, &key, &record("1")).await;
    // Both connections are in use at once, and then wait.
    let (one, other) = tokio::join!(found(&store, &key), found(&store, &key));
    assert_eq!(one, other);
    blocking(|| server.restart());
    for _ in 0..3 {
        assert_eq!(found(&store, &key).await, Some(Body::Record(record("1"))));
    }
}

async fn paused() {
    let server = own();
    let store = opened(&server.url()).await;
    let key = key();
    let version = created(&store, &key, &record("1")).await;
    blocking(|| server.pause());
    for _ in 0..6 {
        all_fail(&store).await;
    }
    blocking(|| server.resume());
    let there = served_again(&store, &key).await;
    assert_eq!(there, Some(Body::Record(record("1"))));
    saved(&store, &key, &version, &record("2")).await;
    let mut loads = JoinSet::new();
    for _ in 0..20 {
        let store = store.clone();
        loads.spawn(async move { found(&store, &key).await });
    }
    for found in loads.join_all().await {
        assert_eq!(found, Some(Body::Record(record("2"))));
    }
}

/// More ask at once than there are connections.
async fn all_fail(store: &AnyStore) {
    let (key, record) = (key(), record("1"));
    let (one, two, three) = tokio::join!(
        store.load(&key, NOW),
        store.load(&key, NOW),
        store.create(&key, &record),
    );
    out_of_reach(one);
    out_of_reach(two);
    out_of_reach(three);
}

async fn read_only() {
    let server = own();
    opened(&server.url()).await;
    let url = worker(&server);
    let store = opened(&url).await;
    let key = key();
    let version = created(&store, &key, &record("1")).await;
    blocking(|| server.ask("SET GLOBAL read_only = 1"));
    let error = store.save(&key, &version, &record("2")).await.unwrap_err();
    assert!(!error.is_out_of_reach(), "it did answer");
    assert!(
        error
            .to_string()
            .contains("give the URL of the primary server"),
        "{error}"
    );
    assert_eq!(found(&store, &key).await, Some(Body::Record(record("1"))));
    let at_start = store::connect_with(&url, &impatient()).await;
    let error = at_start.expect_err("it can't be written").to_string();
    assert!(
        error.contains("give the URL of the primary server"),
        "{error}"
    );
    blocking(|| server.ask("SET GLOBAL read_only = 0"));
    saved(&store, &key, &version, &record("3")).await;
}

async fn exhausted() {
    let server = own();
    opened(&server.url()).await;
    let url = worker(&server);
    let store = opened(&url).await;
    let key = key();
    created(&store, &key, &record("1")).await;
    blocking(|| server.ask("SET GLOBAL max_connections = 10"));
    let mut others = Vec::new();
    // The server may still count connections that have ended, so more than once.
    let error = loop {
        let error = fill(&url, &mut others).await;
        assert!(error.contains("raise its max_connections"), "{error}");
        // The connection that is there serves on.
        assert_eq!(found(&store, &key).await, Some(Body::Record(record("1"))));
        let (one, two) = tokio::join!(store.load(&key, NOW), store.load(&key, NOW));
        if let Err(error) = one.and(two) {
            break error;
        }
    };
    assert!(!error.is_out_of_reach(), "it did answer");
    for other in others {
        other.close().await;
    }
    tokio::time::timeout(Duration::from_secs(5), async {
        while tokio::join!(store.load(&key, NOW), store.load(&key, NOW))
            .0
            .is_err()
        {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("it heals");
}

/// Opens stores until the server takes no more connections, and returns what it says then.
async fn fill(url: &str, others: &mut Vec<AnyStore>) -> String {
    loop {
        assert!(others.len() < 20, "the server has a limit");
        match store::connect_with(url, &impatient()).await {
            Ok(other) => others.push(other),
            Err(error) => return error.to_string(),
        }
    }
}

async fn full() {
    let server = blocking(|| {
        // All tables in one file that grows to 16 MiB.
        let small = MariaDb::builder().setting("innodb-file-per-table", "0");
        let small = small.setting("innodb-data-file-path", "ibdata1:12M:autoextend:max:16M");
        small.setting("innodb-autoextend-increment", "1").start()
    });
    let store = opened(&server.url()).await;
    let first = key();
    let version = created(&store, &first, &record("1")).await;
    let large = record(format!("\"{}\"", crate::random_text(400_000)));
    let (kept, error) = filled(&store, &large, 100).await;
    assert!(error.to_string().contains("full; make room"), "{error}");
    assert!(!error.is_out_of_reach(), "it did answer: {error}");
    let refused = store.save(&first, &version, &large).await;
    let error = refused.expect_err("there is no room").to_string();
    assert!(error.contains("full; make room"), "{error}");
    for key in &kept {
        assert_eq!(found(&store, key).await, Some(Body::Record(large.clone())));
    }
    assert_eq!(found(&store, &first).await, Some(Body::Record(record("1"))));
}

/// Returns the URL for a user who may do no more than the store needs.
fn worker(server: &MariaDb) -> String {
    let sql = format!(
        "CREATE USER worker IDENTIFIED BY 'x'; \
         GRANT SELECT, INSERT, UPDATE, DELETE ON {DATABASE}.* TO worker"
    );
    blocking(|| server.ask(&sql));
    format!("mysql://worker:x@{}/{DATABASE}", server.address())
}
