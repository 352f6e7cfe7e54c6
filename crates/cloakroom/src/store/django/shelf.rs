//! Where Django sessions lie: what each kind of store does with texts that it does not read.
use bytes::Bytes;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::store::Swept;
use crate::store::django::Ends;

/// What lies under a session's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct Kept {
    pub(in crate::store) old: Old,
    pub(in crate::store) ends: Ends,
}

/// What was read, as it is compared when something is to take its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct Old {
    /// The session as Django wrote it.
    pub(in crate::store) payload: Bytes,
    /// The server's own version, where it has one; else 0.
    pub(in crate::store) mark: u64,
}

/// What is to lie there.
#[derive(Clone, Debug)]
pub(in crate::store) struct Put {
    pub(in crate::store) payload: Bytes,
    /// When it is written.
    pub(in crate::store) now: Timestamp,
    pub(in crate::store) expires: Timestamp,
}

/// What became of a move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Moved {
    /// It was done; what lies under the new key has this mark.
    Done(u64),
    /// Something else lies under the old key, or nothing.
    Changed,
    /// Something lies under the new key.
    Taken,
}

/// Some of all sessions: keys, and what lies there.
pub(in crate::store) type Page = Vec<(String, Kept)>;

/// A place for Django sessions. It compares what lies there with what was read, byte for byte, since
/// Django's own tables and entries have no version.
pub(in crate::store) trait Shelf: Send + Sync + 'static {
    /// Returns the store's name, as in the scheme of its URL.
    fn name(&self) -> &'static str;

    /// Returns what lies under the key and has not ended at `now`.
    fn get(
        &self,
        key: &str,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<Kept>, StoreError>> + Send;

    /// Says whether what lies here has marks of the server's own.
    fn has_marks(&self) -> bool;

    /// Puts something where nothing lies, and returns its mark; otherwise changes nothing and returns
    /// `None`.
    fn create(
        &self,
        key: &str,
        put: &Put,
    ) -> impl Future<Output = Result<Option<u64>, StoreError>> + Send;

    /// Replaces what lies under the key if it is still this, and returns the new mark; otherwise changes
    /// nothing and returns `None`.
    fn replace(
        &self,
        key: &str,
        old: &Old,
        put: &Put,
    ) -> impl Future<Output = Result<Option<u64>, StoreError>> + Send;

    /// Takes away what lies under `from`, if it is still `old`, and puts something under `to`, both or
    /// neither; a place that can't do both at once puts first.
    fn rename(
        &self,
        from: &str,
        old: &Old,
        to: &str,
        put: &Put,
    ) -> impl Future<Output = Result<Moved, StoreError>> + Send;

    /// Takes away what lies under the key, and says whether something did.
    fn delete(&self, key: &str) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Removes at most `limit` of what has ended before `now`.
    fn sweep(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> impl Future<Output = Result<Swept, StoreError>> + Send;

    /// Says whether the place can be used and has the shape that Django gives it.
    fn check(&self) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Lets go of connections and files.
    fn close(&self) -> impl Future<Output = ()> + Send;
}

/// A place where an operator can look at all sessions.
pub(in crate::store) trait Browse: Shelf {
    /// Returns at most `limit` sessions that have not ended at `now`, by their keys, after this one.
    fn page(
        &self,
        after: &str,
        limit: usize,
        now: Timestamp,
    ) -> impl Future<Output = Result<Page, StoreError>> + Send;

    /// Counts those that have not ended at `now`, and those that have.
    fn tally(&self, now: Timestamp) -> impl Future<Output = Result<(u64, u64), StoreError>> + Send;
}
