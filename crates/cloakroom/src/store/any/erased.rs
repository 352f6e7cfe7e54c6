//! Stores whose futures stand in boxes, so that a pointer can lead to any of them.
use std::pin::Pin;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::session::{Body, Forward, Record, StoreKey, Stored, Version};
use crate::store::{Counts, Created, Inspect, Listed, Renamed, Saved, Store, Summary, Swept};

/// A future in a box: one allocation for a round trip.
pub(super) type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
pub(super) type Answer<'a, T> = Boxed<'a, Result<T, StoreError>>;

/// [`Store`] with its futures in boxes, so that it can stand behind a pointer.
pub(super) trait Erased: Send + Sync {
    fn name(&self) -> &'static str;
    fn load<'a>(&'a self, key: &'a StoreKey, now: Timestamp) -> Answer<'a, Option<Stored>>;
    fn create<'a>(&'a self, key: &'a StoreKey, record: &'a Record) -> Answer<'a, Created>;
    fn save<'a>(
        &'a self,
        key: &'a StoreKey,
        version: &'a Version,
        record: &'a Record,
    ) -> Answer<'a, Saved>;
    fn rename<'a>(
        &'a self,
        from: &'a StoreKey,
        version: &'a Version,
        to: &'a StoreKey,
        record: &'a Record,
        forward: &'a Forward,
    ) -> Answer<'a, Renamed>;
    fn delete<'a>(&'a self, key: &'a StoreKey) -> Answer<'a, Option<Body>>;
    fn sweep(&self, now: Timestamp, limit: usize) -> Answer<'_, Swept>;
    fn check(&self) -> Answer<'_, ()>;
    fn close(&self) -> Boxed<'_, ()>;
}

impl<S: Store> Erased for S {
    fn name(&self) -> &'static str {
        Store::name(self)
    }

    fn load<'a>(&'a self, key: &'a StoreKey, now: Timestamp) -> Answer<'a, Option<Stored>> {
        Box::pin(Store::load(self, key, now))
    }

    fn create<'a>(&'a self, key: &'a StoreKey, record: &'a Record) -> Answer<'a, Created> {
        Box::pin(Store::create(self, key, record))
    }

    fn save<'a>(
        &'a self,
        key: &'a StoreKey,
        version: &'a Version,
        record: &'a Record,
    ) -> Answer<'a, Saved> {
        Box::pin(Store::save(self, key, version, record))
    }

    fn rename<'a>(
        &'a self,
        from: &'a StoreKey,
        version: &'a Version,
        to: &'a StoreKey,
        record: &'a Record,
        forward: &'a Forward,
    ) -> Answer<'a, Renamed> {
        Box::pin(Store::rename(self, from, version, to, record, forward))
    }

    fn delete<'a>(&'a self, key: &'a StoreKey) -> Answer<'a, Option<Body>> {
        Box::pin(Store::delete(self, key))
    }

    fn sweep(&self, now: Timestamp, limit: usize) -> Answer<'_, Swept> {
        Box::pin(Store::sweep(self, now, limit))
    }

    fn check(&self) -> Answer<'_, ()> {
        Box::pin(Store::check(self))
    }

    fn close(&self) -> Boxed<'_, ()> {
        Box::pin(Store::close(self))
    }
}

/// [`Inspect`] with its futures in boxes.
pub(super) trait ErasedInspect: Send + Sync {
    fn list(
        &self,
        after: Option<StoreKey>,
        limit: usize,
        now: Timestamp,
    ) -> Answer<'_, Vec<Listed>>;
    fn of_user<'a>(&'a self, user: &'a str, now: Timestamp) -> Answer<'a, Vec<Listed>>;
    fn count(&self, now: Timestamp) -> Answer<'_, Counts>;
    fn summary(&self, now: Timestamp) -> Answer<'_, Option<Summary>>;
    fn reconcile(&self) -> Answer<'_, u64>;
}

impl<S: Inspect> ErasedInspect for S {
    fn list(
        &self,
        after: Option<StoreKey>,
        limit: usize,
        now: Timestamp,
    ) -> Answer<'_, Vec<Listed>> {
        Box::pin(Inspect::list(self, after, limit, now))
    }

    fn of_user<'a>(&'a self, user: &'a str, now: Timestamp) -> Answer<'a, Vec<Listed>> {
        Box::pin(Inspect::of_user(self, user, now))
    }

    fn count(&self, now: Timestamp) -> Answer<'_, Counts> {
        Box::pin(Inspect::count(self, now))
    }

    fn summary(&self, now: Timestamp) -> Answer<'_, Option<Summary>> {
        Box::pin(Inspect::summary(self, now))
    }

    fn reconcile(&self) -> Answer<'_, u64> {
        Box::pin(Inspect::reconcile(self))
    }
}
