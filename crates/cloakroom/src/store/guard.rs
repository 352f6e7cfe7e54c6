//! Between the requests and a server: nobody waits for ever, not all ask at once, and a server that is down is left alone.
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::session::{Body, Forward, Record, StoreKey, Stored, Version};
use crate::store::guard::breaker::Breaker;
use crate::store::{
    Counts, Created, Inspect, Listed, Options, Renamed, Saved, Store, Summary, Swept,
};

mod breaker;

/// How many times longer an answer about many sessions may take than one about a single session.
pub(super) const MANY: u32 = 30;

/// A store whose server is asked within limits.
///
/// A write that takes too long is given up, and whether the server did it is not known: it counts as
/// failed, and nothing is repeated.
#[derive(Debug)]
pub(super) struct Guarded<S> {
    store: S,
    response: Duration,
    places: Semaphore,
    breaker: Breaker,
}

impl<S: Store> Guarded<S> {
    pub(super) fn new(store: S, options: &Options) -> Self {
        Self {
            breaker: Breaker::new(store.name()),
            store,
            response: options.response_timeout,
            places: Semaphore::new(options.at_once),
        }
    }

    /// Waits for one answer.
    async fn ask<T>(
        &self,
        doing: &'static str,
        answer: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        self.ask_within(self.response, doing, answer).await
    }

    async fn ask_within<T>(
        &self,
        limit: Duration,
        doing: &'static str,
        answer: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let name = self.store.name();
        let trial = self.breaker.lets_through(doing)?;
        let began = Instant::now();
        let asked = async {
            let _place = self.places.acquire().await;
            answer.await
        };
        let waited = timeout(limit, asked);
        let answered = waited.await.unwrap_or_else(|_| {
            Err(StoreError::new(name, doing)
                .because(format!("no answer within {} ms", limit.as_millis()))
                .out_of_reach())
        });
        let took = began.elapsed().as_secs_f64();
        metrics::histogram!("cloakroom_store_seconds", "store" => name, "operation" => doing)
            .record(took);
        trial.went(answered.as_ref().err());
        answered
    }
}

#[deny(clippy::missing_trait_methods)]
impl<S: Store> Store for Guarded<S> {
    fn name(&self) -> &'static str {
        self.store.name()
    }

    async fn load(&self, key: &StoreKey, now: Timestamp) -> Result<Option<Stored>, StoreError> {
        self.ask("load a session", self.store.load(key, now)).await
    }

    async fn create(&self, key: &StoreKey, record: &Record) -> Result<Created, StoreError> {
        self.ask("create a session", self.store.create(key, record))
            .await
    }

    async fn save(
        &self,
        key: &StoreKey,
        version: &Version,
        record: &Record,
    ) -> Result<Saved, StoreError> {
        self.ask("save a session", self.store.save(key, version, record))
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
        let renamed = self.store.rename(from, version, to, record, forward);
        self.ask("renew a session", renamed).await
    }

    async fn delete(&self, key: &StoreKey) -> Result<Option<Body>, StoreError> {
        self.ask("end a session", self.store.delete(key)).await
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<Swept, StoreError> {
        let swept = self.store.sweep(now, limit);
        self.ask_within(self.response * MANY, "sweep expired sessions", swept)
            .await
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.ask("be checked", self.store.check()).await
    }

    async fn close(&self) {
        self.store.close().await;
    }
}

#[deny(clippy::missing_trait_methods)]
impl<S: Inspect> Inspect for Guarded<S> {
    async fn list(
        &self,
        after: Option<StoreKey>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<Listed>, StoreError> {
        let listed = self.store.list(after, limit, now);
        self.ask_within(self.response * MANY, "list sessions", listed)
            .await
    }

    async fn of_user(&self, user: &str, now: Timestamp) -> Result<Vec<Listed>, StoreError> {
        let listed = self.store.of_user(user, now);
        self.ask_within(self.response * MANY, "list a user's sessions", listed)
            .await
    }

    async fn count(&self, now: Timestamp) -> Result<Counts, StoreError> {
        let counted = self.store.count(now);
        self.ask_within(self.response * MANY, "count sessions", counted)
            .await
    }

    async fn reconcile(&self) -> Result<u64, StoreError> {
        self.store.reconcile().await
    }

    async fn summary(&self, now: Timestamp) -> Result<Option<Summary>, StoreError> {
        let counted = self.store.summary(now);
        self.ask_within(self.response * MANY, "count sessions", counted)
            .await
    }
}
