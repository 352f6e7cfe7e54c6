//! The copies in the cache: found, fetched, replaced and taken away, so that none is ever older than a save.
//!
//! - A copy is *put where nothing lies* only by one who laid a mark there before asking the
//!   database, and only in the place of that very mark. Whoever writes meanwhile takes the mark away.
//! - A copy is *replaced* only in the place of the one that the saved record came from.
//! - Everything else takes away what lies there, which is always right.
//!
//! So it does not matter when a request that was given up reaches the cache after all. It does
//! matter that a cache never gives one version twice under one key.
use std::sync::atomic::{AtomicBool, Ordering};

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::session::{Body, Record, StoreKey, Stored, Version};
use crate::store::cached::copy::{Copied, Lying};
use crate::store::cached::notice::Epoch;
use crate::store::cached::seen::{Sight, Sights};
use crate::store::{AnyStore, Created, Saved};

/// The earliest time: at it, a store shows even what has expired.
const ALWAYS: Timestamp = Timestamp::from_secs(0);

/// The copies in the cache.
pub(super) struct Copies {
    cache: AnyStore,
    sights: Sights,
    is_well: AtomicBool,
}

/// What was found in the cache.
pub(super) enum Found {
    Copy(Stored),
    /// Nothing, and this mark lies there now.
    Nothing(Mark),
    /// Nothing, and somebody else is fetching it, or the cache can't be used.
    NotForUs,
}

/// The right to put a copy where nothing lay.
pub(super) struct Mark {
    key: StoreKey,
    version: Version,
}

impl Copies {
    pub(super) fn new(cache: AnyStore) -> Self {
        Self {
            cache,
            sights: Sights::default(),
            is_well: AtomicBool::new(true),
        }
    }

    /// Looks for a copy, and marks its place when there is none.
    pub(super) async fn find(&self, epoch: Epoch, key: &StoreKey, now: Timestamp) -> Found {
        let key = epoch.key_of(key);
        let Ok(lying) = self.note(self.cache.load(&key, ALWAYS).await) else {
            return Found::NotForUs;
        };
        let Some(Stored { body, version }) = lying else {
            return self.mark_empty(key, now).await;
        };
        match Lying::read(&body) {
            Some(Lying::Copy(copied)) if copied.is_good(now) => {
                self.saw(key, &copied, version);
                Found::Copy(copied.stored)
            }
            Some(Lying::Mark { until }) if until > now => Found::NotForUs,
            _ => self.mark_instead(key, &version, now).await,
        }
    }

    async fn mark_empty(&self, key: StoreKey, now: Timestamp) -> Found {
        let created = self.cache.create(&key, &Lying::mark(now)).await;
        match self.note(created) {
            Ok(Created::New(version)) => Found::Nothing(Mark { key, version }),
            _ => Found::NotForUs,
        }
    }

    async fn mark_instead(&self, key: StoreKey, old: &Version, now: Timestamp) -> Found {
        let saved = self.cache.save(&key, old, &Lying::mark(now)).await;
        match self.note(saved) {
            Ok(Saved::Saved(version)) => Found::Nothing(Mark { key, version }),
            _ => Found::NotForUs,
        }
    }

    /// Puts what the database had in the place of the mark, if it still lies there; nothing when
    /// the database had nothing.
    pub(super) async fn fill(&self, mark: Mark, stored: Option<&Stored>, now: Timestamp) {
        let copied = stored.map(|stored| Copied {
            stored: stored.clone(),
            seen: now,
        });
        let record = copied.as_ref().and_then(Copied::to_record);
        let (Some(copied), Some(record)) = (copied, record) else {
            let _ = self.note(self.cache.delete(&mark.key).await);
            return;
        };
        let saved = self.cache.save(&mark.key, &mark.version, &record).await;
        if let Ok(Saved::Saved(version)) = self.note(saved) {
            self.saw(mark.key, &copied, version);
        }
    }

    /// Brings the copy into line after the record of version `before` was replaced in the database.
    pub(super) async fn replace(
        &self,
        epoch: Epoch,
        key: &StoreKey,
        before: &Version,
        after: &Version,
        record: &Record,
    ) -> Result<(), StoreError> {
        let of_copy = epoch.key_of(key);
        let sight = self.sights.take(&of_copy);
        let Some(sight) = sight.filter(|sight| sight.version == *before) else {
            return self.remove(epoch, key).await;
        };
        let copied = Copied {
            stored: Stored {
                body: Body::Record(record.clone()),
                version: after.clone(),
            },
            seen: sight.seen,
        };
        let Some(record) = copied.to_record() else {
            return self.remove(epoch, key).await;
        };
        let saved = self.cache.save(&of_copy, &sight.copy, &record).await;
        match self.note(saved) {
            Ok(Saved::Saved(version)) => {
                self.saw(of_copy, &copied, version);
                Ok(())
            }
            Ok(Saved::Gone) => Ok(()),
            Ok(Saved::Conflict(_)) | Err(_) => self.remove(epoch, key).await,
        }
    }

    /// Takes away what lies there.
    pub(super) async fn remove(&self, epoch: Epoch, key: &StoreKey) -> Result<(), StoreError> {
        let removed = self.cache.delete(&epoch.key_of(key)).await;
        self.note(removed).map(|_| ())
    }

    /// Lays down a sign by which every node recognises the cache of this epoch.
    pub(super) async fn begin(&self, epoch: Epoch, sign: &StoreKey) -> Result<bool, StoreError> {
        self.note(self.cache.check().await)?;
        let created = self.cache.create(&epoch.key_of(sign), &Lying::sign()).await;
        Ok(matches!(self.note(created)?, Created::New(_)))
    }

    /// Says whether this is the cache in which that sign lies.
    pub(super) async fn is_of(&self, epoch: Epoch, sign: &StoreKey) -> Result<bool, StoreError> {
        let found = self.cache.load(&epoch.key_of(sign), ALWAYS).await;
        self.note(found).map(|found| found.is_some())
    }

    pub(super) async fn close(&self) {
        self.cache.close().await;
    }

    fn saw(&self, key: StoreKey, copied: &Copied, copy: Version) {
        let sight = Sight {
            version: copied.stored.version.clone(),
            copy,
            seen: copied.seen,
        };
        self.sights.note(key, sight);
    }

    /// Counts faults, and tells when they begin and end.
    fn note<T>(&self, answer: Result<T, StoreError>) -> Result<T, StoreError> {
        let is_well = answer.is_ok();
        if let Err(error) = &answer {
            metrics::counter!("cloakroom_cache_faults_total").increment(1);
            tracing::debug!(%error, "the cache failed");
        }
        // The usual case writes nothing.
        if self.is_well.load(Ordering::Relaxed) != is_well
            && self.is_well.swap(is_well, Ordering::Relaxed) != is_well
        {
            match &answer {
                Ok(_) => tracing::info!("the cache answers again"),
                Err(error) => {
                    tracing::warn!(%error, "the cache can't be used; the database serves alone");
                }
            }
        }
        answer
    }
}
