//! Moving live sessions from one store to another, while the site runs on the old one and after it
//! went over to the new one.
mod journal;
mod usage;
mod verdict;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cloakroom::clock::{Clock, Timestamp};
use cloakroom::session::{Body, Record, StoreKey, Stored, Version};
use cloakroom::store::{AnyStore, Created, Saved};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::OpsError;
use crate::crowd;
use crate::moving::journal::Journal;
use crate::moving::verdict::{InUse, Print, There, Verdict, decide};
use crate::pages::Pages;
use crate::stop::Stop;

/// How often one session is looked at again because somebody changed it at the same moment.
const TRIES: usize = 5;

/// A store, and how the operator may see its URL: without user and password.
#[derive(Clone, Debug)]
pub struct Place {
    /// The store.
    pub store: AnyStore,
    /// Where it is.
    pub shown: String,
}

/// Says what to do when something looks as if nobody could have meant it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Change nothing, and say what is odd.
    Ask,
    /// Go on.
    GoOn,
}

/// What became of the sessions so far.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Moved {
    /// How many the old store has, as far as they were looked at.
    pub seen: u64,
    /// Put into the new store.
    pub copied: u64,
    /// Copied by an earlier run, changed in the old store since, and brought up to date.
    pub updated: u64,
    /// Copied by an earlier run, and the same still.
    pub unchanged: u64,
    /// Changed in the new store, and left as they are there.
    pub kept: u64,
    /// Ended in the new store, and not brought back.
    pub ended_in_new: u64,
    /// Ended in the old store since they were copied, and so in the new one.
    pub ended_in_old: u64,
    /// Perhaps ended in the new store, which nobody can tell any more, and so not brought back.
    pub left_out: u64,
    /// Whether others write into the new store: the site has gone over to it.
    pub new_in_use: bool,
    /// Whether this ended early because somebody asked to stop.
    pub stopped: bool,
}

/// A move from one store to another, with its journal.
#[derive(Debug)]
pub struct Move {
    work: Work,
    doubt: Doubt,
    clock: Clock,
}

/// What those share who move several sessions at once.
#[derive(Clone, Debug)]
struct Work {
    from: AnyStore,
    to: AnyStore,
    journal: Arc<Mutex<Journal>>,
    in_use: InUse,
    now: Timestamp,
}

impl Move {
    /// Prepares a move; the journal is a file that all runs of one move share.
    ///
    /// # Errors
    /// When a store can't list its sessions, or the journal can't be used or is another move's.
    pub fn new(
        from: &Place,
        to: &Place,
        journal: &Path,
        doubt: Doubt,
        clock: Clock,
    ) -> Result<Self, OpsError> {
        for (place, doing) in [(from, "moved from it"), (to, "moved to it")] {
            if !place.store.is_inspectable() {
                return Err(OpsError::CannotList(place.store.name(), doing));
            }
        }
        let journal = Journal::open(journal, &from.shown, &to.shown)?;
        Ok(Self {
            work: Work {
                from: from.store.clone(),
                to: to.store.clone(),
                journal: Arc::new(Mutex::new(journal)),
                in_use: InUse::No,
                now: clock.now(),
            },
            doubt,
            clock,
        })
    }

    /// Moves what is live; `tell` learns how far it is. It can be stopped, killed and run again.
    ///
    /// # Errors
    /// When a store or the journal can't be used, or something looks as if nobody could have meant
    /// it. What was told before is done all the same, and the next run goes on from there.
    pub async fn run(
        mut self,
        stop: &Stop,
        mut tell: impl FnMut(&Moved),
    ) -> Result<Moved, OpsError> {
        self.work.in_use = usage::of(&self.work, self.doubt).await?;
        self.work.journal().begin()?;
        if self.work.in_use == InUse::Yes {
            self.work.journal().used()?;
        }
        let mut moved = Moved {
            new_in_use: self.work.in_use == InUse::Yes,
            ..Moved::default()
        };
        let from = self.work.from.clone();
        let mut pages = Pages::after(&from, None, self.work.now);
        while let Some(page) = pages.next().await? {
            if stop.is_asked() {
                moved.stopped = true;
                return Ok(moved);
            }
            self.work.now = self.clock.now();
            moved.seen += page.len() as u64;
            let keys: Vec<_> = page.iter().map(|listed| listed.key).collect();
            keys.iter().for_each(|key| self.work.journal().meet(*key));
            self.settle(keys, &mut moved, &mut tell).await?;
        }
        self.end_what_was_ended(&mut moved, &mut tell).await?;
        Ok(moved)
    }

    /// Looks at what was copied and is in the old store no more.
    async fn end_what_was_ended(
        &self,
        moved: &mut Moved,
        tell: &mut impl FnMut(&Moved),
    ) -> Result<(), OpsError> {
        let missing = self.work.journal().not_met();
        let live = |known: &verdict::Known| {
            known
                .copied
                .is_some_and(|(_, expires)| expires > self.work.now)
        };
        let gone = missing.iter().filter(|(_, known)| live(known)).count();
        let all = self
            .work
            .journal()
            .standing()
            .filter(|(_, known)| live(known))
            .count();
        if self.doubt == Doubt::Ask && usage::is_doubtful(gone, all) {
            return Err(OpsError::Doubtful(format!(
                "{gone} of {all} sessions that were copied are no longer in the old store; if it was emptied or replaced, stop here: the new store has them. If they were really ended there, give --yes to end them in the new store too"
            )));
        }
        let keys = missing.into_iter().map(|(key, _)| key).collect();
        self.settle(keys, moved, tell).await
    }

    async fn settle(
        &self,
        keys: Vec<StoreKey>,
        moved: &mut Moved,
        tell: &mut impl FnMut(&Moved),
    ) -> Result<(), OpsError> {
        let work = |key| {
            let work = self.work.clone();
            async move { work.settle(key).await }
        };
        let settled = crowd::each(keys, work, |outcome| {
            moved.count(outcome);
            tell(moved);
        });
        settled.await?;
        self.work.journal().settle()
    }
}

impl Work {
    fn journal(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does what is right for one session.
    async fn settle(&self, key: StoreKey) -> Result<Verdict, OpsError> {
        for _ in 0..TRIES {
            let old = self.from.load(&key, self.now).await?;
            let new = self.to.load(&key, self.now).await?;
            let known = self.journal().known(&key);
            let verdict = decide(
                there(old.as_ref()),
                known,
                there(new.as_ref()),
                self.in_use,
                self.now,
            );
            if self.carry_out(key, verdict, old, new).await? {
                return Ok(verdict);
            }
        }
        // Whoever keeps changing it does so in the new store.
        Ok(Verdict::Keep)
    }

    /// Does it, or says that somebody changed the session in between.
    async fn carry_out(
        &self,
        key: StoreKey,
        verdict: Verdict,
        old: Option<Stored>,
        new: Option<Stored>,
    ) -> Result<bool, OpsError> {
        match (verdict, record(old), new) {
            (Verdict::Create, Some(record), _) => self.create(key, &record).await,
            (Verdict::Update, Some(record), Some(new)) => {
                self.update(key, &new.version, &record).await
            }
            (Verdict::Remember, Some(record), _) => self.copied(key, &record),
            (Verdict::End, ..) => {
                self.to.delete(&key).await?;
                self.journal().ended(key).map(|()| true)
            }
            (Verdict::Forget, ..) => self.journal().ended(key).map(|()| true),
            _ => Ok(true),
        }
    }

    async fn create(&self, key: StoreKey, record: &Record) -> Result<bool, OpsError> {
        self.journal().begin_copy(key, print(record))?;
        match self.to.create(&key, record).await? {
            Created::New(_) => self.copied(key, record),
            Created::Taken => {
                // Either somebody was faster, or an expired copy is in the way.
                if self.to.load(&key, self.now).await?.is_none() {
                    self.to.delete(&key).await?;
                }
                Ok(false)
            }
        }
    }

    async fn update(
        &self,
        key: StoreKey,
        version: &Version,
        record: &Record,
    ) -> Result<bool, OpsError> {
        self.journal().begin_copy(key, print(record))?;
        match self.to.save(&key, version, record).await? {
            Saved::Saved(_) => self.copied(key, record),
            Saved::Conflict(_) | Saved::Gone => Ok(false),
        }
    }

    fn copied(&self, key: StoreKey, record: &Record) -> Result<bool, OpsError> {
        let mut journal = self.journal();
        journal
            .copied(key, print(record), record.expires())
            .map(|()| true)
    }
}

impl Moved {
    /// Returns for how many sessions everything is done.
    #[must_use]
    pub fn settled(&self) -> u64 {
        self.copied
            + self.updated
            + self.unchanged
            + self.kept
            + self.ended_in_new
            + self.ended_in_old
            + self.left_out
    }

    fn count(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Create => self.copied += 1,
            Verdict::Update => self.updated += 1,
            Verdict::Nothing | Verdict::Remember => self.unchanged += 1,
            Verdict::Keep => self.kept += 1,
            Verdict::Forget | Verdict::StayEnded => self.ended_in_new += 1,
            Verdict::End => self.ended_in_old += 1,
            Verdict::LeaveOut => self.left_out += 1,
        }
    }
}

fn there(stored: Option<&Stored>) -> There {
    match stored.map(|stored| &stored.body) {
        None => There::Nothing,
        Some(Body::Forward(_)) => There::Sign,
        Some(Body::Record(record)) => There::Session(print(record)),
    }
}

fn record(stored: Option<Stored>) -> Option<Record> {
    match stored?.body {
        Body::Record(record) => Some(record),
        Body::Forward(_) => None,
    }
}

fn print(record: &Record) -> Print {
    let digest = Sha256::digest(record.to_bytes());
    digest[..16].try_into().expect("a digest has 32 bytes")
}
