//! A store to put sessions into, for the command to find.
use cloakroom::clock::{Clock, Timestamp};
use cloakroom::session::{Body, Name, Raw, Record, StoreKey, Version};
use cloakroom::store::{self, AnyStore, Created, Saved};
use tempfile::TempDir;

use crate::command::PRIVATE;

pub(crate) const DAY: u64 = 86_400;

/// A store, its URL, and the present.
pub(crate) struct Shelf {
    pub(crate) url: String,
    pub(crate) store: AnyStore,
    pub(crate) now: Timestamp,
    pub(crate) folder: TempDir,
}

impl Shelf {
    /// Opens an SQLite file of its own.
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let url = format!("sqlite://{}/sessions.db", folder.path().display());
        Self::at(url, folder).await
    }

    /// Opens a store; the folder is for what stands beside it.
    pub(crate) async fn at(url: String, folder: TempDir) -> Self {
        Self {
            store: store::connect(&url).await.expect("the store opens"),
            now: Clock::system().now(),
            url,
            folder,
        }
    }

    /// Returns the path of a file beside the store.
    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// Puts a session there that began so many seconds ago and lives for a day.
    pub(crate) async fn put(&self, number: u64, user: Option<&str>, age: u64) -> StoreKey {
        self.put_until(number, user, age, DAY).await
    }

    /// Puts a session there that began so many seconds ago and lives for so many more.
    pub(crate) async fn put_until(
        &self,
        number: u64,
        user: Option<&str>,
        age: u64,
        lives: u64,
    ) -> StoreKey {
        let key = key(number);
        let created = Timestamp::from_secs(self.now.as_secs() - age);
        let expires = Timestamp::from_secs(self.now.as_secs() + lives);
        self.create(key, &record(created, expires, user, PRIVATE))
            .await;
        key
    }

    /// Puts a session there that was over long ago.
    pub(crate) async fn put_expired(&self, number: u64) {
        let long_ago = Timestamp::from_secs(self.now.as_secs() - 9 * DAY);
        let ended = Timestamp::from_secs(self.now.as_secs() - 2 * DAY);
        self.create(key(number), &record(long_ago, ended, None, PRIVATE))
            .await;
    }

    async fn create(&self, key: StoreKey, record: &Record) {
        let created = self
            .store
            .create(&key, record)
            .await
            .expect("the store works");
        assert!(matches!(created, Created::New(_)), "the key is free");
    }

    /// Changes a session's value.
    pub(crate) async fn change(&self, key: StoreKey, value: &str) {
        let (record, version) = self.load(key).await.expect("it is there");
        let changed = record.with_entries(entries(value));
        let saved = self.store.save(&key, &version, &changed).await;
        assert!(matches!(saved, Ok(Saved::Saved(_))), "nobody else saves");
    }

    /// Returns a session's value; `None` when it is not there.
    pub(crate) async fn value(&self, key: StoreKey) -> Option<String> {
        let (record, _) = self.load(key).await?;
        let raw = record
            .entries()
            .get(b"word")
            .expect("it has a word")
            .as_bytes();
        Some(serde_json::from_slice(raw).expect("it is a text"))
    }

    /// Counts what is live.
    pub(crate) async fn live(&self) -> u64 {
        self.store
            .count(self.now)
            .await
            .expect("the store counts")
            .live
    }

    /// Counts what is expired.
    pub(crate) async fn expired(&self) -> u64 {
        self.store
            .count(self.now)
            .await
            .expect("the store counts")
            .expired
    }

    pub(crate) async fn load(&self, key: StoreKey) -> Option<(Record, Version)> {
        let stored = self
            .store
            .load(&key, self.now)
            .await
            .expect("the store works")?;
        match stored.body {
            Body::Record(record) => Some((record, stored.version)),
            Body::Forward(_) => None,
        }
    }
}

/// Returns the key of a number; keys of neighbours differ from the first digits on.
pub(crate) fn key(number: u64) -> StoreKey {
    let mut bytes = [0x5a; 32];
    bytes[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    bytes[8..16].copy_from_slice(&number.to_be_bytes());
    StoreKey::from_bytes(bytes)
}

/// Returns a record with one value.
pub(crate) fn record(
    created: Timestamp,
    expires: Timestamp,
    user: Option<&str>,
    value: &str,
) -> Record {
    let record = Record::new(created, expires).with_entries(entries(value));
    match user {
        Some(user) => record.with_user(user),
        None => record,
    }
}

fn entries(value: &str) -> cloakroom::session::Entries {
    let json = serde_json::to_vec(value).expect("a text is JSON");
    std::iter::once((Name::from("word"), Raw::from_json(json))).collect()
}
