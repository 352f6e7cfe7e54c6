//! How every step of a draft stands, and what is right so far.
use std::fmt;
use std::sync::Arc;

use crate::form::Context;
use crate::wizard::flow::{Fate, Press};
use crate::wizard::posted::{Taken, take_in};
use crate::wizard::{Draft, Filled, Order, Plan, Posted, Receipt, Safe, Stage, StepDraft, Wizard};

/// How one step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is not to be visited, as things stand.
    Inactive,
    /// The visitor has not gone on from it, or something in it is wrong.
    Open,
    /// The visitor has gone on from it, and everything in it is right.
    Complete,
    /// It was complete, but asks for something that may not be kept, so it has to be filled in once more at the end.
    AskAgain,
}

impl Standing {
    /// Says whether it is to be visited.
    #[must_use]
    pub const fn is_active(self) -> bool {
        !matches!(self, Self::Inactive)
    }

    /// Says whether those behind it may be visited.
    #[must_use]
    pub const fn is_passed(self) -> bool {
        matches!(self, Self::Complete | Self::AskAgain)
    }
}

/// How every step stands. Conditions, contexts and forms have been asked once each.
pub struct Survey<W: Wizard> {
    /// One for each step, in order.
    pub standings: Vec<Standing>,
    /// What each step's form is shown and checked with.
    pub contexts: Vec<Context>,
    /// What is there and right.
    pub so_far: W::SoFar,
}

impl<W: Wizard> Survey<W> {
    /// Looks at a draft, or at none, with what is known of its visitor.
    #[must_use]
    pub fn of(plan: &Plan<W>, draft: Option<&Draft>, facts: &Arc<W::Facts>, safe: &Safe) -> Self {
        walk(plan, facts, safe, |visited, is_active| match draft {
            Some(draft) if is_active => look(visited, draft, safe),
            _ => Found::open(),
        })
    }

    /// Puts what was sent into a draft and looks at it, in one go.
    ///
    /// # Panics
    /// When the plan has no step at [`Posted::place`].
    pub fn receive(
        plan: &Plan<W>,
        draft: &mut Draft,
        posted: &Posted,
        facts: &Arc<W::Facts>,
        safe: &Safe,
    ) -> (Self, Receipt<W>) {
        let mut receipt = None;
        let mut is_reachable = true;
        let survey = walk(plan, facts, safe, |visited, is_active| {
            if visited.place == posted.place {
                let taken = take_in(visited.stage, draft, posted, visited.context.clone(), safe);
                let may_accept = is_active && is_reachable;
                let (found, of_it) = settle(visited, draft, posted, taken, may_accept, safe);
                receipt = Some(of_it);
                return found;
            }
            let found = match is_active {
                true => look(visited, draft, safe),
                false => Found::open(),
            };
            let is_passed = !is_active || found.standing.is_passed();
            is_reachable &= is_passed || plan.order() == Order::Free;
            found
        });
        let receipt = receipt.expect("the step that was sent is one of the plan's");
        (survey, receipt)
    }

    /// Returns the form of a step as it is kept; checked, if what is wrong is to be shown.
    #[must_use]
    pub fn form(
        &self,
        plan: &Plan<W>,
        draft: Option<&Draft>,
        place: usize,
        is_checked: bool,
        safe: &Safe,
    ) -> Box<dyn Filled<W>> {
        let stage = plan.stages()[place];
        let context = self.contexts[place].clone();
        let answers = draft.and_then(|draft| draft.answers(stage.spec().name(), safe));
        match answers {
            Some(answers) if is_checked => stage.bind(answers, context),
            Some(answers) => stage.fill(answers, context),
            None if is_checked => stage.bind(Vec::new(), context),
            None => stage.begin(context),
        }
    }
}

impl<W: Wizard> fmt::Debug for Survey<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.standings).finish()
    }
}

/// A step on the way.
struct Visited<'a, W: Wizard> {
    place: usize,
    stage: &'a dyn Stage<W>,
    context: &'a Context,
}

/// How a step was found, and its value if there is one.
struct Found<W: Wizard> {
    standing: Standing,
    filled: Option<Box<dyn Filled<W>>>,
}

impl<W: Wizard> Found<W> {
    fn open() -> Self {
        Self {
            standing: Standing::Open,
            filled: None,
        }
    }
}

/// Visits all steps in order, each with what is right before it.
fn walk<W: Wizard>(
    plan: &Plan<W>,
    facts: &Arc<W::Facts>,
    safe: &Safe,
    mut find: impl FnMut(&Visited<'_, W>, bool) -> Found<W>,
) -> Survey<W> {
    let mut survey = Survey {
        standings: Vec::with_capacity(plan.stages().len()),
        contexts: Vec::with_capacity(plan.stages().len()),
        so_far: W::knowing(facts),
    };
    for (place, stage) in plan.stages().iter().enumerate() {
        let is_active = stage.is_active(&survey.so_far);
        let context = safe.with_words(stage.context(&survey.so_far));
        let visited = Visited {
            place,
            stage: *stage,
            context: &context,
        };
        let found = find(&visited, is_active);
        let standing = match is_active {
            true => found.standing,
            false => Standing::Inactive,
        };
        if standing == Standing::Complete
            && let Some(filled) = found.filled
        {
            filled.keep(&mut survey.so_far);
        }
        survey.standings.push(standing);
        survey.contexts.push(context);
    }
    survey
}

/// Says how a step stands by what is kept of it.
fn look<W: Wizard>(visited: &Visited<'_, W>, draft: &Draft, safe: &Safe) -> Found<W> {
    let spec = visited.stage.spec();
    let is_accepted = draft.step(spec.name()).is_some_and(StepDraft::is_accepted);
    let Some(answers) = draft.answers(spec.name(), safe).filter(|_| is_accepted) else {
        return Found::open();
    };
    let filled = visited.stage.bind(answers, visited.context.clone());
    if spec.has_secrets() && filled.misses_only_secrets() {
        return Found {
            standing: Standing::AskAgain,
            filled: None,
        };
    }
    match filled.is_valid() {
        true => Found {
            standing: Standing::Complete,
            filled: Some(filled),
        },
        false => Found::open(),
    }
}

/// Says how the step stands that was just sent: by what was sent, which may have more than is kept.
fn settle<W: Wizard>(
    visited: &Visited<'_, W>,
    draft: &mut Draft,
    posted: &Posted,
    taken: Taken<W>,
    may_accept: bool,
    safe: &Safe,
) -> (Found<W>, Receipt<W>) {
    let Taken {
        fate,
        filled,
        aside,
        gone,
    } = taken;
    let name = visited.stage.spec().name();
    let is_valid = filled.is_valid();
    let mut receipt = Receipt {
        fate,
        is_valid,
        is_change: filled.is_change(),
        again: None,
        aside,
        gone,
    };
    if fate == Fate::Conflict {
        receipt.again = Some(filled);
        return (look(visited, draft, safe), receipt);
    }
    if is_valid && may_accept && posted.press == Press::Continue {
        draft.accept(name);
    }
    let is_accepted = draft.step(name).is_some_and(StepDraft::is_accepted);
    if is_valid && is_accepted {
        let found = Found {
            standing: Standing::Complete,
            filled: Some(filled),
        };
        return (found, receipt);
    }
    let is_asked_again =
        is_accepted && visited.stage.spec().has_secrets() && filled.misses_only_secrets();
    receipt.again = Some(filled);
    let standing = match is_asked_again {
        true => Standing::AskAgain,
        false => Standing::Open,
    };
    let found = Found {
        standing,
        filled: None,
    };
    (found, receipt)
}

/// Says whether a step is to be visited: always, or when its condition says so.
pub(crate) fn is_active<S>(when: Option<fn(&S) -> bool>, so_far: &S) -> bool {
    when.is_none_or(|when| when(so_far))
}
