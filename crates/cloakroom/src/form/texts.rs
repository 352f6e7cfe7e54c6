//! The words of a form, and how a site replaces them, for example by those of another language.
use crate::form::Problem;

/// A catalogue of words.
///
/// A closure is one, too. What it doesn't know is said as the program's attributes say it, or in English.
///
/// ```
/// use cloakroom::form::{Context, Part, Wanted};
///
/// fn german(wanted: &Wanted<'_>) -> Option<String> {
///     Some(match (wanted.part, wanted.field) {
///         (Part::Label, Some("name")) => "Name".into(),
///         (Part::Error("required"), _) => format!("{} fehlt", wanted.label),
///         (Part::Error("max_length"), _) => {
///             format!("{} hat höchstens {} Zeichen", wanted.label, wanted.parameter("limit")?)
///         }
///         _ => return None,
///     })
/// }
/// let context = Context::new().texts(german);
/// ```
pub trait Texts: Send + Sync {
    /// Returns the words for what is wanted, as plain text, or `None` when it has none.
    fn text(&self, wanted: &Wanted<'_>) -> Option<String>;
}

impl<F: Fn(&Wanted<'_>) -> Option<String> + Send + Sync> Texts for F {
    fn text(&self, wanted: &Wanted<'_>) -> Option<String> {
        self(wanted)
    }
}

/// What a form wants to say.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The form, by the name of its struct.
    pub form: &'a str,
    /// The field; `None` for what concerns the whole form.
    pub field: Option<&'a str>,
    /// The field's label, in the visitor's language; empty when there is no field.
    pub label: &'a str,
    /// Which words.
    pub part: Part<'a>,
    /// What an error may mention, by name.
    pub parameters: &'a [(&'static str, String)],
}

impl<'a> Wanted<'a> {
    pub(super) fn of_whole(
        form: &'a str,
        part: Part<'a>,
        parameters: &'a [(&'static str, String)],
    ) -> Self {
        Self {
            form,
            field: None,
            label: "",
            part,
            parameters,
        }
    }

    /// Returns what an error may mention: `limit`, `given`, `places`, `digits`, `types`.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let mut all = self.parameters.iter();
        all.find_map(|(found, value)| (*found == name).then_some(value.as_str()))
    }
}

/// Which words of a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part<'a> {
    /// A field's label.
    Label,
    /// A field's hint.
    Help,
    /// The label of the item with this value.
    Item(&'a str),
    /// The hint of the item with this value.
    ItemHelp(&'a str),
    /// What is wrong, by its code.
    Error(&'a str),
    /// The heading above all errors: "There is a problem".
    Summary,
    /// What a page's title begins with when something is wrong: "Error: ".
    TitlePrefix,
    /// What an error message begins with for those who can't see its colour: "Error:".
    ErrorPrefix,
    /// "Yes".
    Yes,
    /// "No".
    No,
    /// "None", the item of an optional field that takes its answer back.
    Nothing,
    /// "Choose", the first line of a list.
    Choose,
    /// "Not provided", on a page that shows the answers.
    NotProvided,
    /// What is shown in place of a secret: "Not shown".
    NotShown,
    /// "Remove", before the name of a file that was sent.
    Remove,
    /// "Add another", below the forms of a set.
    AddAnother,
    /// What one form of a set is called: "Guest 1", of the struct's name and the parameter `number`.
    Row,
    /// A day; the parameter `date` has it as `2027-01-31`.
    Date,
    /// A day and a time; the parameter `date` has it as `2027-01-31T09:30`.
    DateTime,
}

/// Says it in English.
pub(super) fn english(part: Part<'_>) -> &'static str {
    match part {
        Part::Summary => "There is a problem",
        Part::TitlePrefix => "Error: ",
        Part::ErrorPrefix => "Error:",
        Part::Yes => "Yes",
        Part::No => "No",
        Part::Nothing => "None",
        Part::Choose => "Choose",
        Part::NotProvided => "Not provided",
        Part::NotShown => "Not shown",
        Part::Remove => "Remove",
        Part::AddAnother => "Add another",
        _ => "",
    }
}

/// Each line: a code, and what it says of a field; `{label}` and parameters are filled in.
const ENGLISH: &[(&str, &str)] = &[
    ("required", "{label} is required"),
    ("invalid", "{label} is not in the right format"),
    (
        "invalid_email",
        "{label} must be an email address, like name@example.com",
    ),
    (
        "invalid_url",
        "{label} must be a web address, like https://www.example.com",
    ),
    ("invalid_integer", "{label} must be a whole number"),
    ("invalid_decimal", "{label} must be a number, like 12.50"),
    ("invalid_date", "{label} must be a real date"),
    ("invalid_time", "{label} must be a time, like 09:30"),
    ("invalid_datetime", "{label} must be a real date and time"),
    ("invalid_choice", "{label}: choose one of the options"),
    ("pattern", "{label} is not in the right format"),
    ("max_length", "{label} must be {limit} characters or fewer"),
    ("min_length", "{label} must be {limit} characters or more"),
    ("max_value", "{label} must be {limit} or less"),
    ("min_value", "{label} must be {limit} or more"),
    ("max_date", "{label} must be {limit} or earlier"),
    ("min_date", "{label} must be {limit} or later"),
    ("max_digits", "{label} must have {limit} digits or fewer"),
    (
        "max_decimal_places",
        "{label} must have {limit} decimal places or fewer",
    ),
    ("alphanumeric", "{label} must have letters and digits only"),
    (
        "ascii",
        "{label} must have unaccented letters and signs only",
    ),
    ("contains", "{label} must contain {limit}"),
    ("prefix", "{label} must begin with {limit}"),
    ("suffix", "{label} must end with {limit}"),
    ("mismatch", "{label} must be the same as {limit}"),
    (
        "null_characters_not_allowed",
        "{label} has characters that are not allowed",
    ),
    (
        "control_characters_not_allowed",
        "{label} has characters that are not allowed",
    ),
    ("max_count", "{label}: choose {limit} or fewer"),
    ("min_count", "{label}: choose {limit} or more"),
    ("max_size", "{label}: the file must be smaller than {limit}"),
    ("empty", "{label}: the file is empty"),
    (
        "not_stored",
        "{label}: the file could not be stored. Choose it again in a few minutes",
    ),
    (
        "gone",
        "{label}: the file is no longer here. Choose it again",
    ),
    (
        "no_room",
        "{label} must be {limit} characters or fewer, as there is no room for more",
    ),
    (
        "no_room_in_all",
        "These answers are about {over} characters too long",
    ),
    (
        "invalid_type",
        "{label}: the file must be of the type {types}",
    ),
    ("too_few_forms", "Add {limit} or more"),
    (
        "too_many_forms",
        "Remove some: there may be {limit} or fewer",
    ),
];

/// Says what is wrong in English.
pub(super) fn english_error(key: &str, label: &str, problem: &Problem) -> String {
    let found = ENGLISH.iter().find(|(code, _)| *code == key);
    let (_, template) = found.unwrap_or(&ENGLISH[1]);
    fill(template, label, problem.parameters())
}

/// Puts the label and the parameters into their places, once.
pub(super) fn fill(template: &str, label: &str, parameters: &[(&'static str, String)]) -> String {
    let mut text = String::with_capacity(template.len() + label.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let Some((name, after_name)) = after.split_once('}') else {
            text.push('{');
            rest = after;
            continue;
        };
        let mut all = parameters.iter();
        match all.find(|(found, _)| *found == name) {
            _ if name == "label" => text.push_str(label),
            Some((_, value)) => text.push_str(value),
            None => {
                text.push('{');
                rest = after;
                continue;
            }
        }
        rest = after_name;
    }
    text.push_str(rest);
    text
}
