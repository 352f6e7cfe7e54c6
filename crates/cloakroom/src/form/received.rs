//! What a request brought: names and texts as they came, and the files that were taken in.
use std::fmt;

use crate::form::{Answers, Context, Errors, Problem, Schema, Spec, Upload};

/// The fields of a request, declared or not.
#[derive(Clone, Default)]
pub struct Received {
    texts: Vec<(String, String)>,
    files: Vec<(String, Upload)>,
    refused: Vec<(String, Problem)>,
    /// Whether the request only asked for the page.
    is_question: bool,
}

impl Received {
    /// Returns nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns what a request brings that sends nothing, but asks for the page: a GET without a query.
    #[must_use]
    pub fn question() -> Self {
        Self {
            is_question: true,
            ..Self::default()
        }
    }

    /// Says whether the request only asked for the page.
    pub(super) fn is_question(&self) -> bool {
        self.is_question
    }

    /// Reads `application/x-www-form-urlencoded` as the URL standard does: what is no UTF-8 is replaced.
    ///
    /// It takes all fields; a request's body is read by [`receive`](crate::form::receive), which has limits.
    #[must_use]
    pub fn urlencoded(text: &[u8]) -> Self {
        let pairs = form_urlencoded::parse(text);
        let owned = |(name, text): (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)| {
            (name.into_owned(), text.into_owned())
        };
        Self {
            texts: pairs.map(owned).collect(),
            ..Self::default()
        }
    }

    /// Adds a text.
    pub fn add_text(&mut self, name: impl Into<String>, text: impl Into<String>) {
        self.texts.push((name.into(), text.into()));
    }

    /// Adds a file that was taken in.
    pub fn add_file(&mut self, name: impl Into<String>, file: Upload) {
        self.files.push((name.into(), file));
    }

    /// Notes that a file was not taken in.
    pub fn refuse_file(&mut self, name: impl Into<String>, problem: Problem) {
        self.refused.push((name.into(), problem));
    }

    /// Returns the text of this name; the last one if there are several.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.all_texts(name).last()
    }

    /// Returns all texts of this name, in the order in which they came.
    pub fn all_texts(&self, name: &str) -> impl Iterator<Item = &str> {
        self.texts
            .iter()
            .filter(move |(found, _)| found == name)
            .map(|(_, text)| text.as_str())
    }

    /// Says whether something came under this name, as a button that was pressed.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.text(name).is_some()
    }

    /// Returns the names of all texts, in the order in which they came.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(|(name, _)| name.as_str())
    }

    /// Returns all files that were taken in, each with the name under which it came.
    pub fn files(&self) -> impl Iterator<Item = (&str, &Upload)> {
        self.files.iter().map(|(name, file)| (name.as_str(), file))
    }

    /// Takes all files out, each with the name under which it came.
    pub fn take_files(&mut self) -> Vec<(String, Upload)> {
        std::mem::take(&mut self.files)
    }

    /// Returns the ids of the files of a field that the visitor asked to remove.
    #[must_use]
    pub fn dropped(&self, spec: &Spec, context: &Context) -> Vec<String> {
        let name = format!("{}-remove", context.html_name(spec.name()));
        self.all_texts(&name).map(str::to_owned).collect()
    }

    /// Picks the answers to the declared fields, and what is wrong with their files.
    ///
    /// Of a field that takes one text and was sent twice, the last text counts, as in Django.
    #[must_use]
    pub fn answers(&self, schema: &Schema, context: &Context) -> (Answers, Errors) {
        let mut answers = Answers::new();
        let mut errors = Errors::new();
        for spec in schema.fields() {
            let name = context.html_name(spec.name());
            if spec.is_file() {
                self.pick_files(spec, &name, &mut answers, &mut errors);
            } else if spec.is_many() {
                for text in self.all_texts(&name) {
                    answers.add_text(spec.name(), text);
                }
            } else if let Some(text) = self.text(&name) {
                answers.add_text(spec.name(), text);
            }
        }
        (answers, errors)
    }

    fn pick_files(&self, spec: &Spec, name: &str, answers: &mut Answers, errors: &mut Errors) {
        for (_, file) in self.files.iter().filter(|(found, _)| found == name) {
            answers.add_file(spec.name(), file.clone());
        }
        for (_, problem) in self.refused.iter().filter(|(found, _)| found == name) {
            errors.add(spec.name(), problem.clone());
        }
    }
}

impl fmt::Debug for Received {
    /// Names the fields, never what was typed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Received")?;
        f.debug_list().entries(self.names()).finish()
    }
}
