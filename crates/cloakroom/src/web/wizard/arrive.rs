//! Coming to a wizard: at its beginning, at a step, at its end, by a link. Nothing is saved, lost or finished here.
use std::sync::Arc;

use axum_core::response::Response;
use http::StatusCode;
use http::request::Parts;

use crate::web::wizard::PageKind;
use crate::web::wizard::desk::{Desk, Stand, see_other};
use crate::web::wizard::making::{Making, blank, broken, lost, running};
use crate::web::wizard::saved::saved;
use crate::web::wizard::visitor::Visitor;
use crate::wizard::flow::{Arrival, Return, arrival, first};
use crate::wizard::{Answer, Draft, RunId, Standing, StepDraft, Survey, Wizard, Word};

/// Goes on with the newest open run, or with a new one.
pub(super) async fn start<W: Wizard>(
    desk: &Desk<W>,
    facts: &Arc<W::Facts>,
    parts: &Parts,
) -> Response {
    let arrived = async {
        let visitor = Visitor::of(parts)?;
        let (run, newest) = match visitor.asks("new") {
            true => (RunId::generate(), None),
            false => desk.newest(&visitor).await?,
        };
        let newest = newest.map(|mut draft| {
            desk.plan.settle(&mut draft);
            draft
        });
        Ok(to_current(desk, facts, &visitor, run, newest.as_ref()))
    };
    arrived.await.unwrap_or_else(|answer| answer)
}

/// Goes on with a run.
pub(super) async fn go_on<W: Wizard>(
    desk: &Desk<W>,
    facts: &Arc<W::Facts>,
    run: &str,
    parts: &Parts,
) -> Response {
    let arrived = async {
        let visitor = Visitor::of(parts)?;
        if desk.names_step(run) {
            let (newest, _) = desk.newest(&visitor).await?;
            return Ok(see_other(&visitor.url(newest, run)));
        }
        let Some(run) = RunId::parse(run) else {
            return Ok(see_other(visitor.start()));
        };
        let run = desk.run_of(&visitor, run).await?;
        match desk.stand(&visitor, run).await? {
            Stand::Open(draft) => Ok(to_current(desk, facts, &visitor, run, draft.as_ref())),
            other => at_end(desk, &visitor, run, other).await,
        }
    };
    arrived.await.unwrap_or_else(|answer: Response| answer)
}

/// Shows a step, or the end.
pub(super) async fn show<W: Wizard>(
    desk: &Desk<W>,
    facts: &Arc<W::Facts>,
    (run, name): (&str, &str),
    parts: &Parts,
) -> Response {
    let arrived = async {
        let visitor = Visitor::of(parts)?;
        let Some(run) = RunId::parse(run) else {
            return Ok(see_other(visitor.start()));
        };
        let run = desk.run_of(&visitor, run).await?;
        match desk.stand(&visitor, run).await? {
            Stand::Open(draft) if name == "finished" => {
                Ok(to_current(desk, facts, &visitor, run, draft.as_ref()))
            }
            Stand::Open(draft) => step(desk, facts, &visitor, (run, name), draft.as_ref()).await,
            Stand::Ended(answer) if name == "finished" => finished(desk, &visitor, answer).await,
            other => at_end(desk, &visitor, run, other).await,
        }
    };
    arrived.await.unwrap_or_else(|answer: Response| answer)
}

/// Answers about a run that can't be filled in.
pub(super) async fn at_end<W: Wizard>(
    desk: &Desk<W>,
    visitor: &Visitor,
    run: RunId,
    stand: Stand,
) -> Result<Response, Response> {
    match stand {
        Stand::Ended(answer) => Ok(see_other(&answer.to)),
        Stand::Running => running(desk, visitor, run).await,
        Stand::Broken => broken(desk, visitor, run, None).await,
        Stand::Foreign | Stand::Open(_) => lost(desk, visitor).await,
    }
}

async fn finished<W: Wizard>(
    desk: &Desk<W>,
    visitor: &Visitor,
    answer: Answer,
) -> Result<Response, Response> {
    let Answer { to, said } = answer;
    let Some(said) = said else {
        return Ok(see_other(&to));
    };
    let mut page = blank(desk, visitor, PageKind::Finished).await?;
    page.notice = Some(said).filter(|said| !said.is_empty());
    Ok(desk.answer(StatusCode::OK, &page))
}

/// Sends the visitor to the step with which they go on.
pub(super) fn to_current<W: Wizard>(
    desk: &Desk<W>,
    facts: &Arc<W::Facts>,
    visitor: &Visitor,
    run: RunId,
    draft: Option<&Draft>,
) -> Response {
    let survey = Survey::of(desk.plan, draft, facts, &desk.safe(run));
    let (Arrival::Here(place) | Arrival::Elsewhere(place)) =
        arrival(&survey.standings, desk.plan.order(), None);
    let name = desk.plan.stages()[place].spec().name();
    see_other(&visitor.url(run, name))
}

async fn step<W: Wizard>(
    desk: &Desk<W>,
    facts: &Arc<W::Facts>,
    visitor: &Visitor,
    (run, name): (RunId, &str),
    draft: Option<&Draft>,
) -> Result<Response, Response> {
    let plan = desk.plan;
    let safe = desk.safe(run);
    let survey = Survey::of(plan, draft, facts, &safe);
    let wanted = plan.place(name);
    let place = match arrival(&survey.standings, plan.order(), wanted) {
        Arrival::Here(place) => place,
        Arrival::Elsewhere(place) => {
            // What stands before the first step is not asked for, as things stand, and nothing of it was lost.
            let is_lost = draft.is_none() && wanted.is_some_and(|wanted| wanted > place);
            let query = match is_lost {
                true => "?expired",
                false if visitor.asks("saved") => "?saved",
                false => "",
            };
            let name = plan.stages()[place].spec().name();
            return Ok(see_other(&visitor.url(run, &format!("{name}{query}"))));
        }
    };
    let name = plan.stages()[place].spec().name();
    if visitor.asks("saved") && draft.is_some() {
        return saved(desk, visitor, run, name).await;
    }
    let is_accepted = draft
        .and_then(|draft| draft.step(name))
        .is_some_and(StepDraft::is_accepted);
    // What was right once and is no longer, after a change of the site, is said without being asked.
    let is_checked = visitor.asks("check")
        || visitor.asks("again")
        || (is_accepted && survey.standings[place] == Standing::Open);
    let filled = survey.form(plan, draft, place, is_checked, &safe);
    let making = Making {
        desk,
        visitor,
        run,
        draft,
        survey: &survey,
        place,
        safe: &safe,
    };
    let mut page = making
        .page(filled.shown(), back_to(desk, visitor, place))
        .await?;
    let is_displaced = desk.keeping.was_displaced(visitor, run);
    if (visitor.asks("expired") || is_displaced)
        && place == first(&survey.standings)
        && draft.is_none_or(|draft| draft.revision(name) == 0)
    {
        let why = match is_displaced {
            true => Word::Displaced,
            false => Word::Expired,
        };
        page.notice = Some(page.say(why).into_owned());
    }
    if visitor.asks("changed") && plan.review() == Some(place) {
        page.notice = Some(page.say(Word::Changed).into_owned());
    }
    if visitor.asks("again") && survey.standings[place] == Standing::AskAgain {
        page.notice = Some(page.say(Word::AskAgain).into_owned());
    }
    if !is_accepted {
        desk.count("entered", name);
    }
    Ok(desk.answer(StatusCode::OK, &page))
}

/// Says where the visitor wants to return to from a step.
fn back_to<W: Wizard>(desk: &Desk<W>, visitor: &Visitor, place: usize) -> Return {
    if visitor.asks("again") {
        return Return::End;
    }
    match desk.plan.review() {
        Some(review) if visitor.asks("change") && place < review => Return::Review(review),
        _ => Return::Nowhere,
    }
}
