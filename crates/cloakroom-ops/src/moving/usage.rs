//! Telling whether the site has gone over to the new store: then somebody else than the move has
//! written there.
use cloakroom::clock::Timestamp;
use cloakroom::store::Listed;

use crate::OpsError;
use crate::moving::journal::Journal;
use crate::moving::verdict::{InUse, Known};
use crate::moving::{Doubt, Work};
use crate::pages::Pages;

/// Copies that expire so soon may be gone by the server's own clock.
const SOON: u64 = 60;
/// Fewer than these are no reason for doubt.
const FEW: usize = 10;

/// Compares what stands in the new store with what was put there.
pub(super) async fn of(work: &Work, doubt: Doubt) -> Result<InUse, OpsError> {
    let horizon = Timestamp::from_secs(work.now.as_secs() + SOON);
    let mut comparison = Comparison::begin(&work.journal(), horizon);
    let mut pages = Pages::after(&work.to, None, work.now);
    while let Some(page) = pages.next().await? {
        let journal = work.journal();
        page.iter()
            .for_each(|listed| comparison.add(listed, &journal));
    }
    if doubt == Doubt::Ask {
        comparison.refuse_doubtful(work.journal().is_new())?;
    }
    if work.journal().is_used() {
        return Ok(InUse::Yes);
    }
    Ok(comparison.in_use())
}

/// What the new store should have of the move's copies, and what it has.
struct Comparison {
    horizon: Timestamp,
    expected: usize,
    found: usize,
    changed: usize,
    strangers: usize,
}

impl Comparison {
    fn begin(journal: &Journal, horizon: Timestamp) -> Self {
        let copies = journal.standing();
        Self {
            horizon,
            expected: copies.filter(|(_, known)| lives(known, horizon)).count(),
            found: 0,
            changed: 0,
            strangers: 0,
        }
    }

    fn add(&mut self, listed: &Listed, journal: &Journal) {
        let known = journal.known(&listed.key);
        let moved = |(_, expires)| expires != listed.expires && known.begun.is_none();
        self.strangers += usize::from(known == Known::default());
        self.changed += usize::from(known.copied.is_some_and(moved));
        self.found += usize::from(lives(&known, self.horizon) && !known.ended);
    }

    fn in_use(&self) -> InUse {
        if self.strangers == 0 && self.changed == 0 && self.found == self.expected {
            InUse::No
        } else {
            InUse::Yes
        }
    }

    fn refuse_doubtful(&self, journal_is_new: bool) -> Result<(), OpsError> {
        let Self {
            expected,
            strangers,
            ..
        } = self;
        if journal_is_new && *strangers > 0 {
            let plural = if *strangers == 1 { "" } else { "s" };
            return Err(OpsError::Doubtful(format!(
                "the new store has {strangers} session{plural} already, and the journal is new; if sessions were moved there before, name the journal of that move, or what was ended there since would come back. If what it has is of no concern, give --yes"
            )));
        }
        let missing = expected.saturating_sub(self.found);
        if is_doubtful(missing, *expected) {
            return Err(OpsError::Doubtful(format!(
                "{missing} of {expected} sessions that were copied are no longer in the new store; if it was emptied, begin with a new journal. If they were really ended there, give --yes"
            )));
        }
        Ok(())
    }
}

/// Says whether a copy should still be there.
fn lives(known: &Known, horizon: Timestamp) -> bool {
    known.copied.is_some_and(|(_, expires)| expires > horizon)
}

/// Says whether so many of all are more than visitors would end by themselves.
pub(super) fn is_doubtful(gone: usize, all: usize) -> bool {
    gone > FEW && gone * 2 > all
}
