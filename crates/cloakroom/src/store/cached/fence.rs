//! The fence before the cache: by a notice in the database, all nodes agree whether the cache may be believed.
//!
//! A look at the notice is good for [`TRUST`], counted from before it was asked for. Whoever
//! changes the notice waits for [`WAIT`], counted from after it was changed, until nobody can act
//! on the old one any more. So:
//!
//! - Whoever reads the cache has looked a moment ago, and found it on.
//! - Whoever has written to the database brings the cache into line before that is acknowledged, in
//!   the epoch that a look says which is good then. When that fails, it turns the cache off and waits.
//! - A cache is turned on again no sooner than everybody knows that it was off, and in a new epoch.
//!   First it is only kept in line (joining), until everybody who writes must know of it; only then
//!   it is read, and gets copies.
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::session::{Stored, Version};
use crate::store::cached::copies::Copies;
use crate::store::cached::notice::{Epoch, FENCE, Notice, Phase};
use crate::store::{AnyStore, Created};

/// For how long a look at the notice is good.
pub(super) const TRUST: Duration = Duration::from_millis(1_000);
/// For how long one waits after the notice was changed. The difference is for clocks that don't
/// run alike.
const WAIT: Duration = Duration::from_millis(1_250);
/// The shortest and the longest pause before a cache that failed is tried again.
const PAUSE: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(120));
/// A cache that was on for this long is not known for failing.
const STEADY: Duration = Duration::from_secs(60);

/// What this node knows of the notice.
#[derive(Default)]
pub(super) struct Fence {
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    sight: Option<Sight>,
    /// How often in a row the cache was turned off soon after it was turned on.
    falls: u32,
}

/// The notice as it was seen.
#[derive(Clone)]
struct Sight {
    notice: Notice,
    version: Version,
    /// From before it was last looked at.
    looked: Instant,
    /// From after it was first seen like this.
    since: Instant,
    /// Whether the cache of this node is the one that the notice speaks of.
    is_ours: bool,
}

impl Sight {
    fn is_good(&self) -> bool {
        self.looked.elapsed() < TRUST
    }

    fn is_known_to_all(&self) -> bool {
        self.since.elapsed() >= WAIT
    }
}

impl Fence {
    /// Returns the epoch of the cache when it may be read now.
    pub(super) fn readable(&self) -> Option<Epoch> {
        let known = self.known();
        let sight = known.sight.as_ref()?;
        let readable = sight.notice.phase == Phase::On && sight.is_ours && sight.is_good();
        readable.then_some(sight.notice.epoch)
    }

    /// Returns the epoch of the cache when there may be copies in it.
    pub(super) fn writable(&self) -> Option<Epoch> {
        let known = self.known();
        let notice = known.sight.as_ref()?.notice;
        (notice.phase != Phase::Off).then_some(notice.epoch)
    }

    /// Brings the cache into line after a write to the database, and returns when no node can find
    /// anything older in the cache.
    ///
    /// # Errors
    /// When the cache could not be brought into line and the database can't be told.
    pub(super) async fn settle<F: Future<Output = Result<(), StoreError>>>(
        &self,
        db: &AnyStore,
        copies: &Copies,
        bring_into_line: impl Fn(Epoch) -> F,
    ) -> Result<(), StoreError> {
        loop {
            let sight = self.good_sight(db, copies).await?;
            let Notice { phase, epoch } = sight.notice;
            if phase == Phase::Off {
                tokio::time::sleep_until(sight.since + WAIT).await;
                return Ok(());
            }
            if sight.is_ours && bring_into_line(epoch).await.is_ok() {
                return Ok(());
            }
            self.turn_off(db, copies, &sight).await?;
        }
    }

    /// Looks at the notice, and does what there is to do: once a cache that was off is well, it
    /// joins; once everybody knows that it joined, it is turned on.
    pub(super) async fn tend(&self, db: &AnyStore, copies: &Copies) -> Result<(), StoreError> {
        let sight = self.look(db, copies).await?;
        let next = match sight.notice.phase {
            Phase::Off if sight.since.elapsed() >= self.pause() => {
                let epoch = Epoch::new();
                if !copies.begin(epoch, &FENCE).await.unwrap_or(false) {
                    return Ok(());
                }
                Notice {
                    phase: Phase::Joining,
                    epoch,
                }
            }
            Phase::Joining if sight.is_ours && sight.is_known_to_all() => Notice {
                phase: Phase::On,
                ..sight.notice
            },
            _ => return Ok(()),
        };
        self.change(db, copies, &sight, next).await
    }

    async fn turn_off(
        &self,
        db: &AnyStore,
        copies: &Copies,
        sight: &Sight,
    ) -> Result<(), StoreError> {
        let off = Notice {
            phase: Phase::Off,
            ..sight.notice
        };
        self.change(db, copies, sight, off).await
    }

    /// Puts up another notice, unless somebody else has; then looks at theirs.
    async fn change(
        &self,
        db: &AnyStore,
        copies: &Copies,
        sight: &Sight,
        next: Notice,
    ) -> Result<(), StoreError> {
        db.save(&FENCE, &sight.version, &next.to_record()).await?;
        self.look(db, copies).await.map(drop)
    }

    async fn good_sight(&self, db: &AnyStore, copies: &Copies) -> Result<Sight, StoreError> {
        let known = self.known().sight.clone();
        match known.filter(Sight::is_good) {
            Some(sight) => Ok(sight),
            None => self.look(db, copies).await,
        }
    }

    /// Looks at the notice, and puts one up where none is.
    async fn look(&self, db: &AnyStore, copies: &Copies) -> Result<Sight, StoreError> {
        loop {
            let looked = Instant::now();
            if let Some(Stored { body, version }) = db.load(&FENCE, Timestamp::default()).await? {
                let notice = Notice::read(&body).ok_or_else(unreadable)?;
                let since = Instant::now();
                let is_ours = self.is_ours(notice, copies).await;
                return Ok(self.saw(Sight {
                    notice,
                    version,
                    looked,
                    since,
                    is_ours,
                }));
            }
            let off = Notice {
                phase: Phase::Off,
                epoch: Epoch::new(),
            };
            if let Created::New(_) = db.create(&FENCE, &off.to_record()).await? {
                tracing::info!("put up the notice by which all nodes agree about the cache");
            } else if db.load(&FENCE, Timestamp::default()).await?.is_none() {
                return Err(unreadable());
            }
        }
    }

    /// Says whether the notice speaks of this node's cache: a sign lies in it. Looked up once.
    async fn is_ours(&self, notice: Notice, copies: &Copies) -> bool {
        if notice.phase == Phase::Off {
            return false;
        }
        let known = {
            let known = self.known();
            let sight = known.sight.as_ref();
            sight.is_some_and(|sight| sight.is_ours && sight.notice.epoch == notice.epoch)
        };
        known || copies.is_of(notice.epoch, &FENCE).await.unwrap_or(false)
    }

    /// Remembers a sight, unless a later one is remembered, and returns it.
    fn saw(&self, mut sight: Sight) -> Sight {
        let mut known = self.known();
        let falls = match &known.sight {
            Some(before) if before.looked > sight.looked => return sight,
            Some(before) if before.version == sight.version && before.notice == sight.notice => {
                sight.since = before.since;
                known.falls
            }
            Some(before) => {
                tell(before.notice.phase, sight.notice.phase);
                falls(known.falls, before, sight.notice.phase)
            }
            None => {
                tell(Phase::Off, sight.notice.phase);
                0
            }
        };
        known.falls = falls;
        known.sight = Some(sight.clone());
        sight
    }

    /// How long a cache that was turned off is left alone; always until nobody reads it any more,
    /// so that whoever sees it join need not think of those who still believed in its last epoch.
    fn pause(&self) -> Duration {
        let (shortest, longest) = PAUSE;
        match self.known().falls {
            0 => WAIT,
            falls => (shortest * 2_u32.saturating_pow(falls.min(10) - 1)).min(longest),
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn falls(so_far: u32, before: &Sight, now: Phase) -> u32 {
    let was_steady = before.notice.phase == Phase::On && before.since.elapsed() >= STEADY;
    match now {
        Phase::Off if was_steady => 1,
        Phase::Off => so_far + 1,
        Phase::Joining | Phase::On if was_steady => 0,
        Phase::Joining | Phase::On => so_far,
    }
}

fn tell(before: Phase, now: Phase) {
    let is_on = now == Phase::On;
    metrics::gauge!("cloakroom_cache_on").set(if is_on { 1.0 } else { 0.0 });
    if is_on {
        tracing::info!("the cache is used");
    } else if before == Phase::On {
        tracing::error!(
            "the cache is turned off for all nodes until it is well; the database serves alone"
        );
    }
}

fn unreadable() -> StoreError {
    StoreError::new("cached", "read its notice in the database")
        .because("something else stands there")
        .remedy("are all nodes of one version?")
}
