//! In a cluster: slots move, primaries die.
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cloakroom::store::{AnyStore, Created, Renamed};
use libtest_mimic::Trial;
use services::{Redis, RedisCluster};
use tokio::time::{Instant, sleep};

use super::{
    AGAIN, blocking, created, found, key, name, of_user, on_rack, opened, record, saved,
    served_again, sign, users_on,
};
use crate::Faults;

/// The rack whose slot moves.
const RACK: u8 = 0xab;

pub(super) fn trials(faults: &Faults) -> Vec<Trial> {
    vec![
        faults.trial(
            "redis cluster: while a slot moves to another node, requests go on and lose nothing",
            a_slot_moves,
        ),
        faults.trial(
            "redis cluster: after a primary died, its replica's sessions are served within 5 s and the others go on",
            a_primary_dies,
        ),
    ]
}

async fn a_slot_moves() {
    let cluster = blocking(RedisCluster::start);
    let store = opened(&cluster.url()).await;
    let keys: Vec<_> = (0..20).map(|_| on_rack(RACK)).collect();
    for key in &keys {
        created(&store, key, 0).await;
    }
    let over = Arc::new(AtomicBool::new(false));
    let counters: Vec<_> = keys
        .iter()
        .map(|key| tokio::spawn(count(store.clone(), *key, over.clone())))
        .collect();
    let from = blocking(|| cluster.node_of(&name(&keys[0])));
    let elsewhere = (0..=u8::MAX).map(|rack| name(&on_rack(rack)));
    let to = blocking(|| {
        let mut nodes = elsewhere.filter_map(|name| cluster.node_of(&name).ok());
        Ok(nodes
            .find(|node| node.port() != from.port())
            .expect("there are three primaries"))
    });
    // A user whose sessions are noted on the slot, and lie elsewhere.
    let ada = users_on(RACK).next().expect("there is one");
    let of_ada = [on_rack(1), on_rack(2)];
    sign_in(&store, &of_ada[0], &ada).await;
    let slot = blocking(|| from.ask(&["cluster", "keyslot", &name(&keys[0])]));
    let [from_id, to_id] = [from, to].map(|node| blocking(|| node.ask(&["cluster", "myid"])));
    blocking(|| to.ask(&["cluster", "setslot", &slot, "importing", &from_id]));
    blocking(|| from.ask(&["cluster", "setslot", &slot, "migrating", &to_id]));
    for key in &keys[..10] {
        migrate(from, to, &name(key));
    }
    // Half of the slot is there: new keys are made there, old ones found on either side.
    let fresh = on_rack(RACK);
    created(&store, &fresh, 7).await;
    assert_eq!(found(&store, &fresh).await, Some(record(7)));
    let elsewhere = tokio::task::block_in_place(|| from.ask(&["get", &name(&fresh)]));
    let elsewhere = elsewhere.expect_err("it is not there").to_string();
    assert!(elsewhere.contains("ASK"), "{elsewhere}");
    sign_in(&store, &of_ada[1], &ada).await;
    assert_eq!(of_user(&store, &ada).await, of_ada);
    // Both names of a renewal must lie on one node, so it waits for the end of the move.
    let renewal = tokio::spawn(renew(store.clone()));
    for key in &keys[10..] {
        migrate(from, to, &name(key));
    }
    migrate(from, to, &format!("cloakroom:{{{RACK:02x}}}user:"));
    for node in [to, from] {
        blocking(|| node.ask(&["cluster", "setslot", &slot, "node", &to_id]));
    }
    assert_eq!(of_user(&store, &ada).await, of_ada);
    renewal.await.expect("the renewal gets through");
    over.store(true, Ordering::SeqCst);
    for (key, counter) in keys.iter().zip(counters) {
        let counted = counter.await.expect("every save gets through");
        assert!(counted > 0);
        assert_eq!(found(&store, key).await, Some(record(counted)));
    }
}

async fn sign_in(store: &AnyStore, key: &cloakroom::session::StoreKey, user: &str) {
    let created = store
        .create(key, &record(1).with_user(user.to_owned()))
        .await;
    assert!(matches!(created, Ok(Created::New(_))), "{created:?}");
}

fn migrate(from: &Redis, to: &Redis, name: &str) {
    let port = to.port().to_string();
    blocking(|| from.ask(&["migrate", "127.0.0.1", &port, name, "0", "5000"]));
}

/// Saves one more again and again, and returns how many there were.
async fn count(store: AnyStore, key: cloakroom::session::StoreKey, over: Arc<AtomicBool>) -> u32 {
    let mut version = store.load(&key, super::NOW).await.unwrap().unwrap().version;
    let mut counted = 0;
    while counted == 0 || !over.load(Ordering::SeqCst) {
        counted += 1;
        version = saved(&store, &key, &version, counted).await;
        assert_eq!(found(&store, &key).await, Some(record(counted)));
        sleep(Duration::from_millis(5)).await;
    }
    counted
}

/// Renews a session of the moving rack, as often as a visitor would try.
async fn renew(store: AnyStore) {
    let (from, to) = (on_rack(RACK), on_rack(RACK));
    let version = created(&store, &from, 1).await;
    let end = Instant::now() + AGAIN;
    loop {
        match store
            .rename(&from, &version, &to, &record(2), &sign(to))
            .await
        {
            Ok(Renamed::Moved(_)) => return,
            Err(error) if Instant::now() < end => assert!(!error.is_out_of_reach(), "{error}"),
            other => panic!("{other:?}"),
        }
    }
}

async fn a_primary_dies() {
    let cluster = blocking(RedisCluster::start);
    let store = opened(&cluster.url()).await;
    let dies = on_rack(RACK);
    let primary = blocking(|| cluster.node_of(&name(&dies)));
    let lives = blocking(|| {
        let mut racks = (0..=u8::MAX).map(|_| key());
        let lives = |key: &_| {
            cluster
                .node_of(&name(key))
                .is_ok_and(|it| it.port() != primary.port())
        };
        Ok(racks.find(lives).expect("there are three primaries"))
    });
    let version = created(&store, &dies, 1).await;
    created(&store, &lives, 2).await;
    blocking(|| primary.await_replicas(1));
    primary.kill();
    assert!(store.load(&dies, super::NOW).await.is_err());
    let end = Instant::now() + Duration::from_secs(30);
    while !promoted(&cluster, primary, &dies) {
        assert!(Instant::now() < end, "no replica takes over");
        sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(served_again(&store, &dies).await, Some(record(1)));
    saved(&store, &dies, &version, 3).await;
    assert_eq!(served_again(&store, &lives).await, Some(record(2)));
    assert_eq!(store.count(super::NOW).await.unwrap().live, 2);
}

fn promoted(cluster: &RedisCluster, dead: &Redis, key: &cloakroom::session::StoreKey) -> bool {
    let node = tokio::task::block_in_place(|| cluster.node_of(&name(key)));
    node.is_ok_and(|node| node.port() != dead.port())
}
