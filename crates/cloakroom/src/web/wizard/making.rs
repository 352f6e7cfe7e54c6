//! Putting a page together from how a run stands.
use std::borrow::Cow;

use axum_core::response::{IntoResponse, Response};
use http::header::REFRESH;
use http::{HeaderValue, StatusCode};

use crate::web::wizard::desk::Desk;
use crate::web::wizard::html::not_found;
use crate::web::wizard::visitor::Visitor;
use crate::web::wizard::{Page, PageKind, Section};
use crate::wizard::flow::Return;
use crate::wizard::{Draft, RunId, Safe, Shown, StepSpec, Steps, Survey, Wizard, Word};

/// What a page of a step is made of.
pub(super) struct Making<'a, W: Wizard> {
    pub(super) desk: &'a Desk<W>,
    pub(super) visitor: &'a Visitor,
    pub(super) run: RunId,
    pub(super) draft: Option<&'a Draft>,
    pub(super) survey: &'a Survey<W>,
    pub(super) place: usize,
    pub(super) safe: &'a Safe,
}

impl<W: Wizard> Making<'_, W> {
    /// Makes the page of the step with this form.
    ///
    /// # Errors
    /// Gives the answer to give when the visitor's state can't be reached.
    pub(super) async fn page(&self, shown: Shown, back_to: Return) -> Result<Page, Response> {
        let plan = self.desk.plan;
        let spec = plan.stages()[self.place].spec();
        let url = |name: &str| self.visitor.url(self.run, name);
        let mut page = blank(self.desk, self.visitor, PageKind::Step).await?;
        page.step = spec.name();
        page.title = self.title(spec);
        page.template = spec.template();
        let words = &self.desk.keeping.words;
        page.steps = Steps::of(plan, &self.survey.standings, self.place, words, url);
        page.has_all_steps = self.survey.standings.iter().all(|one| one.is_active());
        page.is_last = self.place + 1 == plan.stages().len();
        page.is_review = spec.is_review();
        page.review = self.review();
        page.revision = self.draft.map_or(0, |draft| draft.revision(spec.name()));
        page.seen = spec.is_review().then(|| {
            self.draft
                .map_or(0, |draft| draft.changes_beside(spec.name()))
        });
        page.back_to = match back_to {
            Return::Nowhere => "",
            Return::End => "end",
            Return::Review(place) => plan.stages()[place].spec().name(),
        };
        page.url = url(spec.name());
        page.shown = Some(shown);
        Ok(page)
    }

    fn title(&self, spec: &'static StepSpec) -> Cow<'static, str> {
        self.desk.keeping.words.say(Word::StepTitle {
            step: spec.name(),
            title: spec.title(),
        })
    }

    /// Gathers the answers of the steps before the one on which they are checked.
    fn review(&self) -> Vec<Section> {
        let plan = self.desk.plan;
        if plan.review() != Some(self.place) {
            return Vec::new();
        }
        let places = 0..self.place;
        let active = places.filter(|place| self.survey.standings[*place].is_active());
        let section = |place: usize| {
            let spec = plan.stages()[place].spec();
            let filled = self.survey.form(plan, self.draft, place, false, self.safe);
            let shown = filled.shown();
            Section {
                name: spec.name(),
                title: self.title(spec),
                url: self
                    .visitor
                    .url(self.run, &format!("{}?change", spec.name())),
                lines: Section::lines_of(shown.sheets()),
                names: shown.names().to_vec(),
                sheets: shown.sheets().to_vec(),
            }
        };
        active.map(section).collect()
    }
}

/// Makes a page with no form on it.
///
/// # Errors
/// Gives the answer to give when the visitor's state can't be reached.
pub(super) async fn blank<W: Wizard>(
    desk: &Desk<W>,
    visitor: &Visitor,
    kind: PageKind,
) -> Result<Page, Response> {
    let visit = match &desk.render {
        Some(_) => {
            let messages = visitor.visit.messages(&visitor.cookies).await;
            let messages = messages.map_err(IntoResponse::into_response)?;
            Some((visitor.session().await?, messages))
        }
        None => None,
    };
    let csrf = visitor.visit.csrf(&visitor.cookies).await;
    Ok(Page {
        kind,
        wizard: desk.plan.name(),
        words: desk.keeping.words.clone(),
        wizard_title: desk.keeping.words.say(Word::WizardTitle(desk.plan.title())),
        step: "",
        title: Cow::Borrowed(""),
        template: None,
        steps: Steps::default(),
        has_all_steps: false,
        is_last: false,
        shown: None,
        theirs: None,
        is_review: false,
        review: Vec::new(),
        revision: 0,
        aside: None,
        seen: None,
        back_to: "",
        notice: None,
        url: visitor.start().to_owned(),
        link: None,
        is_link: false,
        csrf: csrf.map_err(IntoResponse::into_response)?,
        nonce: visitor.visit.nonce(),
        visit,
    })
}

/// Answers that `done` is running; the browser looks again by itself.
///
/// # Errors
/// Gives the answer to give when the visitor's state can't be reached.
pub(super) async fn running<W: Wizard>(
    desk: &Desk<W>,
    visitor: &Visitor,
    run: RunId,
) -> Result<Response, Response> {
    let mut page = blank(desk, visitor, PageKind::Running).await?;
    let to = visitor.url(run, "finished");
    let refresh = HeaderValue::try_from(format!("2; url={to}"));
    page.link = Some(to);
    let mut response = desk.answer(StatusCode::ACCEPTED, &page);
    if let Ok(refresh) = refresh {
        response.headers_mut().insert(REFRESH, refresh);
    }
    Ok(response)
}

/// Answers that there is nothing here for this visitor, in the look of the wizard's pages.
///
/// # Errors
/// Gives the answer to give when the visitor's state can't be reached.
pub(super) async fn lost<W: Wizard>(
    desk: &Desk<W>,
    visitor: &Visitor,
) -> Result<Response, Response> {
    if desk.render.is_none() {
        return Ok(not_found(visitor, &desk.keeping.words));
    }
    let mut page = blank(desk, visitor, PageKind::NotFound).await?;
    page.link = Some(visitor.start().to_owned());
    Ok(desk.answer(StatusCode::NOT_FOUND, &page))
}

/// Answers that nobody can tell whether `done` was done.
///
/// # Errors
/// Gives the answer to give when the visitor's state can't be reached.
pub(super) async fn broken<W: Wizard>(
    desk: &Desk<W>,
    visitor: &Visitor,
    run: RunId,
    again: Option<String>,
) -> Result<Response, Response> {
    let mut page = blank(desk, visitor, PageKind::Broken).await?;
    let reference = run.reference();
    let word = Word::Reference {
        reference: &reference,
    };
    page.notice = Some(page.say(word).into_owned());
    page.link = again;
    Ok(desk.answer(StatusCode::INTERNAL_SERVER_ERROR, &page))
}
