//! The one draft of a visitor that another program keeps as well, in the session or in a cookie, as that one writes it.
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum_core::response::{IntoResponse, Response};

use crate::clock::Timestamp;
use crate::cookie::{CookieSpec, SetCookie, values};
use crate::error::{CookieProblem, Error};
use crate::session::Name;
use crate::web::wizard::keep::session::unsaved;
use crate::web::wizard::keep::{Change, Found, Keeping, Unsaved};
use crate::web::wizard::visitor::{Cutter, Visitor};
use crate::wizard::{Common, Draft, Lines, RunId, Shares, State};

/// A wizard that another program keeps as well.
#[derive(Clone)]
pub(in crate::web::wizard) struct Shared {
    pub(in crate::web::wizard) shares: Arc<dyn Shares>,
    pub(in crate::web::wizard) common: Arc<Common>,
    /// The runs that this process knows to have ended: an old copy of what is kept is none of them.
    pub(in crate::web::wizard) lines: Arc<Lines>,
    /// Whether it is kept in a cookie, and else in the session.
    pub(in crate::web::wizard) in_cookie: bool,
}

/// What this request has written into the cookie that both programs read.
#[derive(Default)]
pub(in crate::web::wizard) struct Written(Mutex<Option<String>>);

impl Written {
    fn lock(&self) -> MutexGuard<'_, Option<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    /// Returns the name of the run that a request to `asked` is about. There is one under way at a time.
    pub(super) async fn run_of(
        &self,
        keeping: &Keeping,
        visitor: &Visitor,
        asked: RunId,
    ) -> Result<RunId, Response> {
        if self.in_cookie && keeping.ended_in_cookie(visitor, asked).is_some() {
            return Ok(asked);
        }
        let found = self.find(keeping, visitor, Some(asked)).await?;
        Ok(found.map_or(asked, |draft| draft.run()))
    }

    pub(super) async fn load(
        &self,
        keeping: &Keeping,
        visitor: &Visitor,
        run: RunId,
    ) -> Result<Found, Response> {
        let ended = match self.in_cookie {
            true => keeping.ended_in_cookie(visitor, run),
            false => None,
        };
        match ended {
            Some(ended) => Ok(Some(ended).into()),
            None => Ok(self.find(keeping, visitor, Some(run)).await?.into()),
        }
    }

    /// Returns what is under way, or what became of the run that is asked for.
    pub(super) async fn find(
        &self,
        keeping: &Keeping,
        visitor: &Visitor,
        asked: Option<RunId>,
    ) -> Result<Option<Draft>, Response> {
        let kept = match self.in_cookie {
            true => self.in_their_cookie(keeping, visitor),
            false => visitor.session().await?.shared(&self.name()),
        };
        let cutter = visitor.cutter();
        Ok(kept.and_then(|kept| self.find_in(&kept, asked, &cutter, keeping.now())))
    }

    pub(super) async fn amend(
        &self,
        keeping: &Keeping,
        visitor: &Visitor,
        run: RunId,
        change: Change,
    ) -> Result<(), Unsaved> {
        if self.in_cookie {
            let kept = self.in_their_cookie(keeping, visitor);
            let cutter = visitor.cutter();
            let after = self.changed(kept.as_deref(), run, &change, (&cutter, keeping.now()));
            return self.to_cookie(keeping, visitor, run, after);
        }
        let session = visitor.session().await?;
        let (shared, cutter, now) = (self.clone(), visitor.cutter(), keeping.now());
        let changed = session.update_shared(self.name(), move |kept| {
            shared.changed(kept, run, &change, (&cutter, now))
        });
        changed.map_err(unsaved)?;
        Ok(visitor.save_now(run, Some(&self.name())).await?)
    }

    fn find_in(
        &self,
        kept: &str,
        asked: Option<RunId>,
        cutter: &Cutter,
        now: Timestamp,
    ) -> Option<Draft> {
        let found = self.shares.find(&self.common, kept, asked, now)?;
        let is_asked = Some(found.run()) == asked;
        (is_asked || !self.is_old_copy(&found, cutter)).then_some(found)
    }

    fn is_old_copy(&self, draft: &Draft, cutter: &Cutter) -> bool {
        *draft.state() == State::Open && self.lines.answer(cutter.key_of(draft)).is_some()
    }

    /// Returns what is kept with a draft changed. What the other program did meanwhile is part of this run.
    fn changed(
        &self,
        kept: Option<&str>,
        run: RunId,
        change: &Change,
        (cutter, now): (&Cutter, Timestamp),
    ) -> String {
        let found = kept.and_then(|kept| self.shares.find(&self.common, kept, Some(run), now));
        let (kept, before) = match found {
            Some(draft) if draft.run() != run && self.is_old_copy(&draft, cutter) => (None, None),
            found => (kept, found),
        };
        let before = before.map(|mut draft| {
            draft.set_run(run);
            draft
        });
        let after = change(before);
        self.shares.put(&self.common, kept, after.as_ref())
    }

    fn in_their_cookie(&self, keeping: &Keeping, visitor: &Visitor) -> Option<String> {
        let written = visitor.written.lock().clone();
        written.or_else(|| {
            let key = self.shares.key(&self.common);
            let (longest, now) = (keeping.lifetime, keeping.now());
            let read = |value: &[u8]| self.shares.read_cookie(&key, value, longest, now);
            values(&visitor.cookies, &key).find_map(read)
        })
    }

    fn to_cookie(
        &self,
        keeping: &Keeping,
        visitor: &Visitor,
        run: RunId,
        kept: String,
    ) -> Result<(), Unsaved> {
        let key = self.shares.key(&self.common);
        let spec = CookieSpec::new(key.clone()).secure(false);
        let now = keeping.now();
        let draft = self.shares.find(&self.common, &kept, Some(run), now);
        let state = draft
            .as_ref()
            .map_or(State::Open, |draft| draft.state().clone());
        let write = || {
            let header = self.shares.write_cookie(&key, &kept, keeping.lifetime, now);
            SetCookie::in_words(&spec, &header)
        };
        let cookie = match state {
            State::Open => write(),
            // The browser hears what came of it.
            State::Finishing { .. } => {
                *visitor.written.lock() = Some(kept);
                return Ok(());
            }
            // Too long to be told, it is forgotten.
            State::Broken => write().or_else(|_| SetCookie::delete(&spec)),
            State::Finished { .. } => {
                // The other program has no place for that.
                let ended = draft.map(|draft| keeping.put_in_cookie(visitor, draft));
                ended.transpose()?;
                SetCookie::delete(&spec)
            }
        };
        let cookie = cookie.map_err(|error| match error {
            Error::Cookie {
                problem: CookieProblem::TooLarge { by },
                ..
            } => {
                tracing::warn!(
                    wizard = keeping.wizard,
                    by,
                    "a shared draft does not fit into its cookie; keep this wizard in the session on both sides"
                );
                Unsaved::TooLong { by }
            }
            error => error.into_response().into(),
        })?;
        visitor.visit.cookies(&visitor.cookies).jar().put(cookie);
        *visitor.written.lock() = Some(kept);
        Ok(())
    }

    fn name(&self) -> Name {
        Name::from(&*self.shares.key(&self.common))
    }
}
