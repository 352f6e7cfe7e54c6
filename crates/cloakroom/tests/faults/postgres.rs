//! Faults of the postgres store: at the start, in what stands in its tables, while its server is ill, and under traffic.
mod encryption;
mod full;
mod outage;
mod rows;
mod start;
mod traffic;

use std::sync::OnceLock;
use std::time::Duration;

use cloakroom::StoreError;
use cloakroom::session::{Body, Record, StoreKey};
use cloakroom::store::{self, AnyStore, Options};
use libtest_mimic::Trial;
use services::Postgres;
use tokio::time::{Instant, sleep};

use crate::Faults;
use crate::kept::{NOW, created, key, record, saved};
use crate::server::{blocking, where_it_is_installed};

/// Within this a store serves again once its server does.
const AGAIN: Duration = Duration::from_secs(5);

pub(crate) fn trials(faults: &Faults) -> Vec<Trial> {
    let mut all = start::trials(faults);
    all.extend(encryption::trials(faults));
    all.extend(full::trials(faults));
    all.extend(rows::trials(faults));
    all.extend(outage::trials(faults));
    all.extend(traffic::trials(faults));
    where_it_is_installed(all, Postgres::look())
}

/// The server of all trials that do it no harm; it ends with this process.
fn shared() -> &'static Postgres {
    static SERVER: OnceLock<Postgres> = OnceLock::new();
    blocking(|| Ok(SERVER.get_or_init(|| Postgres::start().expect("PostgreSQL starts"))))
}

fn ask(server: &Postgres, sql: &str) -> String {
    blocking(|| server.ask(sql)).trim().to_owned()
}

/// Makes a schema of this name on the shared server and returns the URL that leads to it.
fn schema(name: &str) -> String {
    ask(shared(), &format!("CREATE SCHEMA {name}"));
    within(&shared().url(), name)
}

fn within(url: &str, schema: &str) -> String {
    format!("{url}?options=-c%20search_path%3D{schema}")
}

/// Limits under which a fault shows soon.
fn impatient() -> Options {
    Options::new().response_timeout(Duration::from_millis(600))
}

/// Opens a store that has time, however busy the machine is.
async fn opened(url: &str) -> AnyStore {
    let patient = Options::new()
        .connect_timeout(Duration::from_secs(20))
        .response_timeout(Duration::from_secs(20));
    let store = store::connect_with(url, &patient).await;
    store.expect("the store opens")
}

/// Opens a store on which a fault shows soon.
async fn opened_in_a_hurry(url: &str) -> AnyStore {
    let store = store::connect_with(url, &impatient()).await;
    store.expect("the store opens")
}

/// What opening says when it fails; it never holds the password.
async fn refused(url: &str, options: &Options) -> String {
    let refused = store::connect_with(url, options).await;
    let said = refused.expect_err("it does not open").to_string();
    assert!(!said.contains(services::PASSWORD), "{said}");
    said
}

async fn found(store: &AnyStore, key: &StoreKey) -> Result<Option<Record>, StoreError> {
    let stored = store.load(key, NOW).await?;
    Ok(stored.map(|stored| match stored.body {
        Body::Record(record) => record,
        Body::Forward(_) => panic!("a sign stands where a record should"),
    }))
}

/// Waits until the session is found again, no longer than is promised.
async fn found_again(store: &AnyStore, key: &StoreKey) -> Option<Record> {
    let end = Instant::now() + AGAIN;
    loop {
        match found(store, key).await {
            Ok(found) => return found,
            Err(error) if Instant::now() >= end => panic!("{error}"),
            Err(_) => sleep(Duration::from_millis(50)).await,
        }
    }
}
