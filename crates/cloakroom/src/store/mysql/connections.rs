//! Connections: each is one request's alone, and serves another only when all of its answer was read.
//!
//! sqlx's own pool asks the server for a sign of life whenever a connection comes back, which is a
//! round trip for every request, and takes back those on which a request was given up in the
//! middle of an answer. So the store keeps its connections itself; an application's own pool is
//! used as it is, but what was given up is closed there too.
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlPool};
use sqlx::pool::PoolConnection;
use sqlx::{ConnectOptions, Connection, MySql, Row};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout};

use crate::store::Options;
use crate::store::mysql::fault::{is_closed, is_read_only};

/// A connection that was silent for longer may have been ended by the server or on the way there,
/// so a write, which is never repeated, asks for a sign of life first.
const SILENT: Duration = Duration::from_secs(10);
/// In one message: what holds for this connection, and the longest message that the server takes.
const BEGIN: &str = "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', \
    SESSION innodb_lock_wait_timeout = 1, SESSION autocommit = 1, NAMES utf8mb4; \
    SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; \
    SELECT @@max_allowed_packet";

/// Where requests get their connections.
#[derive(Debug)]
pub(super) enum Connections {
    Own(Box<Own>),
    /// The application's pool, and the longest message that its server takes.
    Shared(MySqlPool, u64),
}

/// The store's own connections.
#[derive(Debug)]
pub(super) struct Own {
    server: MySqlConnectOptions,
    places: Semaphore,
    idle: Mutex<Vec<Idle>>,
    limit: Duration,
}

#[derive(Debug)]
struct Idle {
    connection: MySqlConnection,
    longest: u64,
    since: Instant,
}

/// One connection while a request uses it. Dropped without [`Line::settle`], it is closed.
#[derive(Debug)]
pub(super) struct Line<'a> {
    held: Option<Held<'a>>,
    longest: u64,
}

#[derive(Debug)]
enum Held<'a> {
    Own(MySqlConnection, &'a Own, SemaphorePermit<'a>),
    Shared(PoolConnection<MySql>),
}

impl Connections {
    pub(super) fn own(server: MySqlConnectOptions, options: &Options) -> Self {
        Self::Own(Box::new(Own {
            // sqlx would set these in a message of its own; `BEGIN` says all at once.
            server: server
                .pipes_as_concat(false)
                .no_engine_substitution(false)
                .timezone(None)
                .set_names(false)
                .disable_statement_logging(),
            places: Semaphore::new(options.connections),
            idle: Mutex::default(),
            limit: options.connect_timeout,
        }))
    }

    pub(super) async fn shared(pool: MySqlPool) -> Result<Self, sqlx::Error> {
        let longest = sqlx::raw_sql("SELECT @@max_allowed_packet");
        let longest = longest.fetch_one(&pool).await?.try_get(0)?;
        Ok(Self::Shared(pool, longest))
    }

    /// Returns a connection for what may be asked again when it turns out to be closed.
    pub(super) async fn to_read(&self) -> Result<Line<'_>, sqlx::Error> {
        match self {
            Self::Own(own) => own.take(None).await,
            Self::Shared(pool, longest) => Ok(Line {
                held: Some(Held::Shared(pool.acquire().await?)),
                longest: *longest,
            }),
        }
    }

    /// Returns a connection that has lately proved to be open, or is new.
    pub(super) async fn to_write(&self) -> Result<Line<'_>, sqlx::Error> {
        match self {
            Self::Own(own) => own.take(Some(SILENT)).await,
            Self::Shared(..) => self.to_read().await,
        }
    }

    pub(super) async fn close(&self) {
        match self {
            Self::Own(own) => {
                own.places.close();
                let idle: Vec<_> = own.idle().drain(..).collect();
                for idle in idle {
                    let _ = timeout(own.limit, idle.connection.close()).await;
                }
            }
            Self::Shared(pool, _) => pool.close().await,
        }
    }
}

impl Own {
    async fn take(&self, silent: Option<Duration>) -> Result<Line<'_>, sqlx::Error> {
        let place = timeout(self.limit, self.places.acquire()).await;
        let place = place
            .map_err(|_| sqlx::Error::PoolTimedOut)?
            .map_err(|_| sqlx::Error::PoolClosed)?;
        let (connection, longest) = match self.waiting(silent).await {
            Some(idle) => (idle.connection, idle.longest),
            None => self.connect().await?,
        };
        Ok(Line {
            held: Some(Held::Own(connection, self, place)),
            longest,
        })
    }

    /// Returns the connection that was used last; if it was silent for so long, only after a sign
    /// of life.
    async fn waiting(&self, silent: Option<Duration>) -> Option<Idle> {
        let mut idle = self.idle().pop()?;
        if silent.is_none_or(|silent| idle.since.elapsed() < silent) {
            return Some(idle);
        }
        match timeout(self.limit, idle.connection.ping()).await {
            Ok(Ok(())) => Some(idle),
            Ok(Err(_)) | Err(_) => {
                self.forget();
                None
            }
        }
    }

    async fn connect(&self) -> Result<(MySqlConnection, u64), sqlx::Error> {
        let connected = timeout(self.limit, async {
            let mut connection = self.server.connect().await?;
            let row = sqlx::raw_sql(BEGIN).fetch_one(&mut connection).await?;
            Ok((connection, row.try_get(0)?))
        });
        connected.await.unwrap_or_else(|_| {
            let why = format!("no connection within {} ms", self.limit.as_millis());
            Err(io::Error::new(io::ErrorKind::TimedOut, why).into())
        })
    }

    /// Closes what waits: what ended one connection has ended the others too.
    fn forget(&self) {
        self.idle().clear();
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line<'_> {
    /// Returns the longest message that the server takes, in bytes.
    pub(super) fn longest(&self) -> u64 {
        self.longest
    }

    pub(super) fn connection(&mut self) -> &mut MySqlConnection {
        match self
            .held
            .as_mut()
            .expect("a line is held until it is settled")
        {
            Held::Own(connection, ..) => connection,
            Held::Shared(connection) => connection,
        }
    }

    /// Gives the connection back, unless the answer shows that it can't serve the next request.
    pub(super) fn settle<T>(mut self, answer: &Result<T, sqlx::Error>) {
        match answer {
            Ok(_) => self.give_back(),
            Err(error) if is_closed(error) || is_read_only(error) => self.forget_others(),
            // The server said no, and all of that was read.
            Err(sqlx::Error::Database(_)) => self.give_back(),
            Err(_) => {}
        }
    }

    fn give_back(&mut self) {
        match self.held.take() {
            Some(Held::Own(connection, own, place)) => {
                own.idle().push(Idle {
                    connection,
                    longest: self.longest,
                    since: Instant::now(),
                });
                // Whoever waits for the place finds the connection.
                drop(place);
            }
            Some(Held::Shared(connection)) => drop(connection),
            None => {}
        }
    }

    fn forget_others(&self) {
        if let Some(Held::Own(_, own, _)) = &self.held {
            own.forget();
        }
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        if let Some(Held::Shared(mut connection)) = self.held.take() {
            connection.close_on_drop();
        }
    }
}
