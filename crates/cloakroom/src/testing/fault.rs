//! A store that counts, fails and waits on demand, before any other store.
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::watch;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::session::{Body, Forward, Record, StoreKey, Stored, Version};
use crate::store::{
    AnyStore, Counts, Created, Inspect, Listed, Renamed, Saved, Store, Summary, Swept,
};

/// What was asked of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are the methods of `Store` and `Inspect`")]
pub enum Call {
    Load,
    Create,
    Save,
    Rename,
    Delete,
    Sweep,
    Check,
    List,
    OfUser,
    Count,
}

impl Call {
    const ALL: usize = 10;
}

/// Any store, watched and hindered through [`Faults`].
#[derive(Debug)]
pub struct FaultyStore {
    inner: AnyStore,
    faults: Faults,
}

/// The switches of a [`FaultyStore`] and what it counted; clones are the same switches.
#[derive(Clone, Debug)]
pub struct Faults(Arc<[Switch; Call::ALL]>);

#[derive(Debug)]
struct Switch {
    calls: AtomicUsize,
    /// From which call on it fails, counted from the first.
    fails_from: AtomicUsize,
    held: watch::Sender<bool>,
}

impl FaultyStore {
    /// Puts switches before a store.
    #[must_use]
    pub fn before(inner: impl Into<AnyStore>) -> (Self, Faults) {
        let faults = Faults(Arc::new(std::array::from_fn(|_| Switch {
            calls: AtomicUsize::new(0),
            fails_from: AtomicUsize::new(usize::MAX),
            held: watch::Sender::new(false),
        })));
        let store = Self {
            inner: inner.into(),
            faults: faults.clone(),
        };
        (store, faults)
    }
}

impl Faults {
    /// Returns how often this was asked for.
    #[must_use]
    pub fn calls(&self, call: Call) -> usize {
        self.switch(call).calls.load(Ordering::SeqCst)
    }

    /// Returns how often anything was asked for.
    #[must_use]
    pub fn all_calls(&self) -> usize {
        let calls = self.0.iter();
        calls
            .map(|switch| switch.calls.load(Ordering::SeqCst))
            .sum()
    }

    /// Makes this fail from now on, or work again.
    pub fn fail(&self, call: Call, fails: bool) {
        let from = if fails { 0 } else { usize::MAX };
        self.switch(call).fails_from.store(from, Ordering::SeqCst);
    }

    /// Lets this work so many times more, and makes it fail from then on.
    pub fn fail_after(&self, call: Call, calls: usize) {
        let from = self.calls(call) + calls;
        self.switch(call).fails_from.store(from, Ordering::SeqCst);
    }

    /// Makes this wait until it is let go.
    pub fn hold(&self, call: Call) {
        self.switch(call).held.send_replace(true);
    }

    /// Lets go of what waits.
    pub fn release(&self, call: Call) {
        self.switch(call).held.send_replace(false);
    }

    /// Waits until this was asked for so many times.
    pub async fn reached(&self, call: Call, calls: usize) {
        while self.calls(call) < calls {
            tokio::task::yield_now().await;
        }
    }

    fn switch(&self, call: Call) -> &Switch {
        &self.0[call as usize]
    }

    async fn pass(&self, call: Call) -> Result<(), StoreError> {
        let switch = self.switch(call);
        let before = switch.calls.fetch_add(1, Ordering::SeqCst);
        let mut held = switch.held.subscribe();
        let released = held.wait_for(|held| !held).await;
        released.expect("the switch outlives the call");
        if before >= switch.fails_from.load(Ordering::SeqCst) {
            return Err(StoreError::new("faulty", "be reached").because("a test says so"));
        }
        Ok(())
    }
}

impl Store for FaultyStore {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    async fn load(&self, key: &StoreKey, now: Timestamp) -> Result<Option<Stored>, StoreError> {
        self.faults.pass(Call::Load).await?;
        self.inner.load(key, now).await
    }

    async fn create(&self, key: &StoreKey, record: &Record) -> Result<Created, StoreError> {
        self.faults.pass(Call::Create).await?;
        self.inner.create(key, record).await
    }

    async fn save(
        &self,
        key: &StoreKey,
        version: &Version,
        record: &Record,
    ) -> Result<Saved, StoreError> {
        self.faults.pass(Call::Save).await?;
        self.inner.save(key, version, record).await
    }

    async fn rename(
        &self,
        from: &StoreKey,
        version: &Version,
        to: &StoreKey,
        record: &Record,
        forward: &Forward,
    ) -> Result<Renamed, StoreError> {
        self.faults.pass(Call::Rename).await?;
        self.inner.rename(from, version, to, record, forward).await
    }

    async fn delete(&self, key: &StoreKey) -> Result<Option<Body>, StoreError> {
        self.faults.pass(Call::Delete).await?;
        self.inner.delete(key).await
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<Swept, StoreError> {
        self.faults.pass(Call::Sweep).await?;
        self.inner.sweep(now, limit).await
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.faults.pass(Call::Check).await?;
        self.inner.check().await
    }

    async fn close(&self) {
        self.inner.close().await;
    }
}

/// Give it as [`AnyStore::inspectable`] only before a store that is.
impl Inspect for FaultyStore {
    async fn list(
        &self,
        after: Option<StoreKey>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<Listed>, StoreError> {
        self.faults.pass(Call::List).await?;
        self.inner.list(after, limit, now).await
    }

    async fn of_user(&self, user: &str, now: Timestamp) -> Result<Vec<Listed>, StoreError> {
        self.faults.pass(Call::OfUser).await?;
        self.inner.of_user(user, now).await
    }

    async fn count(&self, now: Timestamp) -> Result<Counts, StoreError> {
        self.faults.pass(Call::Count).await?;
        self.inner.count(now).await
    }

    async fn reconcile(&self) -> Result<u64, StoreError> {
        self.inner.reconcile().await
    }

    async fn summary(&self, now: Timestamp) -> Result<Option<Summary>, StoreError> {
        self.faults.pass(Call::Count).await?;
        self.inner.summary(now).await
    }
}
