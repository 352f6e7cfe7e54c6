//! Checkpoints: what the log has gathered goes into the file, on a thread and a connection of its
//! own, so that no write waits for the disk.
//!
//! A passive checkpoint hinders nobody, but a log starts anew only when all of it is in the file at
//! the moment of a write. Where somebody always writes, the writing thread itself copies the last
//! bit from time to time: once the disk has taken all before it, since who syncs a file waits for
//! whatever of it anybody has left to the operating system.
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::error::StoreError;
use crate::store::sqlite::NAME;
use crate::store::sqlite::flush::flush;
use crate::store::sqlite::place::Place;

/// After so many pages (16 MiB) the log is copied into the file.
const PAGES: i64 = 4_000;
/// A log of so many pages (48 MiB) should start anew.
const LONG: i64 = 12_000;
/// So many pages the writing thread copies itself: a few milliseconds' worth.
const LAST_BIT: i64 = 100;
/// After so many writes it looks at the log: SQLite prepares that statement each time anew, which takes as long as a save.
const WRITES: usize = 16;
/// A log of so many pages it copies whatever there is to copy: nobody else does.
const FAR_TOO_LONG: i64 = 10 * LONG;

/// The queue of the copying thread. The thread ends with the last of these.
#[derive(Clone)]
pub(super) struct Checkpoints {
    queue: Sender<Ask>,
    /// How many pages of the log this thread last saw on the disk, in the file.
    on_disk: Arc<AtomicI64>,
}

/// What is asked of the copying thread.
enum Ask {
    Copy,
    Tell(oneshot::Sender<()>),
    Close(oneshot::Sender<()>),
}

impl Checkpoints {
    /// Starts the thread.
    pub(super) fn start(place: Place) -> Result<Self, StoreError> {
        let (queue, asked) = channel();
        let on_disk = Arc::<AtomicI64>::default();
        let told = on_disk.clone();
        thread::Builder::new()
            .name("cloakroom-sqlite-log".into())
            .spawn(move || work(&place, &asked, &told))
            .map_err(|error| StoreError::new(NAME, "start its second thread").because(error))?;
        Ok(Self { queue, on_disk })
    }

    /// Asks for a checkpoint and does not wait for it.
    fn ask(&self) {
        // If the thread is gone, the site is stopping; so below.
        let _ = self.queue.send(Ask::Copy);
    }

    /// Waits until all is done that was asked for.
    pub(super) async fn idle(&self) {
        let (answer, answered) = oneshot::channel();
        let _ = self.queue.send(Ask::Tell(answer));
        let _ = answered.await;
    }

    /// Closes the connection and ends the thread.
    pub(super) async fn close(&self) {
        let (answer, answered) = oneshot::channel();
        let _ = self.queue.send(Ask::Close(answer));
        let _ = answered.await;
    }
}

fn work(place: &Place, asked: &Receiver<Ask>, on_disk: &AtomicI64) {
    let mut connection = None;
    for ask in asked {
        match ask {
            Ask::Copy => {
                if connection.is_none() {
                    connection = place.open_beside().ok();
                }
                if let Some(connection) = &connection {
                    let log = log_after(connection, Mode::Passive);
                    place.file.as_deref().into_iter().for_each(flush);
                    // While another process copies, nobody here knows how far the disk is.
                    on_disk.store(log.map_or(0, |log| log.copied), Ordering::Release);
                }
            }
            Ask::Tell(answer) => {
                let _ = answer.send(());
            }
            Ask::Close(answer) => {
                drop(connection);
                let _ = answer.send(());
                return;
            }
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

enum Mode {
    /// Only looks.
    Noop,
    /// Copies what it can without waiting for anybody.
    Passive,
}

/// Copies the log into the file in this mode. `None` when that fails or somebody else copies just
/// now: then it is tried again after a later write.
fn log_after(connection: &Connection, mode: Mode) -> Option<Log> {
    let sql = match mode {
        Mode::Noop => "PRAGMA wal_checkpoint(NOOP)",
        Mode::Passive => "PRAGMA wal_checkpoint(PASSIVE)",
    };
    let mut statement = connection.prepare_cached(sql).ok()?;
    let log = statement.query_row((), |row| {
        Ok(Log {
            pages: row.get(1)?,
            copied: row.get(2)?,
        })
    });
    log.ok().filter(|log| log.pages >= 0)
}

/// What the writing thread knows of the log, and how it has it copied.
pub(super) struct Keeper {
    checkpoints: Checkpoints,
    plan: Plan,
    /// How much was written since it looked.
    writes: usize,
}

impl Keeper {
    pub(super) fn new(checkpoints: Checkpoints) -> Self {
        Self {
            checkpoints,
            plan: Plan::NEW,
            writes: 0,
        }
    }

    /// Notes so many small writes, and looks at the log after some.
    pub(super) fn wrote(&mut self, writes: usize, connection: &Connection) {
        self.writes += writes;
        if self.writes >= WRITES {
            self.look(connection);
        }
    }

    /// Has the log copied when it has grown.
    pub(super) fn look(&mut self, connection: &Connection) {
        self.writes = 0;
        let Some(log) = log_after(connection, Mode::Noop) else {
            return;
        };
        let on_disk = &self.checkpoints.on_disk;
        if log.pages < self.plan.pages {
            // It has begun anew.
            self.plan = Plan::NEW;
            on_disk.store(0, Ordering::Release);
        }
        match self.plan.next(log, on_disk.load(Ordering::Acquire)) {
            Next::Nothing => {}
            Next::Ask => self.checkpoints.ask(),
            Next::Copy => {
                log_after(connection, Mode::Passive);
            }
        }
    }
}

/// When which thread copies the log.
struct Plan {
    /// How many pages the log had.
    pages: i64,
    /// From how many pages on it is copied by the other thread.
    asks_at: i64,
    /// From how many pages on the writing thread itself copies.
    copies_at: i64,
}

#[derive(Debug, PartialEq, Eq)]
enum Next {
    Nothing,
    /// The other thread copies.
    Ask,
    /// The writing thread copies.
    Copy,
}

impl Plan {
    const NEW: Self = Self {
        pages: 0,
        asks_at: PAGES,
        copies_at: LONG,
    };

    /// Decides what to do about a log of which so many pages are on the disk, in the file.
    fn next(&mut self, log: Log, on_disk: i64) -> Next {
        self.pages = log.pages;
        let to_copy = log.pages - log.copied;
        let is_last_bit = to_copy.max(log.pages - on_disk) <= LAST_BIT;
        let is_long = log.pages >= self.copies_at;
        if is_long && (is_last_bit || log.pages >= FAR_TOO_LONG) {
            // Whoever reads for long keeps the log from starting anew; that is not tried at every write.
            self.copies_at = log.pages + PAGES;
            Next::Copy
        } else if log.pages >= self.asks_at && (is_long || to_copy >= PAGES) {
            self.asks_at = log.pages + if is_long { LAST_BIT } else { PAGES };
            Next::Ask
        } else {
            Next::Nothing
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_copied_beside_the_writes_until_only_a_bit_of_it_is_left_for_copy_and_disk() {
        let rows = [
            // pages, copied, on disk -> next
            (PAGES - 1, 0, 0, Next::Nothing),
            (PAGES, 0, 0, Next::Ask),
            // It is at it.
            (PAGES + 500, 0, 0, Next::Nothing),
            (LONG - 1, 4_000, 4_000, Next::Ask),
            (LONG + 10, LONG, 4_000, Next::Nothing),
            // Copied, but not written out yet.
            (LONG + PAGES, LONG + PAGES, 4_000, Next::Ask),
            (LONG + PAGES + 20, LONG + PAGES, 4_000, Next::Nothing),
            (LONG + PAGES + 90, LONG + PAGES, LONG + PAGES, Next::Copy),
            // Somebody reads for long, so it does not begin anew.
            (LONG + PAGES + 99, LONG + PAGES, LONG + PAGES, Next::Nothing),
            (FAR_TOO_LONG, LONG, LONG, Next::Copy),
        ];
        let mut plan = Plan::NEW;
        for (pages, copied, on_disk, next) in rows {
            let log = Log { pages, copied };
            assert_eq!(plan.next(log, on_disk), next, "{pages} {copied} {on_disk}");
        }
    }
}
