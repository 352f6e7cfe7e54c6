//! Taking turns: requests that save one session in one process line up, and whoever is first saves for all.
mod at_once;
mod batch;

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::session::{
    Amendment, Body, Forward, Known, Policy, Record, Rules, StoreKey, Stored, Via,
};
use crate::store::digest_map::DigestMap;
use crate::store::turns::batch::{Batch, Current, Patience};
use crate::store::{AnyStore, Renamed};

pub(crate) use at_once::save_at_once;
pub(crate) use batch::Saving;

/// The lines before the sessions that are being saved just now.
#[derive(Default)]
pub(crate) struct Turns {
    lines: DigestMap<Arc<Line>>,
}

/// Those who want to save one session.
#[derive(Default)]
struct Line {
    /// Whose turn it is; inside is what the last one saved.
    turn: tokio::sync::Mutex<Option<Current>>,
    waiting: Mutex<Vec<Waiting>>,
}

/// One who waits, and where the answer goes.
struct Waiting {
    amendment: Amendment,
    answer: oneshot::Sender<Saving>,
}

impl Turns {
    /// Saves a request's changes to a session, merged with what others save at the same time.
    pub(crate) async fn save(
        &self,
        store: &AnyStore,
        rules: &Arc<Rules>,
        known: &Known,
        amendment: Amendment,
    ) -> Saving {
        let place = self.line_up(known.key);
        let Ok(mut turn) = place.line.turn.try_lock() else {
            return Box::pin(place.save_in_line(store, rules, known, amendment)).await;
        };
        let batch = Batch {
            store,
            rules,
            key: known.key,
        };
        let current = turn.take().unwrap_or_else(|| Current::of(known));
        let (saving, saved) = batch.save_one(current, &amendment).await;
        // For those who came meanwhile.
        *turn = saved.filter(|_| place.is_shared());
        saving
    }

    /// Moves a session with a request's changes to a new key, and leaves a sign under the old one.
    pub(crate) async fn rename(
        &self,
        store: &AnyStore,
        policy: &Policy,
        known: &Known,
        amendment: &Amendment,
        to: StoreKey,
        via: Via,
    ) -> Saving {
        let place = self.line_up(known.key);
        let mut turn = place.line.turn.lock().await;
        let mut current = turn.take().unwrap_or_else(|| Current::of(known));
        let mut patience = Patience::of(policy);
        loop {
            let record = match amendment.apply(&current.record, policy) {
                Ok(amended) => amended.record,
                Err(error) => return Saving::Refused(error),
            };
            let forward = Forward {
                to,
                until: amendment.now().plus(policy.grace),
                via,
                expires: current.record.expires(),
            };
            let renamed = store
                .rename(&known.key, &current.version, &to, &record, &forward)
                .await;
            current = match renamed {
                Ok(Renamed::Moved(version)) => return Saving::Done(record, version),
                Ok(Renamed::Conflict(Stored {
                    body: Body::Record(record),
                    version,
                })) => Current { record, version },
                Ok(Renamed::Conflict(Stored {
                    body: Body::Forward(forward),
                    ..
                })) => return Saving::Forwarded(forward),
                Ok(Renamed::Gone) => return Saving::Gone,
                Ok(Renamed::Taken) => {
                    return Saving::Failed(StoreError::new(store.name(), "find a free key"));
                }
                Err(error) => return Saving::Failed(error),
            };
            if !patience.waits().await {
                return Saving::Busy;
            }
        }
    }

    /// Ends a session, also when it was moved to another key a moment ago, and returns it with the key that it had; `None` when
    /// there was none.
    ///
    /// The signs on the way stay, so that until the session itself is gone every write that is under
    /// way still finds it: if that fails, none was dropped.
    pub(crate) async fn delete(
        &self,
        store: &AnyStore,
        mut key: StoreKey,
    ) -> Result<Option<(StoreKey, Record)>, StoreError> {
        loop {
            let place = self.line_up(key);
            let mut turn = place.line.turn.lock().await;
            turn.take();
            key = match store.delete(&key).await? {
                Some(Body::Forward(forward)) => forward.to,
                Some(Body::Record(record)) => return Ok(Some((key, record))),
                None => return Ok(None),
            };
        }
    }

    fn line_up(&self, key: StoreKey) -> Place<'_> {
        let line = self.lines.shard(&key).entry(key).or_default().clone();
        Place {
            turns: self,
            key,
            line,
        }
    }
}

/// A place in a line; the line goes when the last one leaves it.
struct Place<'a> {
    turns: &'a Turns,
    key: StoreKey,
    line: Arc<Line>,
}

impl Place<'_> {
    /// Waits for its turn, and then saves for all who wait, unless another has done so.
    async fn save_in_line(
        &self,
        store: &AnyStore,
        rules: &Arc<Rules>,
        known: &Known,
        amendment: Amendment,
    ) -> Saving {
        let (answer, answered) = oneshot::channel();
        self.wait(Waiting { amendment, answer });
        let mut turn = self.line.turn.lock().await;
        let group = self.call_all();
        if !group.is_empty() {
            let current = turn.take().unwrap_or_else(|| Current::of(known));
            let (store, rules, key) = (store.clone(), rules.clone(), known.key);
            // In a task of its own, so that a client that hangs up does not take the others along.
            let saved = tokio::spawn(async move {
                let (store, rules) = (&store, &rules);
                let batch = Batch { store, rules, key };
                batch.save_group(current, group).await
            });
            *turn = saved.await.unwrap_or_default();
        }
        answered.await.unwrap_or(Saving::Busy)
    }

    /// Says whether others stand in the line as well: one count is the map's, one is ours.
    fn is_shared(&self) -> bool {
        Arc::strong_count(&self.line) > 2
    }

    fn wait(&self, waiting: Waiting) {
        let line = self.line.waiting.lock();
        line.unwrap_or_else(PoisonError::into_inner).push(waiting);
    }

    fn call_all(&self) -> Vec<Waiting> {
        let line = self.line.waiting.lock();
        std::mem::take(&mut *line.unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut shard = self.turns.lines.shard(&self.key);
        if !self.is_shared() {
            shard.remove(&self.key);
        }
    }
}

/// Says whether a request that came with an old token may read what the sign points to.
pub(crate) fn may_follow(forward: &Forward, now: Timestamp) -> bool {
    forward.via == Via::Anything && now <= forward.until
}
