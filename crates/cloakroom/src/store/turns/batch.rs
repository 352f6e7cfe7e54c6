//! Saving for one or for many: the changes are applied to what is there, and tried again when somebody was faster.
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;

use crate::error::{Error, StoreError};
use crate::session::{Amendment, Body, Forward, Policy, Record, Rules, StoreKey, Stored, Version};
use crate::store::turns::Waiting;
use crate::store::{AnyStore, Saved};

/// The shortest and the longest wait before trying again after another process saved first.
const RETRY: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(40));

/// A session as this process knows it to stand in the store.
#[derive(Clone)]
pub(super) struct Current {
    pub(super) record: Record,
    pub(super) version: Version,
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

/// What those whose turn it is save with.
pub(super) struct Batch {
    pub(super) store: AnyStore,
    pub(super) rules: Arc<Rules>,
    pub(super) key: StoreKey,
}

impl Batch {
    /// Saves one request's changes.
    pub(super) async fn save_one(
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

    /// Saves the changes of all who wait, in one go, and tells each what became of it.
    pub(super) async fn save_group(
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
pub(super) async fn wait_before(end: Instant) -> bool {
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
