//! Which copies this process saw last: with that, a save replaces a copy in one trip.
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::clock::Timestamp;
use crate::session::{StoreKey, Version};

/// A power of two. Two sessions with the same place push one another out, which costs a trip.
const PLACES: usize = 4_096;

/// A copy as it was seen.
#[derive(Clone, Debug)]
pub(super) struct Sight {
    /// The version in the database.
    pub(super) version: Version,
    /// The version in the cache.
    pub(super) copy: Version,
    pub(super) seen: Timestamp,
}

/// The last sights, in a fixed room.
pub(super) struct Sights(Box<[Mutex<Place>]>);

type Place = Option<(StoreKey, Sight)>;

impl Default for Sights {
    fn default() -> Self {
        Self((0..PLACES).map(|_| Mutex::default()).collect())
    }
}

impl Sights {
    pub(super) fn note(&self, key: StoreKey, sight: Sight) {
        let mut place = self.place(&key);
        *place = Some((key, sight));
    }

    /// Takes the sight of a copy out, if it is remembered.
    pub(super) fn take(&self, key: &StoreKey) -> Option<Sight> {
        let mut place = self.place(key);
        place
            .take_if(|(found, _)| found == key)
            .map(|(_, sight)| sight)
    }

    fn place(&self, key: &StoreKey) -> MutexGuard<'_, Place> {
        let bytes = key.as_bytes();
        let at = usize::from(u16::from_be_bytes([bytes[30], bytes[31]])) % PLACES;
        self.0[at].lock().unwrap_or_else(PoisonError::into_inner)
    }
}
