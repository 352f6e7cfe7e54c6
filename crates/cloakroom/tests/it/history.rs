//! The checker of histories sees what a careless store does, and has nothing to say of a careful one.
use cloakroom::StoreError;
use cloakroom::clock::Timestamp;
use cloakroom::session::{Body, Forward, Record, StoreKey, Stored, Version};
use cloakroom::store::{AnyStore, Created, MemoryStore, Renamed, Saved, Store, Swept};
use cloakroom::testing::History;
use cloakroom::testing::history::{Report, Verdict};

use crate::site::{memory, sqlite};

/// What a store may get wrong.
#[derive(Clone, Copy, PartialEq)]
enum Carelessness {
    /// It saves whatever the version is.
    LastWriteWins,
    /// It says that it has saved, and sometimes has not.
    Forgets,
    /// It says that it has ended a session, and has not.
    EndsNothing,
    /// It loads what stood there before the last save.
    Stale,
}

/// A store that gets one thing wrong.
struct Careless {
    inner: MemoryStore,
    carelessness: Carelessness,
    before: std::sync::Mutex<std::collections::HashMap<StoreKey, Stored>>,
}

impl Careless {
    fn store(carelessness: Carelessness) -> AnyStore {
        let inner = MemoryStore::new();
        let before = std::sync::Mutex::default();
        AnyStore::from(Self {
            inner,
            carelessness,
            before,
        })
    }

    fn is(&self, carelessness: Carelessness) -> bool {
        self.carelessness == carelessness
    }
}

impl Store for Careless {
    fn name(&self) -> &'static str {
        "careless"
    }

    async fn load(&self, key: &StoreKey, now: Timestamp) -> Result<Option<Stored>, StoreError> {
        if self.is(Carelessness::Stale)
            && let Some(before) = self.before.lock().expect("nobody panics").remove(key)
        {
            return Ok(Some(before));
        }
        self.inner.load(key, now).await
    }

    async fn create(&self, key: &StoreKey, record: &Record) -> Result<Created, StoreError> {
        self.inner.create(key, record).await
    }

    async fn save(
        &self,
        key: &StoreKey,
        version: &Version,
        record: &Record,
    ) -> Result<Saved, StoreError> {
        let there = self.inner.load(key, Timestamp::default()).await?;
        if let (Carelessness::Stale, Some(there)) = (self.carelessness, &there) {
            let mut before = self.before.lock().expect("nobody panics");
            before.insert(*key, there.clone());
        }
        match (self.carelessness, there) {
            (Carelessness::LastWriteWins, Some(there)) => {
                self.inner.save(key, &there.version, record).await
            }
            (Carelessness::Forgets, Some(there))
                if there.version == *version && record.entries().bytes().is_multiple_of(5) =>
            {
                Ok(Saved::Saved(there.version))
            }
            _ => self.inner.save(key, version, record).await,
        }
    }

    async fn rename(
        &self,
        from: &StoreKey,
        version: &Version,
        to: &StoreKey,
        record: &Record,
        forward: &Forward,
    ) -> Result<Renamed, StoreError> {
        self.inner.rename(from, version, to, record, forward).await
    }

    async fn delete(&self, key: &StoreKey) -> Result<Option<Body>, StoreError> {
        if self.is(Carelessness::EndsNothing) {
            return Ok(None);
        }
        self.inner.delete(key).await
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<Swept, StoreError> {
        self.inner.sweep(now, limit).await
    }

    async fn check(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn close(&self) {}
}

async fn played(store: AnyStore) -> Report {
    let history = History::of(vec![store; 3]).clients(12).sessions(3);
    history.ops(1_500).run().await
}

#[tokio::test(start_paused = true)]
async fn a_careless_store_is_found_out() {
    type Broken = fn(&Verdict) -> u64;
    let cases: [(Carelessness, Broken); 5] = [
        (Carelessness::LastWriteWins, |verdict| verdict.lost),
        (Carelessness::LastWriteWins, |verdict| verdict.double),
        (Carelessness::Forgets, |verdict| verdict.lost),
        (Carelessness::EndsNothing, |verdict| verdict.resurrected),
        (Carelessness::Stale, |verdict| verdict.lost),
    ];
    for (number, (carelessness, broken)) in cases.into_iter().enumerate() {
        let report = played(Careless::store(carelessness)).await;
        assert!(broken(&report.verdict) > 0, "case {number}: {report}");
        assert!(!report.is_clean());
    }
}

#[tokio::test(start_paused = true)]
async fn a_careful_store_is_left_in_peace() {
    let report = played(memory()).await;
    assert!(report.is_clean(), "{report}");
    assert_eq!(report.failures, 0);
    assert!(report.tokens > 50, "{report}");
}

#[tokio::test]
async fn nodes_on_one_file_lose_nothing() {
    let (store, _folder) = sqlite().await;
    let report = History::of([store.clone(), store]).ops(500).run().await;
    assert!(report.is_clean(), "{report}");
}
