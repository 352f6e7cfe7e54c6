//! Chance: nodes at work while every way is slow, fails, or does later what it said it could not do.
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use cloakroom::session::StoreKey;
use cloakroom::store::{AnyStore, MemoryStore, Saved, cached};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::cached::node::{NOW, any_key, record, value_of};
use crate::cached::way::{Luck, Way};

/// How many histories are played, each with luck of its own.
const HISTORIES: u64 = 40;
/// How long each takes; nobody waits for it.
const LENGTH: Duration = Duration::from_secs(60);
const NODES: usize = 3;

#[tokio::test(start_paused = true)]
async fn whatever_happens_no_load_is_older_than_what_was_acknowledged_before_it_began() {
    let (mut loads, mut asked) = (0, 0);
    for seed in 1..=HISTORIES {
        let history = play(seed).await;
        loads += history.loads.load(Ordering::SeqCst);
        asked += history.asked.load(Ordering::SeqCst);
    }
    assert!(
        asked < loads * 3 / 4,
        "of {loads} loads {asked} asked the database"
    );
}

/// What happened to one session.
#[derive(Default)]
struct History {
    /// The highest value whose save was acknowledged; [`ENDED`] once its end was.
    acknowledged: AtomicU64,
    /// Whether anybody tried to end it.
    may_be_over: AtomicBool,
    loads: AtomicU64,
    /// How many loads reached the database.
    asked: AtomicU64,
}

const ENDED: u64 = u64::MAX;

/// One who loads and saves.
#[derive(Clone)]
struct Visitor {
    node: AnyStore,
    key: StoreKey,
    history: Arc<History>,
    luck: Luck,
    seed: u64,
}

async fn play(seed: u64) -> Arc<History> {
    let luck = Luck::new(seed);
    let db = AnyStore::from(MemoryStore::new());
    let cache = AnyStore::from(MemoryStore::new());
    let key = any_key();
    db.create(&key, &record(1)).await.unwrap();
    let history = Arc::new(History::default());
    let end = Instant::now() + LENGTH;
    let (mut visitors, mut ways) = (JoinSet::new(), Vec::new());
    for _ in 0..NODES {
        let (to_db, to_cache) = (Way::to(&db, &luck), Way::to(&cache, &luck));
        to_db.fails(1);
        ways.push((to_db.clone(), to_cache.clone()));
        let visitor = Visitor {
            node: cached(to_db, to_cache),
            key,
            history: history.clone(),
            luck: luck.clone(),
            seed,
        };
        visitors.spawn(visitor.clone().reads_until(end));
        visitors.spawn(visitor.clone().reads_until(end));
        visitors.spawn(visitor.writes_until(end));
    }
    let to_caches = ways.iter().map(|(_, cache)| cache.clone()).collect();
    visitors.spawn(weather(to_caches, luck, end));
    while let Some(ended) = visitors.join_next().await {
        ended.unwrap();
    }
    let asked = ways.iter().map(|(db, _)| db.loads_of(&key)).sum();
    history.asked.store(asked, Ordering::SeqCst);
    history
}

impl Visitor {
    async fn reads_until(self, end: Instant) {
        while Instant::now() < end {
            self.loads().await;
            self.pauses().await;
        }
    }

    async fn writes_until(self, end: Instant) {
        while Instant::now() < end {
            let last = Instant::now() + LENGTH / 4 > end;
            if last && self.luck.below(60) == 0 {
                self.ends().await;
            } else {
                self.counts_on().await;
            }
            self.pauses().await;
            sleep(Duration::from_millis(self.luck.below(400))).await;
        }
    }

    /// Loads, and compares with what was acknowledged before.
    async fn loads(&self) -> Option<cloakroom::session::Stored> {
        let before = self.history.acknowledged.load(Ordering::SeqCst);
        self.history.loads.fetch_add(1, Ordering::SeqCst);
        // An outage is no answer.
        let stored = self.node.load(&self.key, NOW).await.ok()?;
        let value = stored.as_ref().map(value_of);
        match value {
            Some(value) => assert!(
                before != ENDED && value >= before,
                "seed {}: {value} after {before} was acknowledged",
                self.seed
            ),
            None => assert!(
                self.history.may_be_over.load(Ordering::SeqCst),
                "seed {}: lost",
                self.seed
            ),
        }
        stored
    }

    async fn counts_on(&self) {
        let Some(stored) = self.loads().await else {
            return;
        };
        let next = value_of(&stored) + 1;
        let record = record(next);
        let saved = self.node.save(&self.key, &stored.version, &record);
        if let Ok(Saved::Saved(_)) = saved.await {
            self.history.acknowledged.fetch_max(next, Ordering::SeqCst);
        }
    }

    async fn ends(&self) {
        self.history.may_be_over.store(true, Ordering::SeqCst);
        if self.node.delete(&self.key).await.is_ok() {
            self.history.acknowledged.store(ENDED, Ordering::SeqCst);
        }
    }

    async fn pauses(&self) {
        sleep(Duration::from_millis(self.luck.below(80))).await;
    }
}

/// Makes one node's way to the cache good, bad or impassable, again and again.
async fn weather(ways: Vec<Way>, luck: Luck, end: Instant) {
    while Instant::now() < end {
        sleep(Duration::from_millis(luck.below(15_000))).await;
        let way = &ways[luck.below(ways.len() as u64) as usize];
        way.fails([0, 0, 0, 10, 100][luck.below(5) as usize]);
    }
}
