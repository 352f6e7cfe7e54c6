//! Maps by store key: the key is a digest, so its first bytes are hash enough.
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::session::StoreKey;

const SHARDS: usize = 16;

/// A map by store key, in shards with a lock each.
pub(super) struct DigestMap<V> {
    shards: [Mutex<Shard<V>>; SHARDS],
}

pub(super) type Shard<V> = HashMap<StoreKey, V, BuildHasherDefault<FirstBytes>>;

impl<V> Default for DigestMap<V> {
    fn default() -> Self {
        Self {
            shards: std::array::from_fn(|_| Mutex::default()),
        }
    }
}

impl<V> DigestMap<V> {
    /// Locks the part of the map that has this key.
    pub(super) fn shard(&self, key: &StoreKey) -> MutexGuard<'_, Shard<V>> {
        // The last byte, since the first eight choose the place within the shard.
        let last = key.as_bytes()[31] as usize;
        let shard = &self.shards[last % SHARDS];
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes the eight bytes that a store key feeds as they are.
#[derive(Default)]
pub(super) struct FirstBytes(u64);

impl Hasher for FirstBytes {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}
