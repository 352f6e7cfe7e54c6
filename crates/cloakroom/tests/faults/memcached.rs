//! Faults of the memcached store, and of memcached as a cache before SQLite.
mod cache;
mod crowded;
mod hung;
mod set_up;
mod several;

use std::time::Duration;

use cloakroom::session::{Body, Entries, Name, Raw, Record, StoreKey, Version};
use cloakroom::store::{AnyStore, Created, Options, Saved, connect_with};
use cloakroom::{ConfigError, StoreError};
use libtest_mimic::Trial;
use services::Memcached;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use crate::Faults;
use crate::kept::{NOW, key};
use crate::server::{blocking, where_it_is_installed};

/// Within this a store serves again once its server does.
const AGAIN: Duration = Duration::from_secs(5);

pub(crate) fn trials(faults: &Faults) -> Vec<Trial> {
    let mut all = set_up::trials(faults);
    all.extend(hung::trials(faults));
    all.extend(crowded::trials(faults));
    all.extend(several::trials(faults));
    all.extend(cache::trials(faults));
    where_it_is_installed(all, Memcached::look())
}

/// Limits under which a fault shows soon.
fn impatient() -> Options {
    Options::new()
        .connect_timeout(Duration::from_millis(500))
        .response_timeout(Duration::from_millis(300))
        .connections(1)
}

async fn opened(url: &str) -> AnyStore {
    let store = connect_with(url, &impatient()).await;
    store.expect("the store opens")
}

async fn refused(url: &str) -> ConfigError {
    let store = connect_with(url, &impatient()).await;
    store.expect_err("there is no memcached that can be used")
}

fn started() -> Memcached {
    blocking(Memcached::start)
}

fn record(value: u32) -> Record {
    of_json(value.to_string())
}

fn of_json(json: String) -> Record {
    let entries: Entries = [(Name::from("value"), Raw::from_json(json))]
        .into_iter()
        .collect();
    Record::new(NOW, NOW.plus(Duration::from_secs(1_000))).with_entries(entries)
}

/// The name under which memcached keeps a session.
fn name(key: &StoreKey) -> String {
    use base64::Engine;
    let digest = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(key.as_bytes());
    format!("cloakroom:{digest}")
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

async fn found(store: &AnyStore, key: &StoreKey) -> Result<Option<Record>, StoreError> {
    let loaded = store.load(key, NOW).await?;
    Ok(loaded.map(|stored| match stored.body {
        Body::Record(record) => record,
        Body::Forward(_) => panic!("nobody renamed it"),
    }))
}

/// Loads until there is an answer; panics when there is none within the time that is promised.
async fn served_again(store: &AnyStore, key: &StoreKey) -> Option<Record> {
    let end = Instant::now() + AGAIN;
    loop {
        match found(store, key).await {
            Ok(found) => return found,
            Err(error) if Instant::now() > end => panic!("still not served: {error}"),
            Err(_) => sleep(Duration::from_millis(20)).await,
        }
    }
}

fn out_of_reach<T: std::fmt::Debug>(outcome: Result<T, StoreError>) {
    let error = outcome.expect_err("the server can't have answered");
    assert!(error.is_out_of_reach(), "{error}");
}

/// Says something to the server past the store, and returns the answer up to this end.
async fn told(server: &Memcached, words: &str, end: &str) -> String {
    let mut stream = TcpStream::connect(server.address())
        .await
        .expect("it listens");
    stream.write_all(words.as_bytes()).await.expect("it hears");
    let mut answer = Vec::new();
    while !String::from_utf8_lossy(&answer).ends_with(end) {
        let read = stream.read_buf(&mut answer).await.expect("it answers");
        assert!(read > 0, "it hung up");
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// Returns one of the numbers that the server counts.
async fn counted(server: &Memcached, what: &str) -> u64 {
    let stats = told(server, "stats\r\n", "END\r\n").await;
    let line = stats
        .lines()
        .find_map(|line| line.strip_prefix("STAT ")?.strip_prefix(what));
    line.and_then(|number| number.trim().parse().ok())
        .unwrap_or_else(|| panic!("{what} is not counted: {stats}"))
}
