//! Removing what has expired: a little at a time, in the order in which it stands in the file.
//!
//! Keys are random, so what expires together lies scattered over the whole table. Removed hour by
//! hour, each row would cost a page of its own, written to the log and to the file. So the keys of
//! what has expired are gathered first, which an index alone answers, and rows are removed in the
//! order of keys: those that share a page go together. The more are gathered at once, the more share
//! one, so no more is kept of a key than tells it from others.
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, Result, TransactionBehavior, params};
use tokio::time::Instant;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::store::named::Named;
use crate::store::sqlite::readers::Readers;
use crate::store::sqlite::rows::number;

/// For how long rows are removed at once; to commit them takes about as long again, and so long
/// other writers wait.
const SLICE: Duration = Duration::from_millis(10);
/// How long others are left alone with the file between two slices. Whoever writes in another process
/// asks for the lock every few milliseconds, and would not meet a shorter gap.
const BREATH: Duration = Duration::from_millis(10);
/// After so many rows the time is looked at.
const ROWS: usize = 16;
/// How many keys are gathered at once: 8 MiB, and twice that for a moment.
const KEYS: usize = 1 << 20;

/// What a key begins with. Keys are digests, so hardly two begin alike; if they do, and both have expired, both go.
type Head = [u8; 8];
const LENGTH: usize = 32;

/// What is to be removed next.
#[derive(Default)]
pub(super) struct Plan {
    next: Mutex<Next>,
}

#[derive(Default)]
struct Next {
    /// Keys of what has expired, the last one first.
    keys: Vec<Head>,
    /// Where gathering goes on; `None`: at the beginning.
    after: Option<Head>,
    /// When the last slice ended.
    ended: Option<Instant>,
}

impl Plan {
    /// Returns the next keys, at most so many; none when nothing has expired.
    pub(super) async fn next(
        &self,
        readers: &Arc<Readers>,
        named: &Named,
        now: Timestamp,
        limit: usize,
    ) -> std::result::Result<Vec<Head>, StoreError> {
        loop {
            let after = {
                let mut next = self.lock();
                if !next.keys.is_empty() {
                    let rest = next.keys.len().saturating_sub(limit);
                    let mut keys = next.keys.split_off(rest);
                    keys.reverse();
                    return Ok(keys);
                }
                next.after
            };
            let named = named.clone();
            let gathered = readers
                .look("find expired sessions", move |connection| {
                    gather(connection, &named, now, after)
                })
                .await?;
            let mut next = self.lock();
            let nothing = gathered.is_empty();
            next.after = (gathered.len() == KEYS).then(|| gathered[0]);
            next.keys = gathered;
            if nothing && after.is_none() {
                return Ok(Vec::new());
            }
        }
    }

    /// Waits until others had a breath since the last slice.
    pub(super) async fn breath(&self) {
        let ended = self.lock().ended;
        if let Some(ended) = ended {
            tokio::time::sleep_until(ended + BREATH).await;
        }
    }

    /// Takes back what a slice did not remove.
    pub(super) fn put_back(&self, mut keys: Vec<Head>) {
        keys.reverse();
        let mut next = self.lock();
        next.keys.append(&mut keys);
        if next.keys.is_empty() {
            // Gives the room back.
            next.keys = Vec::new();
        }
        next.ended = Some(Instant::now());
    }

    fn lock(&self) -> MutexGuard<'_, Next> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gathers the smallest keys of what has expired, the last one first.
fn gather(
    connection: &Connection,
    named: &Named,
    now: Timestamp,
    after: Option<Head>,
) -> Result<Vec<Head>> {
    let mut statement = connection.prepare_cached(
        &named.sql("SELECT key FROM cloakroom_sessions WHERE sweep_at <= ? AND +key > ?"),
    )?;
    let after = after.map(last_of);
    let after = after.as_ref().map_or(&[][..], |key| &key[..]);
    let mut rows = statement.query(params![number(now), after])?;
    let mut keys: Vec<Head> = Vec::new();
    while let Some(row) = rows.next()? {
        // A key of another length is none of ours.
        let key = row.get_ref(0)?.as_blob().ok();
        let key = key.filter(|key| key.len() == LENGTH);
        keys.extend(key.and_then(<[u8]>::first_chunk::<8>));
        if keys.len() == 2 * KEYS {
            keys.select_nth_unstable(KEYS);
            keys.truncate(KEYS);
        }
    }
    keys.sort_unstable();
    keys.dedup();
    keys.truncate(KEYS);
    keys.reverse();
    Ok(keys)
}

/// Returns the last of all keys that begin so.
fn last_of(head: Head) -> [u8; LENGTH] {
    let mut key = [0xff; LENGTH];
    key[..head.len()].copy_from_slice(&head);
    key
}

/// Removes what has expired under these keys, for as long as a slice lasts. Returns how many were
/// removed, and the keys that are left.
pub(super) fn slice(
    connection: &mut Connection,
    named: &Named,
    mut keys: Vec<Head>,
    now: Timestamp,
) -> Result<(u64, Vec<Head>)> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let end = Instant::now() + SLICE;
    let (mut removed, mut done) = (0, 0);
    {
        let mut delete = transaction
            .prepare_cached(&named.sql(
                "DELETE FROM cloakroom_sessions WHERE key BETWEEN ? AND ? AND sweep_at <= ?",
            ))?;
        for some in keys.chunks(ROWS) {
            for key in some {
                removed += delete.execute(params![key, last_of(*key), number(now)])? as u64;
            }
            done += some.len();
            if Instant::now() >= end {
                break;
            }
        }
    }
    transaction.commit()?;
    Ok((removed, keys.split_off(done)))
}
