//! What a store promises when many are at one key.
use crate::session::{Body, StoreKey};
use crate::store::{AnyStore, Renamed, Saved};
use crate::testing::conformance::{beside, created, found, found_record, key, record, saved, sign};

pub(super) async fn of_two_who_rename_one_key_one_wins(store: AnyStore) {
    for _ in 0..20 {
        let from = key();
        let version = created(&store, &from, &record("1")).await;
        let movers = [beside(&from), beside(&from)].map(|to| {
            let (store, version) = (store.clone(), version.clone());
            tokio::spawn(async move {
                let renamed = store
                    .rename(&from, &version, &to, &record("2"), &sign(to))
                    .await;
                (to, renamed.expect("the store works"))
            })
        });
        let mut winners = Vec::new();
        for mover in movers {
            let (to, renamed) = mover.await.expect("the mover does not panic");
            match renamed {
                Renamed::Moved(_) => winners.push(to),
                Renamed::Conflict(_) => assert_eq!(found(&store, &to).await, None),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(winners.len(), 1);
        let left = found(&store, &from).await.expect("a sign was left");
        assert_eq!(left.body, Body::Forward(sign(winners[0])));
    }
}

pub(super) async fn of_a_hundred_who_save_one_version_one_wins(store: AnyStore) {
    let key = key();
    let version = created(&store, &key, &record("0")).await;
    let savers = (1..=100).map(|number: u32| {
        let (store, version) = (store.clone(), version.clone());
        tokio::spawn(async move {
            let outcome = saved(&store, &key, &version, &record(number.to_string())).await;
            matches!(outcome, Saved::Saved(_)).then_some(number)
        })
    });
    let mut winners = Vec::new();
    for saver in savers.collect::<Vec<_>>() {
        winners.extend(saver.await.expect("the saver does not panic"));
    }
    assert_eq!(winners.len(), 1);
    let there = found_record(&store, &key).await;
    assert_eq!(there, Some(record(winners[0].to_string())));
}

pub(super) async fn a_hundred_savers_who_try_again_all_get_through(store: AnyStore) {
    let key = key();
    created(&store, &key, &record("0")).await;
    let savers = (0..100).map(|_| tokio::spawn(count_one(store.clone(), key)));
    for saver in savers.collect::<Vec<_>>() {
        saver.await.expect("the saver does not panic");
    }
    assert_eq!(found_record(&store, &key).await, Some(record("100")));
}

async fn count_one(store: AnyStore, key: StoreKey) {
    let mut there = found(&store, &key).await.expect("it is there");
    loop {
        let Body::Record(old) = &there.body else {
            panic!("nobody renamed it");
        };
        let count: u32 = old
            .entries()
            .get(b"value")
            .and_then(|raw| serde_json::from_slice(raw.as_bytes()).ok())
            .expect("the value is a number");
        let next = record((count + 1).to_string());
        match saved(&store, &key, &there.version, &next).await {
            Saved::Saved(_) => return,
            Saved::Conflict(now) => there = now,
            Saved::Gone => panic!("nobody ended it"),
        }
    }
}
