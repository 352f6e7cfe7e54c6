//! From answers to typed values and back: what the derived code calls.
use std::any::Any;

use crate::form::value::{Slot, Typed, Value};
use crate::form::{Answers, Context, Errors, Input, Problem, Schema, Spec, Widget, rules};

/// Reads fields one after the other and notes what is wrong with each.
#[derive(Debug)]
pub struct Reader<'a> {
    schema: &'static Schema,
    answers: &'a Answers,
    context: &'a Context,
    errors: &'a mut Errors,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        schema: &'static Schema,
        answers: &'a Answers,
        context: &'a Context,
        errors: &'a mut Errors,
    ) -> Self {
        Self {
            schema,
            answers,
            context,
            errors,
        }
    }

    /// Reads the field at this place.
    ///
    /// # Panics
    /// When there is no such field, which derived code never asks for.
    pub fn take<T: Value>(&mut self, index: usize) -> Option<T> {
        let spec = &self.schema.fields()[index];
        match self.read(spec) {
            Ok(value) => Some(value),
            Err(problem) => {
                // A file that was refused counts as missing, but that is not what is wrong with it.
                if self.errors.of(spec.name()).is_empty() {
                    self.errors.add(spec.name(), problem);
                }
                None
            }
        }
    }

    fn read<T: Value>(&mut self, spec: &'static Spec) -> Result<T, Problem> {
        let texts = self.answers.texts(spec.name());
        let files = self.answers.files(spec.name());
        if is_blank(spec, texts) && files.is_empty() {
            let empty = T::empty().filter(|_| !spec.is_required());
            return empty.ok_or_else(|| Problem::new("required"));
        }
        self.must_be_among_items(spec, texts)?;
        let mut typed = Typed::new(spec, texts, files);
        let value = T::read(&mut typed)?;
        for problem in typed.problems() {
            self.errors.add(spec.name(), problem);
        }
        Ok(value)
    }

    fn must_be_among_items(&self, spec: &'static Spec, texts: &[String]) -> Result<(), Problem> {
        if !spec.has_items() {
            return Ok(());
        }
        let items = self.context.items(spec);
        let is_among = |text: &&String| items.iter().any(|item| item.value() == text.as_str());
        let sent = if spec.is_many() {
            texts
        } else {
            &texts[texts.len().saturating_sub(1)..]
        };
        let mut given = sent.iter().filter(|text| !text.is_empty());
        match given.all(|text| is_among(&text)) {
            true => Ok(()),
            false => Err(Problem::new("invalid_choice")),
        }
    }
}

/// Says whether nothing was answered; an unticked box counts as nothing.
fn is_blank(spec: &Spec, texts: &[String]) -> bool {
    let is_empty = |text: &String| text.chars().all(is_unseen);
    if spec.is_many() {
        return texts.iter().all(is_empty);
    }
    let Some(last) = texts.last() else {
        return true;
    };
    let is_tick = spec.input() == Input::Flag && spec.widget() == Widget::Checkbox;
    is_empty(last) || (is_tick && !crate::form::value::is_yes(last))
}

/// Says whether a character shows nothing: spaces, and those of no width.
fn is_unseen(char: char) -> bool {
    let has_no_width = matches!(
        char,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}'
    );
    char.is_whitespace() || has_no_width
}

/// Writes fields one after the other.
#[derive(Debug)]
pub struct Writer<'a> {
    schema: &'static Schema,
    answers: &'a mut Answers,
}

impl<'a> Writer<'a> {
    pub(super) fn new(schema: &'static Schema, answers: &'a mut Answers) -> Self {
        Self { schema, answers }
    }

    /// Writes the field at this place.
    ///
    /// # Panics
    /// When there is no such field, which derived code never asks for.
    pub fn put<T: Value>(&mut self, index: usize, value: &T) {
        let name = self.schema.fields()[index].name();
        let mut slot = Slot::default();
        value.write(&mut slot);
        self.answers.remove(name);
        for text in slot.texts {
            self.answers.add_text(name, text);
        }
        for file in slot.files {
            self.answers.add_file(name, file);
        }
    }

    /// Writes the field at this place as a visitor would type it.
    ///
    /// # Panics
    /// When there is no such field, which derived code never asks for.
    pub fn put_text(&mut self, index: usize, text: &str) {
        let name = self.schema.fields()[index].name();
        self.answers.remove(name);
        self.answers.add_text(name, text);
    }
}

/// Checks that need all fields.
#[derive(Debug)]
pub struct Checks<'a> {
    schema: &'static Schema,
    context: &'a Context,
    errors: &'a mut Errors,
}

impl<'a> Checks<'a> {
    pub(super) fn new(
        schema: &'static Schema,
        context: &'a Context,
        errors: &'a mut Errors,
    ) -> Self {
        Self {
            schema,
            context,
            errors,
        }
    }

    /// Holds the form against garde's rules. A field of which something is wrong already is left as it is.
    pub fn rules<T>(&mut self, form: &T)
    where
        T: garde::Validate,
        T::Context: Default + Any,
    {
        let default;
        let context = match self.context.rules_context::<T::Context>() {
            Some(given) => given,
            None => {
                default = T::Context::default();
                &default
            }
        };
        for (field, problem) in rules::broken(form, context) {
            match self.schema.field(&field) {
                Some(spec) if self.errors.of(spec.name()).is_empty() => {
                    self.errors.add(spec.name(), problem);
                }
                Some(_) => {}
                None => self.errors.add_to_whole(problem),
            }
        }
    }

    /// Asks the form's own check, once all else is right.
    pub fn whole<T>(&mut self, form: &T, check: impl FnOnce(&T, &mut Errors)) {
        if self.errors.is_empty() {
            check(form, self.errors);
        }
    }
}
