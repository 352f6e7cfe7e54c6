//! What is wrong with an answer, by code, and the list of all that is wrong with a form.
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// Something that is wrong, told by a code.
///
/// The codes are Django's where Django has one: `required`, `invalid`, `invalid_choice`, `max_length`,
/// `min_length`, `max_value`, `min_value`, `max_digits`, `max_decimal_places`,
/// `null_characters_not_allowed`, `empty`; beside them `control_characters_not_allowed`, `pattern`, `max_size`, `invalid_type`, `not_stored`, `gone`,
/// `no_room`, `no_room_in_all`,
/// `max_count` and `min_count`. The words are found when the form is shown, in the visitor's language
/// ([`Texts`](crate::form::Texts)).
#[derive(Clone, PartialEq, Eq)]
pub struct Problem {
    code: Cow<'static, str>,
    text: Option<Cow<'static, str>>,
    parameters: Vec<(&'static str, String)>,
}

impl Problem {
    /// Makes a problem whose words are looked up.
    pub fn new(code: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code: code.into(),
            text: None,
            parameters: Vec::new(),
        }
    }

    /// Makes a problem that says this, unless a catalogue knows better.
    pub fn saying(code: impl Into<Cow<'static, str>>, text: impl Into<Cow<'static, str>>) -> Self {
        let mut problem = Self::new(code);
        problem.text = Some(text.into());
        problem
    }

    /// Adds what the words may mention, for example `limit`.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.parameters.push((name, value.to_string()));
        self
    }

    /// Returns the code, such as `required` or `max_length`: it stays the same in every language, and tests and texts go by it.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Returns the words it was made with; without any a text for its code is said, in the visitor's language.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// Returns what the words may mention in braces, such as `{limit}`: names with their values.
    #[must_use]
    pub fn parameters(&self) -> &[(&'static str, String)] {
        &self.parameters
    }
}

impl fmt::Debug for Problem {
    /// Tells the code alone: words and parameters may repeat what was typed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Problem({})", self.code)
    }
}

/// All that is wrong with a form: with its fields, and with it as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Errors {
    whole: Vec<Problem>,
    fields: BTreeMap<String, Vec<Problem>>,
}

impl Errors {
    /// Returns an empty list: nothing is wrong.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Says whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.whole.is_empty() && self.fields.is_empty()
    }

    /// Says that something is wrong with a field.
    pub fn add(&mut self, field: &str, problem: Problem) {
        self.fields
            .entry(field.to_owned())
            .or_default()
            .push(problem);
    }

    /// Says that something is wrong with the form as a whole.
    pub fn add_to_whole(&mut self, problem: Problem) {
        self.whole.push(problem);
    }

    /// Returns what is wrong with a field.
    #[must_use]
    pub fn of(&self, field: &str) -> &[Problem] {
        self.fields.get(field).map_or(&[], Vec::as_slice)
    }

    /// Returns what is wrong with the form as a whole.
    #[must_use]
    pub fn of_whole(&self) -> &[Problem] {
        &self.whole
    }

    /// Returns the fields that something is wrong with, each with what it is.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &[Problem])> {
        let fields = self.fields.iter();
        fields.map(|(name, problems)| (name.as_str(), problems.as_slice()))
    }

    /// Takes over what is in another list.
    pub fn extend(&mut self, other: Self) {
        self.whole.extend(other.whole);
        for (name, problems) in other.fields {
            self.fields.entry(name).or_default().extend(problems);
        }
    }
}
