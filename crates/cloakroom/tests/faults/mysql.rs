//! Faults of the mysql store, on MariaDB.
mod messages;
mod outage;
mod start;
mod tables;
mod traffic;

use std::sync::OnceLock;
use std::time::Duration;

use cloakroom::StoreError;
use cloakroom::clock::Timestamp;
use cloakroom::session::{Body, StoreKey};
use cloakroom::store::{self, AnyStore, Options};
use libtest_mimic::Trial;
use services::{MariaDb, PASSWORD, USER};
use tokio::time::{Instant, sleep};

use crate::Faults;
use crate::kept::{NOW, created, key, record, saved};
use crate::server::{blocking, where_it_is_installed};

/// Within this a store serves again once its server does.
const AGAIN: Duration = Duration::from_secs(5);

pub(crate) fn trials(faults: &Faults) -> Vec<Trial> {
    let mut all = start::trials(faults);
    all.extend(tables::trials(faults));
    all.extend(messages::trials(faults));
    all.extend(outage::trials(faults));
    all.extend(traffic::trials(faults));
    where_it_is_installed(all, MariaDb::look())
}

/// A server for trials that don't hinder others; each uses a database of its own.
fn shared() -> &'static MariaDb {
    static SHARED: OnceLock<MariaDb> = OnceLock::new();
    SHARED.get_or_init(|| {
        let server = MariaDb::builder().setting("max-allowed-packet", "2M");
        server.start().expect("MariaDB starts")
    })
}

/// Starts a server for one trial.
fn own() -> MariaDb {
    blocking(MariaDb::start)
}

/// Makes a database of this name on the shared server and returns its URL.
fn database(name: &str) -> String {
    blocking(|| shared().ask(&format!("CREATE DATABASE {name}")));
    format!("mysql://{USER}:{PASSWORD}@{}/{name}", shared().address())
}

/// Asks the shared server something in this database.
fn ask(database: &str, sql: &str) -> String {
    blocking(|| shared().ask(&format!("USE {database}; {sql}")))
}

/// Limits under which a fault shows soon.
fn impatient() -> Options {
    Options::new()
        .connect_timeout(Duration::from_millis(700))
        .response_timeout(Duration::from_millis(700))
        .connections(2)
}

async fn opened(url: &str) -> AnyStore {
    let store = store::connect_with(url, &impatient()).await;
    store.expect("the store opens")
}

/// Returns why a store does not open, which never is its password.
async fn refused(url: &str, options: &Options) -> String {
    let refused = store::connect_with(url, options).await;
    let error = refused.expect_err("it can't open").to_string();
    assert!(!error.contains(PASSWORD), "{error}");
    assert!(!error.contains(url), "{error}");
    error
}

/// A new key on the rack of another.
fn beside(other: &StoreKey) -> StoreKey {
    let mut bytes = *key().as_bytes();
    bytes[0] = other.rack();
    StoreKey::from_bytes(bytes)
}

fn hex(key: &StoreKey) -> String {
    let bytes = key.as_bytes().iter();
    bytes.map(|byte| format!("{byte:02X}")).collect()
}

fn after(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

async fn found(store: &AnyStore, key: &StoreKey) -> Option<Body> {
    let loaded = store.load(key, NOW).await.expect("the store works");
    loaded.map(|stored| stored.body)
}

/// Loads until there is an answer; panics when there is none within the time that is promised.
async fn served_again(store: &AnyStore, key: &StoreKey) -> Option<Body> {
    let end = Instant::now() + AGAIN;
    loop {
        match store.load(key, NOW).await {
            Ok(found) => return found.map(|stored| stored.body),
            Err(error) if Instant::now() > end => panic!("still not served: {error}"),
            Err(_) => sleep(Duration::from_millis(20)).await,
        }
    }
}

fn out_of_reach<T: std::fmt::Debug>(outcome: Result<T, StoreError>) {
    let error = outcome.expect_err("the server can't have answered");
    assert!(error.is_out_of_reach(), "{error}");
}
