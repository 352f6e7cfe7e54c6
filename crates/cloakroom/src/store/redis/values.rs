//! What stands under a name: eight bytes of version, then the body.
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::session::{Forward, Record, Stored, Version};
use crate::store::decoded::decoded;
use crate::store::packed::packed_after;
use crate::store::redis::NAME;
use crate::store::redis::reply::Reply;

const VERSION_BYTES: usize = 8;
/// By how much the server's clock may be ahead of ours: what has expired is removed that much later.
/// Whether it has expired is decided by the body alone.
const CLOCKS_DIFFER_BY: u64 = 60;
/// Redis counts milliseconds in a signed number; what is later than it reaches is as good as never.
const NEVER: u64 = 1 << 53;

/// Versions that nothing has had before.
///
/// They count on from a random number of this store's own and never from what stands there: after a
/// failover the server may have forgotten its last writes, and a version that was told for a
/// forgotten one must not come again for another.
pub(super) struct Versions(AtomicU64);

impl Versions {
    pub(super) fn new() -> Self {
        let mut random = [0; VERSION_BYTES];
        getrandom::fill(&mut random).expect("the operating system gives random bytes");
        Self(AtomicU64::new(u64::from_be_bytes(random)))
    }

    pub(super) fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

/// Returns the bytes of a version, as scripts compare them.
pub(super) fn version_bytes(version: &Version) -> Result<[u8; VERSION_BYTES], StoreError> {
    match version {
        Version::Number(number) => Ok(number.to_be_bytes()),
        Version::Bytes(_) => Err(StoreError::new(NAME, "compare another store's version")),
    }
}

/// Writes a record as it stands under its name.
pub(super) fn written(version: u64, record: &Record) -> Vec<u8> {
    packed_after(&version.to_be_bytes(), record)
}

/// Writes a sign as it stands under a name that a session had.
pub(super) fn sign(version: u64, forward: &Forward) -> Vec<u8> {
    [&version.to_be_bytes()[..], &forward.to_bytes()].concat()
}

/// Returns when the server may remove what expires then, in seconds, as digits.
pub(super) fn removed_at(expires: Timestamp) -> String {
    let at = expires.as_secs().saturating_add(CLOCKS_DIFFER_BY);
    at.clamp(1, NEVER).to_string()
}

/// Reads an answer; what does not decode is counted and left aside.
pub(super) fn read(answer: Reply) -> Option<Stored> {
    let bytes = match answer {
        Reply::Nothing => return None,
        Reply::Value(bytes) => bytes,
        // Nothing else stands for a string.
        _ => Bytes::new(),
    };
    match bytes.first_chunk() {
        Some(version) => {
            let version = Version::Number(u64::from_be_bytes(*version));
            decoded(NAME, bytes.slice(VERSION_BYTES..), version)
        }
        None => foreign(),
    }
}

/// Counts what stands under a session's name and can't be one.
pub(super) fn foreign() -> Option<Stored> {
    decoded(NAME, Bytes::new(), Version::Number(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deadlines_are_put_off_and_stay_within_what_redis_counts() {
        let rows = [
            (0, "60"),
            (4_000_000_000, "4000000060"),
            (u64::MAX, "9007199254740992"),
        ];
        for (expires, removed) in rows {
            assert_eq!(removed_at(Timestamp::from_secs(expires)), removed);
        }
    }

    #[test]
    fn what_is_too_short_or_of_another_kind_is_left_aside() {
        for value in [
            Reply::Value(Bytes::from_static(b"")),
            Reply::Value(Bytes::from_static(b"1234567")),
            Reply::Value(Bytes::from_static(b"12345678")),
            Reply::Value(Bytes::from_static(b"12345678\x09")),
            Reply::Text("OK".into()),
        ] {
            assert_eq!(read(value), None);
        }
    }
}
