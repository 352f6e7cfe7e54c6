//! The connections that read: on the caller's own thread, each behind a lock that is held for one
//! statement and never across an `await`.
//!
//! A row that stands in a page cache is read in a few microseconds; to hand the question to another
//! thread and be woken with the answer takes longer than that. What can take long is not done here:
//! nobody waits for a lock of the file but asleep, and what looks at many rows goes to a thread
//! where waiting is allowed.
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, Error};
use tokio::time::Instant;

use crate::error::StoreError;
use crate::store::sqlite::fault::{closed, failed, is_busy};
use crate::store::sqlite::place::{BUSY, Place, TRY_AGAIN};

/// A connection, once it was needed.
pub(super) type Slot = Arc<Mutex<Option<Connection>>>;

pub(super) struct Readers {
    place: Place,
    slots: Box<[Slot]>,
    /// For what looks at many rows.
    looking: Slot,
    closed: AtomicBool,
}

impl Readers {
    /// Reads a file by so many connections at once.
    pub(super) fn of_file(place: Place, connections: usize) -> Self {
        Self {
            place,
            slots: (0..connections).map(|_| Slot::default()).collect(),
            looking: Slot::default(),
            closed: AtomicBool::new(false),
        }
    }

    /// Reads by the one connection that a database in memory has.
    pub(super) fn of_memory(place: Place, connection: &Slot) -> Self {
        Self {
            place,
            slots: [connection.clone()].into(),
            looking: connection.clone(),
            closed: AtomicBool::new(false),
        }
    }

    /// Reads a row or two, here and now; waits, asleep, while another process keeps the file locked.
    pub(super) async fn read<T>(
        &self,
        doing: &'static str,
        read: impl Fn(&Connection) -> Result<T, Error>,
    ) -> Result<T, StoreError> {
        let mut end = None;
        loop {
            let error = match self.in_slot(self.free(), doing, &read)? {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let end = *end.get_or_insert_with(|| Instant::now() + BUSY);
            if !is_busy(&error) || Instant::now() >= end {
                return Err(failed(doing, error));
            }
            tokio::time::sleep(TRY_AGAIN).await;
        }
    }

    /// Reads as many rows as need be, on a thread where that disturbs nobody.
    pub(super) async fn look<T: Send + 'static>(
        self: &Arc<Self>,
        doing: &'static str,
        read: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, StoreError> {
        let readers = self.clone();
        let looked = tokio::task::spawn_blocking(move || {
            let slot = lock(&readers.looking);
            readers.in_slot(slot, doing, read)
        });
        let looked = looked.await.map_err(|_| closed(doing))?;
        looked?.map_err(|error| failed(doing, error))
    }

    fn in_slot<T>(
        &self,
        mut slot: MutexGuard<'_, Option<Connection>>,
        doing: &'static str,
        read: impl FnOnce(&Connection) -> Result<T, Error>,
    ) -> Result<Result<T, Error>, StoreError> {
        if self.closed.load(Ordering::Acquire) {
            return Err(closed(doing));
        }
        let connection = match &*slot {
            Some(connection) => connection,
            None => match self.place.open_reader() {
                Ok(connection) => slot.insert(connection),
                Err(error) => return Ok(Err(error)),
            },
        };
        Ok(read(connection))
    }

    /// Returns the first connection that nobody reads from, so that few of them are kept warm.
    fn free(&self) -> MutexGuard<'_, Option<Connection>> {
        let free = self.slots.iter().find_map(|slot| slot.try_lock().ok());
        free.unwrap_or_else(|| lock(&self.slots[0]))
    }

    /// Closes all connections; from now on nothing is read.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        for slot in self.slots.iter().chain([&self.looking]) {
            drop(lock(slot).take());
        }
    }
}

pub(super) fn lock(slot: &Slot) -> MutexGuard<'_, Option<Connection>> {
    // A panic while reading leaves a connection as good as it was.
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}
