//! Copies of sessions in this process, before a server that tells of every change: a load that finds one asks nobody.
//!
//! - **Heard of.** A line to the server is kept open on which each write is heard, and a sign of life is sent on it every 200 ms. It comes
//!   back behind all that was told before, so it proves that everything acknowledged before it was sent has been heard.
//!   Copies are believed for [`STALE_AT_MOST`] from then; when the line is lost or silent, they are not, and the server is asked.
//! - **Fetched.** Whoever fetches a copy takes its place first. What is heard of the key meanwhile takes the place away.
//! - **Written.** A write takes the copy away before it is done, and is acknowledged when the others can't miss it. What is saved is
//!   compared with the store's version as ever, so a copy that was out of date leads to a conflict and is merged.
mod belief;
mod channel;
mod copies;
mod listener;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::runtime::Handle;
use tokio::time::Instant;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::session::{Body, Forward, Record, StoreKey, Stored, Version};
use crate::store::local::belief::Belief;
use crate::store::local::copies::{Copies, Place};
use crate::store::{
    AnyStore, Counts, Created, Inspect, Listed, Renamed, Saved, Store, Summary, Swept,
};

pub use belief::STALE_AT_MOST;
pub(super) use channel::{Boxed, Channel, Heard, Line};

/// A server with copies before it.
#[derive(Clone)]
pub(super) struct Local(Arc<Inner>);

struct Inner {
    db: AnyStore,
    channel: Arc<dyn Channel>,
    copies: Copies,
    belief: Belief,
    is_heard: Arc<AtomicBool>,
    is_closed: AtomicBool,
}

/// Puts copies of at most so many bytes before a server.
pub(super) fn before(db: AnyStore, channel: Arc<dyn Channel>, bytes: u64) -> AnyStore {
    let is_inspectable = db.is_inspectable();
    let local = Local(Arc::new(Inner {
        db,
        channel,
        copies: Copies::new(bytes),
        belief: Belief::new(),
        is_heard: Arc::default(),
        is_closed: AtomicBool::new(false),
    }));
    let store = match is_inspectable {
        true => AnyStore::inspectable(local.clone()),
        false => AnyStore::from(local.clone()),
    };
    store.with_copies(local)
}

impl Local {
    /// Returns the copy, if there is one that is believed.
    pub(super) fn find(&self, key: &StoreKey, now: Timestamp) -> Option<Stored> {
        let (inner, at) = (&*self.0, Instant::now());
        let line = inner.belief.line();
        if !inner.belief.holds(at) {
            return None;
        }
        let found = inner.copies.find(key, line, at);
        let found = found.filter(|stored| stored.body.expires() > now)?;
        metrics::counter!("cloakroom_local_hits_total").increment(1);
        Some(found)
    }

    /// Returns the server without copies.
    pub(super) fn beneath(&self) -> AnyStore {
        self.0.db.clone()
    }

    /// Listens in the background, from the first load on.
    fn listen(&self) {
        let is_heard = &self.0.is_heard;
        if !is_heard.load(Ordering::Relaxed) && !is_heard.swap(true, Ordering::Relaxed) {
            let watch = Watch(is_heard.clone());
            tokio::spawn(listener::listen(Arc::downgrade(&self.0), watch));
        }
    }
}

impl Inner {
    /// Takes the place of a copy, while copies are believed.
    fn place(&self, key: &StoreKey) -> Option<Place<'_>> {
        let (at, line) = (Instant::now(), self.belief.line());
        let holds = self.belief.holds(at);
        holds.then(|| self.copies.place(key, line, at)).flatten()
    }

    fn heard(&self, heard: &Heard) {
        match heard {
            Heard::Written(all) => {
                for (key, version) in all {
                    self.copies.heard(key, version.as_ref());
                }
            }
            Heard::Everything => self.copies.take_all_away(),
            Heard::Beat(_) | Heard::Other => {}
        }
    }

    fn proved(&self, sent: Instant) {
        self.belief.proved(sent);
        metrics::gauge!("cloakroom_local_on").set(1.0);
    }

    fn lost(&self) {
        metrics::gauge!("cloakroom_local_on").set(0.0);
        self.belief.lost();
        self.copies.take_all_away();
    }

    fn is_open(&self) -> bool {
        !self.is_closed.load(Ordering::Relaxed)
    }
}

/// Says that somebody listens, for as long as it is kept.
struct Watch(Arc<AtomicBool>);

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// A write that is under way.
struct Writing<'a> {
    inner: &'a Arc<Inner>,
    key: StoreKey,
    place: Option<Place<'a>>,
    /// Whether it may have been done, and others were not told.
    owes: bool,
}

impl<'a> Writing<'a> {
    fn begin(inner: &'a Arc<Inner>, key: &StoreKey) -> Self {
        inner.copies.take_away(key);
        Self {
            inner,
            key: *key,
            place: inner.place(key),
            owes: true,
        }
    }

    /// Tells of it, and leaves a copy of what stands there now.
    async fn done(mut self, now: Option<Stored>) -> Result<(), StoreError> {
        let version = now.as_ref().map(|stored| stored.version.clone());
        let kept = match (self.place.take(), now) {
            (Some(place), Some(stored)) => place.keep(&stored),
            _ => false,
        };
        if !kept {
            // Somebody may have fetched it before it was written.
            self.inner.copies.take_away(&self.key);
        }
        if let Some(told) = self.inner.channel.tell(self.key, version) {
            told.await?;
        }
        self.owes = false;
        Ok(())
    }

    /// Nothing was written.
    fn not_done(mut self) {
        self.owes = false;
    }
}

impl Drop for Writing<'_> {
    /// Whoever gives up in the middle leaves it open whether it was done, so the others are told all the same.
    fn drop(&mut self) {
        if !self.owes {
            return;
        }
        self.inner.copies.take_away(&self.key);
        let (channel, key) = (self.inner.channel.clone(), self.key);
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                if let Some(told) = channel.tell(key, None) {
                    // It was not acknowledged, so it need not be heard of in time.
                    let _ = told.await;
                }
            });
        }
    }
}

#[deny(clippy::missing_trait_methods)]
impl Store for Local {
    fn name(&self) -> &'static str {
        self.0.db.name()
    }

    /// Fetches what [`Local::find`] did not find.
    async fn load(&self, key: &StoreKey, now: Timestamp) -> Result<Option<Stored>, StoreError> {
        self.listen();
        metrics::counter!("cloakroom_local_misses_total").increment(1);
        let place = self.0.place(key);
        let stored = self.0.db.load(key, now).await?;
        if let (Some(place), Some(stored)) = (place, &stored) {
            place.keep(stored);
        }
        Ok(stored)
    }

    async fn create(&self, key: &StoreKey, record: &Record) -> Result<Created, StoreError> {
        // Nobody has a copy of what is not there.
        self.0.db.create(key, record).await
    }

    async fn save(
        &self,
        key: &StoreKey,
        version: &Version,
        record: &Record,
    ) -> Result<Saved, StoreError> {
        let writing = Writing::begin(&self.0, key);
        let saved = self.0.db.save(key, version, record).await?;
        match &saved {
            Saved::Saved(version) => {
                let (body, version) = (Body::Record(record.clone()), version.clone());
                writing.done(Some(Stored { body, version })).await?;
            }
            Saved::Conflict(_) | Saved::Gone => writing.not_done(),
        }
        Ok(saved)
    }

    async fn rename(
        &self,
        from: &StoreKey,
        version: &Version,
        to: &StoreKey,
        record: &Record,
        forward: &Forward,
    ) -> Result<Renamed, StoreError> {
        let writing = Writing::begin(&self.0, from);
        let renamed = self.0.db.rename(from, version, to, record, forward);
        let renamed = renamed.await?;
        match &renamed {
            Renamed::Moved(_) => writing.done(None).await?,
            Renamed::Conflict(_) | Renamed::Gone | Renamed::Taken => writing.not_done(),
        }
        Ok(renamed)
    }

    async fn delete(&self, key: &StoreKey) -> Result<Option<Body>, StoreError> {
        let writing = Writing::begin(&self.0, key);
        let deleted = self.0.db.delete(key).await?;
        // Also when nothing stood there: an earlier try may have been cut off before others were told.
        writing.done(None).await?;
        Ok(deleted)
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<Swept, StoreError> {
        self.0.db.sweep(now, limit).await
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.0.db.check().await
    }

    async fn close(&self) {
        self.0.is_closed.store(true, Ordering::Relaxed);
        self.0.lost();
        self.0.db.close().await;
    }
}

#[deny(clippy::missing_trait_methods)]
impl Inspect for Local {
    async fn list(
        &self,
        after: Option<StoreKey>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<Listed>, StoreError> {
        self.0.db.list(after, limit, now).await
    }

    async fn of_user(&self, user: &str, now: Timestamp) -> Result<Vec<Listed>, StoreError> {
        self.0.db.of_user(user, now).await
    }

    async fn count(&self, now: Timestamp) -> Result<Counts, StoreError> {
        self.0.db.count(now).await
    }

    async fn summary(&self, now: Timestamp) -> Result<Option<Summary>, StoreError> {
        self.0.db.summary(now).await
    }

    async fn reconcile(&self) -> Result<u64, StoreError> {
        self.0.db.reconcile().await
    }
}
