//! A way to a store: slow at times, and when it fails, what was asked may be done all the same, or later.
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cloakroom::StoreError;
use cloakroom::clock::Timestamp;
use cloakroom::session::{Body, Forward, Record, StoreKey, Stored, Version};
use cloakroom::store::{AnyStore, Created, Renamed, Saved, Store, Swept};
use tokio::time::sleep;

/// Numbers that look random and are the same for the same seed.
#[derive(Clone)]
pub(super) struct Luck(Arc<Mutex<u64>>);

impl Luck {
    pub(super) fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(
            seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
        )))
    }

    /// Returns a number below the limit (xorshift64*).
    pub(super) fn below(&self, limit: u64) -> u64 {
        let mut state = self.0.lock().unwrap();
        *state ^= *state >> 12;
        *state ^= *state << 25;
        *state ^= *state >> 27;
        (state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % limit
    }

    /// A short while; one in thirty is long.
    fn moment(&self) -> Duration {
        let longest = if self.below(30) == 0 { 1_500 } else { 8 };
        Duration::from_millis(self.below(longest))
    }
}

/// A way to a store.
#[derive(Clone)]
pub(super) struct Way {
    store: AnyStore,
    luck: Luck,
    /// How many of a hundred fail.
    fails: Arc<AtomicU64>,
    loads: Arc<Mutex<Vec<StoreKey>>>,
}

impl Way {
    pub(super) fn to(store: &AnyStore, luck: &Luck) -> Self {
        Self {
            store: store.clone(),
            luck: luck.clone(),
            fails: Arc::default(),
            loads: Arc::default(),
        }
    }

    pub(super) fn fails(&self, of_a_hundred: u64) {
        self.fails.store(of_a_hundred, Ordering::SeqCst);
    }

    pub(super) fn loads_of(&self, key: &StoreKey) -> u64 {
        let loads = self.loads.lock().unwrap();
        loads.iter().filter(|loaded| *loaded == key).count() as u64
    }

    async fn go<T: Send + 'static>(
        &self,
        doing: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, StoreError> {
        sleep(self.luck.moment()).await;
        if self.luck.below(100) >= self.fails.load(Ordering::SeqCst) {
            let done = doing.await;
            sleep(self.luck.moment()).await;
            return done;
        }
        match self.luck.below(3) {
            0 => drop(doing),
            1 => drop(doing.await),
            _ => {
                let later = self.luck.below(5_000);
                tokio::spawn(async move {
                    sleep(Duration::from_millis(later)).await;
                    drop(doing.await);
                });
            }
        }
        Err(StoreError::new("way", "be gone").out_of_reach())
    }
}

impl Store for Way {
    fn name(&self) -> &'static str {
        self.store.name()
    }

    async fn load(&self, key: &StoreKey, now: Timestamp) -> Result<Option<Stored>, StoreError> {
        self.loads.lock().unwrap().push(*key);
        let (store, key) = (self.store.clone(), *key);
        self.go(async move { store.load(&key, now).await }).await
    }

    async fn create(&self, key: &StoreKey, record: &Record) -> Result<Created, StoreError> {
        let (store, key, record) = (self.store.clone(), *key, record.clone());
        self.go(async move { store.create(&key, &record).await })
            .await
    }

    async fn save(
        &self,
        key: &StoreKey,
        version: &Version,
        record: &Record,
    ) -> Result<Saved, StoreError> {
        let (store, key, version) = (self.store.clone(), *key, version.clone());
        let record = record.clone();
        self.go(async move { store.save(&key, &version, &record).await })
            .await
    }

    async fn rename(
        &self,
        from: &StoreKey,
        version: &Version,
        to: &StoreKey,
        record: &Record,
        forward: &Forward,
    ) -> Result<Renamed, StoreError> {
        self.store.rename(from, version, to, record, forward).await
    }

    async fn delete(&self, key: &StoreKey) -> Result<Option<Body>, StoreError> {
        let (store, key) = (self.store.clone(), *key);
        self.go(async move { store.delete(&key).await }).await
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<Swept, StoreError> {
        self.store.sweep(now, limit).await
    }

    async fn check(&self) -> Result<(), StoreError> {
        let store = self.store.clone();
        self.go(async move { store.check().await }).await
    }

    async fn close(&self) {}
}
