//! Taking turns: requests that save one session in one process line up, and whoever is first saves for all.
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedMutexGuard, oneshot};
use tokio::time::Instant;

use crate::clock::Timestamp;
use crate::error::{Error, StoreError};
use crate::session::{
    Amendment, Body, Forward, Known, Policy, Record, Rules, StoreKey, Stored, Version, Via,
};
use crate::store::digest_map::DigestMap;
use crate::store::{AnyStore, Renamed, Saved};

/// The shortest and the longest wait before trying again after another process saved first.
const RETRY: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(40));

/// The lines before the sessions that are being saved just now.
#[derive(Default)]
pub(crate) struct Turns {
    lines: DigestMap<Arc<Line>>,
}

/// Those who want to save one session.
#[derive(Default)]
struct Line {
    /// Whose turn it is; inside is what the last one saved.
    turn: Arc<tokio::sync::Mutex<Option<Current>>>,
    waiting: Mutex<Vec<Waiting>>,
}

/// One who waits, and where the answer goes.
struct Waiting {
    amendment: Amendment,
    answer: oneshot::Sender<Saving>,
}

/// A session as this process knows it to stand in the store.
#[derive(Clone)]
struct Current {
    record: Record,
    version: Version,
}

/// What became of saving.
#[derive(Debug)]
pub(crate) enum Saving {
    /// It is saved, and this is the record.
    Done(Box<Record>),
    /// It is saved under the key to which another request moved the session meanwhile.
    DoneElsewhere,
    /// The session was ended meanwhile; there is nothing to save to.
    Gone,
    /// Another request moved the session to a new key first; nothing was done.
    Forwarded(Forward),
    /// Others kept saving first until the time was up.
    Busy,
    /// This request's changes can't be applied to what is there now.
    Refused(Error),
    /// The store can't be used.
    Failed(StoreError),
}

/// How one try went, for all who took part in it.
enum Try {
    Saved(Current),
    Again(Current),
    Forwarded(Forward),
    Gone,
    Failed(StoreError),
}

impl Turns {
    /// Saves a request's changes to a session, merged with what others save at the same time.
    pub(crate) async fn save(
        &self,
        store: &AnyStore,
        rules: &Arc<Rules>,
        known: Known,
        amendment: Amendment,
    ) -> Saving {
        let place = self.line_up(known.key);
        let seen = Current {
            record: known.record,
            version: known.version,
        };
        let batch = Batch {
            store: store.clone(),
            rules: rules.clone(),
            key: known.key,
        };
        if let Ok(mut turn) = place.line.turn.try_lock() {
            return batch.save_one(&mut turn, seen, amendment).await;
        }
        let (answer, mut answered) = oneshot::channel();
        place.wait(Waiting { amendment, answer });
        let turn = place.line.turn.clone().lock_owned().await;
        let group = place.call_all();
        if !group.is_empty() {
            // In a task of its own, so that a client that hangs up does not take the others along.
            let saved = tokio::spawn(batch.save_group(turn, seen, group));
            let _ = saved.await;
        }
        answered.try_recv().unwrap_or(Saving::Busy)
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
        let mut current = turn.take().unwrap_or_else(|| Current {
            record: known.record.clone(),
            version: known.version.clone(),
        });
        let end = Instant::now() + policy.save_within;
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
                Ok(Renamed::Moved(_)) => return Saving::Done(Box::new(record)),
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
            if !wait_before(end).await {
                return Saving::Busy;
            }
        }
    }

    /// Ends a session, also when it was moved to another key a moment ago.
    pub(crate) async fn delete(&self, store: &AnyStore, key: StoreKey) -> Result<(), StoreError> {
        let mut next = Some(key);
        while let Some(key) = next {
            let place = self.line_up(key);
            let mut turn = place.line.turn.lock().await;
            turn.take();
            next = match store.delete(&key).await? {
                Some(Body::Forward(forward)) => Some(forward.to),
                _ => None,
            };
        }
        Ok(())
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
        // One count is the map's, one is ours.
        if Arc::strong_count(&self.line) == 2 {
            shard.remove(&self.key);
        }
    }
}

/// What those whose turn it is save with.
struct Batch {
    store: AnyStore,
    rules: Arc<Rules>,
    key: StoreKey,
}

impl Batch {
    async fn save_one(
        self,
        turn: &mut Option<Current>,
        seen: Current,
        amendment: Amendment,
    ) -> Saving {
        let mut current = turn.take().unwrap_or(seen);
        let end = Instant::now() + self.rules.policy.save_within;
        loop {
            let amended = match amendment.apply(&current.record, &self.rules.policy) {
                Ok(amended) => amended,
                Err(error) => return Saving::Refused(error),
            };
            count_clashes(amended.clashes);
            match self.attempt(&current.version, amended.record).await {
                Try::Saved(saved) => {
                    let record = saved.record.clone();
                    *turn = Some(saved);
                    return Saving::Done(Box::new(record));
                }
                Try::Again(fresher) => current = fresher,
                Try::Forwarded(forward) => return self.follow(forward, amendment).await,
                Try::Gone => return Saving::Gone,
                Try::Failed(error) => return Saving::Failed(error),
            }
            if !wait_before(end).await {
                return Saving::Busy;
            }
        }
    }

    async fn save_group(
        self,
        mut turn: OwnedMutexGuard<Option<Current>>,
        seen: Current,
        mut group: Vec<Waiting>,
    ) {
        let mut current = turn.take().unwrap_or(seen);
        let end = Instant::now() + self.rules.policy.save_within;
        loop {
            let record = apply_all(&mut group, &current.record, &self.rules.policy);
            if group.is_empty() {
                return;
            }
            match self.attempt(&current.version, record).await {
                Try::Saved(saved) => {
                    let done = || Saving::Done(Box::new(saved.record.clone()));
                    answer_all(group, done);
                    *turn = Some(saved);
                    return;
                }
                Try::Again(fresher) => current = fresher,
                Try::Forwarded(forward) => {
                    for waiting in group {
                        let saving = self.follow(forward, waiting.amendment).await;
                        let _ = waiting.answer.send(saving);
                    }
                    return;
                }
                Try::Gone => return answer_all(group, || Saving::Gone),
                Try::Failed(error) => return answer_all(group, || Saving::Failed(error.clone())),
            }
            if !wait_before(end).await {
                return answer_all(group, || Saving::Busy);
            }
        }
    }

    async fn attempt(&self, version: &Version, record: Record) -> Try {
        match self.store.save(&self.key, version, &record).await {
            Ok(Saved::Saved(version)) => Try::Saved(Current { record, version }),
            Ok(Saved::Conflict(Stored { body, version })) => {
                metrics::counter!("cloakroom_save_conflicts_total").increment(1);
                match body {
                    Body::Record(record) => Try::Again(Current { record, version }),
                    Body::Forward(forward) => Try::Forwarded(forward),
                }
            }
            Ok(Saved::Gone) => Try::Gone,
            Err(error) => Try::Failed(error),
        }
    }

    /// Finishes the writing of a request whose session was moved while it was under way.
    async fn follow(&self, forward: Forward, amendment: Amendment) -> Saving {
        if amendment.now() > forward.until {
            return Saving::Gone;
        }
        let next = Self {
            store: self.store.clone(),
            rules: self.rules.clone(),
            key: forward.to,
        };
        match self.store.load(&forward.to, amendment.now()).await {
            Ok(Some(Stored {
                body: Body::Record(record),
                version,
            })) => {
                let seen = Current { record, version };
                match Box::pin(next.save_one(&mut None, seen, amendment)).await {
                    Saving::Done(_) => Saving::DoneElsewhere,
                    other => other,
                }
            }
            Ok(Some(Stored {
                body: Body::Forward(again),
                ..
            })) => Box::pin(next.follow(again, amendment)).await,
            Ok(None) => Saving::Gone,
            Err(error) => Saving::Failed(error),
        }
    }
}

/// Applies what all wait for, one after the other; whose changes can't be applied is told and leaves.
fn apply_all(group: &mut Vec<Waiting>, record: &Record, policy: &Policy) -> Record {
    let mut record = record.clone();
    let mut stay = Vec::with_capacity(group.len());
    for waiting in group.drain(..) {
        match waiting.amendment.apply(&record, policy) {
            Ok(amended) => {
                count_clashes(amended.clashes);
                record = amended.record;
                stay.push(waiting);
            }
            Err(error) => {
                let _ = waiting.answer.send(Saving::Refused(error));
            }
        }
    }
    *group = stay;
    record
}

fn answer_all(group: Vec<Waiting>, saving: impl Fn() -> Saving) {
    for waiting in group {
        let _ = waiting.answer.send(saving());
    }
}

fn count_clashes(clashes: usize) {
    if clashes > 0 {
        metrics::counter!("cloakroom_clashes_total").increment(clashes as u64);
    }
}

/// Waits a random moment, unless the time would be up by then.
async fn wait_before(end: Instant) -> bool {
    let mut random = [0];
    getrandom::fill(&mut random).expect("the operating system gives random bytes");
    let (shortest, longest) = RETRY;
    let pause = shortest + (longest - shortest) * u32::from(random[0]) / 255;
    if Instant::now() + pause > end {
        return false;
    }
    tokio::time::sleep(pause).await;
    true
}

/// Says whether a request that came with an old token may read what the sign points to.
pub(crate) fn may_follow(forward: &Forward, now: Timestamp) -> bool {
    forward.via == Via::Anything && now <= forward.until
}
