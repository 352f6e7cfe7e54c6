//! Carrying out a plan: the store does its part, and what became of it decides about the cookie.
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum_core::response::{IntoResponse, Response};
use tracing::Instrument;

use crate::clock::Timestamp;
use crate::config::Site;
use crate::error::{Error, StoreError};
use crate::session::plan::{Plan, Step, Ticket};
use crate::session::{
    Amendment, Body, EventKind, Forward, Held, Known, Origin, Owed, Record, StoreKey, Stored,
    Token, Via,
};
use crate::store::{Created, Saving, debug_span, save_at_once};
use crate::web::entering::Entering;
use crate::web::in_cookie::{self, Sealed};
use crate::web::rejection::unavailable;
#[cfg(feature = "wizards")]
use crate::web::save_now::Given;

/// How often a new token may meet a taken key; 256 random bits never do.
const DRAWS: usize = 3;

/// What the browser is told about its session cookie.
pub(super) enum Ticketed {
    Keep,
    /// This token, and for how long it outlives the browser.
    Give(Token, Option<Duration>),
    /// The session itself.
    GiveSealed(Sealed),
    TakeBack,
}

impl Ticketed {
    /// Says what the browser is told when the store has no part in it.
    pub(super) fn without_store(ticket: Ticket) -> Self {
        match ticket {
            Ticket::TakeBack => Self::TakeBack,
            Ticket::Keep | Ticket::Give => Self::Keep,
        }
    }

    /// The same where the session was saved before the request ended.
    #[cfg(feature = "wizards")]
    pub(super) fn or_given(self, given: Option<&Given>) -> Self {
        match (self, given) {
            (Self::Keep, Some(given)) => Self::Give(given.token.clone(), given.age),
            (ticketed, _) => ticketed,
        }
    }
}

/// What became of what was owed, or the answer to give instead when it can't be done.
type Outcome = Result<Ticketed, Response>;

/// What is under way to the store.
pub(super) type Carrying = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// What was owed to the store.
pub(super) enum Carried {
    /// It is done, without waiting.
    Done(Outcome),
    UnderWay(Carrying),
}

/// Does what is owed to the store.
pub(super) fn carry_out(site: &Arc<Site>, plan: Plan, owed: Owed) -> Carried {
    let span = debug_span(|| tracing::debug_span!("cloakroom.save", cloakroom.step = ?plan.step));
    match span.in_scope(|| begin(site, plan, owed)) {
        // Another box, which nobody pays who does not look.
        Carried::UnderWay(carrying) if !span.is_disabled() => {
            Carried::UnderWay(Box::pin(carrying.instrument(span)))
        }
        carried => carried,
    }
}

fn begin(site: &Arc<Site>, plan: Plan, owed: Owed) -> Carried {
    if let Some(entering) = Entering::of(site, &owed) {
        let carrying = carry(site.clone(), plan, owed);
        return Carried::UnderWay(Box::pin(entering.with(carrying)));
    }
    match at_once(site, plan, &owed) {
        Some(outcome) => Carried::Done(outcome),
        None => Carried::UnderWay(carry(site.clone(), plan, owed)),
    }
}

/// Does it without waiting, where it goes into the visitor's cookies or into this process's memory; `None` when
/// others have to be asked, and nothing was done.
fn at_once(site: &Site, plan: Plan, owed: &Owed) -> Option<Outcome> {
    if let Some(in_cookie) = site.store.in_cookie() {
        return Some(in_cookie::carry_out(site, in_cookie, plan, owed));
    }
    let (memory, Origin::Known(known)) = (site.store.memory()?, &owed.origin) else {
        return None;
    };
    let save = || save_at_once(memory, &site.rules, known, &owed.amendment);
    let now = owed.amendment.now();
    match plan.step {
        Step::Save => Some(saved(site, save()?, plan.ticket, known, now)),
        Step::Push => {
            let pushed = saved(site, save()?, plan.ticket, known, now);
            Some(Ok(pushed.unwrap_or(Ticketed::Keep)))
        }
        _ => None,
    }
}

fn carry(site: Arc<Site>, plan: Plan, owed: Owed) -> Carrying {
    if let Some(in_cookie) = site.store.in_cookie() {
        let carried = in_cookie::carry_out(&site, in_cookie, plan, &owed);
        return Box::pin(std::future::ready(carried));
    }
    let Plan { step, ticket } = plan;
    let Owed { origin, amendment } = owed;
    let work = Work { site, amendment };
    match (step, origin) {
        (Step::Save, Origin::Known(known)) => Box::pin(work.save(known, ticket)),
        (Step::Push, Origin::Known(known)) => {
            Box::pin(async move { Ok(work.push(known, ticket).await) })
        }
        (Step::Create, _) => Box::pin(work.create()),
        (Step::Renew, Origin::Known(known)) => Box::pin(work.renew(known, Via::Anything)),
        (Step::Replace, Origin::Known(known)) => Box::pin(work.renew(known, Via::WritesUnderWay)),
        (Step::SignIn, Origin::Known(known)) => Box::pin(work.sign_in(known)),
        (Step::SignInBeside, Origin::Replaced(by)) => Box::pin(work.sign_in_beside(by)),
        (Step::Delete, Origin::Known(known)) => Box::pin(async move {
            work.delete(&known).await?;
            Ok(Ticketed::TakeBack)
        }),
        (Step::DeleteAndCreate, Origin::Known(known)) => Box::pin(async move {
            work.delete(&known).await?;
            work.create().await
        }),
        (Step::Retry, _) => Box::pin(async {
            tracing::info!(
                "a login has just replaced the token of this write; it may be tried again"
            );
            Err(unavailable())
        }),
        (Step::Refuse, _) => Box::pin(std::future::ready(Err(refuse_write()))),
        (_, _) => Box::pin(async move { Ok(Ticketed::without_store(ticket)) }),
    }
}

/// The changes of one request and where they go.
struct Work {
    site: Arc<Site>,
    amendment: Amendment,
}

impl Work {
    async fn create(self) -> Result<Ticketed, Response> {
        let record = self
            .amendment
            .first(&self.site.rules.policy)
            .map_err(IntoResponse::into_response)?;
        self.create_record(record).await
    }

    async fn create_record(self, record: Record) -> Result<Ticketed, Response> {
        for _ in 0..DRAWS {
            let (token, key) = self.site.rules.policy.tickets.draw();
            match self.site.store.create(&key, &record).await {
                Ok(Created::New(_)) => {
                    self.happened(EventKind::Created, key, record.user());
                    tracing::debug!(session = %self.log_id(key), "a session was created");
                    return Ok(self.give(token, &record));
                }
                Ok(Created::Taken) => {}
                Err(error) => return Err(outage(&error)),
            }
        }
        let error = StoreError::new(self.site.store.name(), "find a free key");
        Err(outage(&error))
    }

    async fn save(self, known: Known, ticket: Ticket) -> Result<Ticketed, Response> {
        let Self { site, amendment } = self;
        let now = amendment.now();
        let saving = site
            .turns
            .save(&site.store, &site.rules, &known, amendment)
            .await;
        saved(&site, saving, ticket, &known, now)
    }

    /// Pushes the deadline. That it fails costs the visitor nothing but a little time.
    async fn push(self, known: Known, ticket: Ticket) -> Ticketed {
        self.save(known, ticket).await.unwrap_or(Ticketed::Keep)
    }

    async fn renew(self, known: Known, via: Via) -> Result<Ticketed, Response> {
        let (token, key) = self.site.rules.policy.tickets.draw_beside(&known.key);
        match self.rename(&known, key, via).await {
            Saving::Done(record, _) => Ok(self.give(token, &record)),
            // Another request renewed it first; that one's cookie is on its way.
            Saving::Forwarded(_) => self.save(known, Ticket::Keep).await,
            Saving::Gone => Ok(Ticketed::TakeBack),
            other => Err(refusal(other)),
        }
    }

    async fn sign_in(self, known: Known) -> Result<Ticketed, Response> {
        let (token, key) = self.site.rules.policy.tickets.draw_beside(&known.key);
        match self.rename(&known, key, Via::WritesUnderWay).await {
            Saving::Done(record, _) => Ok(self.give(token, &record)),
            Saving::Forwarded(forward) => Box::pin(self.sign_in_after(forward)).await,
            Saving::Gone => self.create().await,
            other => Err(refusal(other)),
        }
    }

    /// Signs in although another request has just moved the session: if that one renewed it, with the
    /// session itself, so that nothing of it stays open to a token from before the login.
    async fn sign_in_after(self, forward: Forward) -> Result<Ticketed, Response> {
        if forward.via == Via::WritesUnderWay {
            return self.sign_in_beside(forward.to).await;
        }
        let key = forward.to;
        match self.site.store.load(&key, self.amendment.now()).await {
            Ok(Some(Stored {
                body: Body::Record(record),
                version,
            })) if !self.amendment.replaces_user_of(&record) => {
                let known = Known {
                    key,
                    version,
                    record,
                    held: Held::OldToken,
                };
                Box::pin(self.sign_in(known)).await
            }
            Ok(Some(Stored {
                body: Body::Forward(next),
                ..
            })) => Box::pin(self.sign_in_after(next)).await,
            Ok(_) => self.create().await,
            Err(error) => Err(outage(&error)),
        }
    }

    async fn rename(&self, known: &Known, to: StoreKey, via: Via) -> Saving {
        let Self { site, amendment } = self;
        let (store, policy) = (&site.store, &site.rules.policy);
        let moved = site
            .turns
            .rename(store, policy, known, amendment, to, via)
            .await;
        if let Saving::Done(record, _) = &moved {
            self.happened(EventKind::Renewed, to, record.user());
            tracing::debug!(session = %self.log_id(to), "a session was renewed");
        }
        moved
    }

    /// Signs in although another request has just done so with the same session: both cookies work,
    /// whichever the browser keeps.
    async fn sign_in_beside(self, other: StoreKey) -> Result<Ticketed, Response> {
        let now = self.amendment.now();
        let policy = &self.site.rules.policy;
        match self.site.store.load(&other, now).await {
            Ok(Some(Stored {
                body: Body::Record(record),
                ..
            })) if !self.amendment.replaces_user_of(&record) => {
                let amended = self.amendment.apply(&record, policy);
                let record = amended.map_err(IntoResponse::into_response)?.record;
                self.create_record(record).await
            }
            Ok(_) => self.create().await,
            Err(error) => Err(outage(&error)),
        }
    }

    async fn delete(&self, known: &Known) -> Result<(), Response> {
        let deleted = self.site.turns.delete(&self.site.store, known.key).await;
        tracing::debug!(session = %self.site.keys().log_id(known.key.as_bytes()), "a session was ended");
        deleted.map_err(|error| outage(&error))?;
        self.happened(EventKind::Ended, known.key, known.record.user());
        Ok(())
    }

    fn happened(&self, kind: EventKind, key: StoreKey, user: Option<&str>) {
        self.site.happened(kind, key, user, self.amendment.now());
    }

    fn give(&self, token: Token, record: &Record) -> Ticketed {
        let now = self.amendment.now();
        let age = self.site.rules.policy.cookie_age(record, now);
        Ticketed::Give(token, age)
    }

    fn log_id(&self, key: StoreKey) -> String {
        self.site.keys().log_id(key.as_bytes())
    }
}

/// Says what saving means for the browser.
fn saved(site: &Site, saving: Saving, ticket: Ticket, known: &Known, now: Timestamp) -> Outcome {
    match saving {
        Saving::Done(record, _) => Ok(match (ticket, &known.held) {
            (Ticket::Give, Held::Token(token)) => {
                let age = site.rules.policy.cookie_age(&record, now);
                Ticketed::Give(token.clone(), age)
            }
            _ => Ticketed::Keep,
        }),
        Saving::Gone => {
            tracing::info!("the session was ended meanwhile; its last changes were dropped");
            Ok(Ticketed::TakeBack)
        }
        // The new cookie is on its way with the answer to the request that moved the session.
        Saving::DoneElsewhere | Saving::Forwarded(_) => Ok(Ticketed::Keep),
        other => Err(refusal(other)),
    }
}

pub(super) fn refusal(saving: Saving) -> Response {
    match saving {
        Saving::Failed(error) => outage(&error),
        Saving::Refused(error) => error.into_response(),
        _ => {
            tracing::error!("other processes kept saving this session first; giving up");
            unavailable()
        }
    }
}

/// Refuses a write to a session that others can read and this site can't.
pub(super) fn refuse_write() -> Response {
    metrics::counter!("cloakroom_unreadable_writes_total").increment(1);
    tracing::error!(
        "a write was refused: its session can't be read here, and is not written over; why is said where it was left aside"
    );
    unavailable()
}

pub(super) fn outage(error: &StoreError) -> Response {
    Error::Store(error.clone()).into_response()
}
