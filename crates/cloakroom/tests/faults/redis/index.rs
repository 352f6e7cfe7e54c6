//! The index of sessions by user: what it costs, and what becomes of notes without sessions and sessions without notes.
use cloakroom::store::{self, AnyStore, Created, Saved};
use libtest_mimic::Trial;
use services::Redis;

use super::alone::{calls, spent};
use super::{NOW, blocking, found, impatient, key, opened, out_of_reach, record};
use crate::Faults;
use crate::proxy::{Proxy, Wire};

pub(super) fn trials(faults: &Faults) -> Vec<Trial> {
    vec![
        faults.trial(
            "redis: the index by user costs a new session one command more, and a save and a load none",
            one_command_more,
        ),
        faults.trial(
            "redis: a save of a session that others noted takes the note along in its one trip",
            one_trip,
        ),
        faults.trial(
            "redis: a note without a session is passed over, and a session without a note is noted by reconciling",
            reconciled,
        ),
    ]
}

async fn one_connection(server: &Redis) -> AnyStore {
    let options = impatient().connections(1);
    let store = store::connect_with(&server.url(), &options).await;
    store.expect("the store opens")
}

async fn one_command_more() {
    let server = blocking(Redis::start);
    let store = one_connection(&server).await;
    let of_ada = |value| record(value).with_user("ada");
    // So that the server knows the scripts.
    let (warm, own) = (key(), key());
    let created = store.create(&warm, &of_ada(0)).await;
    let Ok(Created::New(version)) = created else {
        panic!("{created:?}");
    };
    let saved = store.save(&warm, &version, &of_ada(1)).await;
    assert!(matches!(saved, Ok(Saved::Saved(_))), "{saved:?}");

    let before = calls(&server);
    let created = store.create(&own, &of_ada(0)).await;
    // What a script does inside counts too: of these two are sent, SET and EVALSHA.
    let inside = [
        ("evalsha", 1),
        ("expireat", 1),
        ("set", 1),
        ("time", 1),
        ("zadd", 1),
        ("zrange", 1),
        ("zremrangebyscore", 1),
    ];
    let before = spent(&server, before, &inside);
    let Ok(Created::New(version)) = created else {
        panic!("{created:?}");
    };
    let saved = store.save(&own, &version, &of_ada(1)).await;
    assert!(matches!(saved, Ok(Saved::Saved(_))), "{saved:?}");
    let inside = [("evalsha", 1), ("getrange", 1), ("set", 1)];
    let before = spent(&server, before, &inside);
    assert!(found(&store, &own).await.is_some());
    spent(&server, before, &[("get", 1)]);
}

async fn one_trip() {
    let server = blocking(Redis::start);
    let wire = Proxy::before(server.address()).await;
    let near = one_connection(&server).await;
    let far = opened(&format!("redis://{}", wire.address)).await;
    let of_ada = |value| record(value).with_user("ada");
    let own = key();
    let created = near.create(&own, &of_ada(0)).await;
    let Ok(Created::New(version)) = created else {
        panic!("{created:?}");
    };
    // So that the server knows the script.
    let saved = near.save(&own, &version, &of_ada(1)).await;
    let Ok(Saved::Saved(version)) = saved else {
        panic!("{saved:?}");
    };
    // The first answer breaks the wire, so what waited for it was never sent.
    wire.set(Wire::Breaks);
    out_of_reach(far.save(&own, &version, &of_ada(2)).await);
    assert_eq!(found(&near, &own).await, Some(of_ada(2)));
}

async fn reconciled() {
    let server = blocking(Redis::start);
    let store = one_connection(&server).await;
    let keys = [key(), key(), key()];
    for key in &keys {
        let created = store.create(key, &record(0).with_user("ada")).await;
        assert!(matches!(created, Ok(Created::New(_))), "{created:?}");
    }
    let of_ada = async || {
        let listed = store.of_user("ada", NOW).await.expect("the store works");
        listed.len()
    };
    assert_eq!(of_ada().await, 3);
    let names = blocking(|| server.ask(&["keys", "*"]));
    let is_note = |name: &&str| name.contains("}user:");
    let session = names.lines().find(|name| !is_note(name)).unwrap();
    // A session that the server dropped, as one that is short of memory does.
    blocking(|| server.ask(&["del", session]));
    assert_eq!(of_ada().await, 2);
    let notes = names.lines().find(is_note).unwrap();
    blocking(|| server.ask(&["del", notes]));
    assert_eq!(of_ada().await, 0);
    assert_eq!(store.count(NOW).await.unwrap().live, 2);
    assert_eq!(store.reconcile().await.unwrap(), 2);
    assert_eq!(of_ada().await, 2);
}
