//! All sessions of one user: found, limited, ended.
use std::hash::{BuildHasher, RandomState};

use tokio::sync::{Mutex, MutexGuard};

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::keys::KeyRing;
use crate::session::{Entry, Event, EventKind, Limit, Listener, StoreKey};
use crate::store::{AnyStore, Listed, Turns};

/// How many users can sign in at once where sessions are limited; others wait for a moment.
const DOORS: usize = 64;

/// Lets each user in once at a time, so that of two logins in one process the second sees the first.
pub(crate) struct Doors {
    doors: [Mutex<()>; DOORS],
    hasher: RandomState,
}

impl Default for Doors {
    fn default() -> Self {
        Self {
            doors: std::array::from_fn(|_| Mutex::default()),
            hasher: RandomState::new(),
        }
    }
}

impl Doors {
    /// Waits for the user's door; it is closed to others until the guard is dropped.
    pub(crate) async fn pass(&self, user: &str) -> MutexGuard<'_, ()> {
        let door = self.hasher.hash_one(user) as usize % DOORS;
        self.doors[door].lock().await
    }
}

/// The sessions of one user that are live now.
#[derive(Clone, Copy)]
pub(crate) struct Crowd<'a> {
    pub(crate) store: &'a AnyStore,
    pub(crate) turns: &'a Turns,
    pub(crate) user: &'a str,
    pub(crate) now: Timestamp,
    /// Who is told which were ended, and the keys that name them.
    pub(crate) listener: &'a Listener,
    pub(crate) keys: &'a KeyRing,
}

impl Crowd<'_> {
    /// Returns all but the one under this key.
    pub(crate) async fn others(self, than: Option<StoreKey>) -> Result<Vec<Listed>, StoreError> {
        let mut sessions = self.store.of_user(self.user, self.now).await?;
        sessions.retain(|session| Some(session.key) != than);
        Ok(sessions)
    }

    /// Ends so many of the others that there is room for the one under this key or a new one, or
    /// says that there is none.
    pub(crate) async fn make_room(
        self,
        limit: Limit,
        own: Option<StoreKey>,
    ) -> Result<bool, StoreError> {
        let others = self.others(own).await?;
        let others = others.iter().map(|other| (other.created, other.key));
        match limit.one_more(others.collect()) {
            Entry::Free => Ok(true),
            Entry::Full => Ok(false),
            Entry::After(oldest) => {
                tracing::info!(
                    sessions = oldest.len(),
                    "a user has too many sessions; the oldest end"
                );
                self.end(oldest).await?;
                Ok(true)
            }
        }
    }

    /// Ends all but the one under this key, and returns how many there were.
    pub(crate) async fn end_others(self, than: Option<StoreKey>) -> Result<usize, StoreError> {
        let others = self.others(than).await?;
        let keys: Vec<_> = others.iter().map(|other| other.key).collect();
        self.end(keys).await
    }

    async fn end(self, keys: Vec<StoreKey>) -> Result<usize, StoreError> {
        let ended = keys.len();
        for key in keys {
            self.turns.delete(self.store, key).await?;
            self.listener.tell(EventKind::Revoked, || {
                let mut event = Event::new(EventKind::Revoked, self.now);
                event.session = Some(self.keys.log_id(key.as_bytes()));
                event.user = Some(self.user.to_owned());
                event
            });
        }
        Ok(ended)
    }
}
