//! What a store promises of a session that gets a new key.
use crate::session::Body;
use crate::store::{AnyStore, Renamed, Saved};
use crate::testing::conformance::{beside, created, found, found_record, key, record, saved, sign};

pub(super) async fn renaming_moves_the_record_and_leaves_the_sign(store: AnyStore) {
    let from = key();
    let to = beside(&from);
    let version = created(&store, &from, &record("1")).await;
    let renamed = store
        .rename(&from, &version, &to, &record("2"), &sign(to))
        .await;
    let Renamed::Moved(version) = renamed.expect("the store works") else {
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
    let refused = store
        .rename(&from, &old, &to, &record("3"), &sign(to))
        .await;
    assert_eq!(
        refused.expect("the store works"),
        Renamed::Conflict(there.clone())
    );
    assert_eq!(found(&store, &from).await, Some(there));
    assert_eq!(found(&store, &to).await, None);
}

pub(super) async fn renaming_onto_a_taken_key_changes_nothing(store: AnyStore) {
    let from = key();
    let to = beside(&from);
    let version = created(&store, &from, &record("1")).await;
    created(&store, &to, &record("2")).await;
    let refused = store
        .rename(&from, &version, &to, &record("3"), &sign(to))
        .await;
    assert_eq!(refused.expect("the store works"), Renamed::Taken);
    assert_eq!(found_record(&store, &from).await, Some(record("1")));
    assert_eq!(found_record(&store, &to).await, Some(record("2")));
}

pub(super) async fn renaming_what_is_gone_creates_nothing(store: AnyStore) {
    let from = key();
    let to = beside(&from);
    let version = created(&store, &from, &record("1")).await;
    store.delete(&from).await.expect("the store works");
    let missed = store
        .rename(&from, &version, &to, &record("2"), &sign(to))
        .await;
    assert_eq!(missed.expect("the store works"), Renamed::Gone);
    assert_eq!(found(&store, &to).await, None);
}

pub(super) async fn a_save_under_a_renamed_key_returns_the_sign(store: AnyStore) {
    let from = key();
    let to = beside(&from);
    let version = created(&store, &from, &record("1")).await;
    let renamed = store
        .rename(&from, &version, &to, &record("1"), &sign(to))
        .await;
    renamed.expect("the store works");
    match saved(&store, &from, &version, &record("2")).await {
        Saved::Conflict(there) => assert_eq!(there.body, Body::Forward(sign(to))),
        other => panic!("{other:?}"),
    }
}

pub(super) async fn deleting_under_a_renamed_key_returns_the_sign_and_leaves_it(store: AnyStore) {
    let from = key();
    let to = beside(&from);
    let version = created(&store, &from, &record("1")).await;
    let renamed = store
        .rename(&from, &version, &to, &record("2"), &sign(to))
        .await;
    renamed.expect("the store works");
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
