//! Which sessions are known to be noted, so that saving one again needs no second command.
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::clock::Timestamp;
use crate::session::{Record, StoreKey};

/// Notes end at whole multiples of this, so that a deadline tells until when its session is noted, and one that is
/// pushed often is seldom noted again.
const STEP: u64 = 600;
/// A note is made again after so long, in case the server has forgotten it.
const AGAIN: Duration = Duration::from_secs(600);
/// So many sessions are remembered, in a megabyte; each has one place, which the next one that falls on it takes over.
const PLACES: usize = 1 << 15;

/// Returns until when a session of this deadline is noted.
pub(super) fn noted_until(expires: Timestamp) -> Timestamp {
    let steps = expires.as_secs() / STEP + 1;
    Timestamp::from_secs(steps.saturating_mul(STEP))
}

/// What this process has noted lately, and what it found noted.
///
/// A session is always noted before it is written, so whatever is loaded is noted, for its user and by its deadline:
/// however many sessions there are, saving one that was loaded is one command.
#[derive(Default)]
pub(in crate::store::redis) struct Lately {
    places: Mutex<Vec<Place>>,
    hasher: RandomState,
}

#[derive(Clone, Copy)]
struct Place {
    /// A hash of the session's key and its user.
    whose: u64,
    until: Timestamp,
    good_until: Instant,
}

impl Lately {
    /// Takes note of a record that was found.
    pub(in crate::store::redis) fn found(&self, key: &StoreKey, record: &Record) {
        if let Some(user) = record.user() {
            self.put(key, user, noted_until(record.expires()), false);
        }
    }

    /// Takes note that a session was noted.
    pub(super) fn noted(&self, key: &StoreKey, user: &str, until: Timestamp) {
        self.put(key, user, until, true);
    }

    /// Says whether a session is noted for this user until it is over.
    pub(super) fn has(&self, key: &StoreKey, user: &str, expires: Timestamp) -> bool {
        let whose = self.hasher.hash_one((key, user));
        let places = self.places();
        places.get(place_of(whose)).is_some_and(|there| {
            there.whose == whose && there.until >= expires && Instant::now() < there.good_until
        })
    }

    fn put(&self, key: &StoreKey, user: &str, until: Timestamp, is_new: bool) {
        let whose = self.hasher.hash_one((key, user));
        let now = Instant::now();
        let mut places = self.places();
        if places.is_empty() {
            let nobody = Place {
                whose: 0,
                until: Timestamp::default(),
                good_until: now,
            };
            places.resize(PLACES, nobody);
        }
        let there = &mut places[place_of(whose)];
        if there.whose == whose && !is_new {
            // What is found again and again is noted again all the same, once that is due.
            there.until = there.until.max(until);
            return;
        }
        *there = Place {
            whose,
            until,
            good_until: now + AGAIN,
        };
    }

    fn places(&self) -> MutexGuard<'_, Vec<Place>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn place_of(whose: u64) -> usize {
    whose as usize % PLACES
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_secs(seconds)
    }

    fn key(number: u32) -> StoreKey {
        let mut bytes = [7; 32];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        StoreKey::from_bytes(bytes)
    }

    #[test]
    fn a_note_outlives_its_session_to_the_end_of_ten_minutes() {
        for (expires, until) in [(0, 600), (599, 600), (600, 1_200), (601, 1_200)] {
            assert_eq!(noted_until(at(expires)), at(until), "{expires}");
        }
        assert!(noted_until(at(u64::MAX)) >= at(u64::MAX - STEP));
    }

    #[tokio::test(start_paused = true)]
    async fn a_session_is_noted_again_when_its_user_deadline_or_the_server_may_have_changed() {
        let lately = Lately::default();
        assert!(!lately.has(&key(1), "ada", at(100)));
        lately.noted(&key(1), "ada", at(600));
        assert!(lately.has(&key(1), "ada", at(600)));
        assert!(!lately.has(&key(1), "ada", at(601)));
        assert!(!lately.has(&key(1), "bob", at(100)));
        assert!(!lately.has(&key(2), "ada", at(100)));
        tokio::time::advance(AGAIN).await;
        assert!(!lately.has(&key(1), "ada", at(100)));
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_found_is_noted_by_its_deadline_and_noted_again_once_that_is_due() {
        let lately = Lately::default();
        let record = Record::new(at(0), at(700));
        lately.found(&key(1), &record);
        assert!(!lately.has(&key(1), "ada", at(1)));
        let record = record.with_user("ada");
        lately.found(&key(1), &record);
        assert!(lately.has(&key(1), "ada", at(1_200)));
        assert!(!lately.has(&key(1), "ada", at(1_201)));
        tokio::time::advance(AGAIN).await;
        lately.found(&key(1), &record);
        assert!(!lately.has(&key(1), "ada", at(700)));
        lately.noted(&key(1), "ada", at(1_200));
        assert!(lately.has(&key(1), "ada", at(700)));
    }

    #[test]
    fn however_many_sessions_come_the_last_one_is_remembered_and_most_of_the_others() {
        let lately = Lately::default();
        let all = PLACES as u32;
        for number in 0..all {
            lately.noted(&key(number), "ada", at(600));
            assert!(lately.has(&key(number), "ada", at(600)));
        }
        let left = (0..all).filter(|number| lately.has(&key(*number), "ada", at(600)));
        let left = left.count();
        assert!(left > PLACES / 2, "{left}");
        assert!(lately.places().len() == PLACES);
    }
}
