//! The types that a form's fields can have.
mod choice;
mod date;
mod email;
mod file;
mod flag;
mod many;
mod number;
mod optional;
mod text;
mod url;

use crate::form::{Kind, Problem, Spec, Upload};

pub use choice::{Choice, read_choice};
pub use email::Email;
pub(crate) use file::size;
pub(super) use file::too_large;
#[cfg(feature = "uploads")]
pub(crate) use file::wrong_type;
pub(super) use flag::is_yes;
pub use url::Url;

/// A type that a visitor can give a value of.
///
/// It is there for texts, [`Email`], [`Url`], whole numbers, `f32` and `f64`, `rust_decimal::Decimal` (feature
/// `decimal`), `bool`, jiff's civil `Date`, `Time` and `DateTime`, [`Upload`], types that derive
/// [`Choice`](macro@crate::form::Choice), and for `Option` and `Vec` of these. A type of your own passes on to one of them:
///
/// ```
/// use cloakroom::form::{Kind, Problem, Slot, Typed, Value};
///
/// struct Postcode(String);
///
/// impl Value for Postcode {
///     const KIND: Kind = String::KIND;
///
///     fn empty() -> Option<Self> {
///         None
///     }
///
///     fn read(typed: &mut Typed<'_>) -> Result<Self, Problem> {
///         let text = String::read(typed)?.to_uppercase();
///         let is_one = text.chars().all(|char| char.is_ascii_alphanumeric() || char == ' ');
///         is_one.then_some(Self(text)).ok_or(Problem::new("invalid"))
///     }
///
///     fn write(&self, slot: &mut Slot) {
///         slot.text(self.0.clone());
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be a field of a form",
    label = "no widget asks for this type",
    note = "fields are `String`, `Email`, `Url`, numbers, `bool`, jiff's `Date`, `Time` and `DateTime`, `Upload`, enums that derive `Choice`, and `Option` or `Vec` of these",
    note = "for a type of your own implement `cloakroom::form::Value`; for an enum add `#[derive(Choice)]`"
)]
pub trait Value: Sized {
    /// What the type asks for.
    const KIND: Kind;

    /// Returns the value of a field without an answer, or `None` when there is none.
    fn empty() -> Option<Self>;

    /// Reads an answer; it is never asked for one that is empty.
    ///
    /// Where a value breaks a limit but can be read, it is returned, and [`Typed::complain`] is told.
    ///
    /// # Errors
    /// When the answer is no value of this type.
    fn read(typed: &mut Typed<'_>) -> Result<Self, Problem>;

    /// Writes the value as a visitor would type it.
    fn write(&self, slot: &mut Slot);
}

/// The answer to one field, not empty.
#[derive(Debug)]
pub struct Typed<'a> {
    spec: &'static Spec,
    texts: &'a [String],
    files: &'a [Upload],
    problems: Vec<Problem>,
}

impl<'a> Typed<'a> {
    pub(super) fn new(spec: &'static Spec, texts: &'a [String], files: &'a [Upload]) -> Self {
        Self {
            spec,
            texts,
            files,
            problems: Vec::new(),
        }
    }

    /// Returns the field that was asked for, with its limits.
    #[must_use]
    pub fn spec(&self) -> &'static Spec {
        self.spec
    }

    /// Returns the text, as it was typed; of several the last.
    #[must_use]
    pub fn text(&self) -> &'a str {
        self.texts.last().map_or("", String::as_str)
    }

    /// Returns all texts, as they were typed.
    #[must_use]
    pub fn texts(&self) -> &'a [String] {
        self.texts
    }

    /// Returns the files, in the order in which they came; an input in which none was chosen has none.
    #[must_use]
    pub fn files(&self) -> &'a [Upload] {
        self.files
    }

    /// Says that a limit is broken.
    pub fn complain(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    pub(super) fn problems(self) -> Vec<Problem> {
        self.problems
    }

    /// The same field with only one of its answers.
    fn only(&self, texts: &'a [String], files: &'a [Upload]) -> Self {
        Self::new(self.spec, texts, files)
    }
}

/// Where a value is written.
#[derive(Debug, Default)]
pub struct Slot {
    pub(super) texts: Vec<String>,
    pub(super) files: Vec<Upload>,
}

impl Slot {
    /// Adds a text, behind those that are there already; a field that takes one shows the last.
    pub fn text(&mut self, text: impl Into<String>) {
        self.texts.push(text.into());
    }

    /// Adds a file, behind those that are there already.
    pub fn file(&mut self, file: Upload) {
        self.files.push(file);
    }
}
