//! Taking in what was sent from a step: it is stored whatever it is, and then it is decided where to go.
use std::sync::Arc;

use axum_core::extract::Request;
use axum_core::response::Response;
use http::StatusCode;

use crate::form::Upload;
use crate::web::wizard::arrive::at_end;
use crate::web::wizard::asking::{ask, refuse};
use crate::web::wizard::conclude::{Concluding, conclude};
use crate::web::wizard::desk::{Desk, Stand, see_other};
use crate::web::wizard::hooks::Hooks;
use crate::web::wizard::keep::Link;
use crate::web::wizard::making::{Making, running};
use crate::web::wizard::reading::{Arrived, posted, read};
use crate::web::wizard::refusal::{not_kept, not_taken, too_long};
use crate::web::wizard::saved::to_saved;
use crate::web::wizard::storing::{Stored, store};
use crate::web::wizard::visitor::Visitor;
use crate::web::wizard::way::Way;
use crate::web::wizard::{Caller, Finish, PageKind};
use crate::wizard::flow::{Next, Press, Return, first};
use crate::wizard::{Posted, RunId, Shown, Standing, Wizard};

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
    let (posted, back_to) = posted(desk.plan, place, received);
    let safe = desk.safe(run);
    let way = Way {
        plan: desk.plan,
        posted,
        back_to,
        facts,
        safe: safe.clone(),
    };
    let before = match desk.stand(&visitor, run).await {
        Ok(Stand::Open(draft)) => draft,
        Ok(other) => {
            desk.forget(files);
            return at_end(desk, &visitor, run, other).await;
        }
        Err(answer) => {
            desk.forget(files);
            return not_kept(desk, &visitor, way, None, answer).await;
        }
    };
    let link = link(desk, &way.posted, run);
    let cutter = visitor.cutter();
    let key = match &before {
        Some(draft) => cutter.key_of(draft),
        None => cutter.key(run).unwrap_or(run),
    };
    let caller = || Caller::new(&parts, state.clone(), Some(key));
    let verdict = ask(desk, hooks, &way, before.clone(), caller).await;
    let refused = verdict.refused.clone();
    let is_asked = !hooks.has_no_questions();
    let verdict = is_asked.then_some(verdict);
    let stored = store(desk, &visitor, &way, verdict, link.as_ref()).await;
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
            return too_long(&making, &way.posted, again, by, back_to).await;
        }
        Ok(Some(stored)) => stored,
        Ok(None) => {
            desk.forget(files);
            return Ok(see_other(&visitor.run_url(run)));
        }
        Err(answer) => {
            desk.forget(files);
            return not_kept(desk, &visitor, way, before, answer).await;
        }
    };
    let Way { posted, facts, .. } = way;
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
