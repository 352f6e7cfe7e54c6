//! The end of a run: `done` runs once, in a task of its own, and what came of it decides about the draft.
use std::sync::Arc;

use axum_core::response::{IntoResponse, Response};
use http::StatusCode;

use crate::form::Upload;
use crate::web::rejection::unavailable;
use crate::web::wizard::desk::{Desk, see_other};
use crate::web::wizard::done::{To, Why};
use crate::web::wizard::keep::Change;
use crate::web::wizard::making::{Making, broken};
use crate::web::wizard::visitor::Visitor;
use crate::web::wizard::{Broken, Done, Ending, Finish, Finished};
use crate::wizard::flow::Return;
use crate::wizard::{Answer, Draft, RunId, State, Survey, Turn, Wizard};

/// A run that was claimed.
pub(super) struct Concluding<W: Wizard> {
    pub(super) desk: Arc<Desk<W>>,
    pub(super) run: RunId,
    pub(super) draft: Draft,
    pub(super) place: usize,
    /// What is known of the visitor.
    pub(super) facts: Arc<W::Facts>,
    /// Others of the same run wait until this is dropped.
    pub(super) turn: Turn,
}

/// Ends a run.
///
/// # Errors
/// Gives the answer to give when it can't even begin to.
pub(super) async fn conclude<W, S>(
    concluding: Concluding<W>,
    visitor: Visitor,
    so_far: W::SoFar,
    state: S,
) -> Result<Response, Response>
where
    W: Finish<S>,
    S: Clone + Send + Sync + 'static,
{
    let prepared = prepare(&concluding, &visitor, state).await;
    let (wizard, done) = match (W::gather(so_far), prepared) {
        (Some(wizard), Ok(done)) => (wizard, done),
        (_, Err(answer)) => {
            concluding.put_back(&visitor, State::Open).await;
            return Err(answer);
        }
        (None, _) => {
            tracing::error!("a wizard whose steps are all complete could not be gathered");
            concluding.put_back(&visitor, State::Open).await;
            return Err(unavailable());
        }
    };
    // In a task of its own, so that a visitor who hangs up does not leave it half done.
    let task = tokio::spawn(async move {
        let ending = match tokio::spawn(wizard.done(done)).await {
            Ok(ending) => ending,
            Err(_) => Err(Broken::from("`done` panicked")),
        };
        concluding.settle(visitor, ending).await
    });
    task.await.unwrap_or_else(|_| Err(unavailable()))
}

async fn prepare<W, S>(
    concluding: &Concluding<W>,
    visitor: &Visitor,
    state: S,
) -> Result<Done<S>, Response>
where
    W: Wizard,
{
    let messages = visitor.visit.messages(&visitor.cookies).await;
    Ok(Done {
        run: visitor.cutter().key_of(&concluding.draft),
        session: visitor.session().await?,
        messages: messages.map_err(IntoResponse::into_response)?,
        #[cfg(feature = "uploads")]
        files: concluding.desk.files.clone(),
        state,
    })
}

impl<W: Wizard> Concluding<W> {
    async fn settle(self, visitor: Visitor, ending: Ending) -> Result<Response, Response> {
        match ending {
            Ok(finished) => self.finished(&visitor, finished).await,
            Err(Broken(why)) => self.unfinished(&visitor, why).await,
        }
    }

    /// Keeps what `done` changed in the session and where it sent its visitor, so that a browser that never sees this
    /// answer, because its visitor pressed twice, finds both with the next.
    async fn finished(
        self,
        visitor: &Visitor,
        Finished(to): Finished,
    ) -> Result<Response, Response> {
        let answer = match to {
            To::Url(to) => Answer { to, said: None },
            To::Confirmation(text) => Answer {
                to: visitor.url(self.run, "finished"),
                said: Some(text),
            },
        };
        let name = self.desk.plan.name();
        metrics::counter!("cloakroom_wizard_finished_total", "wizard" => name).increment(1);
        let state = State::Finished {
            to: answer.to.clone(),
            said: answer.said.clone(),
        };
        let change: Change = Arc::new(move |draft| {
            // What somebody began in its place meanwhile is another run.
            let mut draft = draft.filter(|draft| *draft.state() != State::Open)?;
            draft.set_state(state.clone());
            Some(draft)
        });
        let keeping = &self.desk.keeping;
        let mut kept = Ok(());
        if !keeping.is_in_session() {
            kept = visitor.save_now(self.run, None).await;
        }
        let saved = keeping.amend(visitor, self.run, change, None).await;
        if saved.is_err() {
            tracing::error!("a wizard is done, but that could not be saved; it is not done again");
        }
        if keeping.is_in_session() {
            kept = saved.map_err(|unsaved| unsaved.answer(&keeping.words));
        }
        let cutter = visitor.cutter();
        let own = cutter.key_of(&self.draft);
        for key in cutter.keys(self.run).chain([own]) {
            self.desk.lines.remember(key, answer.clone());
        }
        let files: Vec<Upload> = self.draft.files().cloned().collect();
        self.desk.forget(files);
        drop(self.turn);
        kept.inspect_err(|_| tracing::error!("what `done` changed in the session is lost"))?;
        Ok(see_other(&answer.to))
    }

    async fn unfinished(self, visitor: &Visitor, why: Why) -> Result<Response, Response> {
        // What it changed in the session is not kept.
        visitor.session().await?.drop_changes();
        let (step, problem, notice, status) = match why {
            Why::Failed(error) => {
                let (wizard, reference) = (self.desk.plan.name(), self.run.reference());
                tracing::error!(%error, wizard, %reference, "`done` failed");
                self.put_back(visitor, State::Broken).await;
                let name = self.desk.plan.stages()[self.place].spec().name();
                let may_retry = self.desk.plan.may_retry();
                let again = may_retry.then(|| visitor.url(self.run, name));
                return broken(&self.desk, visitor, self.run, again).await;
            }
            Why::Wrong {
                step,
                field,
                problem,
            } => (
                self.desk.plan.place(&step),
                Some((field, problem)),
                None,
                StatusCode::UNPROCESSABLE_ENTITY,
            ),
            Why::Nothing(text) => (None, None, Some(text), StatusCode::SERVICE_UNAVAILABLE),
        };
        self.put_back(visitor, State::Open).await;
        let place = step.unwrap_or(self.place);
        let safe = self.desk.safe(self.run);
        let survey = Survey::of(self.desk.plan, Some(&self.draft), &self.facts, &safe);
        let plan = self.desk.plan;
        let mut filled = survey.form(plan, Some(&self.draft), place, problem.is_some(), &safe);
        if let Some((field, problem)) = problem {
            filled.refuse(field.as_deref(), problem);
        }
        let making = Making {
            desk: &self.desk,
            visitor,
            run: self.run,
            draft: Some(&self.draft),
            survey: &survey,
            place,
            safe: &safe,
        };
        let back_to = match place == self.place {
            true => Return::Nowhere,
            false => Return::End,
        };
        let mut page = making.page(filled.shown(), back_to).await?;
        page.notice = notice;
        if status == StatusCode::UNPROCESSABLE_ENTITY {
            self.desk.count("errors", page.step);
        }
        Ok(self.desk.answer(status, &page))
    }

    /// Gives the draft back as it was before the claim, or says what became of it.
    async fn put_back(&self, visitor: &Visitor, state: State) {
        let mut draft = self.draft.clone();
        draft.set_state(state);
        let change: Change = Arc::new(move |_| Some(draft.clone()));
        let saved = self
            .desk
            .keeping
            .amend(visitor, self.run, change, None)
            .await;
        if saved.is_err() {
            tracing::error!("a wizard's claim could not be given back; it counts as broken");
        }
    }
}
