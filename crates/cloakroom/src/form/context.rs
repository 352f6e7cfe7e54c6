//! What one visit brings along for a form: prefix, items, initial values, language.
use std::any::Any;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use crate::form::texts::{english, english_error};
use crate::form::{Answers, Classes, Fields, Item, Part, Problem, Spec, Texts, Wanted};

/// What a form is shown and checked with, besides what was typed.
///
/// ```
/// use cloakroom::form::Context;
///
/// let context = Context::new()
///     .prefix("delivery") // the field `day` is called `delivery-day` in HTML
///     .choices("day", [("mon", "Monday"), ("tue", "Tuesday")])
///     .initial_text("day", "tue");
/// ```
#[derive(Clone, Default)]
pub struct Context {
    prefix: String,
    choices: BTreeMap<String, Arc<[Item]>>,
    initial: Answers,
    disabled: BTreeSet<String>,
    texts: Option<Arc<dyn Texts>>,
    rules: Option<Arc<dyn Any + Send + Sync>>,
    classes: Option<&'static Classes>,
    browser_checks: bool,
}

impl Context {
    /// Returns a context that changes nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts this and a hyphen before the names that fields have in HTML.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Gives the items of a field marked `choices`, or fewer of those that its type has.
    #[must_use]
    pub fn choices<I: Into<Item>>(
        mut self,
        field: &str,
        items: impl IntoIterator<Item = I>,
    ) -> Self {
        let items = items.into_iter().map(Into::into).collect();
        self.choices.insert(field.to_owned(), items);
        self
    }

    /// Shows these values before anything is typed, in place of those that the fields declare.
    #[must_use]
    pub fn initial<T: Fields>(self, value: &T) -> Self {
        self.initial_answers(&value.answers())
    }

    /// As [`Context::initial`], with answers; fields without an answer keep what they declare.
    #[must_use]
    pub fn initial_answers(mut self, answers: &Answers) -> Self {
        self.initial.extend(answers);
        self
    }

    /// As [`Context::initial`], for one field, written as a visitor would type it.
    #[must_use]
    pub fn initial_text(mut self, field: &str, text: impl Into<String>) -> Self {
        self.initial.remove(field);
        self.initial.add_text(field, text);
        self
    }

    /// Shows a field but takes no answer: its initial value stays, whatever is sent.
    #[must_use]
    pub fn disable(mut self, field: impl Into<String>) -> Self {
        self.disabled.insert(field.into());
        self
    }

    /// Takes words from this catalogue first.
    #[must_use]
    pub fn texts(mut self, texts: impl Texts + 'static) -> Self {
        self.texts = Some(Arc::new(texts));
        self
    }

    /// Takes words from this catalogue unless there is one already.
    #[cfg(feature = "wizards")]
    pub(crate) fn or_texts(mut self, texts: &Arc<dyn Texts>) -> Self {
        self.texts.get_or_insert_with(|| texts.clone());
        self
    }

    /// Gives garde's rules their context (`#[garde(context(...))]`); without, its default is taken.
    #[must_use]
    pub fn rules(mut self, context: impl Any + Send + Sync) -> Self {
        self.rules = Some(Arc::new(context));
        self
    }

    /// Sets the names of the CSS classes.
    #[must_use]
    pub fn classes(mut self, classes: &'static Classes) -> Self {
        self.classes = Some(classes);
        self
    }

    /// Lets the browser check too, with its own messages; it doesn't without this (`novalidate`), as
    /// those can be neither styled nor read again.
    #[must_use]
    pub fn browser_checks(mut self) -> Self {
        self.browser_checks = true;
        self
    }

    /// Returns the prefix; empty when there is none.
    #[must_use]
    pub fn prefix_of(&self) -> &str {
        &self.prefix
    }

    /// Returns the name that a field has in HTML.
    #[must_use]
    pub fn html_name(&self, field: &str) -> String {
        if self.prefix.is_empty() {
            return field.to_owned();
        }
        [&self.prefix, "-", field].concat()
    }

    pub(super) fn items(&self, spec: &'static Spec) -> &[Item] {
        let given = self.choices.get(spec.name()).map(|items| &items[..]);
        given.unwrap_or(spec.items())
    }

    pub(super) fn is_disabled(&self, spec: &Spec) -> bool {
        spec.disabled || self.disabled.contains(spec.name())
    }

    pub(super) fn initial_values(&self) -> &Answers {
        &self.initial
    }

    /// What the catalogue says, if it says something.
    pub(super) fn look_up(&self, wanted: &Wanted<'_>) -> Option<String> {
        self.texts.as_deref()?.text(wanted)
    }

    /// A word that concerns the whole form.
    pub(super) fn word(&self, form: &str, part: Part<'_>) -> Cow<'static, str> {
        let found = self.look_up(&Wanted::of_whole(form, part, &[]));
        found.map_or(Cow::Borrowed(english(part)), Cow::Owned)
    }

    /// What is wrong with the whole form.
    pub(super) fn say_of_whole<'a>(&self, form: &str, problem: &'a Problem) -> Cow<'a, str> {
        let part = Part::Error(problem.code());
        if let Some(text) = self.look_up(&Wanted::of_whole(form, part, problem.parameters())) {
            return Cow::Owned(text);
        }
        match problem.text() {
            Some(text) => Cow::Borrowed(text),
            None => Cow::Owned(english_error(problem.code(), "What was entered", problem)),
        }
    }

    pub(super) fn rules_context<C: 'static>(&self) -> Option<&C> {
        self.rules.as_deref()?.downcast_ref()
    }

    pub(super) fn css(&self) -> &'static Classes {
        self.classes.unwrap_or(&Classes::PLAIN)
    }

    pub(super) fn has_browser_checks(&self) -> bool {
        self.browser_checks
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("prefix", &self.prefix)
            .field("choices", &self.choices.keys())
            .field("initial", &self.initial)
            .field("disabled", &self.disabled)
            .finish_non_exhaustive()
    }
}
