//! What a store promises of a session that gets a new key.
use crate::session::{Body, StoreKey, Version};
use crate::store::{AnyStore, Renamed, Saved};
use crate::testing::conformance::{beside, created, found, found_record, key, record, saved, sign};

pub(super) async fn renaming_moves_the_record_and_leaves_the_sign(store: AnyStore) {
    let from = key();
    let to = beside(&from);
    let version = created(&store, &from, &record("1")).await;
    let moved = renamed(&store, &from, &version, &to, "2").await;
    let Renamed::Moved(version) = moved else {
        panic!("nothing stood in the way");
    };
    let there = found(&store, &to).await.expect("it was moved there");
    assert_eq!(there.body, Body::Record(record("2")));
    assert_eq!(there.version, version);
    let left = found(&store, &from).await.expect("a sign was left");
    assert_eq!(left.body, Body::Forward(sign(to)));
}

pub(super) async fn renaming_an_old_version_changes_nothing(store: AnyStore) {
    let from = key();
    let to = beside(&from);
    let old = created(&store, &from, &record("1")).await;
    saved(&store, &from, &old, &record("2")).await;
    let there = found(&store, &from).await.expect("it was just saved");
    let refused = renamed(&store, &from, &old, &to, "3").await;
    assert_eq!(refused, Renamed::Conflict(there.clone()));
    assert_eq!(found(&store, &from).await, Some(there));
    assert_eq!(found(&store, &to).await, None);
}

pub(super) async fn renaming_onto_a_taken_key_changes_nothing(store: AnyStore) {
    let from = key();
    let to = beside(&from);
    let version = created(&store, &from, &record("1")).await;
    created(&store, &to, &record("2")).await;
    let refused = renamed(&store, &from, &version, &to, "3").await;
    assert_eq!(refused, Renamed::Taken);
    assert_eq!(found_record(&store, &from).await, Some(record("1")));
    assert_eq!(found_record(&store, &to).await, Some(record("2")));
}

pub(super) async fn renaming_what_is_gone_creates_nothing(store: AnyStore) {
    let from = key();
    let to = beside(&from);
    let version = created(&store, &from, &record("1")).await;
    store.delete(&from).await.expect("the store works");
    let missed = renamed(&store, &from, &version, &to, "2").await;
    assert_eq!(missed, Renamed::Gone);
    assert_eq!(found(&store, &to).await, None);
}

pub(super) async fn a_save_under_a_renamed_key_returns_the_sign(store: AnyStore) {
    let from = key();
    let to = beside(&from);
    let version = created(&store, &from, &record("1")).await;
    let moved = renamed(&store, &from, &version, &to, "1").await;
    assert!(matches!(moved, Renamed::Moved(_)), "{moved:?}");
    match saved(&store, &from, &version, &record("2")).await {
        Saved::Conflict(there) => assert_eq!(there.body, Body::Forward(sign(to))),
        other => panic!("{other:?}"),
    }
}

pub(super) async fn deleting_under_a_renamed_key_returns_the_sign_and_leaves_it(store: AnyStore) {
    let from = key();
    let to = beside(&from);
    let version = created(&store, &from, &record("1")).await;
    let moved = renamed(&store, &from, &version, &to, "2").await;
    assert!(matches!(moved, Renamed::Moved(_)), "{moved:?}");
    for _ in 0..2 {
        let left = store.delete(&from).await.expect("the store works");
        assert_eq!(left, Some(Body::Forward(sign(to))));
    }
    assert_eq!(found_record(&store, &to).await, Some(record("2")));
    let ended = store.delete(&to).await.expect("the store works");
    assert_eq!(ended, Some(Body::Record(record("2"))));
    let left = found(&store, &from).await.expect("the sign stays");
    assert_eq!(left.body, Body::Forward(sign(to)));
}

/// Moves a session to another key with this record, and says what came of it.
async fn renamed(
    store: &AnyStore,
    from: &StoreKey,
    version: &Version,
    to: &StoreKey,
    value: &'static str,
) -> Renamed {
    let renamed = store
        .rename(from, version, to, &record(value), &sign(*to))
        .await;
    renamed.expect("the store works")
}
