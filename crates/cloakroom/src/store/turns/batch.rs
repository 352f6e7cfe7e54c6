//! Saving for one or for many: the changes are applied to what is there, and tried again when somebody was faster.
use std::time::Duration;

use tokio::time::Instant;

use crate::error::{Error, StoreError};
use crate::session::{
    Amendment, Body, Forward, Known, Policy, Record, Rules, StoreKey, Stored, Version,
};
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

impl Current {
    /// Takes the session for what it was when it was loaded.
    pub(super) fn of(known: &Known) -> Self {
        Self {
            record: known.record.clone(),
            version: known.version.clone(),
        }
    }
}

/// What became of saving.
#[derive(Debug)]
pub(crate) enum Saving {
    /// It is saved: this is the record, in this version.
    Done(
        Record,
        #[cfg_attr(not(feature = "wizards"), allow(dead_code))] Version,
    ),
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
#[derive(Clone, Copy)]
pub(super) struct Batch<'a> {
    pub(super) store: &'a AnyStore,
    pub(super) rules: &'a Rules,
    pub(super) key: StoreKey,
}

impl Batch<'_> {
    /// Saves one request's changes, and returns what stands in the store if that is known.
    pub(super) async fn save_one(
        self,
        mut current: Current,
        amendment: &Amendment,
    ) -> (Saving, Option<Current>) {
        let mut patience = Patience::of(&self.rules.policy);
        let saving = loop {
            let amended = match amendment.apply(&current.record, &self.rules.policy) {
                Ok(amended) => amended,
                Err(error) => break Saving::Refused(error),
            };
            count_clashes(amended.clashes);
            match self.attempt(&current.version, amended.record).await {
                Try::Saved(saved) => {
                    let done = Saving::Done(saved.record.clone(), saved.version.clone());
                    return (done, Some(saved));
                }
                Try::Again(fresher) => current = fresher,
                Try::Forwarded(forward) => break Box::pin(self.follow(forward, amendment)).await,
                Try::Gone => break Saving::Gone,
                Try::Failed(error) => break Saving::Failed(error),
            }
            if !Box::pin(patience.waits()).await {
                break Saving::Busy;
            }
        };
        (saving, None)
    }

    /// Saves the changes of all who wait, in one go, and tells each what became of it.
    ///
    /// Returns what was saved.
    pub(super) async fn save_group(
        self,
        mut current: Current,
        mut group: Vec<Waiting>,
    ) -> Option<Current> {
        let mut patience = Patience::of(&self.rules.policy);
        let saving: fn() -> Saving = loop {
            let record = apply_all(&mut group, &current.record, &self.rules.policy);
            if group.is_empty() {
                return None;
            }
            match self.attempt(&current.version, record).await {
                Try::Saved(saved) => {
                    answer_all(group, || {
                        Saving::Done(saved.record.clone(), saved.version.clone())
                    });
                    return Some(saved);
                }
                Try::Again(fresher) => current = fresher,
                Try::Forwarded(forward) => {
                    self.follow_all(forward, group).await;
                    return None;
                }
                Try::Gone => break || Saving::Gone,
                Try::Failed(error) => {
                    answer_all(group, || Saving::Failed(error.clone()));
                    return None;
                }
            }
            if !patience.waits().await {
                break || Saving::Busy;
            }
        };
        answer_all(group, saving);
        None
    }

    async fn follow_all(self, forward: Forward, group: Vec<Waiting>) {
        for waiting in group {
            let saving = self.follow(forward, &waiting.amendment).await;
            let _ = waiting.answer.send(saving);
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
    async fn follow(&self, forward: Forward, amendment: &Amendment) -> Saving {
        if amendment.now() > forward.until {
            return Saving::Gone;
        }
        let next = Self {
            key: forward.to,
            ..*self
        };
        match self.store.load(&forward.to, amendment.now()).await {
            Ok(Some(Stored {
                body: Body::Record(record),
                version,
            })) => {
                let seen = Current { record, version };
                match Box::pin(next.save_one(seen, amendment)).await {
                    (Saving::Done(..), _) => Saving::DoneElsewhere,
                    (other, _) => other,
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

pub(super) fn count_clashes(clashes: usize) {
    if clashes > 0 {
        metrics::counter!("cloakroom_clashes_total").increment(clashes as u64);
    }
}

/// How long to keep trying while other processes save first, from the first time they did.
pub(super) struct Patience {
    limit: Duration,
    end: Option<Instant>,
}

impl Patience {
    pub(super) fn of(policy: &Policy) -> Self {
        Self {
            limit: policy.save_within,
            end: None,
        }
    }

    /// Waits a random moment, or says that the time would be up by then.
    ///
    /// The first time it waits for nothing: who was faster has saved by now, and hardly ever somebody
    /// else is as fast again.
    pub(super) async fn waits(&mut self) -> bool {
        let Some(end) = self.end else {
            self.end = Some(Instant::now() + self.limit);
            return true;
        };
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
}
