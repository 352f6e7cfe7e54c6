//! Several servers: one that is down takes only its own sessions along.
use libtest_mimic::Trial;

use super::{
    NOW, blocking, created, found, key, opened, out_of_reach, record, served_again, started,
};
use crate::Faults;

pub(super) fn trials(faults: &Faults) -> Vec<Trial> {
    vec![faults.trial(
        "memcached: of three servers one goes down, and only its sessions are out of reach",
        one_of_three,
    )]
}

async fn one_of_three() {
    let servers = [started(), started(), started()];
    let list = servers.each_ref().map(|server| server.address()).join(",");
    let store = opened(&format!("memcached://{list}")).await;
    let mut keys = Vec::new();
    for value in 0..60 {
        let key = key();
        created(&store, &key, value).await;
        keys.push(key);
    }
    tokio::task::block_in_place(|| servers[1].kill());
    let mut lost = Vec::new();
    // More often than a breaker for all of them would stand.
    for _ in 0..5 {
        lost.clear();
        for (value, key) in (0..).zip(&keys) {
            match found(&store, key).await {
                Ok(found) => assert_eq!(found, Some(record(value))),
                error => {
                    out_of_reach(error);
                    lost.push(*key);
                }
            }
        }
        assert!((1..60).contains(&lost.len()), "{} of 60", lost.len());
    }
    out_of_reach(store.check().await);
    blocking(|| servers[1].start_again());
    for key in &lost {
        assert_eq!(served_again(&store, key).await, None);
    }

    // Another node may write the list in another order.
    let turned = servers.each_ref().map(|server| server.address());
    let turned: Vec<_> = turned.into_iter().rev().collect();
    let other = opened(&format!("memcached://{}", turned.join(","))).await;
    for key in &keys {
        let here = store.load(key, NOW).await.unwrap();
        assert_eq!(other.load(key, NOW).await.unwrap(), here);
    }
}
