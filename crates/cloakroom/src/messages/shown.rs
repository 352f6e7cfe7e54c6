//! Which messages were shown a moment ago, in case a client brings one again.
use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::Timestamp;

/// For how long a shown message is remembered.
const MEMORY: Duration = Duration::from_secs(10 * 60);
/// How many are remembered at most; beyond that the oldest are forgotten.
const CAPACITY: usize = 100_000;

/// The ids of messages that were shown, in the order in which they were.
///
/// Not every client forgets all cookies that one answer tells it to forget: curl 7.88 keeps some of
/// three. Browsers do, and say that they are browsers; what they bring again, they have not seen.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    ids: Mutex<Ids>,
}

#[derive(Debug, Default)]
struct Ids {
    known: HashSet<u64>,
    by_age: VecDeque<(Timestamp, u64)>,
}

impl Shown {
    /// Says whether this message was shown.
    pub(crate) fn contains(&self, id: u64) -> bool {
        self.ids().known.contains(&id)
    }

    /// Notes that these messages are being shown.
    pub(crate) fn note(&self, shown: impl Iterator<Item = u64>, now: Timestamp) {
        let mut ids = self.ids();
        for id in shown {
            if ids.known.insert(id) {
                ids.by_age.push_back((now, id));
            }
        }
        ids.forget_old(now);
    }

    fn ids(&self) -> MutexGuard<'_, Ids> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ids {
    fn forget_old(&mut self, now: Timestamp) {
        while let Some((when, id)) = self.by_age.front().copied() {
            if self.by_age.len() <= CAPACITY && now <= when.plus(MEMORY) {
                return;
            }
            self.by_age.pop_front();
            self.known.remove(&id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_shown_is_known_for_ten_minutes() {
        let shown = Shown::default();
        let start = Timestamp::from_secs(1_000);
        shown.note([1].into_iter(), start);
        shown.note([2].into_iter(), start.plus(MEMORY));
        assert!(shown.contains(1) && shown.contains(2) && !shown.contains(3));
        shown.note([3].into_iter(), start.plus(MEMORY * 2));
        assert!(!shown.contains(1) && shown.contains(2) && shown.contains(3));
    }

    #[test]
    fn a_crowd_does_not_fill_the_memory() {
        let shown = Shown::default();
        shown.note(0..2 * CAPACITY as u64, Timestamp::default());
        assert!(!shown.contains(0) && shown.contains(2 * CAPACITY as u64 - 1));
        assert_eq!(shown.ids().known.len(), CAPACITY);
    }
}
