//! memcached as a cache: whatever happens to it, SQLite serves, and nobody sees what is old.
use std::time::Duration;

use cloakroom::session::StoreKey;
use cloakroom::store::{AnyStore, cached, connect, connect_cache};
use cloakroom::testing::{Call, Faults as Switches, FaultyStore};
use libtest_mimic::Trial;
use services::Memcached;
use tokio::time::{Instant, sleep};

use super::{NOW, blocking, created, found, key, record, saved, started};
use crate::Faults;
use crate::proxy::{Proxy, Wire};

/// A cache that failed is tried again after two seconds, and turned on when all nodes know of it.
const ON_AGAIN: Duration = Duration::from_secs(15);

pub(super) fn trials(faults: &Faults) -> Vec<Trial> {
    vec![
        faults.trial(
            "cached: a memcached that is killed, started anew and hung fails no request and gives back nothing old",
            killed_and_hung,
        ),
        faults.trial(
            "cached: a node whose way to memcached is slow leaves nothing old to a node whose way is good",
            one_way_slow,
        ),
        faults.trial(
            "cached: a memcached that is down at the start is an error that names the cache",
            down_at_the_start,
        ),
    ]
}

/// A node of a site, and what it asks its database.
struct Node {
    store: AnyStore,
    asked: Switches,
}

async fn node(db: &AnyStore, cache: &str) -> Node {
    let cache = connect_cache(cache).await.expect("the cache opens");
    let (db, asked) = FaultyStore::before(db.clone());
    Node {
        store: cached(db, cache),
        asked,
    }
}

impl Node {
    /// Waits until this session comes from the cache.
    async fn until_cached(&self, key: &StoreKey) {
        let end = Instant::now() + ON_AGAIN;
        loop {
            // The notice is looked at in between.
            let before = self.asked.calls(Call::Load);
            for _ in 0..10 {
                self.store.load(key, NOW).await.expect("the database works");
            }
            if self.asked.calls(Call::Load) - before < 5 {
                return;
            }
            assert!(Instant::now() < end, "the cache is not used");
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Loads and saves one value more.
    async fn counts_on(&self, key: &StoreKey, from: u32) {
        let there = self.store.load(key, NOW).await.expect("the database works");
        let there = there.expect("it is there");
        saved(&self.store, key, &there.version, from + 1).await;
        assert_eq!(
            found(&self.store, key).await.unwrap(),
            Some(record(from + 1))
        );
    }
}

/// What is done to the server.
type Act = fn(&Memcached);

async fn killed_and_hung() {
    let server = started();
    let db = connect("sqlite::memory:").await.expect("SQLite opens");
    let (a, b) = (
        node(&db, &server.url()).await,
        node(&db, &server.url()).await,
    );
    let key = key();
    created(&a.store, &key, 1).await;
    let mut value = 1;
    let faults: [(Act, Act); 2] = [
        (
            |server| tokio::task::block_in_place(|| server.kill()),
            |server| blocking(|| server.start_again()),
        ),
        (
            |server| blocking(|| server.pause()),
            |server| blocking(|| server.resume()),
        ),
    ];
    for (begin, end) in faults {
        a.until_cached(&key).await;
        b.until_cached(&key).await;
        begin(&server);
        for _ in 0..3 {
            a.counts_on(&key, value).await;
            value += 1;
            assert_eq!(found(&b.store, &key).await.unwrap(), Some(record(value)));
        }
        end(&server);
        assert_eq!(found(&b.store, &key).await.unwrap(), Some(record(value)));
    }
    a.until_cached(&key).await;
    b.until_cached(&key).await;
    assert_eq!(found(&b.store, &key).await.unwrap(), Some(record(value)));
    a.store.delete(&key).await.expect("the database works");
    assert_eq!(found(&b.store, &key).await.unwrap(), None);
}

async fn one_way_slow() {
    let server = started();
    let proxy = Proxy::before(server.address()).await;
    let db = connect("sqlite::memory:").await.expect("SQLite opens");
    let a = node(&db, &format!("memcached://{}", proxy.address)).await;
    let b = node(&db, &server.url()).await;
    for logout in [false, true] {
        proxy.set(Wire::Good);
        let key = key();
        created(&a.store, &key, 1).await;
        a.until_cached(&key).await;
        b.until_cached(&key).await;
        proxy.set(Wire::Slow(Duration::from_secs(5)));
        if logout {
            a.store.delete(&key).await.expect("the database works");
            assert_eq!(found(&b.store, &key).await.unwrap(), None);
        } else {
            a.counts_on(&key, 1).await;
            assert_eq!(found(&b.store, &key).await.unwrap(), Some(record(2)));
        }
    }
}

async fn down_at_the_start() {
    let server = started();
    server.kill();
    let error = connect_cache(&server.url()).await.unwrap_err().to_string();
    assert!(error.starts_with("cache: "), "{error}");
    assert!(error.contains("start memcached"), "{error}");
}
