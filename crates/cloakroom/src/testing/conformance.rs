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
use std::pin::Pin;
use std::time::Duration;

use crate::clock::Timestamp;
use crate::session::{
    Body, Entries, Forward, Name, Particulars, Raw, Record, StoreKey, Stored, Version, Via,
};
use crate::store::{AnyStore, Created, Renamed, Saved};

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
    ($($name:ident)*) => {
        /// Returns all that a store promises.
        #[must_use]
        pub fn promises() -> Vec<Promise> {
            vec![$(Promise { name: stringify!($name), keep: |store| Box::pin($name(store)) }),*]
        }
    };
}

promises! {
    nothing_is_found_under_a_key_that_was_never_used
    what_was_created_is_found_whole
    a_taken_key_is_not_created_again
    saving_replaces_the_record_and_changes_its_version
    saving_never_creates
    saving_an_old_version_returns_what_stands_there_and_changes_nothing
    a_deleted_record_is_returned_once
    a_save_after_a_delete_finds_nothing_and_brings_nothing_back
    a_record_is_absent_from_the_second_in_which_it_expires
    renaming_moves_the_record_and_leaves_the_sign
    renaming_an_old_version_changes_nothing
    renaming_onto_a_taken_key_changes_nothing
    renaming_what_is_gone_creates_nothing
    a_save_under_a_renamed_key_returns_the_sign
    deleting_under_a_renamed_key_returns_the_sign_and_leaves_it
    of_two_who_rename_one_key_one_wins
    of_a_hundred_who_save_one_version_one_wins
    a_hundred_savers_who_try_again_all_get_through
    sweeping_removes_what_expired_in_batches_and_keeps_what_lives
    an_operator_finds_sessions_by_user_and_counts_them
    a_user_has_the_sessions_that_were_signed_in_renewed_and_not_ended
    what_is_noted_of_a_login_is_kept_and_counted
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

async fn nothing_is_found_under_a_key_that_was_never_used(store: AnyStore) {
    assert_eq!(found(&store, &key()).await, None);
    assert_eq!(store.delete(&key()).await.expect("the store works"), None);
}

async fn what_was_created_is_found_whole(store: AnyStore) {
    let values = [
        record("1"),
        record(r#""ünï – 🧥 \u0000""#),
        record(format!("\"{}\"", "x".repeat((1 << 20) - 100))),
        record("\"\"").with_user("o'Hara; DROP TABLE \"x\" -- ü"),
        Record::new(NOW, after(1_000)),
    ];
    for record in values {
        let key = key();
        let version = created(&store, &key, &record).await;
        let found = found(&store, &key).await.expect("it was just created");
        assert_eq!(found.body, Body::Record(record));
        assert_eq!(found.version, version);
    }
}

async fn a_taken_key_is_not_created_again(store: AnyStore) {
    let key = key();
    created(&store, &key, &record("1")).await;
    let again = store.create(&key, &record("2")).await;
    assert_eq!(again.expect("the store works"), Created::Taken);
    assert_eq!(found_record(&store, &key).await, Some(record("1")));
}

async fn saving_replaces_the_record_and_changes_its_version(store: AnyStore) {
    let key = key();
    let first = created(&store, &key, &record("1")).await;
    let Saved::Saved(second) = saved(&store, &key, &first, &record("2")).await else {
        panic!("the version was the present one");
    };
    assert_ne!(first, second);
    let there = found(&store, &key).await.expect("it was just saved");
    assert_eq!(there.body, Body::Record(record("2")));
    assert_eq!(there.version, second);
}

async fn saving_never_creates(store: AnyStore) {
    let (real, never) = (key(), key());
    let version = created(&store, &real, &record("1")).await;
    let missed = saved(&store, &never, &version, &record("2")).await;
    assert_eq!(missed, Saved::Gone);
    assert_eq!(found(&store, &never).await, None);
}

async fn saving_an_old_version_returns_what_stands_there_and_changes_nothing(store: AnyStore) {
    let key = key();
    let old = created(&store, &key, &record("1")).await;
    let Saved::Saved(present) = saved(&store, &key, &old, &record("2")).await else {
        panic!("the version was the present one");
    };
    let there = Stored {
        body: Body::Record(record("2")),
        version: present,
    };
    let refused = saved(&store, &key, &old, &record("3")).await;
    assert_eq!(refused, Saved::Conflict(there.clone()));
    assert_eq!(found(&store, &key).await, Some(there));
}

async fn a_deleted_record_is_returned_once(store: AnyStore) {
    let key = key();
    created(&store, &key, &record("1")).await;
    let deleted = store.delete(&key).await.expect("the store works");
    assert_eq!(deleted, Some(Body::Record(record("1"))));
    assert_eq!(store.delete(&key).await.expect("the store works"), None);
    assert_eq!(found(&store, &key).await, None);
}

async fn a_save_after_a_delete_finds_nothing_and_brings_nothing_back(store: AnyStore) {
    let key = key();
    let version = created(&store, &key, &record("1")).await;
    store.delete(&key).await.expect("the store works");
    let missed = saved(&store, &key, &version, &record("2")).await;
    assert_eq!(missed, Saved::Gone);
    assert_eq!(found(&store, &key).await, None);
}

async fn a_record_is_absent_from_the_second_in_which_it_expires(store: AnyStore) {
    let key = key();
    created(&store, &key, &Record::new(NOW, after(10))).await;
    for (seconds, there) in [(0, true), (9, true), (10, false), (11, false)] {
        let found = store.load(&key, after(seconds)).await;
        let found = found.expect("the store works").is_some();
        assert_eq!(found, there, "after {seconds} of 10 seconds");
    }
}

async fn renaming_moves_the_record_and_leaves_the_sign(store: AnyStore) {
    let from = key();
    let to = beside(&from);
    let version = created(&store, &from, &record("1")).await;
    let renamed = store
        .rename(&from, &version, &to, &record("2"), &sign(to))
        .await;
    let Renamed::Moved(version) = renamed.expect("the store works") else {
        panic!("nothing stood in the way");
    };
    let there = found(&store, &to).await.expect("it was moved there");
    assert_eq!(there.body, Body::Record(record("2")));
    assert_eq!(there.version, version);
    let left = found(&store, &from).await.expect("a sign was left");
    assert_eq!(left.body, Body::Forward(sign(to)));
}

async fn renaming_an_old_version_changes_nothing(store: AnyStore) {
    let from = key();
    let to = beside(&from);
    let old = created(&store, &from, &record("1")).await;
    saved(&store, &from, &old, &record("2")).await;
    let there = found(&store, &from).await.expect("it was just saved");
    let refused = store
        .rename(&from, &old, &to, &record("3"), &sign(to))
        .await;
    assert_eq!(
        refused.expect("the store works"),
        Renamed::Conflict(there.clone())
    );
    assert_eq!(found(&store, &from).await, Some(there));
    assert_eq!(found(&store, &to).await, None);
}

async fn renaming_onto_a_taken_key_changes_nothing(store: AnyStore) {
    let from = key();
    let to = beside(&from);
    let version = created(&store, &from, &record("1")).await;
    created(&store, &to, &record("2")).await;
    let refused = store
        .rename(&from, &version, &to, &record("3"), &sign(to))
        .await;
    assert_eq!(refused.expect("the store works"), Renamed::Taken);
    assert_eq!(found_record(&store, &from).await, Some(record("1")));
    assert_eq!(found_record(&store, &to).await, Some(record("2")));
}

async fn renaming_what_is_gone_creates_nothing(store: AnyStore) {
    let from = key();
    let to = beside(&from);
    let version = created(&store, &from, &record("1")).await;
    store.delete(&from).await.expect("the store works");
    let missed = store
        .rename(&from, &version, &to, &record("2"), &sign(to))
        .await;
    assert_eq!(missed.expect("the store works"), Renamed::Gone);
    assert_eq!(found(&store, &to).await, None);
}

async fn a_save_under_a_renamed_key_returns_the_sign(store: AnyStore) {
    let from = key();
    let to = beside(&from);
    let version = created(&store, &from, &record("1")).await;
    let renamed = store
        .rename(&from, &version, &to, &record("1"), &sign(to))
        .await;
    renamed.expect("the store works");
    match saved(&store, &from, &version, &record("2")).await {
        Saved::Conflict(there) => assert_eq!(there.body, Body::Forward(sign(to))),
        other => panic!("{other:?}"),
    }
}

async fn deleting_under_a_renamed_key_returns_the_sign_and_leaves_it(store: AnyStore) {
    let from = key();
    let to = beside(&from);
    let version = created(&store, &from, &record("1")).await;
    let renamed = store
        .rename(&from, &version, &to, &record("2"), &sign(to))
        .await;
    renamed.expect("the store works");
    for _ in 0..2 {
        let left = store.delete(&from).await.expect("the store works");
        assert_eq!(left, Some(Body::Forward(sign(to))));
    }
    assert_eq!(found_record(&store, &to).await, Some(record("2")));
    let ended = store.delete(&to).await.expect("the store works");
    assert_eq!(ended, Some(Body::Record(record("2"))));
    let left = found(&store, &from).await.expect("the sign stays");
    assert_eq!(left.body, Body::Forward(sign(to)));
}

async fn of_two_who_rename_one_key_one_wins(store: AnyStore) {
    for _ in 0..20 {
        let from = key();
        let version = created(&store, &from, &record("1")).await;
        let movers = [beside(&from), beside(&from)].map(|to| {
            let (store, version) = (store.clone(), version.clone());
            tokio::spawn(async move {
                let renamed = store
                    .rename(&from, &version, &to, &record("2"), &sign(to))
                    .await;
                (to, renamed.expect("the store works"))
            })
        });
        let mut winners = Vec::new();
        for mover in movers {
            let (to, renamed) = mover.await.expect("the mover does not panic");
            match renamed {
                Renamed::Moved(_) => winners.push(to),
                Renamed::Conflict(_) => assert_eq!(found(&store, &to).await, None),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(winners.len(), 1);
        let left = found(&store, &from).await.expect("a sign was left");
        assert_eq!(left.body, Body::Forward(sign(winners[0])));
    }
}

async fn of_a_hundred_who_save_one_version_one_wins(store: AnyStore) {
    let key = key();
    let version = created(&store, &key, &record("0")).await;
    let savers = (1..=100).map(|number: u32| {
        let (store, version) = (store.clone(), version.clone());
        tokio::spawn(async move {
            let outcome = saved(&store, &key, &version, &record(number.to_string())).await;
            matches!(outcome, Saved::Saved(_)).then_some(number)
        })
    });
    let mut winners = Vec::new();
    for saver in savers.collect::<Vec<_>>() {
        winners.extend(saver.await.expect("the saver does not panic"));
    }
    assert_eq!(winners.len(), 1);
    let there = found_record(&store, &key).await;
    assert_eq!(there, Some(record(winners[0].to_string())));
}

async fn a_hundred_savers_who_try_again_all_get_through(store: AnyStore) {
    let key = key();
    created(&store, &key, &record("0")).await;
    let savers = (0..100).map(|_| tokio::spawn(count_one(store.clone(), key)));
    for saver in savers.collect::<Vec<_>>() {
        saver.await.expect("the saver does not panic");
    }
    assert_eq!(found_record(&store, &key).await, Some(record("100")));
}

async fn count_one(store: AnyStore, key: StoreKey) {
    let mut there = found(&store, &key).await.expect("it is there");
    loop {
        let Body::Record(old) = &there.body else {
            panic!("nobody renamed it");
        };
        let count: u32 = old
            .entries()
            .get(b"value")
            .and_then(|raw| serde_json::from_slice(raw.as_bytes()).ok())
            .expect("the value is a number");
        let next = record((count + 1).to_string());
        match saved(&store, &key, &there.version, &next).await {
            Saved::Saved(_) => return,
            Saved::Conflict(now) => there = now,
            Saved::Gone => panic!("nobody ended it"),
        }
    }
}

async fn sweeping_removes_what_expired_in_batches_and_keeps_what_lives(store: AnyStore) {
    let lives = key();
    created(&store, &lives, &record("1")).await;
    let mut expired = Vec::new();
    for _ in 0..25 {
        let key = key();
        let end = BEFORE.plus(Duration::from_secs(1));
        created(&store, &key, &Record::new(BEFORE, end)).await;
        expired.push(key);
    }
    // A store may find what expired by the hour.
    let later = BEFORE.plus(Duration::from_secs(10_000));
    let mut removed = 0;
    loop {
        let swept = store.sweep(later, 10).await.expect("the store works");
        assert!(swept.removed <= 10, "{swept:?}");
        removed += swept.removed;
        if swept.oldest_left.is_none() {
            break;
        }
        assert!(swept.removed > 0, "sweeping must get on: {swept:?}");
    }
    // A server that removes what has expired does so by its own clock.
    let at = if removed == 0 { later } else { BEFORE };
    for key in expired {
        let found = store.load(&key, at).await.expect("the store works");
        assert_eq!(found, None);
    }
    assert!(found(&store, &lives).await.is_some());
}

async fn an_operator_finds_sessions_by_user_and_counts_them(store: AnyStore) {
    if !store.is_inspectable() {
        return;
    }
    let user = format!("user {:?}", key().as_bytes());
    let mut keys = [key(), key(), key()];
    keys.sort();
    for key in &keys {
        created(&store, key, &record("1").with_user(user.clone())).await;
    }
    let listed = store.of_user(&user, NOW).await.expect("the store works");
    let mut found: Vec<_> = listed.iter().map(|listed| listed.key).collect();
    found.sort();
    assert_eq!(found, keys);
    assert!(listed.iter().all(|listed| listed.bytes == 6));
    let expired = store.of_user(&user, after(1_000)).await;
    assert_eq!(expired.expect("the store works"), []);
    let counts = store.count(NOW).await.expect("the store works");
    assert!(counts.live >= 3, "{counts:?}");
    let before = StoreKey::from_bytes(just_before(keys[0]));
    let page = store.list(Some(before), 1, NOW).await;
    assert_eq!(page.expect("the store works")[0].key, keys[0]);
}

async fn keys_of(store: &AnyStore, user: &str) -> Vec<StoreKey> {
    let listed = store.of_user(user, NOW).await.expect("the store works");
    let mut keys: Vec<_> = listed.iter().map(|listed| listed.key).collect();
    keys.sort();
    keys
}

async fn a_user_has_the_sessions_that_were_signed_in_renewed_and_not_ended(store: AnyStore) {
    if !store.is_inspectable() {
        return;
    }
    let [ada, bob] = ["ada", "bob"].map(|name| format!("{name} {:?}", key().as_bytes()));
    let (first, second) = (key(), key());
    let to = beside(&first);
    let version = created(&store, &first, &record("1")).await;
    assert_eq!(keys_of(&store, &ada).await, []);
    let signed_in = record("1").with_user(ada.clone());
    let forward = sign(to);
    let renamed = store
        .rename(&first, &version, &to, &signed_in, &forward)
        .await;
    assert!(matches!(renamed, Ok(Renamed::Moved(_))), "{renamed:?}");
    let version = created(&store, &second, &signed_in).await;
    let mut both = [to, second];
    both.sort();
    assert_eq!(keys_of(&store, &ada).await, both);
    // Another user, in the same session.
    let other = record("1").with_user(bob.clone());
    saved(&store, &second, &version, &other).await;
    assert_eq!(keys_of(&store, &ada).await, [to]);
    assert_eq!(keys_of(&store, &bob).await, [second]);
    store.delete(&to).await.expect("the store works");
    assert_eq!(keys_of(&store, &ada).await, []);
    store.reconcile().await.expect("the store works");
    assert_eq!(keys_of(&store, &ada).await, []);
    assert_eq!(keys_of(&store, &bob).await, [second]);
}

async fn what_is_noted_of_a_login_is_kept_and_counted(store: AnyStore) {
    let device = format!("Device {:?}", &key().as_bytes()[..4]);
    let noted = Particulars::new(NOW)
        .with_method("passkey")
        .with_device(&device);
    let signed_in = record("1").with_user("ada").with_particulars(Some(&noted));
    let (key, to) = (key(), key());
    let version = created(&store, &key, &signed_in).await;
    let there = found_record(&store, &key).await.expect("it is there");
    assert_eq!(there.particulars(), Some(noted.clone()));
    let summary = match store.is_inspectable() {
        true => store.summary(NOW).await.expect("the store works"),
        false => None,
    };
    if let Some(summary) = summary {
        assert_eq!(summary.by_device.get(&Some(device)), Some(&1));
        assert!(summary.active >= 1 && summary.signed_in >= summary.active);
        assert!(summary.live >= summary.signed_in, "{summary:?}");
        assert_eq!(summary.by_age.iter().sum::<u64>(), summary.live);
        assert_eq!(summary.by_size.iter().sum::<u64>(), summary.live);
        assert!(summary.bytes >= summary.largest && summary.largest > 0);
    }
    // Signed out, in the same session.
    saved(&store, &key, &version, &record("2")).await;
    let there = found_record(&store, &key).await.expect("it is there");
    assert_eq!(there.particulars(), None);
    assert_eq!(found(&store, &to).await, None);
}

fn just_before(key: StoreKey) -> [u8; 32] {
    let mut bytes = *key.as_bytes();
    for byte in bytes.iter_mut().rev() {
        let (less, borrows) = byte.overflowing_sub(1);
        *byte = less;
        if !borrows {
            break;
        }
    }
    bytes
}
