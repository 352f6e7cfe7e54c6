//! What each request costs the server: how many statements.
use cloakroom::session::StoreKey;
use cloakroom::store::AnyStore;
use libtest_mimic::Trial;
use services::MariaDb;

use super::{NOW, blocking, created, key, opened, record, saved};
use crate::Faults;

pub(super) fn trials(faults: &Faults) -> Vec<Trial> {
    vec![
        faults.trial(
            "mysql: loading, creating and saving are one statement each",
            statements,
        ),
        #[cfg(feature = "django")]
        faults.trial(
            "mysql: loading, creating and saving a Django session are one statement each, too",
            statements_of_django,
        ),
    ]
}

async fn statements() {
    let server = logging();
    let store = opened(&server.url()).await;
    statements_of(&server, &store, key()).await;
}

#[cfg(feature = "django")]
async fn statements_of_django() {
    use cloakroom::{django::Settings, store::django};
    let server = logging();
    let settings = Settings::new("a SECRET_KEY of the tests, long enough for it");
    let store = django::connect(&server.url(), &settings).await;
    let store = store.expect("the store opens");
    statements_of(&server, &store, StoreKey::from_bytes([b'a'; 32])).await;
}

fn logging() -> MariaDb {
    blocking(|| MariaDb::builder().log_statements().start())
}

async fn statements_of(server: &MariaDb, store: &AnyStore, key: StoreKey) {
    // What a connection is told first, and what it prepares once, is no part of a request.
    let other = StoreKey::from_bytes([b'b'; 32]);
    let version = created(store, &other, &record("1")).await;
    store.load(&other, NOW).await.expect("the store works");
    saved(store, &other, &version, &record("2")).await;

    let mut before = counted(server);
    let mut one_more = |what: &str| {
        let now = counted(server);
        assert_eq!(now, before + 1, "{what}: {}", server.log());
        before = now;
    };
    let version = created(store, &key, &record("1")).await;
    one_more("create");
    store.load(&key, NOW).await.expect("the store works");
    one_more("load");
    saved(store, &key, &version, &record("2")).await;
    one_more("save");
}

/// Counts what the server was asked until now, whatever it was about.
fn counted(server: &MariaDb) -> usize {
    let log = server.log();
    let asked = |line: &&str| {
        ["Query\t", "Execute\t", "Prepare\t", "Ping\t"]
            .iter()
            .any(|kind| line.contains(kind))
    };
    log.lines().filter(asked).count()
}
