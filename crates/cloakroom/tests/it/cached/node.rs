//! Nodes of one site, whose ways to database and cache can be hindered one by one.
use std::time::Duration;

use cloakroom::clock::Timestamp;
use cloakroom::session::{Body, Entries, Name, Raw, Record, StoreKey, Stored, Version};
use cloakroom::store::{AnyStore, Created, MemoryStore, Saved, cached};
use cloakroom::testing::{Call, Faults, FaultyStore};
use tokio::task::JoinHandle;

pub(super) const NOW: Timestamp = Timestamp::from_secs(4_000_000_000);
/// When no copy from [`NOW`] is believed any more.
pub(super) const LATER: Timestamp = Timestamp::from_secs(4_000_000_300);

/// What all nodes share.
pub(super) struct House {
    pub(super) db: AnyStore,
    cache: AnyStore,
}

/// One node.
#[derive(Clone)]
pub(super) struct Node {
    pub(super) store: AnyStore,
    pub(super) db: Faults,
    pub(super) cache: Faults,
}

impl House {
    pub(super) fn new() -> Self {
        Self::of(AnyStore::inspectable(MemoryStore::new()))
    }

    pub(super) fn of(db: AnyStore) -> Self {
        Self {
            db,
            cache: MemoryStore::new().into(),
        }
    }

    pub(super) fn node(&self) -> Node {
        Node::of(self.db.clone(), self.cache.clone())
    }

    pub(super) async fn version(&self, key: &StoreKey) -> Version {
        self.db.load(key, NOW).await.unwrap().unwrap().version
    }

    pub(super) fn node_with_a_cache_of_its_own(&self) -> Node {
        Node::of(self.db.clone(), MemoryStore::new().into())
    }
}

impl Node {
    fn of(db: AnyStore, cache: AnyStore) -> Self {
        let (to_db, db) = FaultyStore::before(db);
        let (to_cache, cache) = FaultyStore::before(cache);
        Self {
            store: cached(to_db, to_cache),
            db,
            cache,
        }
    }

    /// Waits until the node uses the cache: then it marks the place of what it does not find.
    pub(super) async fn until_on(&self) {
        for _ in 0..3_000 {
            let marks = self.cache.calls(Call::Create);
            assert_eq!(self.value(&any_key()).await, None);
            if self.cache.calls(Call::Create) > marks {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the cache was not used within five minutes");
    }

    pub(super) fn lose_cache(&self, lost: bool) {
        for call in [
            Call::Load,
            Call::Create,
            Call::Save,
            Call::Delete,
            Call::Check,
        ] {
            self.cache.fail(call, lost);
        }
    }

    pub(super) async fn created(&self, value: u64) -> StoreKey {
        let key = any_key();
        let created = self.store.create(&key, &record(value)).await.unwrap();
        assert!(matches!(created, Created::New(_)));
        key
    }

    pub(super) async fn found(&self, key: &StoreKey) -> Option<Stored> {
        self.store.load(key, NOW).await.unwrap()
    }

    /// Loads it until its copy lies in the cache.
    pub(super) async fn cached(&self, key: &StoreKey) -> Stored {
        self.found(key).await.unwrap();
        let loads = self.db.calls(Call::Load);
        let found = self.found(key).await.unwrap();
        assert_eq!(self.db.calls(Call::Load), loads, "it came from the cache");
        found
    }

    pub(super) async fn value(&self, key: &StoreKey) -> Option<u64> {
        self.found(key).await.map(|stored| value_of(&stored))
    }

    pub(super) async fn save(&self, key: &StoreKey, version: &Version, value: u64) -> Saved {
        let saved = self.store.save(key, version, &record(value)).await;
        saved.unwrap()
    }

    pub(super) async fn saved(&self, key: &StoreKey, version: &Version, value: u64) {
        let saved = self.save(key, version, value).await;
        assert!(matches!(saved, Saved::Saved(_)), "{saved:?}");
    }

    /// Ends the session or saves the value 9, and returns what is to be found from then on.
    pub(super) async fn written(
        &self,
        key: &StoreKey,
        version: &Version,
        logout: bool,
    ) -> Option<u64> {
        if logout {
            assert!(self.store.delete(key).await.unwrap().is_some());
            return None;
        }
        self.saved(key, version, 9).await;
        Some(9)
    }

    /// Stops the next such call to the cache, and returns the number that it will have.
    pub(super) fn stops(&self, call: Call) -> usize {
        self.cache.hold(call);
        self.cache.calls(call) + 1
    }

    pub(super) fn in_background<F>(&self, work: impl FnOnce(Self) -> F) -> JoinHandle<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        tokio::spawn(work(self.clone()))
    }
}

pub(super) fn any_key() -> StoreKey {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).unwrap();
    StoreKey::from_bytes(bytes)
}

pub(super) fn record(value: u64) -> Record {
    let value = Raw::from_json(value.to_string());
    let entries: Entries = [(Name::from_static("value"), value)].into_iter().collect();
    let expires = NOW.plus(Duration::from_secs(10_000));
    Record::new(NOW, expires).with_entries(entries)
}

pub(super) fn value_of(stored: &Stored) -> u64 {
    let Body::Record(record) = &stored.body else {
        panic!("nobody renamed it");
    };
    let value = record.entries().get(b"value").unwrap();
    std::str::from_utf8(value.as_bytes())
        .unwrap()
        .parse()
        .unwrap()
}
