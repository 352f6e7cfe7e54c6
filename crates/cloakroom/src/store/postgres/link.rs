//! One connection: requests share it, their statements follow one another without waiting for answers.
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{AsyncMessage, Client, Connection, Error, Notification, Row, Statement};

use crate::error::StoreError;
use crate::store::named::Named;
use crate::store::postgres::NAME;
use crate::store::postgres::address::Address;
use crate::store::postgres::fault::{FOREIGN, UNREACHED, failed, is_stale};
use crate::store::postgres::statements::Statements;
use crate::store::postgres::value::Value;

/// How long a connection may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(1);

/// After so many microseconds without an answer, whoever asks next goes elsewhere: a statement may wait for somebody's lock.
const FLOWING: u64 = 5_000;

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    /// One session at a time, by its key.
    One,
    /// Looking at many.
    Many,
    /// One of Django's sessions at a time.
    #[cfg(feature = "django")]
    OneOfDjangos,
    /// Looking at many of Django's.
    #[cfg(feature = "django")]
    ManyOfDjangos,
}

/// A connection that serves requests.
#[derive(Debug)]
pub(super) struct Link {
    client: Client,
    named: Named,
    pub(super) statements: Statements,
    driver: Driver,
    /// After which silence the server counts as hung.
    patience: Duration,
    /// How many answers came, so that silence can be told from one slow answer.
    answers: AtomicU64,
    under_way: AtomicUsize,
    /// When it last answered, or was asked while it had nothing to do: in microseconds since it was opened.
    moved: AtomicU64,
    opened: Instant,
    retired: AtomicBool,
}

impl Link {
    /// Opens a connection for answers that may take as long as `response`.
    pub(super) async fn open(
        address: &Address,
        work: Work,
        response: Duration,
    ) -> Result<Self, StoreError> {
        const DOING: &str = "connect";
        let opened = timeout(address.limit, async {
            let (client, driver) = address.connect().await?;
            client.batch_execute(&settings(work, response)).await?;
            let statements = Statements::prepare(&client, &address.named, work).await?;
            Ok::<_, Error>((client, driver, statements))
        });
        let opened = opened.await.map_err(|_| silent(DOING, address.limit))?;
        let (client, driver, statements) = opened.map_err(|error| failed(DOING, &error))?;
        if !statements.fit() {
            return Err(StoreError::new(NAME, "use its tables")
                .because("a column of the table of sessions has another type")
                .remedy(FOREIGN));
        }
        Ok(Self {
            client,
            named: address.named.clone(),
            statements,
            driver,
            patience: response * 3 / 4,
            answers: AtomicU64::new(0),
            under_way: AtomicUsize::new(0),
            moved: AtomicU64::new(0),
            opened: Instant::now(),
            retired: AtomicBool::new(false),
        })
    }

    /// Runs a prepared statement and returns its row, if it has one.
    pub(super) async fn row<const N: usize>(
        &self,
        statement: &Statement,
        values: [Value<'_>; N],
    ) -> Result<Option<Row>, Error> {
        let turn = Turn::begin(self);
        let values = values.each_ref().map(|value| value as &(dyn ToSql + Sync));
        turn.over(self.client.query_opt(statement, &values).await)
    }

    /// Runs a prepared statement and returns how many rows it changed.
    pub(super) async fn change<const N: usize>(
        &self,
        statement: &Statement,
        values: [Value<'_>; N],
    ) -> Result<u64, Error> {
        let turn = Turn::begin(self);
        let values = values.each_ref().map(|value| value as &(dyn ToSql + Sync));
        turn.over(self.client.execute(statement, &values).await)
    }

    /// Runs a statement on values that come in lists and one by itself, and returns its rows.
    pub(super) async fn lists<const N: usize>(
        &self,
        statement: &Statement,
        lists: [Vec<Value<'_>>; N],
        last: Value<'_>,
    ) -> Result<Vec<Row>, Error> {
        let turn = Turn::begin(self);
        let lists = lists.iter().map(|list| list as &(dyn ToSql + Sync));
        let values: Vec<_> = lists.chain([&last as &(dyn ToSql + Sync)]).collect();
        turn.over(self.client.query(statement, &values).await)
    }

    /// Runs a statement that is not prepared, in one round trip as well, and returns its rows.
    pub(super) async fn rows<const N: usize>(
        &self,
        sql: &'static str,
        values: [Value<'_>; N],
    ) -> Result<Vec<Row>, Error> {
        let turn = Turn::begin(self);
        let typed = values
            .each_ref()
            .map(|value| (value as &(dyn ToSql + Sync), value.of()));
        let typed: &[(&(dyn ToSql + Sync), Type)] = &typed;
        turn.over(self.client.query_typed(&self.named.sql(sql), typed).await)
    }

    /// Says whether requests may still be sent here.
    pub(super) fn serves(&self) -> bool {
        !self.client.is_closed() && !self.retired.load(Ordering::Relaxed)
    }

    /// Says whether answers come without anybody's waiting for long, so that others may ask behind those who do.
    pub(super) fn flows(&self, now: Instant) -> bool {
        let quiet = self
            .since_opened(now)
            .saturating_sub(self.moved.load(Ordering::Relaxed));
        quiet < FLOWING || self.under_way.load(Ordering::Relaxed) == 0
    }

    fn since_opened(&self, now: Instant) -> u64 {
        let since = now.saturating_duration_since(self.opened).as_micros();
        u64::try_from(since).unwrap_or(u64::MAX)
    }

    /// Sends no more requests here and gives up those under way.
    fn retire(&self) {
        self.retired.store(true, Ordering::Relaxed);
        self.driver.give_up();
    }

    /// Says goodbye to the server.
    pub(super) async fn close(self) {
        let Self {
            client,
            statements,
            driver,
            ..
        } = self;
        drop((statements, client));
        driver.end().await;
    }
}

/// A session's settings. Isolation is named because a database may have another default, and for single
/// sessions a full scan is made to look dear, because a young table has no statistics yet.
fn settings(work: Work, response: Duration) -> String {
    let milliseconds = response.as_millis();
    let (whole, lock) = (milliseconds * 9 / 10, milliseconds / 2);
    let planning = match work {
        #[cfg(feature = "django")]
        Work::OneOfDjangos => {
            "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET timezone = 'UTC'"
        }
        #[cfg(feature = "django")]
        Work::ManyOfDjangos => "SET jit = off; SET timezone = 'UTC'",
        Work::One => "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off",
        // A bitmap of all that expired would be made anew for each batch of a sweep.
        // A walk through the table goes on where the last batch of it ended.
        Work::Many => "SET jit = off; SET enable_bitmapscan = off; SET synchronize_seqscans = off",
    };
    format!(
        "SET statement_timeout = {whole}; SET lock_timeout = {lock}; \
         SET idle_in_transaction_session_timeout = {whole}; \
         SET default_transaction_isolation = 'read committed'; \
         SET client_min_messages = warning; {planning}"
    )
}

/// The error of a server that takes connections and says nothing.
pub(super) fn silent(doing: &'static str, limit: Duration) -> StoreError {
    StoreError::new(NAME, doing)
        .because(format!("no answer within {} ms", limit.as_millis()))
        .remedy(UNREACHED)
        .out_of_reach()
}

/// One request on a connection. When it is given up, and the server has been silent all the while, the
/// connection is given up too.
struct Turn<'a> {
    link: &'a Link,
    answers_before: u64,
    began: Instant,
    over: bool,
}

impl<'a> Turn<'a> {
    fn begin(link: &'a Link) -> Self {
        let began = Instant::now();
        if link.under_way.fetch_add(1, Ordering::Relaxed) == 0 {
            link.moved
                .store(link.since_opened(began), Ordering::Relaxed);
        }
        Self {
            link,
            answers_before: link.answers.load(Ordering::Relaxed),
            began,
            over: false,
        }
    }

    fn over<T>(mut self, answer: Result<T, Error>) -> Result<T, Error> {
        self.over = true;
        self.link.answers.fetch_add(1, Ordering::Relaxed);
        let now = self.link.since_opened(Instant::now());
        self.link.moved.store(now, Ordering::Relaxed);
        if answer.as_ref().is_err_and(is_stale) {
            self.link.retire();
        }
        answer
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.link.under_way.fetch_sub(1, Ordering::Relaxed);
        if self.over || self.began.elapsed() < self.link.patience {
            return;
        }
        if self.link.answers.load(Ordering::Relaxed) == self.answers_before {
            tracing::warn!(store = NAME, "a connection is silent and is replaced");
            self.link.retire();
        }
    }
}

/// The task that carries a connection's bytes; it ends with this.
#[derive(Debug)]
pub(super) struct Driver(JoinHandle<()>);

impl Driver {
    pub(super) fn start<S, T>(connection: Connection<S, T>) -> Self
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        Self(tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(store = NAME, %error, "a connection ended");
            }
        }))
    }

    /// Also hands on what the server tells unasked; whoever waits for that learns of the end of the connection.
    pub(super) fn start_hearing<S, T>(
        mut connection: Connection<S, T>,
        heard: UnboundedSender<Notification>,
    ) -> Self
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        Self(tokio::spawn(async move {
            while let Some(Ok(message)) = poll_fn(|cx| connection.poll_message(cx)).await {
                if let AsyncMessage::Notification(told) = message {
                    // Nobody listens any more when the connection is being dropped.
                    let _ = heard.send(told);
                }
            }
        }))
    }

    fn give_up(&self) {
        self.0.abort();
    }

    /// Waits until the server was told that this is the end.
    pub(super) async fn end(mut self) {
        let _ = timeout(GOODBYE, &mut self.0).await;
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.give_up();
    }
}
