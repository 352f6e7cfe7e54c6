//! One connection: many ask at once, and answers come in the order of the questions.
mod driver;
mod inbox;
mod places;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::AbortHandle;

use crate::store::redis::command::{Command, Commands};
use crate::store::redis::line::driver::Driver;
use crate::store::redis::line::places::Places;
use crate::store::redis::reply::Reply;

pub(in crate::store::redis) use inbox::Inbox;

/// An open connection. Whoever gives an answer up leaves it in order: the answer is read and dropped.
#[derive(Debug)]
pub(super) struct Line {
    shared: Arc<Shared>,
    driver: AbortHandle,
}

/// What those who ask share with the task that sends and reads.
#[derive(Debug, Default)]
struct Shared {
    places: Mutex<Places>,
    has_ended: AtomicBool,
}

/// Why a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// The other side hung up.
    HungUp,
    /// The network failed.
    Broken(io::ErrorKind),
    /// Nothing was heard for this long, though somebody waited.
    Silent(Duration),
    /// Something else than a Redis answered.
    Garbage,
    /// The server has as many connections as it may have.
    NoRoom,
    /// This side hung up.
    LetGo,
}

/// Why a question has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    /// It was not sent.
    Unsent(Cut),
    /// It was sent, or a part of it; whether it was carried out is not known.
    Sent(Cut),
}

impl Line {
    /// Takes over a stream. When somebody waits and nothing is heard for `silence`, it is given up;
    /// its end, unless it was let go or there was no room for it, puts the server in doubt.
    pub(super) fn over<S>(stream: S, silence: Duration, doubt: Arc<AtomicBool>) -> Self
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let shared = Arc::new(Shared::default());
        let driver = Driver::new(stream, shared.clone(), silence, doubt);
        Self {
            shared,
            driver: tokio::spawn(driver).abort_handle(),
        }
    }

    /// Says whether the other side is still there, as far as is known.
    pub(super) fn is_open(&self) -> bool {
        !self.shared.has_ended.load(Ordering::Acquire)
    }

    /// Asks, and waits for the answer.
    pub(super) fn ask<'a>(&'a self, command: Command<'a>) -> Asking<'a> {
        Asking {
            shared: &self.shared,
            stage: Stage::Unasked(command),
        }
    }

    /// Asks all at once, and waits for all the answers.
    pub(super) async fn ask_all(&self, commands: &Commands) -> Result<Vec<Reply>, Lost> {
        let numbers = self.shared.places().add_all(commands);
        let asking: Vec<Asking<'_>> = numbers
            .map_err(Lost::Unsent)?
            .map(|number| Asking {
                shared: &self.shared,
                stage: Stage::Asked(number),
            })
            .collect();
        let mut replies = Vec::with_capacity(asking.len());
        for one in asking {
            replies.push(one.await?);
        }
        Ok(replies)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Shared {
    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One question on its way, sent when this is first polled.
pub(super) struct Asking<'a> {
    shared: &'a Shared,
    stage: Stage<'a>,
}

enum Stage<'a> {
    Unasked(Command<'a>),
    /// It has the place of this number.
    Asked(u64),
    Over,
}

impl Future for Asking<'_> {
    type Output = Result<Reply, Lost>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let shared = self.shared;
        let mut places = shared.places();
        match self.stage {
            Stage::Unasked(command) => match places.add(command, cx.waker()) {
                Ok((number, driver)) => {
                    self.stage = Stage::Asked(number);
                    drop(places);
                    if let Some(driver) = driver {
                        driver.wake();
                    }
                    Poll::Pending
                }
                Err(cut) => {
                    self.stage = Stage::Over;
                    Poll::Ready(Err(Lost::Unsent(cut)))
                }
            },
            Stage::Asked(number) => {
                let answer = places.take(number, cx.waker());
                if answer.is_ready() {
                    self.stage = Stage::Over;
                }
                answer
            }
            Stage::Over => panic!("an answer is given once"),
        }
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        if let Stage::Asked(number) = self.stage {
            self.shared.places().leave(number);
        }
    }
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HungUp => f.write_str("the server hung up"),
            Self::Broken(kind) => write!(f, "the connection broke: {kind}"),
            Self::Silent(limit) => {
                write!(f, "the server said nothing for {} ms", limit.as_millis())
            }
            Self::Garbage => f.write_str("the server says what Redis does not"),
            Self::NoRoom => f.write_str("the server has no connection left"),
            Self::LetGo => f.write_str("the store was closed"),
        }
    }
}

impl std::error::Error for Cut {}
