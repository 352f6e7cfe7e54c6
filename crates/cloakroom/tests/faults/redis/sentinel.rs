//! Behind Sentinel: the primary changes.
use libtest_mimic::Trial;
use services::RedisSentinel;

use super::{blocking, created, found, key, opened, out_of_reach, record, saved, served_again};
use crate::Faults;

pub(super) fn trials(faults: &Faults) -> Vec<Trial> {
    vec![
        faults.trial(
            "redis sentinel: after the primary died, what was replicated is served within 5 s by the next",
            primary_killed,
        ),
        faults.trial(
            "redis sentinel: a primary that hangs is left as soon as there is another",
            primary_hangs,
        ),
        faults.trial(
            "redis sentinel: a primary that was told to step back is left within 5 s",
            primary_steps_back,
        ),
        faults.trial(
            "redis sentinel: sentinels that are down or hang hold nobody up while one answers",
            sentinels_hang,
        ),
    ]
}

async fn primary_killed() {
    let servers = blocking(RedisSentinel::start);
    let store = opened(&servers.url()).await;
    let key = key();
    let version = created(&store, &key, 1).await;
    let primary = blocking(|| servers.primary());
    blocking(|| primary.await_replicas(2));
    primary.kill();
    out_of_reach(store.load(&key, super::NOW).await);
    blocking(|| servers.await_primary_beside(primary.port()));
    assert_eq!(served_again(&store, &key).await, Some(record(1)));
    saved(&store, &key, &version, 2).await;
}

async fn primary_hangs() {
    let servers = blocking(RedisSentinel::start);
    let store = opened(&servers.url()).await;
    let key = key();
    let version = created(&store, &key, 1).await;
    let first = blocking(|| servers.primary());
    blocking(|| first.await_replicas(2));
    blocking(|| first.pause());
    out_of_reach(store.load(&key, super::NOW).await);
    blocking(|| servers.await_primary_beside(first.port()));
    assert_eq!(served_again(&store, &key).await, Some(record(1)));
    let version = saved(&store, &key, &version, 2).await;
    blocking(|| first.resume());
    saved(&store, &key, &version, 3).await;
    assert_eq!(found(&store, &key).await, Some(record(3)));
}

async fn primary_steps_back() {
    let servers = blocking(RedisSentinel::start);
    let store = opened(&servers.url()).await;
    let key = key();
    let version = created(&store, &key, 1).await;
    let first = blocking(|| servers.primary());
    blocking(|| first.await_replicas(2));
    let second = blocking(|| servers.fail_over());
    assert_ne!(first.port(), second.port());
    assert_eq!(served_again(&store, &key).await, Some(record(1)));
    saved(&store, &key, &version, 2).await;
}

async fn sentinels_hang() {
    let servers = blocking(RedisSentinel::start);
    let primary = blocking(|| servers.primary());
    servers.sentinels()[0].kill();
    blocking(|| servers.sentinels()[1].pause());
    let store = opened(&servers.url()).await;
    let key = key();
    created(&store, &key, 1).await;
    blocking(|| primary.restart());
    assert_eq!(served_again(&store, &key).await, Some(record(1)));
}
