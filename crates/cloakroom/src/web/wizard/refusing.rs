//! Why a visitor does not go on from a step that is right by itself.
use std::error::Error as StdError;
use std::fmt;

use crate::form::Problem;

/// Why a visitor does not go on from a step, as only the application can know ([`Mount::check`](crate::wizard::Mount::check)).
///
/// Every error turns into one with `?`; then the visitor is told that it could not be checked just now, and may try again.
pub struct Refusal(pub(super) Reason);

pub(super) enum Reason {
    Wrong(Vec<(Option<String>, Problem)>),
    NotNow(String),
    Failed(Box<dyn StdError + Send + Sync>),
}

impl Refusal {
    /// Says that something is wrong with a field; in a repeated step `0-email` is the field of its first form.
    #[must_use]
    pub fn field(field: impl Into<String>, problem: Problem) -> Self {
        Self(Reason::Wrong(vec![(Some(field.into()), problem)]))
    }

    /// Says that something is wrong with the step as a whole.
    #[must_use]
    pub fn whole(problem: Problem) -> Self {
        Self(Reason::Wrong(vec![(None, problem)]))
    }

    /// Says that something is wrong with another field as well. What is only to be tried again stays that.
    #[must_use]
    pub fn and(mut self, field: impl Into<String>, problem: Problem) -> Self {
        if let Reason::Wrong(problems) = &mut self.0 {
            problems.push((Some(field.into()), problem));
        }
        self
    }

    /// Says that it can't be told just now; `text` tells the visitor so.
    #[must_use]
    pub fn try_again(text: impl Into<String>) -> Self {
        Self(Reason::NotNow(text.into()))
    }
}

impl<E: Into<Box<dyn StdError + Send + Sync>>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self(Reason::Failed(error.into()))
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Reason::Wrong(problems) => write!(f, "Wrong({problems:?})"),
            Reason::NotNow(_) => f.write_str("TryAgain"),
            Reason::Failed(error) => write!(f, "Failed({error})"),
        }
    }
}
