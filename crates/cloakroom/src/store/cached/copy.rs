//! What lies in the cache under one key: a copy of what the database has, or the mark of one who fetches it.
use std::time::Duration;

use bytes::Bytes;

use crate::clock::Timestamp;
use crate::session::{Body, Entries, Name, Raw, Record, Stored, Version};

const COPY: &str = "_copy";
const VERSION: &str = "_version";
/// A copy is believed for this long after it was compared with the database.
const KEEP: Duration = Duration::from_secs(300);
/// Whoever fetches a copy has it by then; later another may.
const FETCH: Duration = Duration::from_secs(5);
/// The last moment that every cache can keep something until.
const LAST: Timestamp = Timestamp::from_secs(u32::MAX as u64);
/// What is larger stays in the database alone: memcached takes 1 MiB, and large copies crowd out many.
const LARGEST: usize = 512 * 1_024;

/// What lies in the cache under one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Lying {
    Copy(Copied),
    /// Somebody fetches it, until then at most.
    Mark {
        until: Timestamp,
    },
}

/// Says whether this lies in a cache and is no session of its own: a copy, the mark of one who fetches,
/// or the sign by which nodes recognise the cache.
#[cfg(feature = "redis")]
pub(crate) fn is_of_a_cache(body: &Body) -> bool {
    let Body::Record(record) = body else {
        return false;
    };
    let is_copy = record.entries().get(COPY.as_bytes()).is_some();
    let is_mark = record.expires().since(record.created()) == FETCH;
    let is_sign = record.created() == Timestamp::default() && record.expires() == LAST;
    is_copy || record.entries().is_empty() && record.user().is_none() && (is_mark || is_sign)
}

/// A copy of what the database has, and when that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Copied {
    pub(super) stored: Stored,
    pub(super) seen: Timestamp,
}

impl Lying {
    /// Reads what a cache kept.
    pub(super) fn read(body: &Body) -> Option<Self> {
        let Body::Record(record) = body else {
            return None;
        };
        let value = |name: &str| record.entries().get(name.as_bytes()).map(Raw::as_bytes);
        let Some(copy) = value(COPY) else {
            return Some(Self::Mark {
                until: record.expires(),
            });
        };
        Some(Self::Copy(Copied {
            stored: Stored {
                body: Body::from_bytes(Bytes::copy_from_slice(copy)).ok()?,
                version: read_version(value(VERSION)?)?,
            },
            seen: record.created(),
        }))
    }

    /// Makes the sign by which nodes recognise their cache.
    pub(super) fn sign() -> Record {
        Record::new(Timestamp::default(), LAST)
    }

    /// Makes the mark of one who fetches.
    pub(super) fn mark(now: Timestamp) -> Record {
        Record::new(now, now.plus(FETCH))
    }
}

impl Copied {
    /// Says whether the copy still stands for what the database has.
    pub(super) fn is_good(&self, now: Timestamp) -> bool {
        let age = now.since(self.seen).max(self.seen.since(now));
        age < KEEP && self.stored.body.expires() > now
    }

    /// Writes it for a cache, unless it is too large.
    pub(super) fn to_record(&self) -> Option<Record> {
        let body = self.stored.body.to_bytes();
        if body.len() > LARGEST {
            return None;
        }
        let entries: Entries = [(COPY, body), (VERSION, write_version(&self.stored.version))]
            .map(|(name, bytes)| (Name::from_static(name), Raw::from_json(bytes)))
            .into_iter()
            .collect();
        Some(Record::new(self.seen, self.seen.plus(KEEP)).with_entries(entries))
    }
}

fn write_version(version: &Version) -> Vec<u8> {
    match version {
        Version::Number(number) => [b"n", &number.to_be_bytes()[..]].concat(),
        Version::Bytes(bytes) => [b"b", &bytes[..]].concat(),
    }
}

fn read_version(bytes: &[u8]) -> Option<Version> {
    let (kind, bytes) = bytes.split_first()?;
    match kind {
        b'n' => Some(Version::Number(u64::from_be_bytes(bytes.try_into().ok()?))),
        b'b' => Some(Version::Bytes(Bytes::copy_from_slice(bytes))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_secs(seconds)
    }

    fn copied(version: Version) -> Copied {
        Copied {
            stored: Stored {
                body: Body::Record(Record::new(at(900), at(1_200)).with_user("ada")),
                version,
            },
            seen: at(1_000),
        }
    }

    #[test]
    fn a_copy_reads_the_same_whatever_its_version_is_made_of() {
        for version in [
            Version::Number(u64::MAX),
            Version::Bytes(Bytes::from_static(b"\x00old")),
        ] {
            let copied = copied(version);
            let record = copied.to_record().unwrap();
            assert_eq!(
                Lying::read(&Body::Record(record)),
                Some(Lying::Copy(copied))
            );
        }
        let mark = Lying::read(&Body::Record(Lying::mark(at(10))));
        assert_eq!(mark, Some(Lying::Mark { until: at(15) }));
    }

    #[test]
    fn a_copy_is_good_for_five_minutes_and_never_longer_than_its_session() {
        let copied = copied(Version::Number(1));
        for (now, good) in [
            (699, false),
            (701, true),
            (1_000, true),
            (1_199, true),
            (1_200, false),
        ] {
            assert_eq!(copied.is_good(at(now)), good, "at {now}");
        }
    }

    #[test]
    fn what_is_very_large_is_not_copied() {
        let mut copied = copied(Version::Number(1));
        copied.stored.body = Body::Record(Record::new(at(0), at(9)).with_user("x".repeat(LARGEST)));
        assert!(copied.to_record().is_none());
    }
}
