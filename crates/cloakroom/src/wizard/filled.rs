//! A step with its type: what it asks, and what it is together with answers.
use std::fmt;

use crate::form::{Answers, Context, Problem, Received, Sheet, Spec};
use crate::wizard::{StepSpec, Wizard};

/// A step of a wizard, whatever its type; `#[derive(Wizard)]` makes one of each field.
pub trait Stage<W: Wizard>: Send + Sync {
    /// Returns its description.
    fn spec(&self) -> &StepSpec;

    /// Says whether it is to be visited at all.
    fn is_active(&self, so_far: &W::SoFar) -> bool;

    /// Returns what one visit brings along for its form; the prefix is its name.
    fn context(&self, so_far: &W::SoFar) -> Context;

    /// Returns the form as it is before anything is typed.
    fn begin(&self, context: Context) -> Box<dyn Filled<W>>;

    /// Returns the form with answers that are not checked.
    fn fill(&self, answers: Vec<Answers>, context: Context) -> Box<dyn Filled<W>>;

    /// Returns the form with answers that are checked.
    fn bind(&self, answers: Vec<Answers>, context: Context) -> Box<dyn Filled<W>>;

    /// Returns the field that takes the files of this name in HTML.
    fn file_field(&self, html_name: &str) -> Option<&'static Spec>;

    /// Returns the form with what a request brought, checked.
    fn receive(
        &self,
        received: &Received,
        before: &[Answers],
        context: Context,
    ) -> Box<dyn Filled<W>>;
}

/// A step with answers, whatever its type.
pub trait Filled<W: Wizard>: Send + Sync {
    /// Says whether everything is right.
    fn is_valid(&self) -> bool;

    /// Says whether nothing but answers that may not be kept is missing.
    fn misses_only_secrets(&self) -> bool;

    /// Says whether the visitor asked for a form more or less instead of going on.
    fn is_change(&self) -> bool;

    /// Returns what was typed, as far as it may be kept; one set of answers, or one for each repetition.
    fn answers(&self) -> Vec<Answers>;

    /// Returns all that is wrong, each with its field; `None` for the whole.
    fn problems(&self) -> Vec<(Option<String>, Problem)>;

    /// Returns what a page shows.
    fn shown(&self) -> Shown;

    /// Puts the value where conditions see it, if everything is right.
    fn keep(self: Box<Self>, so_far: &mut W::SoFar);

    /// Says that something is wrong with a field, as only `done` knows.
    fn refuse(&mut self, field: Option<&str>, problem: Problem);
}

/// What a page shows of a step.
#[derive(Clone)]
pub enum Shown {
    /// A form.
    One(Sheet),
    /// Several of the same.
    Several {
        /// All forms with the buttons to add and remove one, as HTML.
        html: String,
        /// The list of all that is wrong, as HTML.
        summary: String,
        /// The hidden inputs that say which forms there are, as HTML.
        hidden: String,
        /// The forms.
        rows: Vec<Sheet>,
        /// What each of them is called: "Guest 1", "Guest 2".
        names: Vec<String>,
        /// Whether something is wrong.
        is_wrong: bool,
    },
}

impl Shown {
    /// Returns all fields as HTML, with what was typed and what is wrong with it, without `<form>`, token and buttons.
    #[must_use]
    pub fn html(&self) -> String {
        match self {
            Self::One(sheet) => sheet.to_string(),
            Self::Several { html, .. } => html.clone(),
        }
    }

    /// Returns the list of all that is wrong, as HTML; nothing when all is well.
    #[must_use]
    pub fn summary(&self) -> String {
        match self {
            Self::One(sheet) => sheet.summary().to_string(),
            Self::Several { summary, .. } => summary.clone(),
        }
    }

    /// Says whether something is wrong.
    #[must_use]
    pub fn is_wrong(&self) -> bool {
        match self {
            Self::One(sheet) => !sheet.errors().is_empty(),
            Self::Several { is_wrong, .. } => *is_wrong,
        }
    }

    /// Returns what the forms are called, one name for each of several; none for a step that is not repeated.
    #[must_use]
    pub fn names(&self) -> &[String] {
        match self {
            Self::One(_) => &[],
            Self::Several { names, .. } => names,
        }
    }

    /// Returns the forms: one, or each of several.
    #[must_use]
    pub fn sheets(&self) -> &[Sheet] {
        match self {
            Self::One(sheet) => std::slice::from_ref(sheet),
            Self::Several { rows, .. } => rows,
        }
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.sheets()).finish()
    }
}
