//! The sites that the tests visit: a router, a store that is watched, a clock that is turned.
use std::fmt::Debug;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use cloakroom::clock::{Clock, Timestamp};
use cloakroom::session::{Body, Forward, Record, StoreKey, Stored, Version};
use cloakroom::store::{AnyStore, Created, MemoryStore, Renamed, Saved, SqliteStore, Store, Swept};
use cloakroom::testing::{Browser, Call, Faults, FaultyStore, Page};
use cloakroom::{Builder, Cloakroom, KeyRing, Session, StoreError};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::Semaphore;

/// When the clock of every site stands at first.
pub(crate) const START: Timestamp = Timestamp::from_secs(1_800_000_000);
/// The secret of every site.
pub(crate) const SECRET: &str = "a secret of the tests, long enough";

/// A site in process, with the first browser on it.
pub(crate) struct Site {
    pub(crate) browser: Browser,
    pub(crate) clock: Clock,
    pub(crate) cloakroom: Cloakroom,
    /// The switches before the store.
    pub(crate) faults: Faults,
    /// The store behind the switches.
    pub(crate) store: AnyStore,
}

impl Site {
    /// Opens a site on memory.
    pub(crate) fn of(routes: Router) -> Self {
        Self::with(routes, |settings| settings)
    }

    /// Opens a site on memory with these settings.
    pub(crate) fn with(routes: Router, settings: impl FnOnce(Builder) -> Builder) -> Self {
        Self::on(memory(), routes, settings)
    }

    /// Opens a site on this store.
    pub(crate) fn on(
        store: AnyStore,
        routes: Router,
        settings: impl FnOnce(Builder) -> Builder,
    ) -> Self {
        Self::at(Clock::standing_at(START), keys(), store, routes, settings)
    }

    /// Opens another site on the same store and clock, as a second process or the next release
    /// would be, and visits it with a copy of the browser.
    pub(crate) fn again(&self, routes: Router, settings: impl FnOnce(Builder) -> Builder) -> Self {
        self.again_with_keys(keys(), routes, settings)
    }

    /// As [`Site::again`], with other keys.
    pub(crate) fn again_with_keys(
        &self,
        keys: KeyRing,
        routes: Router,
        settings: impl FnOnce(Builder) -> Builder,
    ) -> Self {
        let (clock, store) = (self.clock.clone(), self.store.clone());
        let again = Self::at(clock, keys, store, routes, settings);
        for name in self.browser.cookie_names() {
            let value = self.browser.cookie(&name).expect("it has a value");
            again.browser.set_cookie(&name, &value);
        }
        again
    }

    /// Opens a site whose routes are made with what it remembers its visitors with.
    pub(crate) fn mounting(
        store: AnyStore,
        mount: impl FnOnce(&Cloakroom) -> Router,
        settings: impl FnOnce(Builder) -> Builder,
    ) -> Self {
        Self::mounting_at(Clock::standing_at(START), keys(), store, mount, settings)
    }

    fn at(
        clock: Clock,
        keys: KeyRing,
        store: AnyStore,
        routes: Router,
        settings: impl FnOnce(Builder) -> Builder,
    ) -> Self {
        Self::mounting_at(clock, keys, store, |_| routes, settings)
    }

    /// Opens a site on this clock, with these keys, whose routes are made with what it remembers its visitors with.
    pub(crate) fn mounting_at(
        clock: Clock,
        keys: KeyRing,
        store: AnyStore,
        mount: impl FnOnce(&Cloakroom) -> Router,
        settings: impl FnOnce(Builder) -> Builder,
    ) -> Self {
        let (faulty, faults) = FaultyStore::before(store.clone());
        let faulty = match store.is_inspectable() {
            true => AnyStore::inspectable(faulty),
            false => faulty.into(),
        };
        let builder = Cloakroom::builder(keys)
            .store(faulty)
            .clock(clock.clone())
            .sweep_every(None);
        let cloakroom = settings(builder).build().expect("the settings are sound");
        let routes = mount(&cloakroom);
        let browser = Browser::of(routes.layer(cloakroom.layer())).with_clock(clock.clone());
        Self {
            browser,
            clock,
            cloakroom,
            faults,
            store,
        }
    }

    /// Turns the clock.
    pub(crate) fn turn(&self, seconds: u64) {
        self.clock.turn(Duration::from_secs(seconds));
    }

    /// Counts the sessions that are live.
    pub(crate) async fn sessions(&self) -> u64 {
        let counts = self.store.count(self.clock.now()).await;
        counts.expect("the store counts").live
    }

    /// Opens a browser that has nothing but a session cookie of this value.
    pub(crate) fn with_token(&self, token: &str) -> Browser {
        let browser = self.browser.another();
        browser.set_cookie("__Host-sessionid", token);
        browser
    }

    /// Returns the browser's session cookie.
    pub(crate) fn token(&self) -> String {
        self.browser.cookie("sessionid").expect("there is a cookie")
    }

    /// Returns how often each of these was asked of the store so far.
    pub(crate) fn calls<const N: usize>(&self, calls: [Call; N]) -> [usize; N] {
        calls.map(|call| self.faults.calls(call))
    }
}

/// Pages that do one thing each to the session. They answer to GET, so that no test but those
/// about forgery needs a token.
pub(crate) fn routes() -> Router {
    Router::new()
        .route("/plain", get(|| async { "Good evening." }))
        .route("/get/{key}", get(show))
        .route("/set/{key}/{value}", get(set))
        .route("/count/{key}", get(count))
        .route("/keys", get(|s: Session| async move { s.keys().join(" ") }))
        .route("/renew", get(|s: Session| async move { s.renew() }))
        .route("/login/{user}", get(login))
        .route("/logout", get(|s: Session| async move { s.logout() }))
        .route("/who", get(who))
}

async fn show(session: Session, Path(key): Path<String>) -> cloakroom::Result<String> {
    let value = session.get::<Value>(key.as_str())?;
    Ok(value.map_or("nothing".into(), |value| value.to_string()))
}

async fn set(
    session: Session,
    Path((key, value)): Path<(String, String)>,
) -> cloakroom::Result<()> {
    session.set(key.as_str(), value)
}

async fn count(session: Session, Path(key): Path<String>) -> cloakroom::Result<String> {
    let count = session.update(key.as_str(), |count: &mut u32| {
        *count += 1;
        *count
    })?;
    Ok(count.to_string())
}

async fn login(session: Session, Path(user): Path<String>) -> cloakroom::Result<()> {
    session.login(user)
}

async fn who(session: Session) -> String {
    session.user_id().unwrap_or("nobody".into())
}

pub(crate) fn keys() -> KeyRing {
    KeyRing::new(SECRET).expect("the secret is long enough")
}

pub(crate) fn memory() -> AnyStore {
    AnyStore::inspectable(MemoryStore::new())
}

/// Opens SQLite on a file in a folder that goes with the returned guard.
pub(crate) async fn sqlite() -> (AnyStore, TempDir) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let store = SqliteStore::file(folder.path().join("sessions.db")).await;
    (AnyStore::inspectable(store.expect("SQLite opens")), folder)
}

/// Every kind of store, with its name and what it lives in.
pub(crate) async fn every_store() -> Vec<(&'static str, AnyStore, Option<TempDir>)> {
    let (sqlite, folder) = sqlite().await;
    vec![("memory", memory(), None), ("sqlite", sqlite, Some(folder))]
}

/// Says in one line how something went, for a page to show.
pub(crate) fn told<T: Debug>(result: cloakroom::Result<T>) -> String {
    match result {
        Ok(value) => format!("{value:?}"),
        Err(error) => error.to_string(),
    }
}

/// Makes sure that a page went out as if there were no layer.
pub(crate) fn assert_untouched(page: &Page) {
    for name in ["set-cookie", "vary", "cache-control"] {
        assert!(!page.headers.contains_key(name), "{name} in {page:?}");
    }
}

/// Where a handler waits until a test lets it go on.
#[derive(Clone)]
pub(crate) struct Gate {
    came: Arc<Semaphore>,
    open: Arc<Semaphore>,
}

impl Default for Gate {
    fn default() -> Self {
        let closed = || Arc::new(Semaphore::new(0));
        Self {
            came: closed(),
            open: closed(),
        }
    }
}

impl Gate {
    /// Comes to the gate and waits until it opens.
    pub(crate) async fn pass(&self) {
        self.came.add_permits(1);
        Self::take(&self.open, 1).await;
    }

    /// Waits until so many more have come.
    pub(crate) async fn reached(&self, number: u32) {
        Self::take(&self.came, number).await;
    }

    /// Lets one through.
    pub(crate) fn open(&self) {
        self.open.add_permits(1);
    }

    async fn take(permits: &Semaphore, number: u32) {
        let taken = permits.acquire_many(number).await;
        taken.expect("nobody closes it").forget();
    }
}

/// Lets everything run on this thread until it waits.
pub(crate) async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

type Saving = Pin<Box<dyn Future<Output = Result<Saved, StoreError>> + Send>>;

/// A store that saves in a way of its own.
pub(crate) struct SavesBy {
    inner: AnyStore,
    save: Arc<dyn Fn(AnyStore, StoreKey, Version, Record) -> Saving + Send + Sync>,
}

impl SavesBy {
    pub(crate) fn new<F, A>(inner: AnyStore, save: F) -> Self
    where
        F: Fn(AnyStore, StoreKey, Version, Record) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Saved, StoreError>> + Send + 'static,
    {
        let save = move |store, key, version, record| -> Saving {
            Box::pin(save(store, key, version, record))
        };
        Self {
            inner,
            save: Arc::new(save),
        }
    }
}

impl Store for SavesBy {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    async fn load(&self, key: &StoreKey, now: Timestamp) -> Result<Option<Stored>, StoreError> {
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
        (self.save)(self.inner.clone(), *key, version.clone(), record.clone()).await
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
        self.inner.delete(key).await
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
