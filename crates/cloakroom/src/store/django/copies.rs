//! The copies in a cache that Django's `cached_db` sessions are read from, kept in line with the rows.
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;

use crate::error::StoreError;
use crate::session::Record;
use crate::store::django::{Codec, Put, Shelf};

type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// A cache beside the rows.
///
/// Rows are always read from the database, which no copy can lag behind. A copy is written after its row,
/// for Django to find; where that fails it is taken away, and where that fails too it is traced, as in
/// Django.
#[derive(Clone)]
pub(in crate::store) struct Copies {
    cache: Arc<dyn Cache>,
    codec: Codec,
}

/// The part of a cache that copies need.
trait Cache: Send + Sync {
    fn put<'a>(&'a self, key: &'a str, put: &'a Put) -> Answer<'a, ()>;
    fn remove<'a>(&'a self, key: &'a str) -> Answer<'a, ()>;
    fn check(&self) -> Answer<'_, ()>;
    fn close(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// A shelf that overwrites what lies there.
pub(in crate::store) trait Overwrite: Shelf {
    fn overwrite(
        &self,
        key: &str,
        put: &Put,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

impl<S: Overwrite> Cache for S {
    fn put<'a>(&'a self, key: &'a str, put: &'a Put) -> Answer<'a, ()> {
        Box::pin(self.overwrite(key, put))
    }

    fn remove<'a>(&'a self, key: &'a str) -> Answer<'a, ()> {
        Box::pin(async move { self.delete(key).await.map(|_| ()) })
    }

    fn check(&self) -> Answer<'_, ()> {
        Box::pin(Shelf::check(self))
    }

    fn close(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(Shelf::close(self))
    }
}

impl fmt::Debug for Copies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Copies(..)")
    }
}

impl Copies {
    pub(in crate::store) fn new(cache: impl Overwrite, codec: Codec) -> Self {
        Self {
            cache: Arc::new(cache),
            codec,
        }
    }

    /// Puts a copy of what was just saved.
    pub(super) async fn put(&self, key: &str, record: &Record) {
        let payload = self
            .codec
            .write(record, None)
            .unwrap_or_else(|_| Bytes::new());
        let put = Put {
            payload,
            now: record.pushed(),
            expires: record.expires(),
        };
        let done = match put.payload.is_empty() {
            true => self.cache.remove(key).await,
            false => self.cache.put(key, &put).await,
        };
        if let Err(error) = done {
            tracing::error!(%error, "the cache's copy of a session could not be written");
            if let Err(error) = self.cache.remove(key).await {
                tracing::error!(%error, "an old copy of a session may be in the cache");
            }
        }
    }

    pub(super) async fn remove(&self, key: &str) -> Result<(), StoreError> {
        self.cache.remove(key).await
    }

    pub(super) async fn check(&self) -> Result<(), StoreError> {
        self.cache.check().await
    }

    pub(super) async fn close(&self) {
        self.cache.close().await;
    }
}
