//! The suite that every store passes: a table of promises.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! use cloakroom::{store::{AnyStore, MemoryStore}, testing::conformance};
//!
//! for promise in conformance::promises() {
//!     promise.keep(&AnyStore::inspectable(MemoryStore::new())).await;
//! }
//! # });
//! ```
//!
//! Each promise uses keys of its own, so that one store can be given to all of them at once.
mod operators;
mod racing;
mod records;
mod renaming;

use std::pin::Pin;
use std::time::Duration;

use crate::clock::Timestamp;
use crate::session::{Body, Entries, Forward, Name, Raw, Record, StoreKey, Stored, Version, Via};
use crate::store::{AnyStore, Created, Saved};

/// One thing that a store promises.
#[derive(Clone, Copy, Debug)]
pub struct Promise {
    /// The promise in plain words.
    pub name: &'static str,
    keep: fn(AnyStore) -> Kept,
}

type Kept = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Promise {
    /// Makes the store keep the promise.
    ///
    /// # Panics
    /// When it does not.
    pub async fn keep(&self, store: &AnyStore) {
        (self.keep)(store.clone()).await;
    }
}

macro_rules! promises {
    ($($part:ident: $($name:ident)*;)*) => {
        /// Returns all that a store promises.
        #[must_use]
        pub fn promises() -> Vec<Promise> {
            vec![$($(Promise { name: stringify!($name), keep: |store| Box::pin($part::$name(store)) }),*),*]
        }
    };
}

promises! {
    records:
        nothing_is_found_under_a_key_that_was_never_used
        what_was_created_is_found_whole
        a_taken_key_is_not_created_again
        saving_replaces_the_record_and_changes_its_version
        saving_never_creates
        saving_an_old_version_returns_what_stands_there_and_changes_nothing
        a_deleted_record_is_returned_once
        a_save_after_a_delete_finds_nothing_and_brings_nothing_back
        a_record_is_absent_from_the_second_in_which_it_expires;
    renaming:
        renaming_moves_the_record_and_leaves_the_sign
        renaming_an_old_version_changes_nothing
        renaming_onto_a_taken_key_changes_nothing
        renaming_what_is_gone_creates_nothing
        a_save_under_a_renamed_key_returns_the_sign
        deleting_under_a_renamed_key_returns_the_sign_and_leaves_it;
    racing:
        of_two_who_rename_one_key_one_wins
        of_a_hundred_who_save_one_version_one_wins
        a_hundred_savers_who_try_again_all_get_through;
    operators:
        sweeping_removes_what_expired_in_batches_and_keeps_what_lives
        an_operator_finds_sessions_by_user_and_counts_them
        a_user_has_the_sessions_that_were_signed_in_renewed_and_not_ended
        what_is_noted_of_a_login_is_kept_and_counted;
}

/// The present, far enough in the future that no server ends a record by its own clock.
const NOW: Timestamp = Timestamp::from_secs(4_000_000_000);
/// When what is swept began and expired: before anything of the other promises does.
const BEFORE: Timestamp = Timestamp::from_secs(3_000_000_000);

fn after(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

fn key() -> StoreKey {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    StoreKey::from_bytes(bytes)
}

/// A new key on the rack of another, as a renewed session gets it.
fn beside(other: &StoreKey) -> StoreKey {
    let mut bytes = *key().as_bytes();
    bytes[0] = other.rack();
    StoreKey::from_bytes(bytes)
}

fn record(json: impl Into<bytes::Bytes>) -> Record {
    let entries: Entries = [(Name::from("value"), Raw::from_json(json))]
        .into_iter()
        .collect();
    Record::new(NOW, after(1_000)).with_entries(entries)
}

fn sign(to: StoreKey) -> Forward {
    Forward {
        to,
        until: after(10),
        via: Via::Anything,
        expires: after(1_000),
    }
}

async fn created(store: &AnyStore, key: &StoreKey, record: &Record) -> Version {
    match store.create(key, record).await.expect("the store works") {
        Created::New(version) => version,
        Created::Taken => panic!("a random key was taken"),
    }
}

async fn found(store: &AnyStore, key: &StoreKey) -> Option<Stored> {
    store.load(key, NOW).await.expect("the store works")
}

async fn found_record(store: &AnyStore, key: &StoreKey) -> Option<Record> {
    match found(store, key).await?.body {
        Body::Record(record) => Some(record),
        Body::Forward(_) => panic!("a sign stands where a record should"),
    }
}

async fn saved(store: &AnyStore, key: &StoreKey, version: &Version, record: &Record) -> Saved {
    let saved = store.save(key, version, record).await;
    saved.expect("the store works")
}
