//! How far a visitor is: the steps as a page shows them.
use std::borrow::Cow;

use crate::wizard::{Order, Plan, Standing, Wizard, Word, Words, flow};

/// How a step stands, in words for a visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Everything in it is right.
    Completed,
    /// It is the one that is shown.
    InProgress,
    /// It can be visited.
    Incomplete,
    /// Others have to be complete first.
    CannotStartYet,
}

impl Status {
    /// Returns it as text: `completed`, `in progress`, `incomplete`, `cannot start yet`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::InProgress => "in progress",
            Self::Incomplete => "incomplete",
            Self::CannotStartYet => "cannot start yet",
        }
    }
}

/// One step as a page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepView {
    /// Its name.
    pub name: &'static str,
    /// Its title, in the visitor's words.
    pub title: Cow<'static, str>,
    /// Its URL.
    pub url: String,
    /// How it stands.
    pub status: Status,
}

/// The steps that are to be visited as things stand, and which of them is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Steps {
    all: Vec<StepView>,
    index: usize,
}

impl Steps {
    /// Gathers the steps; `at` is the place of the one that is shown, `words` has titles, and `url` makes the URL of a step.
    #[must_use]
    pub fn of<W: Wizard>(
        plan: &Plan<W>,
        standings: &[Standing],
        at: usize,
        words: &Words,
        url: impl Fn(&str) -> String,
    ) -> Self {
        let mut steps = Self::default();
        for (place, (spec, standing)) in plan.specs().zip(standings).enumerate() {
            if !standing.is_active() {
                continue;
            }
            if place <= at {
                steps.index = steps.all.len();
            }
            steps.all.push(StepView {
                name: spec.name(),
                title: words.say(Word::StepTitle {
                    step: spec.name(),
                    title: spec.title(),
                }),
                url: url(spec.name()),
                status: status(standings, plan.order(), place, at),
            });
        }
        steps
    }

    /// Returns all of them, in order.
    #[must_use]
    pub fn all(&self) -> &[StepView] {
        &self.all
    }

    /// Returns the one that is shown.
    #[must_use]
    pub fn current(&self) -> Option<&StepView> {
        self.all.get(self.index)
    }

    /// Returns the first step that this visitor has; `None` in a wizard whose conditions leave none.
    #[must_use]
    pub fn first(&self) -> Option<&StepView> {
        self.all.first()
    }

    /// Returns the last step that this visitor has, as far as the answers so far tell: another answer may add one.
    #[must_use]
    pub fn last(&self) -> Option<&StepView> {
        self.all.last()
    }

    /// Returns the one behind the one that is shown.
    #[must_use]
    pub fn next(&self) -> Option<&StepView> {
        self.all.get(self.index + 1)
    }

    /// Returns the one before the one that is shown.
    #[must_use]
    pub fn prev(&self) -> Option<&StepView> {
        self.all.get(self.index.checked_sub(1)?)
    }

    /// Returns how many there are, as things stand; answers may yet change that.
    #[must_use]
    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// Returns the number of the one that is shown, counted from 0; `step0` in templates.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// Returns the number of the one that is shown, counted from 1; `step1` in templates.
    #[must_use]
    pub fn number(&self) -> usize {
        self.index + 1
    }
}

fn status(standings: &[Standing], order: Order, place: usize, at: usize) -> Status {
    match standings[place] {
        _ if place == at => Status::InProgress,
        standing if standing.is_passed() => Status::Completed,
        _ if flow::is_reachable(standings, order, place) => Status::Incomplete,
        _ => Status::CannotStartYet,
    }
}
