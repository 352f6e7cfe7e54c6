//! The end of a wizard: what the application does with all answers, and what came of it.
use std::error::Error as StdError;
use std::fmt;

use axum::Router;

use crate::config::Cloakroom;
use crate::error::ConfigError;
#[cfg(feature = "uploads")]
use crate::files::Files;
use crate::form::Problem;
use crate::messages::Messages;
use crate::session::Session;
use crate::web::wizard::Mount;
use crate::wizard::{RunId, Wizard};

/// What [`Finish::done`] gives.
pub type Ending = Result<Finished, Broken>;

/// A wizard that knows what to do with its answers.
///
/// `S` is the state of the axum router in which it is mounted.
pub trait Finish<S = ()>: Wizard
where
    S: Clone + Send + Sync + 'static,
{
    /// Does what the wizard is for, with every step typed and right.
    ///
    /// It runs once for a run, however often the last page is sent, in however many processes: the run is claimed in the
    /// store before, and if the process dies meanwhile nobody can tell how far it came, so it does not run again, unless the
    /// wizard says `#[wizard(retry)]`. It runs to its end although the visitor hangs up.
    fn done(self, visit: Done<S>) -> impl Future<Output = Ending> + Send;

    /// Makes the wizard's pages, with all settings as they are, its drafts in the session.
    ///
    /// # Errors
    /// As [`Mount::router`].
    fn router(cloakroom: &Cloakroom) -> Result<Router<S>, ConfigError> {
        Mount::<Self, S>::new().router(cloakroom)
    }

    /// Begins to set the wizard's pages up.
    fn mount() -> Mount<Self, S> {
        Mount::new()
    }
}

/// What [`Finish::done`] has to work with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Done<S = ()> {
    /// A key under which whatever is done can be recognised when it is done again. It is this visitor's alone, even if another
    /// came to the same address, and so it is not what stands there.
    pub run: RunId,
    /// The visitor's session.
    pub session: Session,
    /// Where the visitor is told something.
    pub messages: Messages,
    /// The storage of the files that were sent; each goes away after `done` unless it is moved ([`Files::keep`]).
    #[cfg(feature = "uploads")]
    pub files: Option<Files>,
    /// The router's state.
    pub state: S,
}

/// How a run ended well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished(pub(super) To);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum To {
    Url(String),
    Confirmation(String),
}

impl Finished {
    /// Sends the visitor to this address. It is remembered: whoever sends the last page again is sent there, too.
    #[must_use]
    pub fn redirect(to: impl Into<String>) -> Self {
        Self(To::Url(to.into()))
    }

    /// Sends the visitor to a page of the wizard's own that says this, and that can be loaded again.
    #[must_use]
    pub fn confirmation(text: impl Into<String>) -> Self {
        Self(To::Confirmation(text.into()))
    }
}

/// How a run did not end well.
///
/// Every error turns into one with `?`; it means that something may have been done.
pub struct Broken(pub(super) Why);

pub(super) enum Why {
    Wrong {
        step: String,
        field: Option<String>,
        problem: Problem,
    },
    Nothing(String),
    Failed(Box<dyn StdError + Send + Sync>),
}

impl Broken {
    /// Says that nothing was done because something is wrong with a field, as only `done` could know. The visitor is shown
    /// that step and can send again.
    #[must_use]
    pub fn wrong(step: impl Into<String>, field: impl Into<String>, problem: Problem) -> Self {
        Self(Why::Wrong {
            step: step.into(),
            field: Some(field.into()),
            problem,
        })
    }

    /// The same of a step as a whole.
    #[must_use]
    pub fn wrong_step(step: impl Into<String>, problem: Problem) -> Self {
        Self(Why::Wrong {
            step: step.into(),
            field: None,
            problem,
        })
    }

    /// Says that nothing was done, and that the visitor may try again; `text` tells them so.
    #[must_use]
    pub fn try_again(text: impl Into<String>) -> Self {
        Self(Why::Nothing(text.into()))
    }
}

impl<E: Into<Box<dyn StdError + Send + Sync>>> From<E> for Broken {
    fn from(error: E) -> Self {
        Self(Why::Failed(error.into()))
    }
}

impl fmt::Debug for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Why::Wrong { step, problem, .. } => write!(f, "Wrong({step}: {problem:?})"),
            Why::Nothing(_) => f.write_str("TryAgain"),
            Why::Failed(error) => write!(f, "Failed({error})"),
        }
    }
}
