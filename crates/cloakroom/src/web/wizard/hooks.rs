//! What a wizard asks its application at the rim of a request, where a database may be asked.
use std::any::TypeId;
use std::pin::Pin;
use std::sync::Arc;

use axum_core::response::{ErrorResponse, IntoResponse, Response};
use http::request::Parts;

use crate::error::ConfigError;
use crate::web::wizard::{Caller, Finish, Mount, Refusal};
use crate::wizard::{Plan, Wizard};

type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
type Facts<W, S> =
    dyn Fn(Caller<S>) -> Answer<'static, Result<<W as Wizard>::Facts, ErrorResponse>> + Send + Sync;
type Ask<A, S> = dyn for<'a> Fn(&'a A, Caller<S>) -> Answer<'a, Result<(), Refusal>> + Send + Sync;

/// Who is asked, each about the step of this name.
type Questions<A, S> = Vec<(&'static str, Box<Ask<A, S>>)>;

/// A function that is asked about a step: an `async fn(&NameSoFar, Caller<S>) -> Result<(), Refusal>`.
#[diagnostic::on_unimplemented(
    message = "this is no function that can be asked about a step",
    note = "it is an `async fn(so_far: &NameSoFar, caller: Caller<State>) -> Result<(), Refusal>`"
)]
pub trait Asked<'a, A, S>: Send + Sync + 'static {
    /// What it gives.
    type Answer: Future<Output = Result<(), Refusal>> + Send + 'a;

    /// Asks it.
    fn ask(&self, so_far: &'a A, caller: Caller<S>) -> Self::Answer;
}

impl<'a, A, S, F, Fut> Asked<'a, A, S> for F
where
    A: 'a,
    F: Fn(&'a A, Caller<S>) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<(), Refusal>> + Send + 'a,
{
    type Answer = Fut;

    fn ask(&self, so_far: &'a A, caller: Caller<S>) -> Fut {
        self(so_far, caller)
    }
}

/// What the application is asked.
pub(super) struct Hooks<W: Wizard, S> {
    facts: Option<Box<Facts<W, S>>>,
    checks: Questions<W::SoFar, S>,
    accepted: Questions<W::SoFar, S>,
}

impl<W: Wizard, S> Default for Hooks<W, S> {
    fn default() -> Self {
        Self {
            facts: None,
            checks: Vec::new(),
            accepted: Vec::new(),
        }
    }
}

impl<W: Wizard, S> Hooks<W, S> {
    /// Lists what can't work.
    pub(super) fn check(&self, plan: &Plan<W>, problems: &mut ConfigError) {
        let wants_facts = TypeId::of::<W::Facts>() != TypeId::of::<()>();
        if wants_facts && self.facts.is_none() {
            problems.add(
                format!("wizard.{}.facts", plan.name()),
                "is not set, but the wizard's conditions look at facts; say how they are learnt with `Mount::facts`",
            );
        }
        for (setting, hooks) in [("check", &self.checks), ("accepted", &self.accepted)] {
            let unknown = hooks.iter().filter(|(step, _)| plan.place(step).is_none());
            for (step, _) in unknown {
                let steps = plan.names().join("`, `");
                problems.add(
                    format!("wizard.{}.{setting}", plan.name()),
                    format!("is about a step `{step}`, which the wizard doesn't have; there are `{steps}`"),
                );
            }
        }
    }

    /// Says whether nobody wants to be asked about steps.
    pub(super) fn has_no_questions(&self) -> bool {
        self.checks.is_empty() && self.accepted.is_empty()
    }

    /// Asks whether a step is right as far as the application knows.
    ///
    /// # Errors
    /// Says why not.
    pub(super) async fn check_step(
        &self,
        step: &str,
        so_far: &W::SoFar,
        caller: impl Fn() -> Caller<S>,
    ) -> Result<(), Refusal> {
        ask_all(&self.checks, step, so_far, caller).await
    }

    /// Tells that a visitor goes on from a step.
    ///
    /// # Errors
    /// Says why they don't after all.
    pub(super) async fn accept_step(
        &self,
        step: &str,
        so_far: &W::SoFar,
        caller: impl Fn() -> Caller<S>,
    ) -> Result<(), Refusal> {
        ask_all(&self.accepted, step, so_far, caller).await
    }
}

impl<W: Wizard, S: Clone> Hooks<W, S> {
    /// Learns what is to be known of a visitor, once for a request.
    ///
    /// # Errors
    /// Gives the application's own answer when it can't tell.
    pub(super) async fn facts(&self, parts: &Parts, state: &S) -> Result<Arc<W::Facts>, Response> {
        let Some(facts) = &self.facts else {
            return Ok(Arc::default());
        };
        let learnt = facts(Caller::new(parts, state.clone(), None)).await;
        learnt
            .map(Arc::new)
            .map_err(|refused| Err::<(), _>(refused).into_response())
    }
}

async fn ask_all<A, S>(
    hooks: &Questions<A, S>,
    step: &str,
    so_far: &A,
    caller: impl Fn() -> Caller<S>,
) -> Result<(), Refusal> {
    for (_, ask) in hooks.iter().filter(|(of, _)| *of == step) {
        ask(so_far, caller()).await?;
    }
    Ok(())
}

impl<W, S> Mount<W, S>
where
    W: Finish<S>,
    S: Clone + Send + Sync + 'static,
{
    /// Learns what `when` and `context` know beside the answers: who is signed in, what a database has on offer, what a
    /// header says. `#[wizard(facts = …)]` names its type, and they find it in `so_far.facts`. Default: nothing, which only
    /// wizards without such a type may have.
    ///
    /// It is asked once for each request, before anything of it is taken in; an error is answered as it is, and nothing is
    /// stored. What it changes in the session is kept.
    ///
    /// ```
    /// # use cloakroom::form::{Context, Email, Form};
    /// # use cloakroom::wizard::{Caller, Done, Ending, Finish, Finished, Mount, Wizard};
    /// # use cloakroom::Session;
    /// # #[derive(Form)]
    /// # struct Contact { email: Email }
    /// # #[derive(Form)]
    /// # struct Seats { seats: u8 }
    /// #[derive(Default)]
    /// struct Known {
    ///     user: Option<String>,
    /// }
    ///
    /// #[derive(Wizard)]
    /// #[wizard(facts = Known)]
    /// struct Booking {
    ///     #[step(when = is_guest)]
    ///     contact: Option<Contact>,
    ///     seats: Seats,
    /// }
    ///
    /// fn is_guest(so_far: &BookingSoFar) -> bool {
    ///     so_far.facts.user.is_none()
    /// }
    ///
    /// # impl Finish for Booking {
    /// #     async fn done(self, _: Done) -> Ending { Ok(Finished::redirect("/")) }
    /// # }
    /// async fn learn(mut caller: Caller) -> axum::response::Result<Known> {
    ///     let session: Session = caller.extract().await?;
    ///     Ok(Known { user: session.user_id() })
    /// }
    ///
    /// # fn f() -> Mount<Booking> {
    /// Booking::mount().facts(learn)
    /// # }
    /// ```
    pub fn facts<F, Fut, E>(mut self, learn: F) -> Self
    where
        F: Fn(Caller<S>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<W::Facts, E>> + Send + 'static,
        E: Into<ErrorResponse>,
    {
        self.hooks.facts = Some(Box::new(move |caller| {
            let learnt = learn(caller);
            Box::pin(async move { learnt.await.map_err(Into::into) })
        }));
        self
    }

    /// Asks about a step that was sent and is right by itself, before the visitor goes on: whether an address is taken, a
    /// voucher known, a date still free. `step` is the step's name; `so_far` has it and all right ones before it. Default: nobody is asked.
    ///
    /// It is asked with each *Continue* on that step, and of every step that is to be visited once more before the run ends,
    /// since what a database said may no longer hold. What is refused is stored as it was typed, but not gone on from:
    /// the visitor sees it at its fields (422), or is told to try again (503) when it could not be checked.
    ///
    /// ```
    /// # use cloakroom::form::{Email, Form, Problem};
    /// # use cloakroom::wizard::{Caller, Done, Ending, Finish, Finished, Mount, Refusal, Wizard};
    /// # #[derive(Form)]
    /// # struct Contact { email: Email }
    /// # #[derive(Wizard)]
    /// # struct Booking { contact: Contact }
    /// # #[derive(Clone)]
    /// # struct Database;
    /// # impl Database { async fn knows(&self, _: &str) -> Result<bool, std::io::Error> { Ok(false) } }
    /// async fn is_free(so_far: &BookingSoFar, caller: Caller<Database>) -> Result<(), Refusal> {
    ///     if let Some(contact) = &so_far.contact
    ///         && caller.state.knows(contact.email.as_str()).await?
    ///     {
    ///         let taken = Problem::saying("taken", "Somebody has that address");
    ///         return Err(Refusal::field("email", taken));
    ///     }
    ///     Ok(())
    /// }
    ///
    /// # impl Finish<Database> for Booking {
    /// #     async fn done(self, _: Done<Database>) -> Ending { Ok(Finished::redirect("/")) }
    /// # }
    /// # fn f() -> Mount<Booking, Database> {
    /// Booking::mount().check("contact", is_free)
    /// # }
    /// ```
    pub fn check<F>(mut self, step: &'static str, ask: F) -> Self
    where
        F: for<'a> Asked<'a, W::SoFar, S>,
    {
        self.hooks.checks.push((step, boxed(ask)));
        self
    }

    /// Does something when a visitor goes on from a step whose answers are new, once they were checked: sends a code,
    /// reserves a seat. An answer of `Err` keeps the visitor on the step, as with [`check`](Mount::check). Default: nothing.
    ///
    /// It is done before the step is stored, so *at least once*: when the step can't be stored after that, the visitor
    /// sends it again. [`Caller::run`] and the answers are a key by which a repetition is known. A page that was sent twice,
    /// and answers that the visitor comes by again without a change, are not told of again.
    pub fn accepted<F>(mut self, step: &'static str, ask: F) -> Self
    where
        F: for<'a> Asked<'a, W::SoFar, S>,
    {
        self.hooks.accepted.push((step, boxed(ask)));
        self
    }
}

fn boxed<A: 'static, S: 'static, F>(ask: F) -> Box<Ask<A, S>>
where
    F: for<'a> Asked<'a, A, S>,
{
    Box::new(move |so_far, caller| Box::pin(ask.ask(so_far, caller)))
}
