//! Storing what was sent: one save, in which it is decided where it goes, and in which the end is claimed.
use std::sync::{Arc, Mutex, PoisonError};

use axum_core::response::Response;

use crate::keys::KeyRing;
use crate::web::wizard::asking::Verdict;
use crate::web::wizard::desk::{Desk, is_running};
use crate::web::wizard::keep::{Change, Link, Unsaved};
use crate::web::wizard::visitor::Visitor;
use crate::web::wizard::way::{Decided, Way};
use crate::wizard::flow::{Next, Press};
use crate::wizard::{Draft, Receipt, RunId, Safe, State, StepDraft, Survey, Wizard};

/// What became of the draft.
pub(super) struct Stored<W: Wizard> {
    /// Where it goes from here; `None` when another page was faster.
    pub(super) next: Option<Next>,
    pub(super) survey: Survey<W>,
    pub(super) receipt: Receipt<W>,
    pub(super) draft: Draft,
    /// Whether the visitor goes on from the step for the first time.
    pub(super) is_completed: bool,
    /// How many bytes it is too long; then nothing was stored.
    pub(super) excess: Option<usize>,
}

/// Stores what was sent, and claims the end if this is it: one save. `None` when the run has ended meanwhile.
pub(super) async fn store<W: Wizard>(
    desk: &Desk<W>,
    visitor: &Visitor,
    way: &Way<W>,
    verdict: Option<Verdict>,
    link: Option<&(Link, String)>,
) -> Result<Option<Stored<W>>, Response> {
    let outcome: Arc<Mutex<Option<Stored<W>>>> = Arc::default();
    let (run, way, told) = (way.safe.run(), way.clone(), outcome.clone());
    let by = KeyRing::generate_secret();
    let key = visitor.cutter().key(run).unwrap_or_else(RunId::generate);
    // It is done again on what another process has saved meanwhile; the last time counts.
    let change: Change = Arc::new(move |draft| {
        let (plan, name) = (way.plan, way.name());
        let mut draft = draft.unwrap_or_else(|| way.begin());
        plan.settle(&mut draft);
        let mut outcome = told.lock().unwrap_or_else(PoisonError::into_inner);
        let is_closed =
            *draft.state() != State::Open && !can_retry(plan.may_retry(), &draft, &way.safe);
        if is_closed {
            *outcome = None;
            return Some(draft);
        }
        draft.set_state(State::Open);
        if draft.key().is_none() {
            draft.set_key(key);
        }
        let is_accepted = |draft: &Draft| draft.step(name).is_some_and(StepDraft::is_accepted);
        let was_accepted = is_accepted(&draft);
        let Decided {
            mut next,
            survey,
            receipt,
        } = way.decide(&mut draft);
        if let Some(verdict) = &verdict {
            next = next.map(|next| heed(verdict, next, &way, &mut draft));
        }
        if next == Some(Next::Finish) {
            let since = way.safe.now().as_secs();
            let by = by.clone();
            draft.set_state(State::Finishing { since, by });
        }
        let refused = verdict
            .as_ref()
            .and_then(|verdict| verdict.refused.as_ref());
        let here = refused.map_or(way.posted.place, |refused| refused.place);
        let at = next.and_then(shows).unwrap_or(here);
        draft.set_at(plan.stages()[at].spec().name());
        if way.posted.press == Press::Save {
            draft.note_saved();
        }
        *outcome = Some(Stored {
            next,
            survey,
            receipt,
            is_completed: !was_accepted && is_accepted(&draft),
            excess: None,
            draft: draft.clone(),
        });
        Some(draft)
    });
    let link = link.map(|(link, _)| link);
    let saved = desk.keeping.amend(visitor, run, change, link).await;
    let mut outcome = outcome.lock().unwrap_or_else(PoisonError::into_inner);
    let stored = outcome.take();
    match saved {
        Ok(()) => Ok(stored),
        Err(Unsaved::TooLong { by }) => Ok(stored.map(|stored| Stored {
            excess: Some(by),
            ..stored
        })),
        Err(Unsaved::Because(answer)) => Err(answer),
    }
}

/// Lets nobody go on, or end, whom the application has refused or not been asked about.
fn heed<W: Wizard>(verdict: &Verdict, next: Next, way: &Way<W>, draft: &mut Draft) -> Next {
    match &verdict.refused {
        Some(refused) => {
            if refused.place == way.posted.place {
                draft.reopen(way.name());
            }
            Next::Again
        }
        // Another process has changed a step since all were asked about.
        None if next == Next::Finish
            && verdict.changes != Some(draft.changes_beside(way.name())) =>
        {
            Next::CheckAgain
        }
        None => next,
    }
}

/// Returns the step that is shown next, if it is another one.
fn shows(next: Next) -> Option<usize> {
    match next {
        Next::Show(place) | Next::ShowAndReturn(place) | Next::Missing(place) => Some(place),
        Next::Again | Next::CheckAgain | Next::Saved | Next::Finish => None,
    }
}

fn can_retry(may_retry: bool, draft: &Draft, safe: &Safe) -> bool {
    may_retry
        && match draft.state() {
            State::Broken => true,
            State::Finishing { since, .. } => !is_running(*since, safe.now()),
            _ => false,
        }
}
