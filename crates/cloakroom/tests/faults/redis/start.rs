//! What is said when a site starts on a Redis that it can't use, or should not.
use std::sync::{Arc, Mutex};

use cloakroom::store;
use libtest_mimic::Trial;
use services::Redis;
use tracing_subscriber::fmt::MakeWriter;

use super::{blocking, created, found, impatient, key, opened};
use crate::Faults;

pub(super) fn trials(faults: &Faults) -> Vec<Trial> {
    vec![
        faults.trial(
            "redis: a server that is down at the start is named, without the URL",
            down_at_the_start,
        ),
        faults.trial(
            "redis: a login that does not work says what to look at, without the password",
            logins,
        ),
        faults.trial(
            "redis: a user without a right is told which ones are needed",
            rights,
        ),
        faults.trial(
            "redis: TLS where there is none is told at the start",
            tls_where_there_is_none,
        ),
        faults.trial(
            "redis: a replica, a server that is no cluster and no sentinel are told apart at the start",
            wrong_arrangements,
        ),
        faults.trial(
            "redis: a policy that drops sessions is traced at the start",
            evicting,
        ),
        faults.trial(
            "redis: a full server is said to be full, and still serves what it has",
            full,
        ),
    ]
}

/// Returns what is said when the URL is opened.
async fn refusal(url: &str) -> String {
    let refused = store::connect_with(url, &impatient()).await;
    let error = refused.expect_err("it can't be opened").to_string();
    assert!(!error.contains("hunter2"), "{error}");
    error
}

async fn down_at_the_start() {
    for url in [
        "redis://:hunter2@127.0.0.1:1",
        "redis+sentinel://:hunter2@127.0.0.1:1/shop",
        "redis+cluster://:hunter2@127.0.0.1:1",
    ] {
        let error = refusal(url).await;
        assert!(error.contains("see that the server runs there"), "{error}");
    }
}

async fn logins() {
    let open = blocking(Redis::start);
    let closed = blocking(|| Redis::builder().password("wardrobe").start());
    let (open, closed) = (open.address(), closed.address());
    let rows = [
        (format!("redis://:hunter2@{closed}"), "password in the URL"),
        (format!("redis://hunter2@{closed}"), "password in the URL"),
        (
            format!("redis://nobody:hunter2@{closed}"),
            "password in the URL",
        ),
        (format!("redis://{closed}"), "password in the URL"),
        (
            format!("redis://nobody:hunter2@{open}"),
            "password in the URL",
        ),
        (format!("redis://{open}/99"), "the database's number"),
    ];
    for (url, remedy) in rows {
        let error = refusal(&url).await;
        assert!(error.contains(remedy), "{error}");
    }
    opened(&format!("redis://:wardrobe@{closed}/3")).await;
}

async fn rights() {
    let server = blocking(Redis::start);
    let user = |name: &str, rights: &[&str]| {
        let mut words = vec!["acl", "setuser", name, "on", ">hunter2"];
        words.extend(rights);
        blocking(|| server.ask(&words));
        format!("redis://{name}:hunter2@{}", server.address())
    };
    let needed = [
        "+get",
        "+getrange",
        "+zadd",
        "+zcard",
        "+zrange",
        "+zrem",
        "+zremrangebyscore",
        "+zscore",
        "+expireat",
        "+time",
        "+set",
        "+del",
        "+eval",
        "+evalsha",
        "+exists",
        "+scan",
        "+ping",
    ];
    let mut enough = vec!["~cloakroom:*", "+info"];
    enough.extend(needed);
    for missing in [
        "+set",
        "+getrange",
        "+del",
        "+evalsha",
        "+zadd",
        "+zcard",
        "+zrange",
        "+zrem",
        "+zremrangebyscore",
        "+zscore",
        "+time",
        "~cloakroom:*",
    ] {
        let rights: Vec<&str> = enough
            .iter()
            .copied()
            .filter(|right| *right != missing)
            .collect();
        let error = refusal(&user("lacking", &rights)).await;
        assert!(
            error.contains("give the user the commands"),
            "without {missing}: {error}"
        );
        blocking(|| server.ask(&["acl", "deluser", "lacking"]));
    }
    let store = opened(&user("shop", &enough)).await;
    let key = key();
    created(&store, &key, 1).await;
    assert!(found(&store, &key).await.is_some());
}

async fn tls_where_there_is_none() {
    let server = blocking(Redis::start);
    let error = refusal(&format!("rediss://:hunter2@{}", server.address())).await;
    assert!(error.contains("rediss://"), "{error}");
}

async fn wrong_arrangements() {
    let primary = blocking(Redis::start);
    let replica_of = format!("replicaof 127.0.0.1 {}", primary.port());
    let replica = blocking(|| Redis::builder().line(&replica_of).start());
    let rows = [
        (replica.url(), "the URL names a replica"),
        (
            format!("redis+cluster://{}", primary.address()),
            "is no cluster",
        ),
        (
            format!("redis+sentinel://{}/shop", primary.address()),
            "are no sentinels",
        ),
    ];
    for (url, remedy) in rows {
        let error = refusal(&url).await;
        assert!(error.contains(remedy), "{error}");
    }
}

async fn evicting() {
    let rows = [
        (
            vec!["maxmemory 100mb", "maxmemory-policy allkeys-lru"],
            true,
        ),
        (
            vec!["maxmemory 100mb", "maxmemory-policy noeviction"],
            false,
        ),
        (vec!["maxmemory-policy allkeys-lru"], false),
    ];
    for (lines, is_told) in rows {
        let configured = lines
            .iter()
            .fold(Redis::builder(), |all, line| all.line(line));
        let server = blocking(|| configured.start());
        let told = Told::default();
        let subscriber = tracing_subscriber::fmt().with_writer(told.clone()).finish();
        let url = server.url();
        // On this thread alone, so that other tests' traces stay out.
        let traced = tokio::task::spawn_blocking(move || {
            tracing::subscriber::with_default(subscriber, || {
                let runtime = tokio::runtime::Builder::new_current_thread();
                let runtime = { runtime }.enable_all().build().expect("a runtime starts");
                runtime.block_on(opened(&url));
            });
        });
        traced.await.expect("the store opens");
        let text = told.text();
        assert_eq!(
            text.contains("maxmemory-policy allkeys-lru: set"),
            is_told,
            "{lines:?}: {text}"
        );
    }
}

async fn full() {
    let server = blocking(|| Redis::builder().line("maxmemory-policy noeviction").start());
    let store = opened(&server.url()).await;
    let key = key();
    let version = created(&store, &key, 1).await;
    blocking(|| server.ask(&["config", "set", "maxmemory", "1mb"]));
    let other = super::key();
    let refusals = [
        store.create(&other, &super::record(1)).await.map(drop),
        store
            .save(&key, &version, &super::record(2))
            .await
            .map(drop),
    ];
    for refused in refusals {
        let error = refused.expect_err("there is no room");
        assert!(error.to_string().contains("the server is full"), "{error}");
        assert!(!error.is_out_of_reach());
    }
    assert_eq!(found(&store, &key).await, Some(super::record(1)));
    let again = opened(&server.url()).await;
    assert_eq!(found(&again, &key).await, Some(super::record(1)));
    blocking(|| server.ask(&["config", "set", "maxmemory", "0"]));
    super::saved(&store, &key, &version, 2).await;
}

/// Collects what is traced.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<u8>>>);

impl Told {
    fn text(&self) -> String {
        let bytes = self.0.lock().expect("nobody panicked while tracing");
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl std::io::Write for Told {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0
            .lock()
            .expect("nobody panicked while tracing")
            .extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Told {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
