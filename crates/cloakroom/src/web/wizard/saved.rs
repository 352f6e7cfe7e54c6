//! Saving and coming back later: the page that says so, and the one to which the link leads.
use std::fmt;

use axum_core::extract::Request;
use axum_core::response::Response;
use http::StatusCode;
use http::request::Parts;

use crate::web::wizard::PageKind;
use crate::web::wizard::desk::{Desk, see_other};
use crate::web::wizard::html::{Lost, not_found};
use crate::web::wizard::keep::{Drafts, Link, Place};
use crate::web::wizard::making::{Making, blank, lost};
use crate::web::wizard::visitor::Visitor;
use crate::wizard::{Draft, RunId, Wizard, Word};

/// A draft that a visitor wants to come back to.
#[derive(Clone)]
#[non_exhaustive]
pub struct Saved {
    /// The link by which another device finds it; it holds a secret. It is whole, with the site's
    /// [origin](crate::wizard::Mount::origin), unless not even the request said under which host the site is reached.
    pub link: String,
    /// The user who is signed in.
    pub user: Option<String>,
    /// What was typed so far, right or wrong; see [`Saved::text`].
    pub draft: Draft,
}

impl Saved {
    /// Returns what was typed into a field of a step, empty if nothing was: a guest's e-mail address, for example. It has
    /// not been checked, and answers to fields that are `secret` or `sealed` are not there.
    #[must_use]
    pub fn text(&self, step: &str, field: &str) -> &str {
        let answers = self
            .draft
            .step(step)
            .and_then(|step| step.answers().first());
        answers.map_or("", |answers| answers.text(field))
    }
}

impl fmt::Debug for Saved {
    /// Leaves the link out, which is a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Saved")
            .field("user", &self.user)
            .field("draft", &self.draft)
            .finish_non_exhaustive()
    }
}

/// Tells whoever wants to know, and sends the visitor to the page that says so and can be loaded again.
///
/// # Errors
/// Gives the answer to give when the visitor's state can't be reached.
pub(super) async fn to_saved<W: Wizard>(
    making: &Making<'_, W>,
    draft: &Draft,
    link: Option<(Link, String)>,
) -> Result<Response, Response> {
    let (desk, visitor, run) = (making.desk, making.visitor, making.run);
    if let Some((_, token)) = link {
        desk.keeping.carry_link(visitor, run, &token)?;
        if let Some(told) = &desk.on_save {
            let saved = Saved {
                link: whole(desk, visitor, &token),
                user: visitor.session().await?.user_id(),
                draft: draft.clone(),
            };
            // In a task of its own, so that a visitor who hangs up gets their letter all the same.
            if tokio::spawn(told(saved)).await.is_err() {
                tracing::error!(wizard = desk.plan.name(), "`on_save` panicked");
            }
        }
    }
    let name = desk.plan.stages()[making.place].spec().name();
    Ok(see_other(&visitor.url(run, &format!("{name}?saved"))))
}

/// Says that all is saved, with the link if it was just drawn.
///
/// # Errors
/// As [`to_saved`].
pub(super) async fn saved<W: Wizard>(
    desk: &Desk<W>,
    visitor: &Visitor,
    run: RunId,
    step: &str,
) -> Result<Response, Response> {
    let mut page = blank(desk, visitor, PageKind::Saved).await?;
    page.url = visitor.url(run, step);
    let token = desk.keeping.carried_link(visitor, run);
    page.is_link = token.is_some();
    page.link = Some(match token {
        Some(token) => whole(desk, visitor, &token),
        None => page.url.clone(),
    });
    Ok(desk.answer(StatusCode::OK, &page))
}

/// Returns a link as it can be sent to somebody.
fn whole<W: Wizard>(desk: &Desk<W>, visitor: &Visitor, token: &str) -> String {
    let origin = desk.origin.as_deref().or(visitor.origin.as_deref());
    format!(
        "{}{}",
        origin.unwrap_or_default(),
        visitor.resume_url(token)
    )
}

/// Shows where a link leads. Programs open links as well, to look at them for their users, so nothing is changed by that.
pub(super) async fn look<W: Wizard>(desk: &Desk<W>, token: &str, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let arrived = async {
        let visitor = Visitor::of(&parts)?;
        let drafts = drafts(desk, &visitor)?;
        let (run, is_own) = drafts.look(&desk.keeping, &visitor, token).await?;
        if is_own {
            return Ok(see_other(&visitor.run_url(run)));
        }
        let own = desk.keeping.open(&visitor).await?.into_iter().next();
        let mut page = blank(desk, &visitor, PageKind::Resume).await?;
        page.url = visitor.resume_url(token);
        if let Some(own) = own {
            page.notice = Some(page.say(Word::ResumeBeside).into_owned());
            page.link = Some(visitor.run_url(own.run()));
        }
        Ok(desk.answer(StatusCode::OK, &page))
    };
    in_its_look(desk, &parts, arrived.await).await
}

/// Gives this device the run that a link leads to.
pub(super) async fn resume<W: Wizard>(desk: &Desk<W>, token: &str, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let arrived = async {
        let visitor = Visitor::of(&parts)?;
        let drafts = drafts(desk, &visitor)?;
        let run = drafts.resume(&desk.keeping, &visitor, token).await?;
        Ok(see_other(&visitor.run_url(run)))
    };
    in_its_look(desk, &parts, arrived.await).await
}

/// Shows that a link leads nowhere as the wizard's other pages are shown.
async fn in_its_look<W: Wizard>(
    desk: &Desk<W>,
    parts: &Parts,
    answer: Result<Response, Response>,
) -> Response {
    match (answer, Visitor::of(parts)) {
        (Err(answer), Ok(visitor)) if answer.extensions().get::<Lost>().is_some() => {
            lost(desk, &visitor).await.unwrap_or_else(|answer| answer)
        }
        (answer, _) => answer.unwrap_or_else(|answer| answer),
    }
}

fn drafts<'a, W: Wizard>(desk: &'a Desk<W>, visitor: &Visitor) -> Result<&'a Drafts, Response> {
    match &desk.keeping.place {
        Place::Drafts(drafts, _) => Ok(drafts),
        _ => Err(not_found(visitor, &desk.keeping.words)),
    }
}
