//! Checkpoints: what the log has gathered goes into the file, on a thread and a connection of its
//! own, so that no write waits for the disk.
//!
//! A passive checkpoint hinders nobody, but a log starts anew only when all of it is in the file at
//! the moment of a write. Where somebody always writes, the writing thread itself copies the last
//! bit from time to time.
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::error::StoreError;
use crate::store::sqlite::NAME;
use crate::store::sqlite::place::Place;

/// After so many pages the log is copied into the file, as SQLite does by default.
const PAGES: i64 = 1_000;
/// A log of so many pages should start anew.
const LONG: i64 = 10_000;

/// The queue of the copying thread. The thread ends with the last of these.
#[derive(Clone)]
pub(super) struct Checkpoints {
    queue: Sender<Ask>,
}

/// What is asked of the copying thread.
enum Ask {
    Copy,
    CopyAndTell(oneshot::Sender<()>),
    Close(oneshot::Sender<()>),
}

impl Checkpoints {
    /// Starts the thread.
    pub(super) fn start(place: Place) -> Result<Self, StoreError> {
        let (queue, asked) = channel();
        thread::Builder::new()
            .name("cloakroom-sqlite-log".into())
            .spawn(move || work(&place, &asked))
            .map_err(|error| StoreError::new(NAME, "start its second thread").because(error))?;
        Ok(Self { queue })
    }

    /// Asks for a checkpoint and does not wait for it.
    fn ask(&self) {
        // If the thread is gone, the site is stopping; so below.
        let _ = self.queue.send(Ask::Copy);
    }

    /// Waits until a checkpoint is over.
    pub(super) async fn finish(&self) {
        let (answer, answered) = oneshot::channel();
        let _ = self.queue.send(Ask::CopyAndTell(answer));
        let _ = answered.await;
    }

    /// Closes the connection and ends the thread.
    pub(super) async fn close(&self) {
        let (answer, answered) = oneshot::channel();
        let _ = self.queue.send(Ask::Close(answer));
        let _ = answered.await;
    }
}

fn work(place: &Place, asked: &Receiver<Ask>) {
    let mut connection = None;
    while let Ok(first) = asked.recv() {
        // One checkpoint is for all who asked.
        let all: Vec<_> = [first].into_iter().chain(asked.try_iter()).collect();
        let closes = all.iter().any(|ask| matches!(ask, Ask::Close(_)));
        if closes {
            drop(connection.take());
        } else if connection.is_none() {
            connection = place.open_beside().ok();
        }
        if let Some(connection) = &connection {
            log_after(connection, "PASSIVE");
        }
        for ask in all {
            if let Ask::CopyAndTell(answer) | Ask::Close(answer) = ask {
                let _ = answer.send(());
            }
        }
        if closes {
            return;
        }
    }
}

/// How long the log is.
#[derive(Clone, Copy)]
struct Log {
    pages: i64,
    /// How many of its pages are in the file.
    copied: i64,
}

/// Copies the log into the file in this mode; `NOOP` only looks. `None` when that fails: then it is
/// tried again after the next write.
fn log_after(connection: &Connection, mode: &'static str) -> Option<Log> {
    let sql = match mode {
        "NOOP" => "PRAGMA wal_checkpoint(NOOP)",
        _ => "PRAGMA wal_checkpoint(PASSIVE)",
    };
    let mut statement = connection.prepare_cached(sql).ok()?;
    let log = statement.query_row((), |row| {
        Ok(Log {
            pages: row.get(1)?,
            copied: row.get(2)?,
        })
    });
    log.ok()
}

/// What the writing thread knows of the log.
pub(super) struct Keeper {
    checkpoints: Checkpoints,
    /// From how many pages on the writing thread itself copies.
    copies_at: i64,
}

impl Keeper {
    pub(super) fn new(checkpoints: Checkpoints) -> Self {
        Self {
            checkpoints,
            copies_at: LONG,
        }
    }

    /// Has the log copied when it has grown.
    pub(super) fn after_commit(&mut self, connection: &Connection) {
        let Some(log) = log_after(connection, "NOOP") else {
            return;
        };
        if log.pages < LONG {
            self.copies_at = LONG;
        }
        if log.pages >= self.copies_at {
            log_after(connection, "PASSIVE");
            // Whoever reads for long keeps the log from starting anew; that is not tried at every write.
            self.copies_at = log.pages + PAGES;
        } else if log.pages - log.copied >= PAGES {
            self.checkpoints.ask();
        }
    }
}
