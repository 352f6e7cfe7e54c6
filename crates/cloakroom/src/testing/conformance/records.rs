//! What a store promises of one record: it is found, saved, deleted, and over in time.
use crate::session::{Body, Record, Stored};
use crate::store::{AnyStore, Created, Saved};
use crate::testing::conformance::{NOW, after, created, found, found_record, key, record, saved};

pub(super) async fn nothing_is_found_under_a_key_that_was_never_used(store: AnyStore) {
    assert_eq!(found(&store, &key()).await, None);
    assert_eq!(store.delete(&key()).await.expect("the store works"), None);
}

pub(super) async fn what_was_created_is_found_whole(store: AnyStore) {
    let values = [
        record("1"),
        record(r#""ünï – 🧥 \u0000""#),
        record(format!("\"{}\"", "x".repeat((1 << 20) - 100))),
        record("\"\"").with_user("o'Hara; DROP TABLE \"x\" -- ü"),
        Record::new(NOW, after(1_000)),
    ];
    for record in values {
        let key = key();
        let version = created(&store, &key, &record).await;
        let found = found(&store, &key).await.expect("it was just created");
        assert_eq!(found.body, Body::Record(record));
        assert_eq!(found.version, version);
    }
}

pub(super) async fn a_taken_key_is_not_created_again(store: AnyStore) {
    let key = key();
    created(&store, &key, &record("1")).await;
    let again = store.create(&key, &record("2")).await;
    assert_eq!(again.expect("the store works"), Created::Taken);
    assert_eq!(found_record(&store, &key).await, Some(record("1")));
}

pub(super) async fn saving_replaces_the_record_and_changes_its_version(store: AnyStore) {
    let key = key();
    let first = created(&store, &key, &record("1")).await;
    let Saved::Saved(second) = saved(&store, &key, &first, &record("2")).await else {
        panic!("the version was the present one");
    };
    assert_ne!(first, second);
    let there = found(&store, &key).await.expect("it was just saved");
    assert_eq!(there.body, Body::Record(record("2")));
    assert_eq!(there.version, second);
}

pub(super) async fn saving_never_creates(store: AnyStore) {
    let (real, never) = (key(), key());
    let version = created(&store, &real, &record("1")).await;
    let missed = saved(&store, &never, &version, &record("2")).await;
    assert_eq!(missed, Saved::Gone);
    assert_eq!(found(&store, &never).await, None);
}

pub(super) async fn saving_an_old_version_returns_what_stands_there_and_changes_nothing(
    store: AnyStore,
) {
    let key = key();
    let old = created(&store, &key, &record("1")).await;
    let Saved::Saved(present) = saved(&store, &key, &old, &record("2")).await else {
        panic!("the version was the present one");
    };
    let there = Stored {
        body: Body::Record(record("2")),
        version: present,
    };
    let refused = saved(&store, &key, &old, &record("3")).await;
    assert_eq!(refused, Saved::Conflict(there.clone()));
    assert_eq!(found(&store, &key).await, Some(there));
}

pub(super) async fn a_deleted_record_is_returned_once(store: AnyStore) {
    let key = key();
    created(&store, &key, &record("1")).await;
    let deleted = store.delete(&key).await.expect("the store works");
    assert_eq!(deleted, Some(Body::Record(record("1"))));
    assert_eq!(store.delete(&key).await.expect("the store works"), None);
    assert_eq!(found(&store, &key).await, None);
}

pub(super) async fn a_save_after_a_delete_finds_nothing_and_brings_nothing_back(store: AnyStore) {
    let key = key();
    let version = created(&store, &key, &record("1")).await;
    store.delete(&key).await.expect("the store works");
    let missed = saved(&store, &key, &version, &record("2")).await;
    assert_eq!(missed, Saved::Gone);
    assert_eq!(found(&store, &key).await, None);
}

pub(super) async fn a_record_is_absent_from_the_second_in_which_it_expires(store: AnyStore) {
    let key = key();
    created(&store, &key, &Record::new(NOW, after(10))).await;
    for (seconds, there) in [(0, true), (9, true), (10, false), (11, false)] {
        let found = store.load(&key, after(seconds)).await;
        let found = found.expect("the store works").is_some();
        assert_eq!(found, there, "after {seconds} of 10 seconds");
    }
}
