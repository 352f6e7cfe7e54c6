//! Any store with a cache before it: what is loaded again comes from the cache, and is never older than a save.
mod copies;
mod copy;
mod fence;
mod notice;
mod seen;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::clock::Timestamp;
use crate::error::{ConfigError, StoreError};
use crate::session::{Body, Forward, Record, StoreKey, Stored, Version};
use crate::store::cached::copies::{Copies, Found};
use crate::store::cached::fence::Fence;
use crate::store::cached::notice::{Epoch, FENCE, Notice, Phase};
use crate::store::{
    AnyStore, Counts, Created, Inspect, Listed, Options, Renamed, Saved, Store, Summary, Swept,
    connect_with,
};

#[cfg(feature = "redis")]
pub(super) use copy::is_of_a_cache;

/// How often a node looks whether the cache may be believed, while the site is in use.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// After so many looks without a request in between, nobody looks any more: 30 seconds.
const IDLE_LOOKS: u32 = 60;
/// A cache that takes longer than this for one answer helps nobody.
const CACHE_RESPONSE: Duration = Duration::from_millis(250);

/// Puts a cache before a database.
///
/// What is saved goes to the database and then to the cache; what is loaded comes from the cache
/// when it lies there. A hit is one trip to the cache and none to the database; a miss asks both and
/// leaves a copy.
///
/// - **Never older than a save.** No load that begins after a save was acknowledged returns an older
///   version, on any node, whatever fails meanwhile; after an acknowledged logout none returns anything.
/// - **A fault of the cache fails no request.** It is counted (`cloakroom_cache_faults_total`, beside
///   `_hits_total` and `_misses_total`) and traced when it begins and ends. When a copy that has become
///   old can't be taken away, the node turns the cache off for all nodes by a notice in the database.
///   Saves under way at that moment are acknowledged a little more than a second later; after that the
///   database serves alone, until a node finds the cache well again.
/// - Nodes look at the notice twice a second while they are in use. A node that could not look for a
///   second does not read its cache.
/// - What changes the database past this store, as another program or a restored backup does, is
///   seen after at most five minutes. So give the `cloakroom` command the cache as well.
/// - Copies in the process ([`Options::local`]) are not used together with a cache, since they may be a moment old.
/// - Sessions in the visitor's cookie ([`InCookie`](crate::store::InCookie)) need no cache and get none.
/// - A new session is copied when it is first loaded. One of more than 512 KiB is not copied at all.
///
/// The cache may be memcached, Redis or, for a single process, a
/// [`MemoryStore`](crate::store::MemoryStore); nodes with different caches before one database notice that and
/// leave them off. It must never forget a removal that it has confirmed: a Redis that fails over to a
/// replica, or reads an old file when it starts, may do that, and then what it brings back is
/// believed for up to five minutes. Turn Redis' persistence off when it is a cache.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use cloakroom::store::{self, AnyStore, MemoryStore};
///
/// let db = AnyStore::inspectable(MemoryStore::new()); // in production: store::connect("postgres://…").await?
/// let store = store::cached(db, MemoryStore::new());
/// assert!(store.check().await.is_ok());
/// # });
/// ```
#[must_use]
pub fn cached(db: impl Into<AnyStore>, cache: impl Into<AnyStore>) -> AnyStore {
    let db = db.into().without_copies();
    if db.in_cookie().is_some() {
        return db;
    }
    let is_inspectable = db.is_inspectable();
    let store = CachedStore(Arc::new(Inner {
        db,
        copies: Copies::new(cache.into().without_copies()),
        fence: Fence::default(),
        in_use: AtomicBool::new(false),
        is_tended: Arc::default(),
    }));
    if is_inspectable {
        AnyStore::inspectable(store)
    } else {
        AnyStore::from(store)
    }
}

/// Opens the cache that a URL names, for [`cached`]: `redis://` and its kin, `memcached://` or `memory:`.
/// It is given 250 ms for an answer.
///
/// # Errors
/// When the URL names no cache, or it can't be reached; the URL itself, which may hold a password,
/// is not repeated.
pub async fn connect_cache(url: &str) -> Result<AnyStore, ConfigError> {
    let scheme = url.split(':').next().unwrap_or_default();
    let options = Options::new().response_timeout(CACHE_RESPONSE);
    match scheme {
        "memory" | "redis" | "rediss" | "redis+sentinel" | "rediss+sentinel" | "redis+cluster"
        | "rediss+cluster" => connect_with(url, &options).await,
        #[cfg(feature = "memcached")]
        "memcached" => match crate::store::MemcachedStore::connect(url, &options).await {
            Ok(store) => Ok(store.into()),
            Err(error) => Err(ConfigError::one("cache", error.to_string())),
        },
        #[cfg(not(feature = "memcached"))]
        "memcached" => connect_with(url, &options).await,
        _ => Err(ConfigError::one(
            "cache",
            "names no cache; use redis://, redis+sentinel://, redis+cluster://, memcached:// or memory:",
        )),
    }
}

/// Says whether nodes put a cache before this database and believe it, as far as the database knows.
///
/// Whoever then changes the database has to do it through [`cached`] with the same cache.
///
/// # Errors
/// When the database can't be asked.
pub async fn has_cache(db: &AnyStore) -> Result<bool, StoreError> {
    let stored = db.load(&FENCE, Timestamp::default()).await?;
    let notice = stored.and_then(|stored| Notice::read(&stored.body));
    Ok(notice.is_some_and(|notice| notice.phase != Phase::Off))
}

/// Says whether under this key stands what nodes with a cache tell one another, and no session.
#[must_use]
pub fn is_notice_of_caches(key: &StoreKey) -> bool {
    *key == FENCE
}

/// A database with a cache before it.
struct CachedStore(Arc<Inner>);

struct Inner {
    db: AnyStore,
    copies: Copies,
    fence: Fence,
    in_use: AtomicBool,
    is_tended: Arc<AtomicBool>,
}

impl CachedStore {
    /// Looks at the notice in the background for as long as requests come.
    fn keep_looking(&self) {
        self.0.in_use.store(true, Ordering::Relaxed);
        let is_tended = &self.0.is_tended;
        if !is_tended.load(Ordering::Relaxed) && !is_tended.swap(true, Ordering::Relaxed) {
            let watch = Watch(is_tended.clone());
            tokio::spawn(tend(Arc::downgrade(&self.0), watch));
        }
    }

    /// Does a write to the end, also when the visitor hangs up in the middle: a database that is
    /// changed and a cache that is not would be neither the old state nor the new one.
    async fn whole<T, F>(&self, write: impl FnOnce(Arc<Inner>) -> F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        self.keep_looking();
        let written = tokio::spawn(write(self.0.clone())).await;
        let cut_off = |_| {
            Err(StoreError::new(
                self.0.db.name(),
                "finish what it had begun",
            ))
        };
        written.unwrap_or_else(cut_off)
    }
}

impl Inner {
    /// Takes the copy away everywhere before the write that made it old is acknowledged.
    async fn settle_removed(&self, key: &StoreKey) -> Result<(), StoreError> {
        let remove = |epoch| self.copies.remove(epoch, key);
        self.fence.settle(&self.db, &self.copies, remove).await
    }

    async fn settle_replaced(
        &self,
        key: &StoreKey,
        before: &Version,
        after: &Version,
        record: &Record,
    ) -> Result<(), StoreError> {
        let replace = |epoch: Epoch| self.copies.replace(epoch, key, before, after, record);
        self.fence.settle(&self.db, &self.copies, replace).await
    }

    /// Takes away a copy that may be old, when it is not known what the database did.
    async fn doubt(&self, key: &StoreKey) {
        if let Some(epoch) = self.fence.writable() {
            // What is not acknowledged need not be seen.
            let _ = self.copies.remove(epoch, key).await;
        }
    }
}

/// Looks at the notice and tends the cache until nobody asks for the store any more.
async fn tend(store: Weak<Inner>, _watch: Watch) {
    let mut idle = 0;
    while let Some(inner) = store.upgrade() {
        idle = if inner.in_use.swap(false, Ordering::Relaxed) {
            0
        } else {
            idle + 1
        };
        if idle > IDLE_LOOKS {
            return;
        }
        if let Err(error) = inner.fence.tend(&inner.db, &inner.copies).await {
            tracing::debug!(%error, "could not look whether the cache may be believed");
        }
        drop(inner);
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Says that somebody looks at the notice, for as long as it is kept.
struct Watch(Arc<AtomicBool>);

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

#[deny(clippy::missing_trait_methods)]
impl Store for CachedStore {
    fn name(&self) -> &'static str {
        self.0.db.name()
    }

    async fn load(&self, key: &StoreKey, now: Timestamp) -> Result<Option<Stored>, StoreError> {
        self.keep_looking();
        let Inner {
            db, copies, fence, ..
        } = &*self.0;
        let found = match fence.readable() {
            Some(epoch) => copies.find(epoch, key, now).await,
            None => Found::NotForUs,
        };
        if let Found::Copy(stored) = found {
            metrics::counter!("cloakroom_cache_hits_total").increment(1);
            return Ok(Some(stored));
        }
        metrics::counter!("cloakroom_cache_misses_total").increment(1);
        let stored = db.load(key, now).await?;
        if let Found::Nothing(mark) = found {
            copies.fill(mark, stored.as_ref(), now).await;
        }
        Ok(stored)
    }

    async fn create(&self, key: &StoreKey, record: &Record) -> Result<Created, StoreError> {
        self.keep_looking();
        self.0.db.create(key, record).await
    }

    async fn save(
        &self,
        key: &StoreKey,
        version: &Version,
        record: &Record,
    ) -> Result<Saved, StoreError> {
        let (key, before, record) = (*key, version.clone(), record.clone());
        self.whole(async move |inner| {
            let saved = inner.db.save(&key, &before, &record).await;
            match &saved {
                Ok(Saved::Saved(after)) => {
                    inner.settle_replaced(&key, &before, after, &record).await?;
                }
                Ok(Saved::Conflict(_) | Saved::Gone) | Err(_) => inner.doubt(&key).await,
            }
            saved
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
        let (from, to, forward) = (*from, *to, *forward);
        let (version, record) = (version.clone(), record.clone());
        self.whole(async move |inner| {
            let renamed = inner.db.rename(&from, &version, &to, &record, &forward);
            let renamed = renamed.await;
            match &renamed {
                Ok(Renamed::Moved(_)) => inner.settle_removed(&from).await?,
                Ok(_) | Err(_) => inner.doubt(&from).await,
            }
            renamed
        })
        .await
    }

    async fn delete(&self, key: &StoreKey) -> Result<Option<Body>, StoreError> {
        let key = *key;
        self.whole(async move |inner| {
            let deleted = inner.db.delete(&key).await;
            match &deleted {
                // Also when nothing stood there: an earlier try may have been cut off half done.
                Ok(_) => inner.settle_removed(&key).await?,
                Err(_) => inner.doubt(&key).await,
            }
            deleted
        })
        .await
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<Swept, StoreError> {
        self.0.db.sweep(now, limit).await
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.0.db.check().await
    }

    async fn close(&self) {
        self.0.db.close().await;
        self.0.copies.close().await;
    }
}

#[deny(clippy::missing_trait_methods)]
impl Inspect for CachedStore {
    async fn list(
        &self,
        after: Option<StoreKey>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<Listed>, StoreError> {
        // One more, since the notice is no session.
        let listed = self.0.db.list(after, limit.saturating_add(1), now).await;
        let mut listed = listed?;
        listed.retain(|listed| listed.key != FENCE);
        listed.truncate(limit);
        Ok(listed)
    }

    async fn of_user(&self, user: &str, now: Timestamp) -> Result<Vec<Listed>, StoreError> {
        self.0.db.of_user(user, now).await
    }

    async fn count(&self, now: Timestamp) -> Result<Counts, StoreError> {
        let mut counts = self.0.db.count(now).await?;
        if self.0.db.load(&FENCE, now).await?.is_some() {
            counts.live = counts.live.saturating_sub(1);
        }
        Ok(counts)
    }

    async fn reconcile(&self) -> Result<u64, StoreError> {
        self.0.db.reconcile().await
    }

    async fn summary(&self, now: Timestamp) -> Result<Option<Summary>, StoreError> {
        let Some(mut summary) = self.0.db.summary(now).await? else {
            return Ok(None);
        };
        let notice = self.0.db.load(&FENCE, now).await?;
        if let Some(Body::Record(notice)) = notice.map(|stored| stored.body) {
            summary.forget_guest(now.since(notice.created()), notice.entries().bytes());
        }
        Ok(Some(summary))
    }
}
