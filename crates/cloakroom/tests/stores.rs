//! Every store, with the whole conformance suite: one test for each promise of each store.
#[cfg(feature = "django")]
#[path = "stores/django.rs"]
mod django;
#[cfg(feature = "wizards")]
#[path = "stores/drafts.rs"]
mod drafts;

use std::process::ExitCode;
use std::sync::Arc;

use cloakroom::store::{AnyStore, MemoryStore};
use cloakroom::testing::conformance;
use libtest_mimic::{Arguments, Trial};
use tokio::runtime::{Builder, Runtime};

/// The stores that have a server, and where its URL stands; `cargo xtask services` starts them all.
const SERVERS: [(&str, &str); 6] = [
    ("postgres", "CLOAKROOM_TEST_POSTGRES"),
    ("mysql", "CLOAKROOM_TEST_MYSQL"),
    ("redis", "CLOAKROOM_TEST_REDIS"),
    ("redis behind sentinel", "CLOAKROOM_TEST_SENTINEL"),
    ("redis cluster", "CLOAKROOM_TEST_CLUSTER"),
    ("memcached", "CLOAKROOM_TEST_MEMCACHED"),
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let runtime = Arc::new(
        Builder::new_multi_thread()
            .enable_all()
            .build()
            .expect("a runtime starts"),
    );
    let mut trials = trials("memory", &runtime, || {
        AnyStore::inspectable(MemoryStore::new())
    });
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    trials.extend(sqlite(&runtime, folder.path()));
    trials.extend(file(&runtime, folder.path()));
    #[cfg(feature = "wizards")]
    trials.extend(drafts::without_server(&runtime, folder.path()));
    for (store, variable) in SERVERS {
        trials.extend(server(store, variable, &runtime));
    }
    for (store, variable, place) in BESIDE {
        trials.extend(beside(store, variable, place, &runtime));
    }
    for (store, variable) in CACHES {
        trials.extend(cached(store, variable, &runtime));
    }
    #[cfg(feature = "django")]
    trials.extend(django::trials(&runtime));
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// The same servers with a place of the store's own beside other sessions, some with copies in the process.
const BESIDE: [(&str, &str, &str); 6] = [
    (
        "postgres with local copies",
        "CLOAKROOM_TEST_POSTGRES",
        "local=8&table=copied",
    ),
    (
        "redis with local copies",
        "CLOAKROOM_TEST_REDIS",
        "local=8&prefix=copied",
    ),
    (
        "redis behind sentinel with local copies",
        "CLOAKROOM_TEST_SENTINEL",
        "local=8&prefix=copied",
    ),
    (
        "postgres in another table",
        "CLOAKROOM_TEST_POSTGRES",
        "table=beside",
    ),
    (
        "mysql in another table",
        "CLOAKROOM_TEST_MYSQL",
        "table=beside",
    ),
    (
        "redis under another prefix",
        "CLOAKROOM_TEST_REDIS",
        "prefix=beside",
    ),
];

/// The caches before SQLite, and where their URLs stand.
const CACHES: [(&str, &str); 2] = [
    ("sqlite behind memcached", "CLOAKROOM_TEST_MEMCACHED"),
    ("sqlite behind redis", "CLOAKROOM_TEST_REDIS"),
];

/// SQLite with a cache before it, once that is used.
#[cfg(feature = "sqlite")]
fn cached(name: &'static str, variable: &'static str, runtime: &Arc<Runtime>) -> Vec<Trial> {
    use cloakroom::ConfigError;
    use cloakroom::clock::Timestamp;
    use cloakroom::session::StoreKey;
    use cloakroom::store::{self, connect, connect_cache};
    use cloakroom::testing::{Call, FaultyStore};

    let Ok(url) = std::env::var(variable) else {
        return server(name, variable, runtime);
    };
    let opened = runtime.block_on(async {
        let db = connect("sqlite::memory:").await?;
        let (cache, faults) = FaultyStore::before(connect_cache(&url).await?);
        let store = store::cached(db, cache);
        // Then it marks the place of what it does not find.
        while faults.calls(Call::Create) < 2 {
            let nobody = StoreKey::from_bytes([0; 32]);
            let found = store.load(&nobody, Timestamp::default()).await;
            assert_eq!(found.expect("the store works"), None);
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        Ok::<_, ConfigError>(store)
    });
    match opened {
        Ok(store) => trials(name, runtime, move || store.clone()),
        Err(error) => vec![Trial::test(format!("{name}: opens"), move || {
            Err(error.to_string().into())
        })],
    }
}

#[cfg(not(feature = "sqlite"))]
fn cached(_name: &'static str, _variable: &'static str, _runtime: &Arc<Runtime>) -> Vec<Trial> {
    Vec::new()
}

#[cfg(feature = "sqlite")]
fn sqlite(runtime: &Arc<Runtime>, folder: &std::path::Path) -> Vec<Trial> {
    let open = |url: &str| {
        let store = runtime.block_on(cloakroom::store::connect(url));
        store.expect("SQLite opens")
    };
    let file = open(&format!("sqlite://{}/sessions.db", folder.display()));
    let memory = open("sqlite::memory:");
    let beside = open(&format!(
        "sqlite://{}/sessions.db?table=drafts",
        folder.display()
    ));
    let mut all = trials("sqlite", runtime, move || file.clone());
    all.extend(trials("sqlite in memory", runtime, move || memory.clone()));
    all.extend(trials("sqlite in another table", runtime, move || {
        beside.clone()
    }));
    all
}

#[cfg(not(feature = "sqlite"))]
fn sqlite(_runtime: &Arc<Runtime>, _folder: &std::path::Path) -> Vec<Trial> {
    let missing = Trial::test("sqlite: needs the feature `sqlite`", || Ok(()));
    vec![missing.with_ignored_flag(true)]
}

#[cfg(feature = "file")]
fn file(runtime: &Arc<Runtime>, folder: &std::path::Path) -> Vec<Trial> {
    let url = format!("file://{}/sessions", folder.display());
    let opened = runtime.block_on(cloakroom::store::connect(&url));
    let opened = opened.expect("the folder opens");
    trials("file", runtime, move || opened.clone())
}

#[cfg(not(feature = "file"))]
fn file(_runtime: &Arc<Runtime>, _folder: &std::path::Path) -> Vec<Trial> {
    let missing = Trial::test("file: needs the feature `file`", || Ok(()));
    vec![missing.with_ignored_flag(true)]
}

/// The suite on a server, or one test that is ignored where no server is; in CI that one fails.
fn server(store: &'static str, variable: &'static str, runtime: &Arc<Runtime>) -> Vec<Trial> {
    let Ok(url) = std::env::var(variable) else {
        let missing = Trial::test(format!("{store}: needs {variable}"), move || {
            Err(format!("{variable} is not set").into())
        });
        let in_ci = std::env::var("CI").is_ok_and(|ci| !ci.is_empty() && ci != "false");
        return vec![missing.with_ignored_flag(!in_ci)];
    };
    let all = opened(store, &url, runtime).into_iter();
    #[cfg(feature = "wizards")]
    let all = all.chain(drafts::at_server(store, runtime, &url));
    all.collect()
}

/// The suite in a place of its own at a server; what is missing where none is, [`server`] says.
fn beside(
    store: &'static str,
    variable: &'static str,
    place: &str,
    runtime: &Arc<Runtime>,
) -> Vec<Trial> {
    let Ok(url) = std::env::var(variable) else {
        return Vec::new();
    };
    let mark = if url.contains('?') { '&' } else { '?' };
    opened(store, &format!("{url}{mark}{place}"), runtime)
}

fn opened(store: &'static str, url: &str, runtime: &Arc<Runtime>) -> Vec<Trial> {
    match runtime.block_on(cloakroom::store::connect(url)) {
        Ok(opened) => trials(store, runtime, move || opened.clone()),
        Err(error) => vec![Trial::test(format!("{store}: opens"), move || {
            Err(error.to_string().into())
        })],
    }
}

fn trials(
    store: &'static str,
    runtime: &Arc<Runtime>,
    open: impl Fn() -> AnyStore + Send + Sync + 'static,
) -> Vec<Trial> {
    let open = Arc::new(open);
    let promises = conformance::promises().into_iter();
    promises
        .map(|promise| {
            let (open, runtime) = (open.clone(), runtime.clone());
            Trial::test(format!("{store}: {}", promise.name), move || {
                let store = open();
                // In a task, so that a panic is this test's own.
                let kept = runtime.spawn(async move { promise.keep(&store).await });
                runtime
                    .block_on(kept)
                    .map_err(|broken| broken.to_string().into())
            })
        })
        .collect()
}
