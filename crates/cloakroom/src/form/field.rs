//! One field as it is shown, and its parts.
use std::borrow::Cow;
use std::fmt;

use crate::form::render;
use crate::form::value::{is_yes, size};
use crate::form::{Input, Item, Part, Secrecy, Sheet, Spec, Upload, Widget};

/// One field of a form that is shown.
///
/// Printed, it is the HTML of the whole field: label, hint, errors and widget.
#[derive(Clone, Copy)]
pub struct Field<'a> {
    sheet: &'a Sheet,
    spec: &'static Spec,
}

impl<'a> Field<'a> {
    pub(super) fn new(sheet: &'a Sheet, spec: &'static Spec) -> Self {
        Self { sheet, spec }
    }

    pub(super) fn sheet(&self) -> &'a Sheet {
        self.sheet
    }

    /// Returns the field's description.
    #[must_use]
    pub fn spec(&self) -> &'static Spec {
        self.spec
    }

    /// Returns the name that it has in HTML: with the prefix.
    #[must_use]
    pub fn html_name(&self) -> String {
        self.sheet.context().html_name(self.spec.name())
    }

    /// Returns the `id` of its control, or of the first of its controls. It is the name in HTML.
    #[must_use]
    pub fn id(&self) -> String {
        self.html_name()
    }

    /// Returns its label in the visitor's language, as plain text: nothing is escaped yet.
    #[must_use]
    pub fn label(&self) -> Cow<'static, str> {
        self.sheet.label(self.spec)
    }

    /// Returns its hint; empty when there is none.
    #[must_use]
    pub fn help(&self) -> Cow<'static, str> {
        let found = self.sheet.look_up(Some(self.spec), "", Part::Help, &[]);
        found.map_or(Cow::Borrowed(self.spec.help), Cow::Owned)
    }

    /// Returns what is wrong with it, in words.
    #[must_use]
    pub fn errors(&self) -> Vec<Cow<'a, str>> {
        let problems = self.sheet.errors().of(self.spec.name()).iter();
        problems
            .map(|problem| self.sheet.say(Some(self.spec), problem))
            .collect()
    }

    /// Says whether something is wrong with it.
    #[must_use]
    pub fn is_wrong(&self) -> bool {
        !self.sheet.errors().of(self.spec.name()).is_empty()
    }

    /// Says whether it is sent along unseen.
    #[must_use]
    pub fn is_hidden(&self) -> bool {
        self.spec.is_hidden()
    }

    /// Says whether an answer has to be given.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.spec.is_required()
    }

    /// Says whether it takes no answer.
    #[must_use]
    pub fn is_disabled(&self) -> bool {
        self.sheet.context().is_disabled(self.spec)
    }

    /// Returns what was typed, or the initial value; empty for what is secret.
    #[must_use]
    pub fn value(&self) -> &'a str {
        self.values().last().map_or("", String::as_str)
    }

    /// Returns all that was typed, or the initial values; nothing for what is secret.
    #[must_use]
    pub fn values(&self) -> &'a [String] {
        match self.is_secret() {
            true => &[],
            false => self.sheet.answers().texts(self.spec.name()),
        }
    }

    /// Returns the files that were sent before.
    #[must_use]
    pub fn files(&self) -> &'a [Upload] {
        self.sheet.answers().files(self.spec.name())
    }

    /// Returns the items that a visitor can choose from.
    #[must_use]
    pub fn items(&self) -> &'a [Item] {
        self.sheet.context().items(self.spec)
    }

    /// Says whether this item is chosen.
    #[must_use]
    pub fn is_chosen(&self, item: &Item) -> bool {
        let mut values = match self.spec.is_many() {
            true => self.values().iter(),
            false => self.values()[self.values().len().saturating_sub(1)..].iter(),
        };
        values.any(|value| value == item.value())
    }

    /// Says whether the box is ticked.
    #[must_use]
    pub fn is_ticked(&self) -> bool {
        is_yes(self.value())
    }

    /// Returns the widget alone, as HTML.
    #[must_use]
    pub fn widget(&self) -> impl fmt::Display + use<'a> {
        let field = *self;
        render::show(move |f| render::widget(f, &field))
    }

    /// Returns the attributes of its control, for an `<input>` of your own: `id`, `name`, limits, and what
    /// ties it to its hint and errors. Value and type are left out.
    #[must_use]
    pub fn attributes(&self) -> impl fmt::Display + use<'a> {
        let field = *self;
        render::show(move |f| render::attributes(f, &field))
    }

    /// Returns the answer in words, for a page that shows the answers: labels of items, days as people write them.
    #[must_use]
    pub fn shown(&self) -> String {
        let spec = self.spec;
        let texts = self.sheet.answers().texts(spec.name());
        if self.is_secret() {
            return self.sheet.word(Part::NotShown).into_owned();
        }
        if spec.is_file() {
            let described = |file: &Upload| format!("{} ({})", file.name(), size(file.size()));
            return self.or_not_provided(self.files().iter().map(described));
        }
        if spec.input() == Input::Flag {
            return self.sheet.word(self.decided(texts)).into_owned();
        }
        let texts = match spec.is_many() {
            true => texts,
            false => &texts[texts.len().saturating_sub(1)..],
        };
        let given = texts.iter().filter(|text| !text.trim().is_empty());
        self.or_not_provided(given.map(|text| self.in_words(text)))
    }

    /// An unticked box is a no; a question that was left open is not answered.
    fn decided(&self, texts: &[String]) -> Part<'static> {
        let may_be_open = self.spec.widget() != Widget::Checkbox;
        match self.is_ticked() {
            true => Part::Yes,
            false if may_be_open && texts.is_empty() => Part::NotProvided,
            false => Part::No,
        }
    }

    fn or_not_provided(&self, words: impl Iterator<Item = String>) -> String {
        let words: Vec<String> = words.collect();
        match words.is_empty() {
            true => self.sheet.word(Part::NotProvided).into_owned(),
            false => words.join(", "),
        }
    }

    fn in_words(&self, text: &str) -> String {
        if self.spec.has_items() {
            let chosen = self.items().iter().find(|item| item.value() == text);
            return chosen.map_or_else(
                || text.to_owned(),
                |item| self.item_label(item).into_owned(),
            );
        }
        let part = match self.spec.input() {
            Input::Date => Part::Date,
            Input::DateTime => Part::DateTime,
            _ => return text.to_owned(),
        };
        let parameters = [("date", text.to_owned())];
        let found = self.sheet.look_up(Some(self.spec), "", part, &parameters);
        found.unwrap_or_else(|| render::english_date(text))
    }

    /// Returns the label of one of its items.
    #[must_use]
    pub fn item_label<'i>(&self, item: &'i Item) -> Cow<'i, str> {
        let part = Part::Item(item.value());
        let found = self.sheet.look_up(Some(self.spec), item.label(), part, &[]);
        found.map_or(Cow::Borrowed(item.label()), Cow::Owned)
    }

    /// Returns the hint of one of its items; empty when there is none.
    #[must_use]
    pub fn item_help<'i>(&self, item: &'i Item) -> Cow<'i, str> {
        let part = Part::ItemHelp(item.value());
        let found = self.sheet.look_up(Some(self.spec), item.label(), part, &[]);
        found.map_or(Cow::Borrowed(item.hint()), Cow::Owned)
    }

    fn is_secret(&self) -> bool {
        self.spec.secrecy() != Secrecy::Open
    }
}

impl fmt::Display for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        render::field(f, self)
    }
}

impl fmt::Debug for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Field({})", self.spec.name())
    }
}
