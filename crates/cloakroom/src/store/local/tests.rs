//! Copies before a store whose line is made well, silent or cut at will, on a clock that is turned by hand.
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::time::advance;

use super::*;
use crate::session::Via;
use crate::store::MemoryStore;

const NOW: Timestamp = Timestamp::from_secs(1_000);
const MOMENT: Duration = Duration::from_millis(1);

/// A server that tells of changes.
#[derive(Default)]
struct Hub {
    lines: Mutex<Vec<UnboundedSender<Heard>>>,
    is_silent: AtomicBool,
    is_down: AtomicBool,
}

struct Wire {
    hub: Arc<Hub>,
    own: UnboundedSender<Heard>,
    heard: UnboundedReceiver<Heard>,
}

impl Hub {
    fn lines(&self) -> std::sync::MutexGuard<'_, Vec<UnboundedSender<Heard>>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is(flag: &AtomicBool) -> bool {
        flag.load(Ordering::Relaxed)
    }
}

struct Told(Arc<Hub>);

impl Channel for Told {
    fn open(&self) -> Boxed<'_, Box<dyn Line>> {
        Box::pin(async {
            if Hub::is(&self.0.is_down) {
                return Err(broken());
            }
            let (own, heard) = mpsc::unbounded_channel();
            self.0.lines().push(own.clone());
            let hub = self.0.clone();
            Ok(Box::new(Wire { hub, own, heard }) as Box<dyn Line>)
        })
    }

    fn tell(&self, key: StoreKey, version: Option<Version>) -> Option<Boxed<'_, ()>> {
        Some(Box::pin(async move {
            for line in &*self.0.lines() {
                let _ = line.send(Heard::Written(vec![(key, version.clone())]));
            }
            Ok(())
        }))
    }
}

impl Line for Wire {
    fn beat(&mut self, number: u64) -> Boxed<'_, ()> {
        Box::pin(async move {
            if Hub::is(&self.hub.is_down) {
                return Err(broken());
            }
            if !Hub::is(&self.hub.is_silent) {
                let _ = self.own.send(Heard::Beat(number));
            }
            Ok(())
        })
    }

    fn hear(&mut self) -> Boxed<'_, Heard> {
        Box::pin(async { self.heard.recv().await.ok_or_else(broken) })
    }
}

fn broken() -> StoreError {
    StoreError::new("hub", "be heard").out_of_reach()
}

/// A node of a site.
struct Node {
    store: AnyStore,
    hub: Arc<Hub>,
}

fn node(db: &AnyStore) -> Node {
    let hub = Arc::new(Hub::default());
    on(db, &hub)
}

fn on(db: &AnyStore, hub: &Arc<Hub>) -> Node {
    Node {
        store: before(db.clone(), Arc::new(Told(hub.clone())), 1 << 20),
        hub: hub.clone(),
    }
}

fn database() -> AnyStore {
    AnyStore::inspectable(MemoryStore::new())
}

/// Lets the listeners do what there is to do; no time passes.
async fn settled() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

const KEY: StoreKey = StoreKey::from_bytes([7; 32]);

fn record(user: &str) -> Record {
    Record::new(NOW, NOW.plus(Duration::from_secs(60))).with_user(user)
}

async fn created(db: &AnyStore) {
    let created = db.create(&KEY, &record("first")).await;
    assert!(matches!(created, Ok(Created::New(_))));
}

/// Changes the session past everybody else.
async fn saved(store: &AnyStore, user: &str, version: &Version) -> Version {
    match store.save(&KEY, version, &record(user)).await {
        Ok(Saved::Saved(version)) => version,
        other => panic!("{other:?}"),
    }
}

async fn loaded(store: &AnyStore) -> Option<Stored> {
    store.load(&KEY, NOW).await.expect("the store works")
}

async fn user(store: &AnyStore) -> Option<String> {
    let body = loaded(store).await?.body;
    body.user().map(ToOwned::to_owned)
}

impl Node {
    /// Loads until it has a copy that it believes.
    async fn until_copied(&self) {
        for _ in 0..2 {
            loaded(&self.store).await;
            settled().await;
        }
    }

    async fn user(&self) -> Option<String> {
        user(&self.store).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_copy_is_believed_for_no_longer_than_the_bound_after_the_last_sign_of_life_was_sent() {
    let db = database();
    created(&db).await;
    let node = node(&db);
    node.until_copied().await;
    let version = loaded(&db).await.unwrap().version;
    node.hub.is_silent.store(true, Ordering::Relaxed);
    saved(&db, "second", &version).await;
    assert_eq!(
        node.user().await.as_deref(),
        Some("first"),
        "there is a copy"
    );
    advance(STALE_AT_MOST - MOMENT).await;
    settled().await;
    assert_eq!(node.user().await.as_deref(), Some("first"));
    advance(MOMENT).await;
    assert_eq!(node.user().await.as_deref(), Some("second"));
}

#[tokio::test(start_paused = true)]
async fn signs_of_life_keep_copies_believed_for_half_a_minute_and_then_they_are_compared() {
    let db = database();
    created(&db).await;
    let node = node(&db);
    node.until_copied().await;
    let version = loaded(&db).await.unwrap().version;
    saved(&db, "second", &version).await;
    for _ in 0..290 {
        advance(Duration::from_millis(100)).await;
        settled().await;
        assert_eq!(node.user().await.as_deref(), Some("first"));
    }
    advance(Duration::from_secs(1)).await;
    assert_eq!(node.user().await.as_deref(), Some("second"));
}

#[tokio::test(start_paused = true)]
async fn a_line_that_is_lost_ends_belief_at_once_and_another_begins_it_anew() {
    let db = database();
    created(&db).await;
    let node = node(&db);
    node.until_copied().await;
    let version = loaded(&db).await.unwrap().version;
    let version = saved(&db, "second", &version).await;
    assert_eq!(node.user().await.as_deref(), Some("first"));
    node.hub.is_down.store(true, Ordering::Relaxed);
    advance(Duration::from_millis(200)).await;
    settled().await;
    assert_eq!(node.user().await.as_deref(), Some("second"));

    node.hub.is_down.store(false, Ordering::Relaxed);
    advance(Duration::from_millis(500)).await;
    settled().await;
    node.until_copied().await;
    saved(&db, "third", &version).await;
    assert_eq!(
        node.user().await.as_deref(),
        Some("second"),
        "copies are used again"
    );
}

#[tokio::test(start_paused = true)]
async fn what_one_node_writes_the_other_has_heard_and_itself_reads_at_once() {
    let db = database();
    created(&db).await;
    let a = node(&db);
    let b = on(&db, &a.hub);
    for node in [&a, &b] {
        node.until_copied().await;
    }
    let version = loaded(&a.store).await.unwrap().version;
    saved(&a.store, "second", &version).await;
    assert_eq!(a.user().await.as_deref(), Some("second"));
    settled().await;
    assert_eq!(b.user().await.as_deref(), Some("second"));

    let version = loaded(&b.store).await.unwrap().version;
    let mut to = [8; 32];
    to[0] = 7;
    let to = StoreKey::from_bytes(to);
    let forward = Forward {
        to,
        until: NOW,
        via: Via::WritesUnderWay,
        expires: NOW.plus(Duration::from_secs(9)),
    };
    let second = record("second");
    let renamed = b.store.rename(&KEY, &version, &to, &second, &forward);
    assert!(matches!(renamed.await, Ok(Renamed::Moved(_))));
    settled().await;
    for node in [&a, &b] {
        let found = loaded(&node.store).await.unwrap().body;
        assert!(matches!(found, Body::Forward(_)));
    }
    for node in [&a, &b] {
        assert!(node.store.load(&to, NOW).await.unwrap().is_some());
    }
    assert!(a.store.delete(&to).await.unwrap().is_some());
    settled().await;
    for node in [&a, &b] {
        assert_eq!(node.store.load(&to, NOW).await.unwrap(), None);
    }
}

#[tokio::test(start_paused = true)]
async fn a_copy_that_was_out_of_date_loses_no_update() {
    let db = database();
    created(&db).await;
    let node = node(&db);
    node.until_copied().await;
    let version = loaded(&db).await.unwrap().version;
    saved(&db, "second", &version).await;
    let old = loaded(&node.store).await.unwrap();
    assert_eq!(old.body.user(), Some("first"));
    match node.store.save(&KEY, &old.version, &record("mine")).await {
        Ok(Saved::Conflict(there)) => assert_eq!(there.body.user(), Some("second")),
        other => panic!("{other:?}"),
    }
    assert_eq!(
        node.user().await.as_deref(),
        Some("second"),
        "the copy is gone"
    );
}

#[tokio::test(start_paused = true)]
async fn a_write_that_is_given_up_is_told_all_the_same() {
    let db = database();
    created(&db).await;
    let a = node(&db);
    let b = on(&db, &a.hub);
    b.until_copied().await;
    let inner = Arc::new(Inner {
        db: db.clone(),
        channel: Arc::new(Told(a.hub.clone())),
        copies: Copies::new(1 << 20),
        belief: Belief::new(),
        is_heard: Arc::default(),
        is_closed: AtomicBool::new(false),
    });
    let version = loaded(&db).await.unwrap().version;
    saved(&db, "second", &version).await;
    assert_eq!(b.user().await.as_deref(), Some("first"));
    drop(Writing::begin(&inner, &KEY));
    settled().await;
    assert_eq!(b.user().await.as_deref(), Some("second"));
}

#[tokio::test(start_paused = true)]
async fn a_cache_stands_before_the_store_itself_and_not_before_copies() {
    let db = database();
    created(&db).await;
    let node = node(&db);
    node.until_copied().await;
    let version = loaded(&db).await.unwrap().version;
    saved(&db, "second", &version).await;
    let cached = crate::store::cached(node.store.clone(), MemoryStore::new());
    assert_eq!(user(&cached).await.as_deref(), Some("second"));
    assert_eq!(node.user().await.as_deref(), Some("first"));
}
