//! Asking the application about what was sent, before it is stored and before a run ends.
use axum_core::response::Response;
use http::StatusCode;

use crate::form::Problem;
use crate::web::wizard::Caller;
use crate::web::wizard::desk::Desk;
use crate::web::wizard::hooks::Hooks;
use crate::web::wizard::making::Making;
use crate::web::wizard::refusing::{Reason, Refusal};
use crate::web::wizard::way::{Decided, Way};
use crate::wizard::flow::{Fate, Next, Press, Return};
use crate::wizard::{Draft, Standing, StepDraft, Wizard, Word};

/// What the application said.
#[derive(Clone, Default)]
pub(super) struct Verdict {
    pub(super) refused: Option<Refused>,
    /// How often the other steps had changed when all were asked about; `None` when they were not.
    pub(super) changes: Option<u32>,
}

/// The step that the visitor may not go on from.
#[derive(Clone)]
pub(super) struct Refused {
    pub(super) place: usize,
    pub(super) problems: Vec<(Option<String>, Problem)>,
    /// What the visitor is told when nothing is known to be wrong.
    pub(super) notice: Option<String>,
}

/// Asks about what was sent by looking at a copy of the draft with it: nothing is stored here.
pub(super) async fn ask<W: Wizard, S>(
    desk: &Desk<W>,
    hooks: &Hooks<W, S>,
    way: &Way<W>,
    draft: Option<Draft>,
    caller: impl Fn() -> Caller<S>,
) -> Verdict {
    let posted = &way.posted;
    if hooks.has_no_questions() || posted.press != Press::Continue {
        return Verdict::default();
    }
    let name = way.name();
    let is_accepted = |draft: &Draft| draft.step(name).is_some_and(StepDraft::is_accepted);
    let was_accepted = draft.as_ref().is_some_and(is_accepted);
    let mut draft = draft.unwrap_or_else(|| way.begin());
    let Decided {
        next,
        survey,
        receipt,
    } = way.decide(&mut draft);
    let goes_on = next.is_some_and(|next| !matches!(next, Next::Again | Next::CheckAgain));
    if !goes_on || survey.standings[posted.place] != Standing::Complete {
        return Verdict::default();
    }
    let refuse = |place, refusal| Verdict {
        refused: Some(Refused::of(desk, place, refusal)),
        changes: None,
    };
    let so_far = &survey.so_far;
    if let Err(refusal) = hooks.check_step(name, so_far, &caller).await {
        return refuse(posted.place, refusal);
    }
    if next == Some(Next::Finish) {
        for (place, spec) in desk.plan.specs().enumerate() {
            let is_to_ask = place != posted.place && survey.standings[place].is_active();
            if is_to_ask && let Err(refusal) = hooks.check_step(spec.name(), so_far, &caller).await
            {
                return refuse(place, refusal);
            }
        }
    }
    let is_news = receipt.fate == Fate::Stored || !was_accepted;
    if is_news && let Err(refusal) = hooks.accept_step(name, so_far, &caller).await {
        return refuse(posted.place, refusal);
    }
    Verdict {
        refused: None,
        changes: (next == Some(Next::Finish)).then(|| draft.changes_beside(name)),
    }
}

impl Refused {
    fn of<W: Wizard>(desk: &Desk<W>, place: usize, Refusal(reason): Refusal) -> Self {
        let (problems, notice) = match reason {
            Reason::Wrong(problems) => (problems, None),
            Reason::NotNow(text) => (Vec::new(), Some(text)),
            Reason::Failed(error) => {
                let step = desk.plan.stages()[place].spec().name();
                let wizard = desk.plan.name();
                tracing::error!(%error, wizard, step, "a step could not be checked");
                let text = desk.keeping.words.say(Word::Unchecked).into_owned();
                (Vec::new(), Some(text))
            }
        };
        Self {
            place,
            problems,
            notice,
        }
    }
}

/// Shows the step that the application has refused.
pub(super) async fn refuse<W: Wizard>(
    making: Making<'_, W>,
    refused: Refused,
    back_to: Return,
) -> Result<Response, Response> {
    let back_to = match refused.place == making.place {
        true => back_to,
        false => Return::End,
    };
    let making = Making {
        place: refused.place,
        ..making
    };
    let plan = making.desk.plan;
    // It is right by itself, so nothing else is to be said of it.
    let mut filled = making
        .survey
        .form(plan, making.draft, making.place, false, making.safe);
    let status = match refused.problems.is_empty() {
        true => StatusCode::SERVICE_UNAVAILABLE,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    for (field, problem) in refused.problems {
        filled.refuse(field.as_deref(), problem);
    }
    let mut page = making.page(filled.shown(), back_to).await?;
    page.notice = refused.notice;
    making.desk.count("errors", page.step);
    Ok(making.desk.answer(status, &page))
}
