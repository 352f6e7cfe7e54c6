//! A history checker: clients share sessions through several nodes, and afterwards what they saw is held
//! against what they did.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
//! use cloakroom::store::{AnyStore, MemoryStore};
//! use cloakroom::testing::History;
//!
//! // Three nodes; with a server each would have a connection of its own.
//! let store = AnyStore::from(MemoryStore::new());
//! let history = History::of(vec![store; 3]).clients(8).ops(200);
//! let report = history.run().await;
//! assert!(report.is_clean(), "{report}");
//! # });
//! ```
//!
//! Every request has a number of its own, which it appends, counts or sets; one that was answered with
//! 503, not in time or not at all may have been done or not. Checked is that
//!
//! - what was acknowledged is there, once, for whoever asks later and in the end;
//! - counters lie between what was acknowledged and what was tried;
//! - no request that begins after the answer to a logout finds the session, with whichever of its
//!   tokens, and none that begins after a login finds the session that was there before it;
//! - each version was the basis of one acknowledged save, each key was filled once, and none that was
//!   emptied holds a record.
mod check;
mod client;
mod dice;
mod event;
mod lag;
mod recorder;
mod report;
mod site;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::clock::Clock;
use crate::error::StoreError;
use crate::keys::KeyRing;
use crate::session::Body;
use crate::store::AnyStore;
use crate::testing::Browser;

use client::Stage;
use dice::Dice;
use event::{Event, Recorded};
use recorder::{Book, Recorder, open};

pub use check::Verdict;
pub use event::{Kind, Seen, Wish};
pub use report::Report;

/// How often what stands in the store is asked for in the end, when it can't be reached.
const ASK_AGAIN: u32 = 100;
/// The pause between.
const PAUSE: Duration = Duration::from_millis(100);

/// A run that is being prepared. See the [module](self).
#[must_use]
pub struct History {
    stores: Vec<AnyStore>,
    sites: Vec<Browser>,
    cookie: String,
    clients: usize,
    sessions: usize,
    ops: u64,
    seed: u64,
    volatile: bool,
    hindered: bool,
    lag: Duration,
}

impl History {
    /// Visits this library's layer, one node on each of these stores; all must lead to the same place.
    pub fn of(stores: impl IntoIterator<Item = impl Into<AnyStore>>) -> Self {
        Self {
            stores: stores.into_iter().map(Into::into).collect(),
            ..Self::visiting(Vec::new(), "__Host-sessionid")
        }
    }

    /// Visits any sites that do what a [`Wish`] says and answer [`Seen`] as JSON: nodes of one site that
    /// share sessions, whose cookie has this name.
    pub fn visiting(sites: Vec<Browser>, cookie: impl Into<String>) -> Self {
        Self {
            stores: Vec::new(),
            sites,
            cookie: cookie.into(),
            clients: 16,
            sessions: 4,
            ops: 10_000,
            seed: 1,
            volatile: false,
            hindered: false,
            lag: Duration::ZERO,
        }
    }

    /// Lets so many clients visit at the same time. Default: 16.
    pub fn clients(mut self, clients: usize) -> Self {
        self.clients = clients.max(1);
        self
    }

    /// Lets the clients share so many browsers. Default: 4.
    pub fn sessions(mut self, sessions: usize) -> Self {
        self.sessions = sessions.max(1);
        self
    }

    /// Sends so many requests altogether. Default: 10,000.
    pub fn ops(mut self, ops: u64) -> Self {
        self.ops = ops;
        self
    }

    /// Makes other choices. Default: 1.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Lets the store forget whole sessions, as a cache that is restarted does; they are counted.
    pub fn volatile(mut self, volatile: bool) -> Self {
        self.volatile = volatile;
        self
    }

    /// Says that the store is hindered on purpose, so that its failures are no errors.
    pub fn hindered(mut self, hindered: bool) -> Self {
        self.hindered = hindered;
        self
    }

    /// Lets answers be out of date by so much, as those of a store with copies in each process may be. What
    /// stands there in the end is checked as ever, after that time.
    pub fn lagging(mut self, lag: Duration) -> Self {
        self.lag = lag;
        self
    }

    /// Returns the seed.
    #[must_use]
    pub fn chosen_seed(&self) -> u64 {
        self.seed
    }

    /// Plays and checks.
    pub async fn run(self) -> Report {
        self.play().await.check().await
    }

    /// Lets the clients do what they do, until all requests are spent.
    ///
    /// # Panics
    /// When there is neither a store nor a site.
    pub async fn play(self) -> Played {
        let began = Instant::now();
        let book = Arc::new(Mutex::new(Book::default()));
        let nodes = self.nodes(&book);
        assert!(!nodes.is_empty(), "a history needs at least one node");
        let stage = Arc::new(Stage::new(nodes, &self.cookie, self.sessions, self.ops));
        let mut clients = JoinSet::new();
        for client in 0..self.clients {
            let dice =
                Dice::of(self.seed ^ (client as u64 + 1).wrapping_mul(0x5851_F42D_4C95_7F2D));
            clients.spawn(stage.clone().play(dice));
        }
        let mut events: Vec<Event> = clients.join_all().await.into_iter().flatten().collect();
        events.sort_by_key(Event::op);
        Played {
            history: self,
            stage,
            book,
            events,
            duration: began.elapsed(),
        }
    }

    fn nodes(&self, book: &Arc<Mutex<Book>>) -> Vec<Browser> {
        let secret = KeyRing::generate_secret();
        let on_stores = self.stores.iter().enumerate().map(|(number, store)| {
            let seed = self.seed.wrapping_add(number as u64);
            let recorder = Recorder::before(store.clone(), book.clone(), seed);
            site::node(recorder.into(), &secret, self.seed)
        });
        self.sites.iter().cloned().chain(on_stores).collect()
    }
}

impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("History")
            .field("stores", &self.stores)
            .field("clients", &self.clients)
            .field("sessions", &self.sessions)
            .field("ops", &self.ops)
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}

/// A run whose requests are spent, and that is to be checked once the store is well.
#[must_use]
pub struct Played {
    history: History,
    stage: Arc<Stage>,
    book: Arc<Mutex<Book>>,
    events: Vec<Event>,
    duration: Duration,
}

impl Played {
    /// Reads with every token that was ever given out and everything that stands in the store, and
    /// checks the history.
    ///
    /// # Panics
    /// When the store can't be reached for ten seconds.
    pub async fn check(self) -> Report {
        let Self {
            history,
            stage,
            book,
            mut events,
            duration,
        } = self;
        lag::allow(&mut events, history.lag);
        let mut dice = Dice::of(history.seed);
        tokio::time::sleep(history.lag).await;
        let trials = stage.read_all(&mut dice).await;
        let mut recorded = Recorded {
            mistakes: stage.mistakes(),
            volatile: history.volatile,
            ..Recorded::default()
        };
        match history.stores.first() {
            Some(store) => look_into(store, &book, &mut recorded).await,
            // Where nobody can look into the store, what is left is what its visitors can still see.
            None => {
                let answers = trials.iter().filter_map(|trial| trial.answer.as_ref());
                let seen = answers.map(|(_, seen)| seen);
                recorded.left = seen.filter(|seen| seen.id().is_some()).cloned().collect();
            }
        }
        let requests = count(&events);
        recorded.events = events;
        let tokens = trials.len();
        recorded.events.extend(trials);
        let (failures, first_failure) = {
            let mut book = open(&book);
            recorded.writes = std::mem::take(&mut book.writes);
            (book.failures, book.first_failure.take())
        };
        if !history.hindered {
            recorded.mistakes.extend(first_failure);
        }
        Report {
            seed: history.seed,
            duration,
            requests,
            failures,
            tokens,
            left: recorded.left.len(),
            verdict: check::check(&recorded),
        }
    }
}

impl fmt::Debug for Played {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Played").field(&self.history).finish()
    }
}

/// Loads what stands under every key that was ever used.
async fn look_into(store: &AnyStore, book: &Mutex<Book>, recorded: &mut Recorded) {
    let keys: Vec<_> = open(book).keys.iter().copied().collect();
    let now = Clock::system().now();
    for key in keys {
        let found = patiently(|| store.load(&key, now)).await;
        if let Some(Body::Record(record)) = found.map(|stored| stored.body) {
            recorded.standing.push(key);
            recorded.left.push(site::seen_in(record.entries()));
        }
    }
}

async fn patiently<T, F>(ask: impl Fn() -> F) -> T
where
    F: Future<Output = Result<T, StoreError>>,
{
    for _ in 0..ASK_AGAIN {
        match ask().await {
            Ok(answer) => return answer,
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
    match ask().await {
        Ok(answer) => answer,
        Err(error) => panic!("the store can't be reached in the end: {error}"),
    }
}

fn count(events: &[Event]) -> BTreeMap<&'static str, (u64, u64)> {
    let mut counts: BTreeMap<_, (u64, u64)> = BTreeMap::new();
    for event in events {
        let (sent, unknown) = counts.entry(event.kind().name()).or_default();
        *sent += 1;
        *unknown += u64::from(event.answer.is_none());
    }
    counts
}
