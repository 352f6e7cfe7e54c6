//! Where drafts are kept between requests: in the session, in a cookie, or as records of their own.
mod access;
mod cookie;
mod displaced;
mod drafts;
mod link;
mod session;
mod shared;

use std::sync::Arc;
use std::time::Duration;

use axum_core::response::Response;

use crate::clock::Timestamp;
use crate::config::Site;
use crate::store::Sweeper;
use crate::web::wizard::html::too_long;
use crate::web::wizard::visitor::Visitor;
use crate::wizard::{Draft, RunId, Words};

pub(super) use access::Link;
pub(super) use cookie::Carried;
pub(super) use drafts::{Drafts, Seen};
pub(super) use shared::{Shared, Written};

/// What is to be done to a draft; it may be done again on a fresher one.
pub(super) type Change = Arc<dyn Fn(Option<Draft>) -> Option<Draft> + Send + Sync>;

/// Why a draft could not be saved.
pub(super) enum Unsaved {
    /// It is longer than its place takes, by so many bytes.
    TooLong { by: usize },
    /// This is to be answered.
    Because(Response),
}

impl From<Response> for Unsaved {
    fn from(answer: Response) -> Self {
        Self::Because(answer)
    }
}

impl Unsaved {
    /// Returns the answer where no step can be shown again.
    pub(super) fn answer(self, words: &Words) -> Response {
        match self {
            Self::TooLong { .. } => too_long(words),
            Self::Because(answer) => answer,
        }
    }
}

/// What a run's name leads to.
pub(super) enum Found {
    /// Nothing, yet or any more.
    Nothing,
    /// The visitor's draft.
    Draft(Box<Draft>),
    /// Somebody else's draft.
    Foreign,
}

impl From<Option<Draft>> for Found {
    fn from(draft: Option<Draft>) -> Self {
        match draft {
            Some(draft) => Self::Draft(Box::new(draft)),
            None => Self::Nothing,
        }
    }
}

/// Where the drafts of one wizard are kept.
pub(super) struct Keeping {
    pub(super) site: Arc<Site>,
    pub(super) wizard: &'static str,
    pub(super) lifetime: Duration,
    pub(super) words: Words,
    pub(super) place: Place,
}

/// Which of the places it is.
pub(super) enum Place {
    Session,
    Cookie,
    /// Where another program keeps it as well.
    Shared(Shared),
    Drafts(
        Drafts,
        #[expect(dead_code, reason = "sweeps for as long as it is kept")] Sweeper,
    ),
}

impl Keeping {
    /// Returns the name of the run that a request to `asked` is about: the one under way, where there is one at a time.
    ///
    /// # Errors
    /// Gives the answer to give when the place can't be reached.
    pub(super) async fn run_of(&self, visitor: &Visitor, asked: RunId) -> Result<RunId, Response> {
        match &self.place {
            Place::Shared(shared) => shared.run_of(self, visitor, asked).await,
            Place::Session | Place::Cookie | Place::Drafts(..) => Ok(asked),
        }
    }

    /// Says whether another program keeps the drafts as well.
    pub(super) fn is_shared(&self) -> bool {
        matches!(self.place, Place::Shared(_))
    }

    /// Looks for a draft.
    ///
    /// # Errors
    /// Gives the answer to give when the place can't be reached.
    pub(super) async fn load(&self, visitor: &Visitor, run: RunId) -> Result<Found, Response> {
        match &self.place {
            Place::Session => self.load_from_session(visitor, run).await,
            Place::Cookie => Ok(self.load_from_cookie(visitor, run)),
            Place::Shared(shared) => shared.load(self, visitor, run).await,
            Place::Drafts(drafts, _) => drafts.load(self, visitor, run).await,
        }
    }

    /// Changes a draft, and comes back when that is saved.
    ///
    /// # Errors
    /// Says that it is too long, or gives the answer to give when it can't be saved or is somebody else's.
    pub(super) async fn amend(
        &self,
        visitor: &Visitor,
        run: RunId,
        change: Change,
        link: Option<&Link>,
    ) -> Result<(), Unsaved> {
        match &self.place {
            Place::Session => self.amend_in_session(visitor, run, change).await,
            Place::Cookie => self.amend_in_cookie(visitor, run, &change),
            Place::Shared(shared) => shared.amend(self, visitor, run, change).await,
            Place::Drafts(drafts, _) => Ok(drafts.amend(self, visitor, run, &change, link).await?),
        }
    }

    /// Returns the visitor's drafts that are still open, the newest first.
    ///
    /// # Errors
    /// Gives the answer to give when the place can't be reached.
    pub(super) async fn open(&self, visitor: &Visitor) -> Result<Vec<Draft>, Response> {
        let mut all = match &self.place {
            Place::Session => self.all_in_session(visitor).await?,
            Place::Cookie => self.all_in_cookies(visitor),
            Place::Shared(shared) => shared
                .find(self, visitor, None)
                .await?
                .into_iter()
                .collect(),
            Place::Drafts(drafts, _) => drafts.all(self, visitor).await?,
        };
        all.retain(|draft| *draft.state() == crate::wizard::State::Open);
        all.sort_by_key(|draft| std::cmp::Reverse(draft.order()));
        Ok(all)
    }

    /// Says whether a draft is saved together with all else that is in the session.
    pub(super) fn is_in_session(&self) -> bool {
        matches!(self.place, Place::Session)
    }

    /// Says whether the session holds a draft, alone or for another program as well.
    pub(super) fn is_of_session(&self) -> bool {
        match &self.place {
            Place::Session => true,
            Place::Shared(shared) => !shared.in_cookie,
            Place::Cookie | Place::Drafts(..) => false,
        }
    }

    /// Says whether a link can lead to a draft from another device.
    pub(super) fn has_links(&self) -> bool {
        matches!(self.place, Place::Drafts(..))
    }

    /// Returns when a draft is over unless something is sent again. Its files are swept after twice the lifetime, so
    /// one that is sent to again and again ends then, too.
    pub(super) fn deadline(&self, draft: &Draft) -> Timestamp {
        let longest = draft.begun().plus(self.lifetime * 2);
        self.now().plus(self.lifetime).min(longest)
    }

    /// Returns how old a file can be that a draft refers to.
    #[cfg(feature = "uploads")]
    pub(super) fn longest(&self) -> Duration {
        match self.place {
            Place::Session | Place::Shared(_) => {
                self.site.rules.policy.absolute.max(self.lifetime * 2)
            }
            Place::Cookie | Place::Drafts(..) => self.lifetime * 2,
        }
    }

    fn now(&self) -> Timestamp {
        self.site.clock.now()
    }
}
