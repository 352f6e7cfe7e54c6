//! The copies in this process, within a bound of bytes; none is kept of what was written while it was fetched.
use std::hash::BuildHasherDefault;
use std::time::Duration;

use quick_cache::Weighter;
use quick_cache::sync::{Cache, DefaultLifecycle, GuardResult, PlaceholderGuard};
use tokio::time::Instant;

use crate::session::{Body, StoreKey, Stored, Version};
use crate::store::digest_map::FirstBytes;

/// A copy is compared with the store after this long, whatever was heard.
const KEEP: Duration = Duration::from_secs(30);
/// What a copy takes beside names and values.
const AROUND: u64 = 384;
/// As large as most copies are, to plan the room for them.
const USUAL: u64 = 1_024;

type Digest = BuildHasherDefault<FirstBytes>;
type Guard<'a> =
    PlaceholderGuard<'a, StoreKey, Copied, Weight, Digest, DefaultLifecycle<StoreKey, Copied>>;

/// The copies, found by key.
pub(super) struct Copies(Cache<StoreKey, Copied, Weight, Digest>);

/// What the store had under a key.
#[derive(Clone)]
pub(super) struct Copied {
    stored: Stored,
    line: u64,
    until: Instant,
}

/// The right to leave a copy, unless something is heard of its key meanwhile.
pub(super) struct Place<'a> {
    guard: Guard<'a>,
    line: u64,
    until: Instant,
}

impl Copies {
    /// Makes room for so many bytes.
    pub(super) fn new(bytes: u64) -> Self {
        let usual = usize::try_from(bytes / USUAL).unwrap_or(usize::MAX);
        Self(Cache::with(
            usual,
            bytes,
            Weight,
            Digest::default(),
            DefaultLifecycle::default(),
        ))
    }

    /// Returns the copy that was heard of on this line.
    pub(super) fn find(&self, key: &StoreKey, line: u64, at: Instant) -> Option<Stored> {
        let copied = self.0.get(key)?;
        if copied.line == line && at < copied.until {
            return Some(copied.stored);
        }
        self.0.remove(key);
        None
    }

    /// Takes the place of a copy that is about to be fetched or written; `None` when somebody else has it.
    pub(super) fn place(&self, key: &StoreKey, line: u64, at: Instant) -> Option<Place<'_>> {
        match self.0.get_value_or_guard(key, Some(Duration::ZERO)) {
            GuardResult::Guard(guard) => Some(Place {
                guard,
                line,
                until: at + KEEP,
            }),
            GuardResult::Value(_) | GuardResult::Timeout => None,
        }
    }

    /// Takes away the copy, and the place of one that is being fetched.
    pub(super) fn take_away(&self, key: &StoreKey) {
        self.0.remove(key);
    }

    /// Takes away what is another version than the one that was told.
    pub(super) fn heard(&self, key: &StoreKey, version: Option<&Version>) {
        let is_this = |copied: Copied| Some(&copied.stored.version) == version;
        if !(version.is_some() && self.0.peek(key).is_some_and(is_this)) {
            self.0.remove(key);
        }
    }

    pub(super) fn take_all_away(&self) {
        self.0.clear();
    }
}

impl Place<'_> {
    /// Leaves a copy of a session; says whether it lies there. Signs of renewed sessions are not copied.
    pub(super) fn keep(self, stored: &Stored) -> bool {
        let Body::Record(_) = stored.body else {
            return false;
        };
        let copied = Copied {
            stored: stored.clone(),
            line: self.line,
            until: self.until,
        };
        self.guard.insert(copied).is_ok()
    }
}

/// How many bytes a copy takes.
#[derive(Clone)]
struct Weight;

impl Weighter<StoreKey, Copied> for Weight {
    fn weight(&self, _: &StoreKey, copied: &Copied) -> u64 {
        let bytes = match &copied.stored.body {
            Body::Record(record) => record.entries().bytes(),
            Body::Forward(_) => 0,
        };
        AROUND + bytes as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::session::{Entries, Name, Raw, Record};

    const ROOM: u64 = 1 << 20;

    fn key(number: u64) -> StoreKey {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&number.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes());
        StoreKey::from_bytes(bytes)
    }

    fn stored(version: u64) -> Stored {
        let text = format!("\"{}\"", "x".repeat(1_000));
        let entries: Entries = [(Name::from("x"), Raw::from_json(text))]
            .into_iter()
            .collect();
        let record = Record::new(Timestamp::default(), Timestamp::from_secs(9));
        Stored {
            body: Body::Record(record.with_entries(entries)),
            version: Version::Number(version),
        }
    }

    #[test]
    fn what_is_heard_of_while_a_copy_is_fetched_keeps_it_out() {
        let (copies, now) = (Copies::new(ROOM), Instant::now());
        let found = |line| copies.find(&key(1), line, now).is_some();
        let place = || copies.place(&key(1), 7, now);

        assert!(place().unwrap().keep(&stored(1)));
        assert!(found(7));
        copies.heard(&key(1), Some(&Version::Number(1)));
        assert!(found(7), "that was this very version");
        copies.heard(&key(1), Some(&Version::Number(2)));
        assert!(!found(7));

        let fetching = place().unwrap();
        assert!(place().is_none(), "one fetches at a time");
        copies.heard(&key(1), Some(&Version::Number(2)));
        assert!(!fetching.keep(&stored(1)));
        assert!(!found(7));

        let fetching = place().unwrap();
        copies.take_all_away();
        assert!(!fetching.keep(&stored(1)));
        assert!(!found(7));

        assert!(place().unwrap().keep(&stored(3)));
        assert!(!found(8), "it was heard of on another line");
    }

    #[test]
    fn a_copy_is_compared_with_the_store_after_a_while() {
        let (copies, now) = (Copies::new(ROOM), Instant::now());
        assert!(copies.place(&key(1), 0, now).unwrap().keep(&stored(1)));
        let moment = Duration::from_millis(1);
        assert!(copies.find(&key(1), 0, now + KEEP - moment).is_some());
        assert!(copies.find(&key(1), 0, now + KEEP).is_none());
    }

    #[test]
    fn copies_take_no_more_than_their_room() {
        let (copies, now) = (Copies::new(ROOM), Instant::now());
        for number in 0..10_000 {
            copies.place(&key(number), 0, now).unwrap().keep(&stored(1));
        }
        let kept = (0..10_000).filter(|number| copies.find(&key(*number), 0, now).is_some());
        let kept = kept.count();
        assert!((300..=800).contains(&kept), "{kept}");
    }
}
