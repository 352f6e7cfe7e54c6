//! Signs that renewed sessions leave behind, in this process: Django's tables have no place for them.
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::session::{Forward, StoreKey};

/// How long a sign stands after its session was moved, beyond the grace, so that a stolen token is seen.
const AFTERWARDS: Duration = Duration::from_secs(60);

/// Where renewed sessions went a moment ago.
///
/// A request that was under way finds its session with them, if the same process renewed it; elsewhere
/// it finds none, as in Django.
#[derive(Debug, Default)]
pub(super) struct Signs(Mutex<HashMap<StoreKey, Forward>>);

impl Signs {
    pub(super) fn put(&self, from: StoreKey, forward: Forward) {
        let mut signs = self.signs();
        signs.retain(|_, old| old.until.plus(AFTERWARDS) >= forward.until);
        signs.insert(from, forward);
    }

    pub(super) fn get(&self, key: &StoreKey) -> Option<Forward> {
        self.signs().get(key).copied()
    }

    fn signs(&self) -> MutexGuard<'_, HashMap<StoreKey, Forward>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::session::Via;

    #[test]
    fn signs_are_found_for_a_while_and_do_not_pile_up() {
        let key = |number| StoreKey::from_bytes([number; 32]);
        let forward = |until| Forward {
            to: key(0),
            until: Timestamp::from_secs(until),
            via: Via::Anything,
            expires: Timestamp::from_secs(until + 100),
        };
        let signs = Signs::default();
        signs.put(key(1), forward(1_000));
        signs.put(key(2), forward(1_060));
        assert!(signs.get(&key(1)).is_some() && signs.get(&key(2)).is_some());
        signs.put(key(3), forward(1_061));
        assert_eq!(signs.get(&key(1)), None);
        assert_eq!(signs.get(&key(2)), Some(forward(1_060)));
    }
}
