//! Writes a store of one's own and proves it with the public suite. Run with
//! `cargo run -p cloakroom --features testing --example custom_store`.
#![expect(clippy::print_stdout, reason = "it is a command")]
use cloakroom::clock::Timestamp;
use cloakroom::session::{Body, Forward, Record, StoreKey, Stored, Version};
use cloakroom::store::{Created, MemoryStore, Renamed, Saved, Store, Swept};
use cloakroom::{StoreError, testing::conformance};

/// A store that counts nothing, hides nothing and only passes on: a place to start from.
#[derive(Debug, Default)]
struct Mine(MemoryStore);

type Answer<T> = Result<T, StoreError>;

impl Store for Mine {
    fn name(&self) -> &'static str {
        "mine"
    }
    async fn load(&self, key: &StoreKey, now: Timestamp) -> Answer<Option<Stored>> {
        self.0.load(key, now).await
    }
    async fn create(&self, key: &StoreKey, record: &Record) -> Answer<Created> {
        self.0.create(key, record).await
    }
    async fn save(&self, key: &StoreKey, version: &Version, record: &Record) -> Answer<Saved> {
        self.0.save(key, version, record).await
    }
    async fn rename(
        &self,
        from: &StoreKey,
        version: &Version,
        to: &StoreKey,
        record: &Record,
        forward: &Forward,
    ) -> Answer<Renamed> {
        self.0.rename(from, version, to, record, forward).await
    }
    async fn delete(&self, key: &StoreKey) -> Answer<Option<Body>> {
        self.0.delete(key).await
    }
    async fn sweep(&self, now: Timestamp, limit: usize) -> Answer<Swept> {
        self.0.sweep(now, limit).await
    }
    async fn check(&self) -> Answer<()> {
        self.0.check().await
    }
    async fn close(&self) {}
}

#[tokio::main]
async fn main() {
    for promise in conformance::promises() {
        promise.keep(&Mine::default().into()).await;
        println!("kept: {}", promise.name);
    }
}
