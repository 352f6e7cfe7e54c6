//! One server: gone, silent, slow, emptied, and with what is not ours in it.
use std::collections::BTreeMap;
use std::pin::Pin;
use std::task::{Context, Waker};
use std::time::Duration;

use cloakroom::store::{self, Created, Renamed, Saved};
use libtest_mimic::Trial;
use services::Redis;
use tokio::task::{JoinSet, yield_now};

use super::{
    blocking, created, found, impatient, key, name, on_rack, opened, out_of_reach, record, saved,
    served_again, sign,
};
use crate::Faults;
use crate::proxy::{Proxy, Wire};

pub(super) fn trials(faults: &Faults) -> Vec<Trial> {
    vec![
        faults.trial(
            "redis: a killed server is an error and no empty session, and serves again within 5 s",
            killed,
        ),
        faults.trial(
            "redis: a server that came back empty has nothing, and a save brings nothing back",
            emptied,
        ),
        faults.trial(
            "redis: a silent server is given up, and serves again within 5 s",
            silent,
        ),
        faults.trial("redis: answers that come 5 s late are not waited for", slow),
        faults.trial(
            "redis: a write whose answer is lost is not sent again",
            answer_lost,
        ),
        faults.trial(
            "redis: a load whose connection was cut is asked again",
            connection_cut,
        ),
        faults.trial(
            "redis: requests that are given up at any moment leave everybody else the own session",
            given_up,
        ),
        faults.trial(
            "redis: a server that forgot the scripts is told them again",
            scripts_flushed,
        ),
        faults.trial(
            "redis: what does not decode is left aside and never overwritten",
            undecodable,
        ),
        faults.trial(
            "redis: names of others are passed over in lists and counts",
            names_of_others,
        ),
        faults.trial(
            "redis: each of load, create, save, rename and delete is one command",
            one_command_each,
        ),
        #[cfg(feature = "django")]
        faults.trial(
            "redis: loading, creating and saving a Django session are one trip each, too",
            one_trip_for_django,
        ),
    ]
}

async fn killed() {
    let server = blocking(Redis::start);
    let store = opened(&server.url()).await;
    let key = key();
    let version = created(&store, &key, 1).await;
    server.kill();
    for _ in 0..10 {
        out_of_reach(store.load(&key, super::NOW).await);
        out_of_reach(store.save(&key, &version, &record(2)).await);
    }
    blocking(|| server.start_again());
    assert_eq!(served_again(&store, &key).await, Some(record(1)));
    saved(&store, &key, &version, 2).await;
}

async fn emptied() {
    let server = blocking(|| Redis::builder().volatile().start());
    let store = opened(&server.url()).await;
    let key = key();
    let version = created(&store, &key, 1).await;
    blocking(|| server.restart());
    assert_eq!(served_again(&store, &key).await, None);
    assert_eq!(
        store.save(&key, &version, &record(2)).await.unwrap(),
        Saved::Gone
    );
    assert_eq!(found(&store, &key).await, None);
    // An older state of the same session, as a failover may leave it, is another version.
    created(&store, &key, 3).await;
    let refused = store.save(&key, &version, &record(4)).await.unwrap();
    assert!(matches!(refused, Saved::Conflict(_)), "{refused:?}");
}

async fn silent() {
    let server = blocking(Redis::start);
    let store = opened(&server.url()).await;
    let key = key();
    created(&store, &key, 1).await;
    blocking(|| server.pause());
    for _ in 0..6 {
        out_of_reach(store.load(&key, super::NOW).await);
    }
    out_of_reach(store.create(&super::key(), &record(2)).await);
    blocking(|| server.resume());
    assert_eq!(served_again(&store, &key).await, Some(record(1)));
}

async fn slow() {
    let server = blocking(Redis::start);
    let wire = Proxy::before(server.address()).await;
    let store = opened(&format!("redis://{}", wire.address)).await;
    let key = key();
    created(&store, &key, 1).await;
    wire.set(Wire::Slow(Duration::from_secs(5)));
    for _ in 0..6 {
        out_of_reach(store.load(&key, super::NOW).await);
    }
    wire.set(Wire::Good);
    assert_eq!(served_again(&store, &key).await, Some(record(1)));
}

async fn answer_lost() {
    let server = blocking(Redis::start);
    let wire = Proxy::before(server.address()).await;
    let store = opened(&format!("redis://{}", wire.address)).await;
    let (key, other) = (key(), key());
    let version = created(&store, &key, 1).await;
    let scripts = calls(&server).get("evalsha").copied().unwrap_or_default();
    wire.set(Wire::Breaks);
    out_of_reach(store.save(&key, &version, &record(2)).await);
    assert_eq!(calls(&server)["evalsha"], scripts + 1);
    wire.set(Wire::Good);
    // It was done, though nobody was told.
    assert_eq!(served_again(&store, &key).await, Some(record(2)));
    wire.set(Wire::Breaks);
    out_of_reach(store.create(&other, &record(3)).await);
    wire.set(Wire::Good);
    assert_eq!(served_again(&store, &other).await, Some(record(3)));
}

async fn connection_cut() {
    let server = blocking(Redis::start);
    let options = impatient().connections(1);
    let store = store::connect_with(&server.url(), &options).await.unwrap();
    let key = key();
    let mut version = created(&store, &key, 0).await;
    for turn in 1..20 {
        blocking(|| server.ask(&["client", "kill", "type", "normal"]));
        assert_eq!(found(&store, &key).await, Some(record(turn - 1)));
        version = saved(&store, &key, &version, turn).await;
    }
}

async fn given_up() {
    let server = blocking(Redis::start);
    let options = impatient().connections(1);
    let store = store::connect_with(&server.url(), &options).await.unwrap();
    let mut visitors = JoinSet::new();
    for visitor in 0..20 {
        let store = store.clone();
        visitors.spawn(async move {
            let key = key();
            let mut version = created(&store, &key, visitor).await;
            for turn in 1..200 {
                // Polled a few times and then dropped: unsent, sent, or answered by then.
                let mut load = Box::pin(store.load(&key, super::NOW));
                for _ in 0..turn % 5 {
                    if is_ready(&mut load) {
                        break;
                    }
                    yield_now().await;
                }
                drop(load);
                let value = 1_000 * visitor + turn;
                version = saved(&store, &key, &version, value).await;
                assert_eq!(found(&store, &key).await, Some(record(value)));
            }
        });
    }
    visitors.join_all().await;
}

fn is_ready<T>(future: &mut (impl Future<Output = T> + Unpin)) -> bool {
    let mut context = Context::from_waker(Waker::noop());
    Pin::new(future).poll(&mut context).is_ready()
}

async fn scripts_flushed() {
    let server = blocking(Redis::start);
    let store = opened(&server.url()).await;
    let key = on_rack(7);
    let version = created(&store, &key, 1).await;
    blocking(|| server.ask(&["script", "flush"]));
    let version = saved(&store, &key, &version, 2).await;
    blocking(|| server.ask(&["script", "flush"]));
    let to = on_rack(7);
    let renamed = store
        .rename(&key, &version, &to, &record(3), &sign(to))
        .await;
    assert!(matches!(renamed, Ok(Renamed::Moved(_))), "{renamed:?}");
    assert_eq!(found(&store, &to).await, Some(record(3)));
}

async fn undecodable() {
    let server = blocking(Redis::start);
    let store = opened(&server.url()).await;
    let version = created(&store, &key(), 1).await;
    let put: [&[&str]; 4] = [
        &["set", "NAME", "x"],
        &["set", "NAME", "12345678 is not a session"],
        &["lpush", "NAME", "x"],
        &["hset", "NAME", "x", "y"],
    ];
    for words in put {
        let (key, to) = (on_rack(9), on_rack(9));
        let name = name(&key);
        let words: Vec<&str> = words
            .iter()
            .map(|word| if *word == "NAME" { &name } else { *word })
            .collect();
        blocking(|| server.ask(&words));
        let before = blocking(|| server.ask(&["dump", &name]));
        assert_eq!(found(&store, &key).await, None);
        assert_eq!(
            store.create(&key, &record(2)).await.unwrap(),
            Created::Taken
        );
        assert_eq!(
            store.save(&key, &version, &record(2)).await.unwrap(),
            Saved::Gone
        );
        let renamed = store
            .rename(&key, &version, &to, &record(2), &sign(to))
            .await;
        assert_eq!(renamed.unwrap(), Renamed::Gone);
        assert_eq!(
            blocking(|| server.ask(&["dump", &name])),
            before,
            "{words:?}"
        );
    }
    assert_eq!(store.count(super::NOW).await.unwrap().live, 1);
}

async fn names_of_others() {
    let server = blocking(Redis::start);
    let store = opened(&server.url()).await;
    let other = impatient().prefix("other");
    let other = store::connect_with(&server.url(), &other).await.unwrap();
    let (key, elsewhere) = (key(), key());
    created(&store, &key, 1).await;
    created(&other, &elsewhere, 1).await;
    for name in ["cloakroom:{00}", "cloakroom:{zz}x", "cloakroom", "mail"] {
        blocking(|| server.ask(&["set", name, "x"]));
    }
    for (store, key) in [(&store, key), (&other, elsewhere)] {
        let listed = store.list(None, 10, super::NOW).await.unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0].key, key);
        assert_eq!(store.count(super::NOW).await.unwrap().live, 1);
    }
    assert_eq!(found(&other, &key).await, None);
}

async fn one_command_each() {
    let server = blocking(Redis::start);
    let options = impatient().connections(1);
    let store = store::connect_with(&server.url(), &options).await.unwrap();
    let (key, to) = (on_rack(3), on_rack(3));
    // So that the server knows the scripts.
    let warm = created(&store, &key, 0).await;
    let moved = store.rename(&key, &warm, &to, &record(0), &sign(to)).await;
    assert!(matches!(moved, Ok(Renamed::Moved(_))), "{moved:?}");
    let (key, to) = (on_rack(3), on_rack(3));

    let before = calls(&server);
    let version = created(&store, &key, 1).await;
    let before = spent(&server, before, &[("set", 1)]);
    found(&store, &key).await;
    let before = spent(&server, before, &[("get", 1)]);
    // What a script does inside counts too.
    let version = saved(&store, &key, &version, 2).await;
    let before = spent(
        &server,
        before,
        &[("evalsha", 1), ("getrange", 1), ("set", 1)],
    );
    let moved = store
        .rename(&key, &version, &to, &record(3), &sign(to))
        .await;
    assert!(matches!(moved, Ok(Renamed::Moved(_))), "{moved:?}");
    let inside = [("evalsha", 1), ("exists", 1), ("getrange", 1), ("set", 2)];
    let before = spent(&server, before, &inside);
    let conflict = store.save(&key, &version, &record(4)).await;
    assert!(matches!(conflict, Ok(Saved::Conflict(_))), "{conflict:?}");
    let inside = [("evalsha", 1), ("get", 1), ("getrange", 1)];
    let before = spent(&server, before, &inside);
    store.delete(&to).await.unwrap();
    spent(&server, before, &[("del", 1), ("evalsha", 1), ("get", 1)]);
}

#[cfg(feature = "django")]
async fn one_trip_for_django() {
    use cloakroom::{django::Settings, session::StoreKey, store::django};
    let server = blocking(Redis::start);
    let settings = Settings::new("a SECRET_KEY of the tests, long enough for it")
        .set("SESSION_ENGINE", "django.contrib.sessions.backends.cache");
    let store = django::connect(&server.url(), &settings).await;
    let store = store.expect("the store opens");
    let [warm, key] = [b'a', b'b'].map(|letter| StoreKey::from_bytes([letter; 32]));
    // So that the server knows the script.
    let version = created(&store, &warm, 0).await;
    saved(&store, &warm, &version, 1).await;

    let before = calls(&server);
    let version = created(&store, &key, 1).await;
    let before = spent(&server, before, &[("set", 1)]);
    found(&store, &key).await;
    let before = spent(&server, before, &[("get", 1)]);
    saved(&store, &key, &version, 2).await;
    // What a script does inside counts too.
    spent(&server, before, &[("evalsha", 1), ("get", 1), ("set", 1)]);
}

/// How often each command was carried out, without what the test itself asks.
pub(super) fn calls(server: &Redis) -> BTreeMap<String, u64> {
    let text = blocking(|| server.ask(&["info", "commandstats"]));
    let lines = text.lines().filter_map(|line| {
        let (name, numbers) = line.strip_prefix("cmdstat_")?.split_once(":calls=")?;
        let calls = numbers.split(',').next()?.parse().ok()?;
        Some((name.to_owned(), calls))
    });
    lines.filter(|(name, _)| name != "info").collect()
}

/// Compares what was carried out since `before`, and returns what was carried out until now.
pub(super) fn spent(
    server: &Redis,
    before: BTreeMap<String, u64>,
    expected: &[(&str, u64)],
) -> BTreeMap<String, u64> {
    let now = calls(server);
    let since = now.iter().filter_map(|(name, calls)| {
        let more = calls - before.get(name).unwrap_or(&0);
        (more > 0).then_some((name.as_str(), more))
    });
    assert_eq!(since.collect::<Vec<_>>(), expected);
    now
}
