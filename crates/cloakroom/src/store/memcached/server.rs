//! One memcached: a few connections that are opened when they are needed, and what it says about itself.
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::error::StoreError;
use crate::store::Options;
use crate::store::memcached::NAME;
use crate::store::memcached::connection::{Connection, Lost};
use crate::store::memcached::greeting::{Greeting, evictions, greet};
use crate::store::memcached::wire::{Reply, Request};

/// More connections than this gain nothing: each carries many questions at once.
const MOST_CONNECTIONS: usize = 4;

/// One memcached server.
#[derive(Debug)]
pub(super) struct Server {
    address: String,
    connect_timeout: Duration,
    silence: Duration,
    slots: Vec<Slot>,
    turn: AtomicUsize,
    /// Which run of the server was met last; 0 for none.
    boot: AtomicU64,
    evictions: AtomicU64,
}

/// A place for one connection.
#[derive(Debug, Default)]
struct Slot {
    open: Mutex<Option<Arc<Line>>>,
    opening: tokio::sync::Mutex<()>,
}

/// A connection, and what the server said when it was opened.
#[derive(Debug)]
struct Line {
    connection: Connection,
    greeting: Greeting,
}

impl Server {
    pub(super) fn new(address: String, options: &Options) -> Self {
        let slots = options.connections.min(MOST_CONNECTIONS);
        Self {
            address,
            connect_timeout: options.connect_timeout,
            // Whoever asked has given up by then.
            silence: options.response_timeout * 2,
            slots: (0..slots).map(|_| Slot::default()).collect(),
            turn: AtomicUsize::new(0),
            boot: AtomicU64::new(0),
            evictions: AtomicU64::new(0),
        }
    }

    /// Asks and returns the answer. A question that changes something is asked again only when it
    /// certainly was not sent.
    pub(super) async fn ask(
        &self,
        doing: &'static str,
        request: Request<'_>,
    ) -> Result<Reply, StoreError> {
        let mut again = true;
        loop {
            let line = self.line(doing).await?;
            let lost = match line.ask(request).await {
                Ok(Reply::Refused(why)) => return Err(refused(doing, &why)),
                Ok(reply) => return Ok(reply),
                Err(lost) => lost,
            };
            if !again || (lost == Lost::Cut && !request.only_asks()) || lost == Lost::Garbage {
                return Err(lost_on_the_way(doing, lost));
            }
            again = false;
        }
    }

    /// Returns the most bytes that the server takes under a name of this length.
    pub(super) async fn limit(&self, doing: &'static str, name: &str) -> Result<usize, StoreError> {
        Ok(self.line(doing).await?.greeting.largest_body(name))
    }

    /// Looks how many items the server took away to make room, and tells when it were more than before.
    pub(super) async fn look_for_evictions(&self, doing: &'static str) -> Result<(), StoreError> {
        if let Reply::Stats(stats) = self.ask(doing, Request::Stats).await? {
            self.note_evictions(evictions(&stats));
        }
        Ok(())
    }

    pub(super) fn close(&self) {
        for slot in &self.slots {
            slot.put(None);
        }
    }

    /// Returns a connection that is open, as far as is known.
    async fn line(&self, doing: &'static str) -> Result<Arc<Line>, StoreError> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.slots.len();
        let slot = &self.slots[turn];
        if let Some(line) = slot.line() {
            return Ok(line);
        }
        let _opening = slot.opening.lock().await;
        if let Some(line) = slot.line() {
            return Ok(line);
        }
        match self.open(doing).await {
            Ok(line) => {
                let line = Arc::new(line);
                slot.put(Some(line.clone()));
                Ok(line)
            }
            // A server that has no connection left still serves those that are open.
            Err(error) => self.slots.iter().find_map(Slot::line).ok_or(error),
        }
    }

    async fn open(&self, doing: &'static str) -> Result<Line, StoreError> {
        let opening = timeout(self.connect_timeout, async {
            let stream = TcpStream::connect(&self.address).await;
            let connection = stream.and_then(|stream| Connection::over(stream, self.silence));
            let connection = connection.map_err(|error| unreachable(doing).because(error))?;
            let greeting = greet(&connection, doing).await?;
            Ok(Line {
                connection,
                greeting,
            })
        });
        let line = opening.await.unwrap_or_else(|_| {
            let limit = self.connect_timeout.as_millis();
            Err(unreachable(doing).because(format!("no connection within {limit} ms")))
        })?;
        self.note(&line.greeting);
        Ok(line)
    }

    fn note(&self, greeting: &Greeting) {
        let before = self.boot.swap(greeting.boot, Ordering::Relaxed);
        if before != 0 && before != greeting.boot {
            self.evictions.store(0, Ordering::Relaxed);
            tracing::error!(
                store = NAME,
                "the server was started anew and has forgotten everything"
            );
        }
        self.note_evictions(greeting.evictions);
    }

    fn note_evictions(&self, evictions: u64) {
        let before = self.evictions.fetch_max(evictions, Ordering::Relaxed);
        if evictions > before {
            metrics::counter!("cloakroom_memcached_evictions_total").increment(evictions - before);
            tracing::warn!(
                store = NAME,
                evictions,
                "the server takes items away to make room; give it more memory (-m)"
            );
        }
    }
}

impl Slot {
    fn line(&self) -> Option<Arc<Line>> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.clone().filter(|line| line.connection.is_open())
    }

    fn put(&self, line: Option<Arc<Line>>) {
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = line;
    }
}

impl Line {
    async fn ask(&self, request: Request<'_>) -> Result<Reply, Lost> {
        self.connection.ask(request, self.greeting.boot).await
    }
}

fn unreachable(doing: &'static str) -> StoreError {
    StoreError::new(NAME, doing)
        .remedy("start memcached, or correct host and port in the URL")
        .out_of_reach()
}

pub(super) fn lost_on_the_way(doing: &'static str, lost: Lost) -> StoreError {
    match lost {
        Lost::Garbage => StoreError::new(NAME, doing)
            .because("the server says what memcached does not")
            .remedy("memcached 1.6 or newer is needed"),
        Lost::NoRoom => StoreError::new(NAME, doing)
            .because("the server has no connection left")
            .remedy("start memcached with a larger -c, or see who else holds connections: the store uses at most four to a server")
            .out_of_reach(),
        Lost::Unsent | Lost::Cut => StoreError::new(NAME, doing)
            .because("the server hung up")
            .out_of_reach(),
    }
}

pub(super) fn refused(doing: &'static str, why: &str) -> StoreError {
    let error = StoreError::new(NAME, doing).because(format!("the server says: {why}"));
    if why.contains("memory") {
        error.remedy("give memcached more memory (-m)")
    } else {
        error
    }
}
