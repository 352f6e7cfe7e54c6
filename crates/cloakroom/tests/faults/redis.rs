//! Faults of the redis store: on one server, behind Sentinel and in a cluster.
mod alone;
mod cluster;
mod crowded;
mod encryption;
mod index;
mod sentinel;
mod start;

use std::time::Duration;

use cloakroom::StoreError;
use cloakroom::clock::Timestamp;
use cloakroom::session::{
    Body, Entries, Forward, Name, Raw, Record, StoreKey, Stored, Version, Via,
};
use cloakroom::store::{self, AnyStore, Created, Options, Saved};
use libtest_mimic::Trial;
use tokio::time::{Instant, sleep};

use crate::Faults;
use crate::kept::{NOW, key};
use crate::server::{blocking, where_it_is_installed};

pub(crate) use encryption::opens_by_tls;

/// Within this a store serves again once its server does.
const AGAIN: Duration = Duration::from_secs(5);

pub(crate) fn trials(faults: &Faults) -> Vec<Trial> {
    let mut all = start::trials(faults);
    all.extend(encryption::trials(faults));
    all.extend(alone::trials(faults));
    all.extend(index::trials(faults));
    all.extend(crowded::trials(faults));
    all.extend(sentinel::trials(faults));
    all.extend(cluster::trials(faults));
    where_it_is_installed(all, services::Redis::look())
}

/// Limits under which a fault shows soon.
fn impatient() -> Options {
    Options::new()
        .connect_timeout(Duration::from_millis(500))
        .response_timeout(Duration::from_millis(500))
        .connections(2)
}

async fn opened(url: &str) -> AnyStore {
    let store = store::connect_with(url, &impatient()).await;
    store.expect("the store opens")
}

/// A new key on this rack.
fn on_rack(rack: u8) -> StoreKey {
    let mut bytes = *key().as_bytes();
    bytes[0] = rack;
    StoreKey::from_bytes(bytes)
}

fn record(value: u32) -> Record {
    let entries: Entries = [(Name::from("value"), Raw::from_json(value.to_string()))]
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

fn after(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

/// Users whose sessions are noted on this rack.
fn users_on(rack: u8) -> impl Iterator<Item = String> {
    use sha2::{Digest, Sha256};
    let users = (0_u32..).map(|number| format!("user {number}"));
    users.filter(move |user| Sha256::digest(user)[0] == rack)
}

/// The live sessions of a user, in the order of their keys.
async fn of_user(store: &AnyStore, user: &str) -> Vec<StoreKey> {
    let listed = store.of_user(user, NOW).await.expect("the store works");
    listed.into_iter().map(|session| session.key).collect()
}

/// The name under which Redis keeps a session.
fn name(key: &StoreKey) -> String {
    use base64::Engine;
    let digest = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&key.as_bytes()[1..]);
    format!("cloakroom:{{{:02x}}}{digest}", key.rack())
}

async fn created(store: &AnyStore, key: &StoreKey, value: u32) -> Version {
    match store.create(key, &record(value)).await {
        Ok(Created::New(version)) => version,
        other => panic!("{other:?}"),
    }
}

async fn saved(store: &AnyStore, key: &StoreKey, version: &Version, value: u32) -> Version {
    match store.save(key, version, &record(value)).await {
        Ok(Saved::Saved(version)) => version,
        other => panic!("{other:?}"),
    }
}

async fn found(store: &AnyStore, key: &StoreKey) -> Option<Record> {
    let loaded = store.load(key, NOW).await.expect("the store works");
    loaded.map(|stored| match stored {
        Stored {
            body: Body::Record(record),
            ..
        } => record,
        other => panic!("{other:?}"),
    })
}

/// Loads until there is an answer; panics when there is none within the time that is promised.
async fn served_again(store: &AnyStore, key: &StoreKey) -> Option<Record> {
    let end = Instant::now() + AGAIN;
    loop {
        match store.load(key, NOW).await {
            Ok(_) => return found(store, key).await,
            Err(error) if Instant::now() > end => panic!("still not served: {error}"),
            Err(_) => sleep(Duration::from_millis(20)).await,
        }
    }
}

fn out_of_reach<T: std::fmt::Debug>(outcome: Result<T, StoreError>) {
    let error = outcome.expect_err("the server can't have answered");
    assert!(error.is_out_of_reach(), "{error}");
}
