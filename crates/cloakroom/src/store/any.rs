//! Any store behind one type, so that handlers and settings need not name the backend.
mod erased;

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use tracing::Instrument;
use tracing::instrument::Instrumented;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::session::{Body, Forward, Record, StoreKey, Stored, Version};
use crate::store::any::erased::{Answer, Erased, ErasedInspect};
#[cfg(any(feature = "postgres", feature = "redis"))]
use crate::store::local::Local;
use crate::store::{
    Counts, Created, InCookie, Inspect, Listed, MemoryStore, Renamed, Saved, Store, Summary, Swept,
    debug_span,
};

/// Says what a key is called.
type Names = dyn Fn(&StoreKey) -> [u8; 32] + Send + Sync;

/// Any [`Store`], shared.
#[derive(Clone)]
pub struct AnyStore {
    store: Arc<dyn Erased>,
    /// The same store, if it answers at once: then no question is put into a box.
    memory: Option<Arc<MemoryStore>>,
    inspect: Option<Arc<dyn ErasedInspect>>,
    in_cookie: Option<Arc<InCookie>>,
    /// What is looked at before a question is put into a box.
    #[cfg(any(feature = "postgres", feature = "redis"))]
    local: Option<Local>,
    /// How sessions are named that are kept as another program keeps them: under what their visitors hold.
    shared: Option<Arc<Names>>,
}

impl<S: Store> From<S> for AnyStore {
    fn from(store: S) -> Self {
        let store = Arc::new(store);
        Self {
            memory: in_memory(store.clone()),
            store,
            inspect: None,
            in_cookie: None,
            #[cfg(any(feature = "postgres", feature = "redis"))]
            local: None,
            shared: None,
        }
    }
}

impl AnyStore {
    /// Takes a store that an operator can look into.
    #[must_use]
    pub fn inspectable(store: impl Inspect) -> Self {
        let store = Arc::new(store);
        Self {
            store: store.clone(),
            memory: in_memory(store.clone()),
            inspect: Some(store),
            in_cookie: None,
            #[cfg(any(feature = "postgres", feature = "redis"))]
            local: None,
            shared: None,
        }
    }

    /// Says that the visitors carry their sessions themselves, and how.
    pub(super) fn carried_by(mut self, in_cookie: InCookie) -> Self {
        self.in_cookie = Some(Arc::new(in_cookie));
        self
    }

    /// Looks for copies in this process first.
    #[cfg(any(feature = "postgres", feature = "redis"))]
    pub(super) fn with_copies(mut self, local: Local) -> Self {
        self.local = Some(local);
        self
    }

    /// Returns the same store without copies in this process.
    pub(super) fn without_copies(self) -> Self {
        #[cfg(any(feature = "postgres", feature = "redis"))]
        if let Some(local) = &self.local {
            return local.beneath();
        }
        self
    }

    /// Says that sessions are kept as another program keeps them, and how they are named to operators.
    #[cfg(feature = "django")]
    pub(super) fn shared(
        mut self,
        names: impl Fn(&StoreKey) -> [u8; 32] + Send + Sync + 'static,
    ) -> Self {
        self.shared = Some(Arc::new(names));
        self
    }

    /// Returns the handle by which an operator may name the session under this key, of which nobody can make a
    /// cookie: the key itself, which is a digest of what the visitor holds, or, where a Django site shares the
    /// store and the key is what the visitor holds, its digest under the site's `SECRET_KEY`.
    #[must_use]
    pub fn handle(&self, key: &StoreKey) -> [u8; 32] {
        match &self.shared {
            Some(names) => names(key),
            None => *key.as_bytes(),
        }
    }

    /// Says whether sessions are kept as a Django site keeps them.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.shared.is_some()
    }

    /// Returns how visitors carry their sessions, if they do.
    pub(crate) fn in_cookie(&self) -> Option<&InCookie> {
        self.in_cookie.as_deref()
    }

    /// Returns the store that answers at once, if it is one.
    pub(crate) fn memory(&self) -> Option<&MemoryStore> {
        self.memory.as_deref()
    }

    /// Says whether [`AnyStore::load_at_hand`] may find anything.
    pub(crate) fn may_be_at_hand(&self) -> bool {
        #[cfg(any(feature = "postgres", feature = "redis"))]
        let has_copies = self.local.is_some();
        #[cfg(not(any(feature = "postgres", feature = "redis")))]
        let has_copies = false;
        self.memory.is_some() || has_copies
    }

    /// Loads from this process's memory or a copy in it; `None` when a server has to be asked.
    pub(crate) fn load_at_hand(&self, key: &StoreKey, now: Timestamp) -> Option<Option<Stored>> {
        if let Some(memory) = &self.memory {
            return Some(memory.load_now(key, now));
        }
        #[cfg(any(feature = "postgres", feature = "redis"))]
        if let Some(local) = &self.local {
            return local.find(key, now).map(Some);
        }
        None
    }

    /// Says whether an operator can look into it.
    #[must_use]
    pub fn is_inspectable(&self) -> bool {
        self.inspect.is_some()
    }

    /// Returns the store's name. See [`Store::name`].
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.store.name()
    }

    /// See [`Store::load`].
    ///
    /// # Errors
    /// When the store can't be reached or used, as for all methods of this type.
    pub async fn load(&self, key: &StoreKey, now: Timestamp) -> Result<Option<Stored>, StoreError> {
        #[cfg(any(feature = "postgres", feature = "redis"))]
        if let Some(local) = &self.local
            && let Some(copy) = local.find(key, now)
        {
            return Ok(Some(copy));
        }
        match &self.memory {
            Some(memory) => Store::load(&**memory, key, now).await,
            None => self.traced("load", self.store.load(key, now)).await,
        }
    }

    /// See [`Store::create`].
    ///
    /// # Errors
    /// When the store can't be reached or used.
    pub async fn create(&self, key: &StoreKey, record: &Record) -> Result<Created, StoreError> {
        self.traced("create", self.store.create(key, record)).await
    }

    /// See [`Store::save`].
    ///
    /// # Errors
    /// When the store can't be reached or used.
    pub async fn save(
        &self,
        key: &StoreKey,
        version: &Version,
        record: &Record,
    ) -> Result<Saved, StoreError> {
        match &self.memory {
            Some(memory) => Store::save(&**memory, key, version, record).await,
            None => {
                let saved = self.store.save(key, version, record);
                self.traced("save", saved).await
            }
        }
    }

    /// See [`Store::rename`].
    ///
    /// # Errors
    /// When the store can't be reached or used.
    pub async fn rename(
        &self,
        from: &StoreKey,
        version: &Version,
        to: &StoreKey,
        record: &Record,
        forward: &Forward,
    ) -> Result<Renamed, StoreError> {
        let renamed = self.store.rename(from, version, to, record, forward);
        self.traced("renew", renamed).await
    }

    /// See [`Store::delete`].
    ///
    /// # Errors
    /// When the store can't be reached or used.
    pub async fn delete(&self, key: &StoreKey) -> Result<Option<Body>, StoreError> {
        self.traced("end", self.store.delete(key)).await
    }

    /// See [`Store::sweep`].
    ///
    /// # Errors
    /// When the store can't be reached or used.
    pub async fn sweep(&self, now: Timestamp, limit: usize) -> Result<Swept, StoreError> {
        self.traced("sweep", self.store.sweep(now, limit)).await
    }

    /// See [`Store::check`].
    ///
    /// # Errors
    /// When the store can't be reached or used.
    pub async fn check(&self) -> Result<(), StoreError> {
        self.traced("check", self.store.check()).await
    }

    /// See [`Store::close`].
    pub async fn close(&self) {
        self.store.close().await;
    }

    /// See [`Inspect::list`].
    ///
    /// # Errors
    /// When the store can't be reached or used, or can't be looked into.
    pub async fn list(
        &self,
        after: Option<StoreKey>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<Listed>, StoreError> {
        let listed = self.inspect()?.list(after, limit, now);
        self.traced("list", listed).await
    }

    /// See [`Inspect::of_user`].
    ///
    /// # Errors
    /// When the store can't be reached or used, or can't be looked into.
    pub async fn of_user(&self, user: &str, now: Timestamp) -> Result<Vec<Listed>, StoreError> {
        let listed = self.inspect()?.of_user(user, now);
        self.traced("list of a user", listed).await
    }

    /// See [`Inspect::reconcile`].
    ///
    /// # Errors
    /// When the store can't be reached or used, or can't be looked into.
    pub async fn reconcile(&self) -> Result<u64, StoreError> {
        self.traced("reconcile", self.inspect()?.reconcile()).await
    }

    /// See [`Inspect::summary`].
    ///
    /// # Errors
    /// When the store can't be reached or used, or can't be looked into.
    pub async fn summary(&self, now: Timestamp) -> Result<Option<Summary>, StoreError> {
        self.traced("count", self.inspect()?.summary(now)).await
    }

    /// See [`Inspect::count`].
    ///
    /// # Errors
    /// When the store can't be reached or used, or can't be looked into.
    pub async fn count(&self, now: Timestamp) -> Result<Counts, StoreError> {
        self.traced("count", self.inspect()?.count(now)).await
    }

    /// Asks within a span whose fields are named as OpenTelemetry names them for questions to a database; no key, user or value is
    /// among them. A store that answers at once has none.
    fn traced<'a, T>(
        &self,
        operation: &'static str,
        asked: Answer<'a, T>,
    ) -> Instrumented<Answer<'a, T>> {
        asked.instrument(debug_span(|| {
            tracing::debug_span!(
                "cloakroom.store",
                otel.kind = "client",
                db.system.name = system(self.name()),
                db.operation.name = operation,
            )
        }))
    }

    fn inspect(&self) -> Result<&dyn ErasedInspect, StoreError> {
        let unable = || StoreError::new(self.name(), "list sessions: it can't look into them");
        self.inspect.as_deref().ok_or_else(unable)
    }
}

/// Returns the name that OpenTelemetry has for a store; those that it does not know have their own.
fn system(name: &'static str) -> &'static str {
    match name {
        "postgres" => "postgresql",
        name => name,
    }
}

fn in_memory(store: Arc<impl Store>) -> Option<Arc<MemoryStore>> {
    (store as Arc<dyn Any + Send + Sync>).downcast().ok()
}

impl fmt::Debug for AnyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AnyStore({})", self.name())
    }
}
