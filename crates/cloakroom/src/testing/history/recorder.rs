//! A store that writes down what the store behind it acknowledged, and takes its time before and after.
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::session::{Body, Forward, Record, StoreKey, Stored, Version};
use crate::store::{AnyStore, Created, Renamed, Saved, Store, Swept};
use crate::testing::history::dice::Dice;
use crate::testing::history::event::{Basis, Write};

/// What all nodes' stores were seen to do.
#[derive(Default)]
pub(super) struct Book {
    pub(super) writes: Vec<Write>,
    /// Every key under which a record was put, or may have been.
    pub(super) keys: BTreeSet<StoreKey>,
    pub(super) failures: u64,
    /// The first failure, in the store's words.
    pub(super) first_failure: Option<String>,
}

/// Any store, watched.
pub(super) struct Recorder {
    inner: AnyStore,
    book: Arc<Mutex<Book>>,
    seed: Mutex<Dice>,
}

impl Recorder {
    pub(super) fn before(inner: AnyStore, book: Arc<Mutex<Book>>, seed: u64) -> Self {
        Self {
            inner,
            book,
            seed: Mutex::new(Dice::of(seed)),
        }
    }

    async fn watched<T>(
        &self,
        asked: impl Future<Output = Result<T, StoreError>>,
        writes: impl FnOnce(&T) -> Option<Write>,
    ) -> Result<T, StoreError> {
        let mut dice = self.dice();
        dice.dawdle().await;
        let answer = asked.await;
        self.note(&answer, writes);
        dice.dawdle().await;
        answer
    }

    fn note<T>(&self, answer: &Result<T, StoreError>, writes: impl FnOnce(&T) -> Option<Write>) {
        let mut book = open(&self.book);
        match answer {
            Ok(done) => book.writes.extend(writes(done)),
            Err(error) => {
                book.failures += 1;
                book.first_failure.get_or_insert_with(|| error.to_string());
            }
        }
    }

    /// Notes a key before a record is put there: if the answer gets lost, it may be there all the same.
    fn expect_at(&self, key: &StoreKey) {
        open(&self.book).keys.insert(*key);
    }

    fn dice(&self) -> Dice {
        let mut seed = self.seed.lock().unwrap_or_else(PoisonError::into_inner);
        Dice::of(seed.next())
    }
}

pub(super) fn open(book: &Mutex<Book>) -> MutexGuard<'_, Book> {
    book.lock().unwrap_or_else(PoisonError::into_inner)
}

fn basis(version: &Version) -> Basis {
    match version {
        Version::Number(number) => number.to_be_bytes().to_vec(),
        Version::Bytes(bytes) => bytes.to_vec(),
    }
}

#[deny(clippy::missing_trait_methods)]
impl Store for Recorder {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    async fn load(&self, key: &StoreKey, now: Timestamp) -> Result<Option<Stored>, StoreError> {
        self.watched(self.inner.load(key, now), |_| None).await
    }

    async fn create(&self, key: &StoreKey, record: &Record) -> Result<Created, StoreError> {
        self.expect_at(key);
        let asked = self.inner.create(key, record);
        self.watched(asked, |created| match created {
            Created::New(_) => Some(Write::Created(*key)),
            Created::Taken => None,
        })
        .await
    }

    async fn save(
        &self,
        key: &StoreKey,
        version: &Version,
        record: &Record,
    ) -> Result<Saved, StoreError> {
        let asked = self.inner.save(key, version, record);
        self.watched(asked, |saved| match saved {
            Saved::Saved(_) => Some(Write::Saved(*key, basis(version))),
            Saved::Conflict(_) | Saved::Gone => None,
        })
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
        self.expect_at(to);
        let asked = self.inner.rename(from, version, to, record, forward);
        self.watched(asked, |renamed| match renamed {
            Renamed::Moved(_) => Some(Write::Moved(*from, basis(version), *to)),
            Renamed::Conflict(_) | Renamed::Gone | Renamed::Taken => None,
        })
        .await
    }

    async fn delete(&self, key: &StoreKey) -> Result<Option<Body>, StoreError> {
        let asked = self.inner.delete(key);
        self.watched(asked, |_| Some(Write::Deleted(*key))).await
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<Swept, StoreError> {
        self.inner.sweep(now, limit).await
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.inner.check().await
    }

    async fn close(&self) {
        self.inner.close().await;
    }
}
