//! Sessions in this process's memory: for tests, development and sites that may forget at a restart.
use std::collections::{BTreeSet, HashMap};
use std::hash::BuildHasherDefault;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::session::{Body, Forward, Record, StoreKey, Stored, Version};
use crate::store::digest_map::FirstBytes;
use crate::store::{Counts, Created, Inspect, Listed, Renamed, Saved, Store, Swept};

const NAME: &str = "memory";

/// Keeps at most so many sessions; what has expired makes room, and what is live never does.
#[derive(Debug)]
pub struct MemoryStore {
    shelf: Mutex<Shelf>,
    capacity: usize,
}

/// What stands where, and in which order it expires.
#[derive(Debug, Default)]
struct Shelf {
    by_key: HashMap<StoreKey, Stored, BuildHasherDefault<FirstBytes>>,
    by_deadline: BTreeSet<(Timestamp, StoreKey)>,
    versions: u64,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryStore {
    /// Makes a store for at most 1,000,000 sessions.
    #[must_use]
    pub fn new() -> Self {
        Self::with_capacity(1_000_000)
    }

    /// Makes a store for at most `capacity` sessions.
    ///
    /// When all of them are live, new visitors get an error and nobody else is forgotten.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            shelf: Mutex::default(),
            capacity,
        }
    }

    /// Loads at once. See [`Store::load`].
    pub(crate) fn load_now(&self, key: &StoreKey, now: Timestamp) -> Option<Stored> {
        let found = self.shelf().by_key.get(key).cloned();
        found.filter(|stored| stored.body.expires() > now)
    }

    /// Saves at once. See [`Store::save`].
    pub(crate) fn save_now(&self, key: &StoreKey, version: &Version, record: &Record) -> Saved {
        let shelf = &mut *self.shelf();
        match shelf.by_key.get_mut(key) {
            None => Saved::Gone,
            Some(there) if there.version != *version => Saved::Conflict(there.clone()),
            // In its place, since its deadline is rarely another.
            Some(there) if there.body.expires() == record.expires() => {
                shelf.versions += 1;
                there.version = Version::Number(shelf.versions);
                there.body = Body::Record(record.clone());
                Saved::Saved(there.version.clone())
            }
            Some(_) => Saved::Saved(shelf.put(*key, Body::Record(record.clone()))),
        }
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn make_room(&self, shelf: &mut Shelf, created: Timestamp) -> Result<(), StoreError> {
        if shelf.by_key.len() < self.capacity {
            return Ok(());
        }
        if shelf.sweep(created, self.capacity / 10 + 1) > 0 {
            return Ok(());
        }
        Err(StoreError::new(NAME, "keep another session")
            .because(format!("it is full with {} live ones", self.capacity))
            .remedy("give MemoryStore::with_capacity more, or use a database"))
    }
}

impl Shelf {
    fn put(&mut self, key: StoreKey, body: Body) -> Version {
        self.versions += 1;
        let version = Version::Number(self.versions);
        let expires = body.expires();
        let stored = Stored {
            body,
            version: version.clone(),
        };
        let before = self
            .by_key
            .insert(key, stored)
            .map(|old| old.body.expires());
        if before != Some(expires) {
            if let Some(before) = before {
                self.by_deadline.remove(&(before, key));
            }
            self.by_deadline.insert((expires, key));
        }
        version
    }

    fn remove(&mut self, key: &StoreKey) -> Option<Body> {
        let body = self.by_key.remove(key)?.body;
        self.by_deadline.remove(&(body.expires(), *key));
        Some(body)
    }

    fn sweep(&mut self, now: Timestamp, limit: usize) -> u64 {
        let mut removed = 0;
        while removed < limit as u64 {
            match self.by_deadline.first().copied() {
                Some((deadline, key)) if deadline <= now => self.remove(&key),
                _ => break,
            };
            removed += 1;
        }
        removed
    }

    fn records(&self, now: Timestamp) -> impl Iterator<Item = (StoreKey, &Record)> {
        let live = self
            .by_key
            .iter()
            .filter_map(|(key, stored)| match &stored.body {
                Body::Record(record) => Some((*key, record)),
                Body::Forward(_) => None,
            });
        live.filter(move |(_, record)| record.expires() > now)
    }
}

impl Store for MemoryStore {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn load(&self, key: &StoreKey, now: Timestamp) -> Result<Option<Stored>, StoreError> {
        Ok(self.load_now(key, now))
    }

    async fn create(&self, key: &StoreKey, record: &Record) -> Result<Created, StoreError> {
        let mut shelf = self.shelf();
        if shelf.by_key.contains_key(key) {
            return Ok(Created::Taken);
        }
        self.make_room(&mut shelf, record.created())?;
        let version = shelf.put(*key, Body::Record(record.clone()));
        Ok(Created::New(version))
    }

    async fn save(
        &self,
        key: &StoreKey,
        version: &Version,
        record: &Record,
    ) -> Result<Saved, StoreError> {
        Ok(self.save_now(key, version, record))
    }

    async fn rename(
        &self,
        from: &StoreKey,
        version: &Version,
        to: &StoreKey,
        record: &Record,
        forward: &Forward,
    ) -> Result<Renamed, StoreError> {
        let mut shelf = self.shelf();
        match shelf.by_key.get(from) {
            None => return Ok(Renamed::Gone),
            Some(there) if there.version != *version => {
                return Ok(Renamed::Conflict(there.clone()));
            }
            Some(_) if shelf.by_key.contains_key(to) => return Ok(Renamed::Taken),
            Some(_) => {}
        }
        shelf.put(*from, Body::Forward(*forward));
        let version = shelf.put(*to, Body::Record(record.clone()));
        Ok(Renamed::Moved(version))
    }

    async fn delete(&self, key: &StoreKey) -> Result<Option<Body>, StoreError> {
        let mut shelf = self.shelf();
        Ok(match shelf.by_key.get(key).map(|stored| &stored.body) {
            Some(Body::Forward(forward)) => Some(Body::Forward(*forward)),
            _ => shelf.remove(key),
        })
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<Swept, StoreError> {
        let mut shelf = self.shelf();
        let removed = shelf.sweep(now, limit);
        let oldest = shelf.by_deadline.first().map(|(deadline, _)| *deadline);
        Ok(Swept {
            removed,
            oldest_left: oldest.filter(|deadline| *deadline <= now),
        })
    }

    async fn check(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn close(&self) {}
}

impl Inspect for MemoryStore {
    async fn list(
        &self,
        after: Option<StoreKey>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<Listed>, StoreError> {
        let shelf = self.shelf();
        let records = shelf.records(now);
        let mut listed: Vec<_> = records
            .filter(|(key, _)| after.is_none_or(|after| *key > after))
            .map(|(key, record)| Listed::of(key, record))
            .collect();
        listed.sort_by_key(|listed| listed.key);
        listed.truncate(limit);
        Ok(listed)
    }

    async fn of_user(&self, user: &str, now: Timestamp) -> Result<Vec<Listed>, StoreError> {
        let shelf = self.shelf();
        let records = shelf.records(now);
        Ok(records
            .filter(|(_, record)| record.user() == Some(user))
            .map(|(key, record)| Listed::of(key, record))
            .collect())
    }

    async fn count(&self, now: Timestamp) -> Result<Counts, StoreError> {
        let shelf = self.shelf();
        let waiting = shelf.by_deadline.iter().take_while(|(end, _)| *end <= now);
        Ok(Counts {
            live: shelf.records(now).count() as u64,
            expired: waiting.count() as u64,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u8) -> StoreKey {
        StoreKey::from_bytes([number; 32])
    }

    fn record(created: u64, expires: u64) -> Record {
        Record::new(Timestamp::from_secs(created), Timestamp::from_secs(expires))
    }

    #[tokio::test]
    async fn a_full_store_forgets_the_expired_and_refuses_rather_than_forget_the_live() {
        let store = MemoryStore::with_capacity(2);
        store.create(&key(1), &record(0, 10)).await.unwrap();
        store.create(&key(2), &record(0, 100)).await.unwrap();
        let refused = store.create(&key(3), &record(9, 100)).await.unwrap_err();
        assert!(refused.to_string().contains("full with 2 live ones"));
        store.create(&key(3), &record(10, 100)).await.unwrap();
        let now = Timestamp::from_secs(10);
        assert!(store.load(&key(1), now).await.unwrap().is_none());
        assert!(store.load(&key(2), now).await.unwrap().is_some());
    }
}
