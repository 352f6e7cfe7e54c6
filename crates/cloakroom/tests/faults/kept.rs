//! Sessions that the tests keep: one value each, under keys of chance.
use std::time::Duration;

use cloakroom::StoreError;
use cloakroom::clock::Timestamp;
use cloakroom::session::{Entries, Name, Raw, Record, StoreKey, Version};
use cloakroom::store::{AnyStore, Created, Saved};

/// The moment of every test.
pub(crate) const NOW: Timestamp = Timestamp::from_secs(4_000_000_000);

/// A session with this value.
pub(crate) fn record(json: impl Into<String>) -> Record {
    let entry = (Name::from("value"), Raw::from_json(json.into()));
    let entries: Entries = [entry].into_iter().collect();
    Record::new(NOW, NOW.plus(Duration::from_secs(1_000))).with_entries(entries)
}

/// Draws a new key.
pub(crate) fn key() -> StoreKey {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    StoreKey::from_bytes(bytes)
}

/// Creates this record under new keys until the store refuses; returns the keys that it took, and what it said then.
pub(crate) async fn filled(
    store: &AnyStore,
    record: &Record,
    most: usize,
) -> (Vec<StoreKey>, StoreError) {
    let mut kept = Vec::new();
    loop {
        let key = key();
        match store.create(&key, record).await {
            Ok(_) => kept.push(key),
            Err(error) => return (kept, error),
        }
        assert!(kept.len() < most, "it is never full");
    }
}

pub(crate) async fn created(store: &AnyStore, key: &StoreKey, record: &Record) -> Version {
    match store.create(key, record).await {
        Ok(Created::New(version)) => version,
        other => panic!("{other:?}"),
    }
}

pub(crate) async fn saved(
    store: &AnyStore,
    key: &StoreKey,
    version: &Version,
    record: &Record,
) -> Version {
    match store.save(key, version, record).await {
        Ok(Saved::Saved(version)) => version,
        other => panic!("{other:?}"),
    }
}
