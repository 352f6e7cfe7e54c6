//! Faults of the file store, on real folders.
mod child;
mod damage;
mod full;
mod open;
mod processes;

use std::path::{Path, PathBuf};

use cloakroom::clock::Timestamp;
use cloakroom::session::{Body, Forward, StoreKey, Stored, Via};
use cloakroom::store::{self, AnyStore};
use libtest_mimic::Trial;
use tempfile::TempDir;

use crate::Faults;
use crate::kept::{NOW, created, record, saved};

pub(crate) fn trials(faults: &Faults) -> Vec<Trial> {
    child::work_if_asked();
    let mut all = open::trials(faults);
    all.extend(damage::trials(faults));
    all.extend(full::trials(faults));
    all.extend(processes::trials(faults));
    all
}

/// A temporary folder with a store's folder in it.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder can be made"))
    }

    fn folder(&self) -> PathBuf {
        self.0.path().join("sessions")
    }

    async fn open(&self) -> AnyStore {
        opened(&self.folder()).await
    }

    /// The file of a session.
    fn file(&self, key: &StoreKey) -> PathBuf {
        self.folder()
            .join(hex(&[key.rack()]))
            .join(hex(key.as_bytes()))
    }
}

async fn opened(folder: &Path) -> AnyStore {
    let opened = store::connect(&url(folder)).await;
    opened.expect("the folder opens")
}

fn url(folder: &Path) -> String {
    format!("file://{}", folder.display())
}

async fn refused(folder: &Path) -> String {
    let refused = store::connect(&url(folder)).await;
    refused.expect_err("it can't open").to_string()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A key that is always the same for a number, each on a rack of its own.
fn numbered(number: u8) -> StoreKey {
    StoreKey::from_bytes([number; 32])
}

/// The key of a session that was moved so many times.
fn moved(times: u32) -> StoreKey {
    let mut bytes = [7; 32];
    bytes[28..].copy_from_slice(&times.to_be_bytes());
    StoreKey::from_bytes(bytes)
}

/// The one session that the store has, and its key.
async fn the_only_one(store: &AnyStore) -> (StoreKey, Stored) {
    let listed = store.list(None, 10, NOW).await.expect("the store works");
    assert_eq!(listed.len(), 1, "{listed:?}");
    let key = listed[0].key;
    (key, there(store, &key).await.expect("it was listed"))
}

/// Another key on the rack of one.
fn beside(other: &StoreKey) -> StoreKey {
    let mut bytes = *other.as_bytes();
    bytes[31] ^= 0xff;
    StoreKey::from_bytes(bytes)
}

fn sign(to: StoreKey) -> Forward {
    Forward {
        to,
        until: after(10),
        via: Via::Anything,
        expires: after(1_000),
    }
}

fn after(seconds: u64) -> Timestamp {
    NOW.plus(std::time::Duration::from_secs(seconds))
}

async fn there(store: &AnyStore, key: &StoreKey) -> Option<Stored> {
    store.load(key, NOW).await.expect("the store works")
}

async fn found(store: &AnyStore, key: &StoreKey) -> Option<Body> {
    there(store, key).await.map(|stored| stored.body)
}

/// Reads the number that a session keeps.
fn number(body: &Body) -> u32 {
    let Body::Record(record) = body else {
        panic!("a sign stands where a record should");
    };
    let value = record.entries().get(b"value").expect("it has a value");
    serde_json::from_slice(value.as_bytes()).expect("it is a number")
}
