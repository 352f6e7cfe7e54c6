//! Which way a run takes with what was sent: decided the same on every copy of its draft.
use std::sync::Arc;

use crate::wizard::flow::{Fate, Next, Press, Return, Sent, after};
use crate::wizard::{Draft, Plan, Posted, Receipt, Safe, Survey, Wizard};

/// What was sent, and all that the way depends on beside the draft.
pub(super) struct Way<W: Wizard> {
    pub(super) plan: &'static Plan<W>,
    pub(super) posted: Posted,
    pub(super) back_to: Return,
    pub(super) facts: Arc<W::Facts>,
    pub(super) safe: Safe,
}

/// Where it goes, and how the steps stand then.
pub(super) struct Decided<W: Wizard> {
    /// `None` when another page was faster.
    pub(super) next: Option<Next>,
    pub(super) survey: Survey<W>,
    pub(super) receipt: Receipt<W>,
}

impl<W: Wizard> Clone for Way<W> {
    fn clone(&self) -> Self {
        Self {
            plan: self.plan,
            posted: self.posted.clone(),
            back_to: self.back_to,
            facts: self.facts.clone(),
            safe: self.safe.clone(),
        }
    }
}

impl<W: Wizard> Way<W> {
    /// Begins the draft of a run that has none.
    pub(super) fn begin(&self) -> Draft {
        let (plan, safe) = (self.plan, &self.safe);
        Draft::new(plan.name(), plan.version(), safe.run(), safe.now())
    }

    /// Returns the name of the step that was sent.
    pub(super) fn name(&self) -> &'static str {
        self.plan.stages()[self.posted.place].spec().name()
    }

    /// Puts what was sent into a draft, and says where it goes.
    pub(super) fn decide(&self, draft: &mut Draft) -> Decided<W> {
        let (posted, plan) = (&self.posted, self.plan);
        let (survey, receipt) = Survey::receive(plan, draft, posted, &self.facts, &self.safe);
        let mut next = self.next(&survey, &receipt);
        let goes_on = |next| match next {
            Next::Finish => true,
            Next::Show(place) => place > posted.place,
            _ => false,
        };
        if next.is_some_and(goes_on) && !self.has_seen_all(draft) {
            next = Some(Next::CheckAgain);
        }
        Decided {
            next,
            survey,
            receipt,
        }
    }

    fn next(&self, survey: &Survey<W>, receipt: &Receipt<W>) -> Option<Next> {
        if receipt.fate == Fate::Conflict {
            return None;
        }
        if receipt.is_change {
            return Some(Next::Show(self.posted.place));
        }
        let sent = Sent {
            at: self.posted.place,
            press: self.posted.press,
            is_valid: receipt.is_valid,
            back_to: self.back_to,
        };
        Some(after(&survey.standings, self.plan.order(), sent))
    }

    /// Says whether the answers are still those that the visitor checked, when that is what the page was for.
    fn has_seen_all(&self, draft: &Draft) -> bool {
        let posted = &self.posted;
        let is_checked =
            self.plan.review() == Some(posted.place) && posted.press == Press::Continue;
        let seen = posted.seen.filter(|_| is_checked);
        seen.is_none_or(|seen| seen == draft.changes_beside(self.name()))
    }
}
