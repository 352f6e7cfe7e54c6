//! The index of sessions by user: what it costs, how its buckets fill, and what becomes of notes without sessions and
//! sessions without notes.
use cloakroom::clock::Timestamp;
use cloakroom::session::{Record, StoreKey, Version};
use cloakroom::store::{self, AnyStore, Created, Saved};
use libtest_mimic::Trial;
use services::Redis;

use super::alone::{calls, spent};
use super::{
    NOW, after, blocking, found, impatient, key, of_user, opened, out_of_reach, record, users_on,
};
use crate::Faults;
use crate::proxy::{Proxy, Wire};

/// The rack whose users' sessions are noted in the tests of buckets.
const RACK: u8 = 0x3f;
/// The bucket of the whole rack.
const WIDEST: &str = "cloakroom:{3f}user:";

pub(super) fn trials(faults: &Faults) -> Vec<Trial> {
    vec![
        faults.trial(
            "redis: the index by user costs a new session one command more, and a save and a load none",
            one_command_more,
        ),
        faults.trial(
            "redis: a save of a session that another process made is one command once it was loaded",
            noted_by_others,
        ),
        faults.trial(
            "redis: a save of a session that others noted takes the note along in its one trip",
            one_trip,
        ),
        faults.trial(
            "redis: a note without a session is passed over, and a session without a note is noted by reconciling",
            reconciled,
        ),
        faults.trial(
            "redis: hundreds of users share buckets and don't see each other's sessions, and the index goes with the last",
            shared_buckets,
        ),
        faults.trial(
            "redis: a user with hundreds of sessions has them all listed and ended",
            hundreds_of_one_user,
        ),
        faults.trial(
            "redis: in a full bucket what is over makes room for what comes",
            what_is_over_makes_room,
        ),
        faults.trial(
            "redis: a note whose deadline moves stays where it stands, and is never brought forward",
            a_deadline_moves,
        ),
        faults.trial(
            "redis: what another program keeps under a bucket's name stays, and sessions are noted beside it",
            a_foreign_bucket,
        ),
        faults.trial(
            "redis: where notes are refused no session begins, and a save that was done says so",
            notes_refused,
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
        ("zadd", 1),
        ("zcard", 1),
        ("zrange", 1),
        ("zscore", 4),
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

async fn noted_by_others() {
    let server = blocking(Redis::start);
    let (near, far) = (one_connection(&server).await, one_connection(&server).await);
    let of_ada = |value| record(value).with_user("ada");
    let own = key();
    let mut version = begun(&near, &own, &of_ada(0)).await;
    for value in 1..5 {
        let Saved::Saved(next) = near.save(&own, &version, &of_ada(value)).await.unwrap() else {
            panic!("nobody else saves it");
        };
        version = next;
    }
    assert_eq!(found(&far, &own).await, Some(of_ada(4)));
    let before = calls(&server);
    let saved = far.save(&own, &version, &of_ada(5)).await;
    assert!(matches!(saved, Ok(Saved::Saved(_))), "{saved:?}");
    let inside = [("evalsha", 1), ("getrange", 1), ("set", 1)];
    let before = spent(&server, before, &inside);
    // But not where the user or the deadline is another.
    let version = far.load(&own, NOW).await.unwrap().unwrap().version;
    let before = spent(&server, before, &[("get", 1)]);
    let later = Record::new(NOW, after(5_000)).with_user("ada");
    let saved = far.save(&own, &version, &later).await.unwrap();
    assert!(matches!(saved, Saved::Saved(_)), "{saved:?}");
    assert_eq!(calls(&server)["evalsha"], before["evalsha"] + 2);
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

async fn shared_buckets() {
    let server = blocking(Redis::start);
    let store = opened(&server.url()).await;
    let users: Vec<_> = users_on(RACK).take(300).collect();
    let mut keys = Vec::new();
    for user in &users {
        let own = key();
        begun(&store, &own, &record(0).with_user(user.clone())).await;
        keys.push(own);
    }
    assert_eq!(notes_in(&server, WIDEST), 120);
    assert!(buckets(&server).len() > 10);
    for bucket in buckets(&server) {
        let packed = blocking(|| server.ask(&["object", "encoding", &bucket]));
        assert!(["listpack", "ziplist"].contains(&&*packed), "{packed}");
    }
    for (user, key) in users.iter().zip(&keys) {
        assert_eq!(of_user(&store, user).await, [*key], "{user}");
    }
    for (user, key) in users.iter().zip(&keys) {
        assert!(store.delete(key).await.unwrap().is_some());
        assert_eq!(of_user(&store, user).await, []);
    }
    assert_eq!(buckets(&server), [""; 0]);
}

async fn hundreds_of_one_user() {
    let server = blocking(Redis::start);
    let store = opened(&server.url()).await;
    let mut keys = Vec::new();
    for _ in 0..500 {
        let own = key();
        begun(&store, &own, &record(0).with_user("ada")).await;
        keys.push(own);
    }
    keys.sort();
    let mut filled: Vec<_> = (buckets(&server).iter())
        .map(|bucket| notes_in(&server, bucket))
        .collect();
    filled.sort_unstable();
    assert_eq!(filled, [120, 120, 120, 140]);
    assert_eq!(of_user(&store, "ada").await, keys);
    for key in &keys {
        store.delete(key).await.unwrap();
    }
    assert_eq!(of_user(&store, "ada").await, []);
    assert_eq!(buckets(&server), [""; 0]);
}

async fn what_is_over_makes_room() {
    let server = blocking(Redis::start);
    let store = opened(&server.url()).await;
    let mut users = users_on(RACK);
    let mut next = || users.next().expect("there is always another");
    let (first, last) = (next(), next());
    let (one, other) = (key(), key());
    begun(&store, &one, &record(1).with_user(first.clone())).await;
    for _ in 0..119 {
        // Over since long, by the server's clock.
        let over = Record::new(Timestamp::default(), Timestamp::from_secs(1));
        begun(&store, &key(), &over.with_user(next())).await;
    }
    assert_eq!(notes_in(&server, WIDEST), 120);
    begun(&store, &other, &record(1).with_user(last.clone())).await;
    assert_eq!(buckets(&server), [WIDEST]);
    assert_eq!(notes_in(&server, WIDEST), 2);
    assert_eq!(of_user(&store, &first).await, [one]);
    assert_eq!(of_user(&store, &last).await, [other]);
}

async fn a_deadline_moves() {
    let server = blocking(Redis::start);
    let store = opened(&server.url()).await;
    let mut users = users_on(RACK);
    let ada = users.next().expect("there is one");
    let mut others = Vec::new();
    for user in users.take(120) {
        let key = key();
        begun(&store, &key, &record(0).with_user(user)).await;
        others.push(key);
    }
    let until = |seconds| Record::new(NOW, after(seconds)).with_user(ada.clone());
    let own = key();
    let mut version = begun(&store, &own, &until(1_000)).await;
    assert_eq!(notes_in(&server, WIDEST), 120);
    // Now the widest has room, and still the note stays in the narrower.
    for key in &others {
        store.delete(key).await.unwrap();
    }
    let mut ends = Vec::new();
    for seconds in [1_000, 5_000, 2_000] {
        let fresh = opened(&server.url()).await;
        let Ok(Saved::Saved(next)) = fresh.save(&own, &version, &until(seconds)).await else {
            panic!("nobody else saves it");
        };
        version = next;
        let [bucket] = &buckets(&server)[..] else {
            panic!("{:?}", buckets(&server));
        };
        assert_ne!(bucket, WIDEST);
        let range = ["zrange", bucket, "0", "-1", "withscores"];
        let noted = blocking(|| server.ask(&range));
        // The last line: a member may have line ends in it.
        let end = noted.lines().next_back().expect("one note");
        ends.push(end.parse::<u64>().expect("a number"));
        assert_eq!(notes_in(&server, bucket), 1);
    }
    assert!(ends[1] >= after(5_000).as_secs(), "{ends:?}");
    assert_eq!(ends[2], ends[1]);
    assert_eq!(of_user(&store, &ada).await, [own]);
}

async fn a_foreign_bucket() {
    let server = blocking(Redis::start);
    let store = opened(&server.url()).await;
    blocking(|| server.ask(&["set", WIDEST, "hunter2"]));
    let ada = users_on(RACK).next().expect("there is one");
    let (one, other) = (key(), key());
    for key in [&one, &other] {
        begun(&store, key, &record(1).with_user(ada.clone())).await;
    }
    let mut both = [one, other];
    both.sort();
    assert_eq!(of_user(&store, &ada).await, both);
    store.delete(&one).await.unwrap();
    assert_eq!(of_user(&store, &ada).await, [other]);
    assert_eq!(blocking(|| server.ask(&["get", WIDEST])), "hunter2");
}

async fn notes_refused() {
    let server = blocking(Redis::start);
    let store = opened(&server.url()).await;
    let there = key();
    let version = begun(&store, &there, &record(1).with_user("ada")).await;
    blocking(|| server.ask(&["acl", "setuser", "default", "-zadd"]));
    let fresh = key();
    let refused = store.create(&fresh, &record(1).with_user("bob")).await;
    let error = refused.expect_err("it can't be noted");
    assert!(error.to_string().contains("give the user"), "{error}");
    assert_eq!(found(&store, &fresh).await, None);
    assert_eq!(store.count(NOW).await.unwrap().live, 1);
    // What was done is no failure, or it would be done again.
    let later = Record::new(NOW, after(5_000)).with_user("ada");
    let saved = store.save(&there, &version, &later).await.unwrap();
    assert!(matches!(saved, Saved::Saved(_)), "{saved:?}");
    assert_eq!(found(&store, &there).await, Some(later));
    // And what was not done is none either.
    let conflict = store
        .save(&there, &version, &record(3).with_user("eve"))
        .await;
    assert!(matches!(conflict, Ok(Saved::Conflict(_))), "{conflict:?}");
    blocking(|| server.ask(&["acl", "setuser", "default", "+zadd"]));
    begun(&store, &fresh, &record(1).with_user("bob")).await;
    assert_eq!(of_user(&store, "bob").await, [fresh]);
    assert_eq!(store.reconcile().await.unwrap(), 2);
    assert_eq!(of_user(&store, "ada").await, [there]);
}

async fn begun(store: &AnyStore, key: &StoreKey, record: &Record) -> Version {
    match store.create(key, record).await {
        Ok(Created::New(version)) => version,
        other => panic!("{other:?}"),
    }
}

fn buckets(server: &Redis) -> Vec<String> {
    let names = blocking(|| server.ask(&["keys", "*}user:*"]));
    names.lines().map(ToOwned::to_owned).collect()
}

fn notes_in(server: &Redis, bucket: &str) -> u64 {
    let notes = blocking(|| server.ask(&["zcard", bucket]));
    notes.parse().expect("a number")
}
