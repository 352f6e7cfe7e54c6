//! Copies in the process before PostgreSQL and Redis: two nodes, and a line that is cut, silent or gone.
use std::ops::Deref;
use std::time::Duration;

use cloakroom::session::{Body, Record, StoreKey, Version};
use cloakroom::store::{self, AnyStore, Created, Options, STALE_AT_MOST, Saved};
use libtest_mimic::Trial;
use services::{Instance, Postgres, Redis};
use tokio::time::{Instant, sleep};

use crate::Faults;
use crate::kept::{NOW, key};
use crate::proxy::{Proxy, Wire};
use crate::server::{blocking, where_it_is_installed};

/// Within this a store serves again once its server does.
const AGAIN: Duration = Duration::from_secs(10);
/// How often it is tried to find a copy in use.
const TRIES: usize = 50;

pub(crate) fn trials(faults: &Faults) -> Vec<Trial> {
    let mut all = Vec::new();
    let servers: [(_, fn() -> Server, _); 2] = [
        ("redis", Server::redis, Redis::look()),
        ("postgres", Server::postgres, Postgres::look()),
    ];
    for (name, start, looked) in servers {
        let of_one = vec![
            faults.trial(
                format!("{name} with copies: a copy asks the server nothing, and a silent server ends belief in it within the bound"),
                move || paused(start()),
            ),
            faults.trial(
                format!("{name} with copies: a node that is cut off gives nothing that another node ended before the bound"),
                move || cut_off(start()),
            ),
            faults.trial(
                format!("{name} with copies: what one node saved the other shows within the bound, a thousand times"),
                move || saves_are_heard(start()),
            ),
            faults.trial(
                format!("{name} with copies: a node whose line is killed gives nothing that was ended before the bound, and has copies again"),
                move || line_killed(start()),
            ),
            faults.trial(
                format!("{name} with copies: a killed server is an error within the bound, and what changed meanwhile is seen"),
                move || server_killed(start()),
            ),
        ];
        all.extend(where_it_is_installed(of_one, looked));
    }
    let by_hand = faults.trial(
        "redis with copies: what is removed by hand is heard as well",
        removed_by_hand,
    );
    all.extend(where_it_is_installed(vec![by_hand], Redis::look()));
    all
}

enum Server {
    Redis(Redis),
    Postgres(Postgres),
}

impl Server {
    fn redis() -> Self {
        // What was acknowledged survives that it is killed.
        let server = Redis::builder()
            .line("appendonly yes")
            .line("appendfsync always");
        Self::Redis(blocking(|| server.start()))
    }

    fn postgres() -> Self {
        Self::Postgres(blocking(Postgres::start))
    }

    fn url(&self) -> String {
        match self {
            Self::Redis(server) => server.url(),
            Self::Postgres(server) => server.url(),
        }
    }

    /// Ends every connection on which somebody listens.
    fn kill_lines(&self) {
        blocking(|| {
            match self {
            Self::Redis(server) => server.ask(&["CLIENT", "KILL", "TYPE", "pubsub"]),
            Self::Postgres(server) => server.ask(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'NOTIFY cloakroom_beat%'",
            ),
        }
        });
    }
}

impl Deref for Server {
    type Target = Instance;

    fn deref(&self) -> &Instance {
        match self {
            Self::Redis(server) => server,
            Self::Postgres(server) => server,
        }
    }
}

/// Opens a store that has time, however busy the machine is.
async fn node(url: &str) -> AnyStore {
    let options = Options::new()
        .connect_timeout(Duration::from_secs(20))
        .response_timeout(Duration::from_secs(2))
        .local(8);
    let store = store::connect_with(url, &options).await;
    store.expect("the store opens")
}

fn record(user: u32) -> Record {
    Record::new(NOW, NOW.plus(Duration::from_secs(1_000))).with_user(user.to_string())
}

async fn created(store: &AnyStore, key: &StoreKey) -> Version {
    match store.create(key, &record(0)).await {
        Ok(Created::New(version)) => version,
        other => panic!("{other:?}"),
    }
}

async fn saved(store: &AnyStore, key: &StoreKey, version: &Version, user: u32) -> Version {
    match store.save(key, version, &record(user)).await {
        Ok(Saved::Saved(version)) => version,
        other => panic!("{other:?}"),
    }
}

/// Returns the user of the session, 0 at first; `None` when nothing is there.
async fn user(store: &AnyStore, key: &StoreKey) -> Result<Option<u32>, cloakroom::StoreError> {
    let stored = store.load(key, NOW).await?;
    Ok(stored.map(|stored| match stored.body {
        Body::Record(record) => record
            .user()
            .and_then(|user| user.parse().ok())
            .expect("a number"),
        Body::Forward(forward) => panic!("{forward:?}"),
    }))
}

/// Loads until there is an answer.
async fn served_again(store: &AnyStore, key: &StoreKey) -> Option<u32> {
    let end = Instant::now() + AGAIN;
    loop {
        match user(store, key).await {
            Ok(user) => return user,
            Err(error) if Instant::now() > end => panic!("still not served: {error}"),
            Err(_) => sleep(Duration::from_millis(20)).await,
        }
    }
}

/// Hinders the server or the way to it at a moment when this node has a copy that it believes, and returns a moment after that.
async fn hindered(node: &AnyStore, key: &StoreKey, hinder: impl Fn(), mend: impl Fn()) -> Instant {
    for tries in 0..TRIES {
        loaded_for_a_while(node, key, tries).await;
        hinder();
        let at = Instant::now();
        if let Ok(found) = user(node, key).await {
            assert!(at.elapsed() < STALE_AT_MOST);
            assert_eq!(found, Some(0));
            return at;
        }
        mend();
    }
    panic!("copies are not used");
}

/// Loads so often, so that the line is opened and there is a copy.
async fn loaded_for_a_while(node: &AnyStore, key: &StoreKey, times: usize) {
    for _ in 0..=times {
        served_again(node, key).await;
        sleep(Duration::from_millis(20)).await;
    }
}

/// Asks until the session is not shown any more, which must be so for whoever asks when the bound is over.
async fn unseen_within_the_bound(node: &AnyStore, key: &StoreKey, since: Instant) {
    loop {
        let asked = Instant::now();
        match user(node, key).await {
            Ok(Some(_)) => assert!(asked < since + STALE_AT_MOST, "it is still shown"),
            Ok(None) | Err(_) if asked >= since + STALE_AT_MOST => return,
            Ok(None) | Err(_) => {}
        }
        sleep(Duration::from_millis(5)).await;
    }
}

async fn paused(server: Server) {
    let node = node(&server.url()).await;
    let key = key();
    created(&node, &key).await;
    let since = hindered(
        &node,
        &key,
        || blocking(|| server.pause()),
        || blocking(|| server.resume()),
    )
    .await;
    unseen_within_the_bound(&node, &key, since).await;
    blocking(|| server.resume());
    assert_eq!(served_again(&node, &key).await, Some(0));
}

async fn cut_off(server: Server) {
    let wire = Proxy::before(server.address()).await;
    let way = server
        .url()
        .replace(&server.address(), &wire.address.to_string());
    let (a, b) = (node(&server.url()).await, node(&way).await);
    let key = key();
    created(&a, &key).await;
    hindered(
        &b,
        &key,
        || wire.set(Wire::Slow(Duration::from_secs(3))),
        || wire.set(Wire::Good),
    )
    .await;
    a.delete(&key).await.expect("the server is well");
    unseen_within_the_bound(&b, &key, Instant::now()).await;
    wire.set(Wire::Good);
    assert_eq!(served_again(&b, &key).await, None);
}

async fn saves_are_heard(server: Server) {
    let (a, b) = (node(&server.url()).await, node(&server.url()).await);
    let key = key();
    let mut version = created(&a, &key).await;
    for number in 1..=1_000 {
        assert!(user(&b, &key).await.expect("the server is well") < Some(number));
        version = saved(&a, &key, &version, number).await;
        let acknowledged = Instant::now();
        assert_eq!(
            user(&a, &key).await.expect("the server is well"),
            Some(number)
        );
        loop {
            let asked = Instant::now();
            if user(&b, &key).await.expect("the server is well") == Some(number) {
                break;
            }
            assert!(
                asked < acknowledged + STALE_AT_MOST,
                "save {number} is not shown"
            );
            tokio::task::yield_now().await;
        }
    }
}

async fn line_killed(server: Server) {
    let (a, b) = (node(&server.url()).await, node(&server.url()).await);
    for _ in 0..3 {
        let key = key();
        created(&a, &key).await;
        hindered(
            &b,
            &key,
            || blocking(|| server.pause()),
            || blocking(|| server.resume()),
        )
        .await;
        blocking(|| server.resume());
        server.kill_lines();
        a.delete(&key).await.expect("the server is well");
        unseen_within_the_bound(&b, &key, Instant::now()).await;
        assert_eq!(served_again(&b, &key).await, None);
    }
}

async fn server_killed(server: Server) {
    let (a, b) = (node(&server.url()).await, node(&server.url()).await);
    let key = key();
    let version = created(&a, &key).await;
    loaded_for_a_while(&b, &key, TRIES).await;
    tokio::task::block_in_place(|| server.kill());
    let since = Instant::now();
    unseen_within_the_bound(&b, &key, since).await;
    blocking(|| server.start_again());
    assert_eq!(served_again(&a, &key).await, Some(0));
    saved(&a, &key, &version, 1).await;
    let acknowledged = Instant::now();
    while served_again(&b, &key).await != Some(1) {
        assert!(acknowledged.elapsed() < STALE_AT_MOST + AGAIN);
    }
}

async fn removed_by_hand() {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    let server = blocking(Redis::start);
    let node = node(&server.url()).await;
    let key = key();
    created(&node, &key).await;
    hindered(
        &node,
        &key,
        || blocking(|| server.pause()),
        || blocking(|| server.resume()),
    )
    .await;
    blocking(|| server.resume());
    let digest = URL_SAFE_NO_PAD.encode(&key.as_bytes()[1..]);
    let name = format!("cloakroom:{{{:02x}}}{digest}", key.rack());
    assert_eq!(blocking(|| server.ask(&["DEL", &name])).trim(), "1");
    unseen_within_the_bound(&node, &key, Instant::now()).await;
    assert_eq!(served_again(&node, &key).await, None);
}
