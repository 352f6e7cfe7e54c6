//! Taking in what was sent from a step: it is stored whatever it is, and then it is decided where to go.
use std::sync::{Arc, Mutex, PoisonError};

use axum_core::extract::Request;
use axum_core::response::Response;
use http::StatusCode;

use crate::form::Upload;
use crate::keys::KeyRing;
use crate::web::wizard::arrive::at_end;
use crate::web::wizard::asking::{Verdict, ask, refuse};
use crate::web::wizard::conclude::{Concluding, conclude};
use crate::web::wizard::desk::{Desk, Stand, is_running, see_other};
use crate::web::wizard::hooks::Hooks;
use crate::web::wizard::keep::{Change, Link, Unsaved};
use crate::web::wizard::making::{Making, running};
use crate::web::wizard::reading::{Arrived, posted, read};
use crate::web::wizard::refusal::{not_taken, too_long};
use crate::web::wizard::saved::to_saved;
use crate::web::wizard::visitor::Visitor;
use crate::web::wizard::way::{Decided, Way};
use crate::web::wizard::{Caller, Finish, PageKind};
use crate::wizard::flow::{Next, Press, Return, first};
use crate::wizard::{
    Draft, Posted, Receipt, RunId, Safe, Shown, Standing, State, StepDraft, Survey, Wizard,
};

/// Takes in what was sent from a step.
pub(super) async fn take<W, S>(
    desk: &Arc<Desk<W>>,
    hooks: &Hooks<W, S>,
    state: S,
    run: &str,
    name: &str,
    request: Request,
) -> Response
where
    W: Finish<S>,
    S: Clone + Send + Sync + 'static,
{
    let taken = try_take(desk, hooks, state, run, name, request).await;
    taken.unwrap_or_else(|answer| answer)
}

/// Takes in what a page of the other program sent, whose address names a step and no run.
pub(super) async fn take_from_other<W, S>(
    desk: &Arc<Desk<W>>,
    hooks: &Hooks<W, S>,
    state: S,
    name: &str,
    request: Request,
) -> Response
where
    W: Finish<S>,
    S: Clone + Send + Sync + 'static,
{
    let (parts, body) = request.into_parts();
    let taken = async {
        let visitor = Visitor::of(&parts)?;
        let (run, _) = desk.newest(&visitor).await?;
        let request = Request::from_parts(parts, body);
        try_take(desk, hooks, state, run.as_str(), name, request).await
    };
    taken.await.unwrap_or_else(|answer| answer)
}

async fn try_take<W, S>(
    desk: &Arc<Desk<W>>,
    hooks: &Hooks<W, S>,
    state: S,
    run: &str,
    name: &str,
    request: Request,
) -> Result<Response, Response>
where
    W: Finish<S>,
    S: Clone + Send + Sync + 'static,
{
    let (parts, body) = request.into_parts();
    let visitor = Visitor::of(&parts)?;
    let Some(run) = RunId::parse(run) else {
        return Ok(see_other(visitor.start()));
    };
    let Some(place) = desk.plan.place(name) else {
        return Ok(see_other(&visitor.run_url(run)));
    };
    let run = desk.run_of(&visitor, run).await?;
    let facts = hooks.facts(&parts, &state).await?;
    let Arrived { received, is_out } = match read(desk, place, &parts, body).await {
        Ok(arrived) => arrived,
        Err(refused) => return not_taken(desk, &visitor, run, place, refused).await,
    };
    let files: Vec<Upload> = received.files().map(|(_, file)| file.clone()).collect();
    // The body is here, so that a slow one keeps nobody waiting.
    let Some(turn) = desk.lines.turn(run, desk.patience).await else {
        desk.forget(files);
        return running(desk, &visitor, run).await;
    };
    let before = match desk.stand(&visitor, run).await {
        Ok(Stand::Open(draft)) => draft,
        Ok(other) => {
            desk.forget(files);
            return at_end(desk, &visitor, run, other).await;
        }
        Err(answer) => {
            desk.forget(files);
            return Err(answer);
        }
    };
    let (posted, back_to) = posted(desk.plan, place, received);
    let link = link(desk, &posted, run);
    let safe = desk.safe(run);
    let cutter = visitor.cutter();
    let key = match &before {
        Some(draft) => cutter.key_of(draft),
        None => cutter.key(run).unwrap_or(run),
    };
    let way = Way {
        plan: desk.plan,
        posted,
        back_to,
        facts,
        safe: safe.clone(),
    };
    let caller = || Caller::new(&parts, state.clone(), Some(key));
    let verdict = ask(desk, hooks, &way, before.clone(), caller).await;
    let refused = verdict.refused.clone();
    let is_asked = !hooks.has_no_questions();
    let verdict = is_asked.then_some(verdict);
    let stored = store(desk, &visitor, &way, verdict, link.as_ref()).await;
    let Way { posted, facts, .. } = way;
    let Stored {
        next,
        mut survey,
        receipt,
        draft,
        is_completed,
        ..
    } = match stored {
        Ok(Some(Stored {
            excess: Some(by),
            survey,
            receipt,
            draft,
            ..
        })) => {
            desk.forget(files);
            let plan = desk.plan;
            let as_typed = || survey.form(plan, Some(&draft), place, true, &safe);
            let again = receipt.again.unwrap_or_else(as_typed);
            let making = Making {
                desk,
                visitor: &visitor,
                run,
                draft: before.as_ref(),
                survey: &survey,
                place,
                safe: &safe,
            };
            return too_long(&making, &posted, again, by, back_to).await;
        }
        Ok(Some(stored)) => stored,
        Ok(None) => {
            desk.forget(files);
            return Ok(see_other(&visitor.run_url(run)));
        }
        Err(answer) => {
            desk.forget(files);
            return Err(answer);
        }
    };
    desk.forget(receipt.gone);
    if is_completed {
        desk.count("completed", desk.plan.stages()[place].spec().name());
    }
    let refused = refused.filter(|_| next == Some(Next::Again));
    if let Some(refused) = &refused {
        survey.standings[refused.place] = Standing::Open;
    }
    let making = Making {
        desk,
        visitor: &visitor,
        run,
        draft: Some(&draft),
        survey: &survey,
        place,
        safe: &safe,
    };
    // Who sends from further on, or from a page that knew answers, had a draft that is gone.
    let is_lost = before.is_none()
        && (place != first(&survey.standings)
            || posted.revision.is_some_and(|revision| revision > 0));
    let to = |place: usize, query: &str| {
        let query = if is_lost && query.is_empty() {
            "?expired"
        } else {
            query
        };
        let name = desk.plan.stages()[place].spec().name();
        Ok(see_other(&visitor.url(run, &format!("{name}{query}"))))
    };
    let next = match next {
        Some(next) => next,
        None => {
            let again = receipt.again.map(|filled| filled.shown());
            return conflict(&making, again, receipt.aside, back_to).await;
        }
    };
    if let Some(refused) = refused {
        return refuse(making, refused, back_to).await;
    }
    match next {
        Next::Again => {
            let Some(again) = receipt.again else {
                return to(place, "?check");
            };
            let page = making.page(again.shown(), back_to).await?;
            desk.count("errors", page.step);
            let status = match is_out {
                true => StatusCode::SERVICE_UNAVAILABLE,
                false => StatusCode::UNPROCESSABLE_ENTITY,
            };
            Ok(desk.answer(status, &page))
        }
        Next::Show(next) => match back_to {
            // More or fewer forms on the same page.
            Return::Review(_) if next == place && receipt.is_change => to(next, "?change"),
            _ => to(next, ""),
        },
        Next::ShowAndReturn(next) => to(next, "?change"),
        Next::Missing(next) => match survey.standings[next] {
            Standing::Open if desk.plan.review().is_some_and(|review| next < review) => {
                to(next, "?change&check")
            }
            _ => to(next, "?again"),
        },
        Next::CheckAgain => to(place, "?changed"),
        Next::Saved => to_saved(&making, &draft, link).await,
        Next::Finish => {
            let concluding = Concluding {
                desk: desk.clone(),
                run,
                draft,
                place,
                facts,
                turn,
            };
            conclude(concluding, visitor, survey.so_far, state).await
        }
    }
}

/// Draws a link, when the visitor wants to come back later and the place of the drafts can do that.
fn link<W: Wizard>(desk: &Desk<W>, posted: &Posted, run: RunId) -> Option<(Link, String)> {
    let wants_one = posted.press == Press::Save && desk.keeping.has_links();
    let until = desk.site.clock.now().plus(desk.link_lifetime);
    wants_one.then(|| Link::draw(run, until))
}

/// What became of the draft.
struct Stored<W: Wizard> {
    /// Where it goes from here; `None` when another page was faster.
    next: Option<Next>,
    survey: Survey<W>,
    receipt: Receipt<W>,
    draft: Draft,
    /// Whether the visitor goes on from the step for the first time.
    is_completed: bool,
    /// How many bytes it is too long; then nothing was stored.
    excess: Option<usize>,
}

/// Stores what was sent, and claims the end if this is it: one save. `None` when the run has ended meanwhile.
async fn store<W: Wizard>(
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

async fn conflict<W: Wizard>(
    making: &Making<'_, W>,
    ours: Option<Shown>,
    aside: Option<u32>,
    back_to: Return,
) -> Result<Response, Response> {
    let plan = making.desk.plan;
    let theirs = making
        .survey
        .form(plan, making.draft, making.place, false, making.safe);
    let shown = ours.unwrap_or_else(|| theirs.shown());
    let mut page = making.page(shown, back_to).await?;
    page.kind = PageKind::Conflict;
    page.aside = aside;
    page.theirs = Some(theirs.shown());
    Ok(making.desk.answer(StatusCode::CONFLICT, &page))
}
