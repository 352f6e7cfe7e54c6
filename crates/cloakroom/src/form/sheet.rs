//! A form as it is shown: fields, what was typed, what is wrong.
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::form::field::Field;
use crate::form::render;
use crate::form::texts::{english_error, fill};
use crate::form::{
    Answers, Classes, Context, Errors, Input, Part, Problem, Schema, Spec, Texts, Wanted,
};

/// A form as it is shown. A cheap clone, of any form.
///
/// Printed, it is the HTML of all its fields, without `<form>`, buttons and CSRF token. Its parts are
/// there for templates of your own: [`Sheet::summary`], [`Sheet::fields`], [`Sheet::field`],
/// [`Sheet::hidden`]. All of them print themselves as HTML with everything escaped; in askama
/// that is `{{ form|safe }}`.
#[derive(Clone)]
pub struct Sheet(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    schema: &'static Schema,
    answers: Answers,
    context: Context,
    errors: Errors,
}

impl Sheet {
    pub(super) fn new(
        schema: &'static Schema,
        answers: Answers,
        context: Context,
        errors: Errors,
    ) -> Self {
        Self(Arc::new(Inner {
            schema,
            answers,
            context,
            errors,
        }))
    }

    /// Returns the description of the form.
    #[must_use]
    pub fn schema(&self) -> &'static Schema {
        self.0.schema
    }

    /// Returns what was typed, or the initial values. Fields marked `secret` are never among them.
    #[must_use]
    pub fn answers(&self) -> &Answers {
        &self.0.answers
    }

    /// Returns what the visit brought along.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.0.context
    }

    /// Returns what is wrong with the fields and with the whole; nothing before anything was sent.
    #[must_use]
    pub fn errors(&self) -> &Errors {
        &self.0.errors
    }

    /// Returns the same form in other words.
    #[must_use]
    pub fn texts(mut self, texts: impl Texts + 'static) -> Self {
        let inner = Arc::make_mut(&mut self.0);
        inner.context = std::mem::take(&mut inner.context).texts(texts);
        self
    }

    pub(super) fn errors_mut(&mut self) -> &mut Errors {
        &mut Arc::make_mut(&mut self.0).errors
    }

    /// Returns all fields, in order, those that are sent along unseen too.
    pub fn all_fields(&self) -> impl Iterator<Item = Field<'_>> {
        self.0
            .schema
            .fields()
            .iter()
            .map(|spec| Field::new(self, spec))
    }

    /// Returns the fields that are seen, in order.
    pub fn fields(&self) -> impl Iterator<Item = Field<'_>> {
        self.all_fields().filter(|field| !field.is_hidden())
    }

    /// Returns the field of this name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<Field<'_>> {
        let spec = self.0.schema.field(name)?;
        Some(Field::new(self, spec))
    }

    /// Returns the fields that are sent along unseen, as HTML.
    #[must_use]
    pub fn hidden(&self) -> impl fmt::Display {
        render::show(move |f| {
            let mut fields = self.all_fields().filter(Field::is_hidden);
            fields.try_for_each(|field| write!(f, "{field}"))
        })
    }

    /// Returns the list of all that is wrong, with a link to each field, as HTML; nothing when all is well.
    ///
    /// It goes to the top of the page, before the heading; browsers move the focus there.
    #[must_use]
    pub fn summary(&self) -> impl fmt::Display {
        render::show(move |f| render::summary(f, self))
    }

    /// Returns `Error: ` when something is wrong, to begin the page's title with, and else nothing.
    #[must_use]
    pub fn title_prefix(&self) -> Cow<'_, str> {
        match self.0.errors.is_empty() {
            true => Cow::Borrowed(""),
            false => self.word(Part::TitlePrefix),
        }
    }

    /// Returns the attributes for `<form>`: method, `novalidate`, and the encoding that files need.
    #[must_use]
    pub fn form_attributes(&self) -> impl fmt::Display {
        render::show(move |f| {
            f.write_str("method=\"post\"")?;
            if self.0.schema.has_files() {
                f.write_str(" enctype=\"multipart/form-data\"")?;
            }
            match self.0.context.has_browser_checks() {
                true => Ok(()),
                false => f.write_str(" novalidate"),
            }
        })
    }

    /// Returns all that is wrong in words, each with the field it concerns, in the order of the fields.
    #[must_use]
    pub fn said(&self) -> Vec<(Option<&'static Spec>, Cow<'_, str>)> {
        let errors = self.errors();
        let mut said: Vec<_> = errors
            .of_whole()
            .iter()
            .map(|problem| (None, self.say(None, problem)))
            .collect();
        for spec in self.schema().fields() {
            let of_field = errors.of(spec.name()).iter();
            said.extend(of_field.map(|problem| (Some(spec), self.say(Some(spec), problem))));
        }
        let unknown = errors
            .fields()
            .filter(|(name, _)| self.schema().field(name).is_none());
        for (_, problems) in unknown {
            said.extend(
                problems
                    .iter()
                    .map(|problem| (None, self.say(None, problem))),
            );
        }
        said
    }

    /// Returns the fields' labels and what was answered, in words, for a page that shows the answers.
    ///
    /// Hidden fields are left out; of what is secret only that it was given is said.
    pub fn review(&self) -> impl Iterator<Item = (Cow<'_, str>, String)> {
        self.fields().map(|field| (field.label(), field.shown()))
    }

    pub(super) fn css(&self) -> &'static Classes {
        self.0.context.css()
    }

    /// What the catalogue says, if it says something.
    pub(super) fn look_up(
        &self,
        spec: Option<&'static Spec>,
        label: &str,
        part: Part<'_>,
        parameters: &[(&'static str, String)],
    ) -> Option<String> {
        self.0.context.look_up(&Wanted {
            form: self.schema().name(),
            field: spec.map(Spec::name),
            label,
            part,
            parameters,
        })
    }

    pub(super) fn word(&self, part: Part<'_>) -> Cow<'static, str> {
        self.0.context.word(self.schema().name(), part)
    }

    pub(super) fn label(&self, spec: &'static Spec) -> Cow<'static, str> {
        let found = self.look_up(Some(spec), spec.label, Part::Label, &[]);
        found.map_or(Cow::Borrowed(spec.label), Cow::Owned)
    }

    /// Says what is wrong: in the catalogue's words, the problem's own, the field's, or in English.
    pub(super) fn say<'a>(
        &'a self,
        spec: Option<&'static Spec>,
        problem: &'a Problem,
    ) -> Cow<'a, str> {
        let Some(spec) = spec else {
            return self.0.context.say_of_whole(self.schema().name(), problem);
        };
        let label = self.label(spec);
        let part = Part::Error(problem.code());
        if let Some(text) = self.look_up(Some(spec), &label, part, problem.parameters()) {
            return Cow::Owned(text);
        }
        if let Some(text) = problem.text() {
            return Cow::Borrowed(text);
        }
        Cow::Owned(match spec.text_of(problem.code()) {
            Some(text) => fill(text, &label, problem.parameters()),
            None => english_error(english_key(spec, problem), &label, problem),
        })
    }
}

/// Under which name the English words are found: some codes are said differently of different types.
fn english_key<'a>(spec: &Spec, problem: &'a Problem) -> &'a str {
    let code = problem.code();
    let is_date = matches!(spec.input(), Input::Date | Input::Time | Input::DateTime);
    match (code, spec.input()) {
        ("invalid", Input::Email) => "invalid_email",
        ("invalid", Input::Url) => "invalid_url",
        ("invalid", Input::Integer) => "invalid_integer",
        ("invalid", Input::Decimal) => "invalid_decimal",
        ("invalid", Input::Date) => "invalid_date",
        ("invalid", Input::Time) => "invalid_time",
        ("invalid", Input::DateTime) => "invalid_datetime",
        ("min_value", _) if is_date => "min_date",
        ("max_value", _) if is_date => "max_date",
        _ => code,
    }
}

impl fmt::Display for Sheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.all_fields().try_for_each(|field| write!(f, "{field}"))
    }
}

impl fmt::Debug for Sheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sheet")
            .field("form", &self.schema().name())
            .field("answers", &self.0.answers)
            .field("errors", &self.0.errors)
            .finish()
    }
}
