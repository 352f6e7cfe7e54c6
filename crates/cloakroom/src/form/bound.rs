//! A form together with what was typed into it.
use std::fmt;
use std::ops::Deref;

use crate::form::read::{Checks, Reader, Writer};
use crate::form::{
    Answers, Context, Errors, Fields, Problem, Received, Secrecy, Sheet, Spec, Upload,
};

/// A form with what was typed, and with its value when all of that is right.
///
/// It shows itself: a template gets [`Sheet`], which it dereferences to.
///
/// ```
/// use cloakroom::form::{Answers, Context, Form};
///
/// #[derive(Form, Debug)]
/// struct Signature {
///     #[field(max_length = 100)]
///     name: String,
/// }
///
/// let mut typed = Answers::new();
/// typed.add_text("name", " Ada ");
/// let signed = Signature::bind(typed, Context::new()).into_valid().unwrap();
/// assert_eq!(signed.name, "Ada");
///
/// let form = Signature::bind(Answers::new(), Context::new()).into_valid().unwrap_err();
/// assert_eq!(form.errors().of("name")[0].code(), "required");
/// assert!(form.to_string().contains("Name is required"));
/// ```
pub struct Bound<T> {
    sheet: Sheet,
    value: Option<T>,
}

impl<T: Fields> Bound<T> {
    /// Returns the form as it is before anything is typed.
    #[must_use]
    pub fn blank(context: Context) -> Self {
        let answers = initial::<T>(&context);
        Self::unchecked(answers, context, Errors::new())
    }

    /// Returns the form with answers that are not checked.
    #[must_use]
    pub fn fill(mut answers: Answers, context: Context) -> Self {
        hold_disabled::<T>(&mut answers, &context);
        Self::unchecked(answers, context, Errors::new())
    }

    /// Returns the form with answers that are checked.
    ///
    /// Limits are checked for each field. garde's rules are, as soon as every field can be read; the
    /// form's own check is, once all else is right.
    #[must_use]
    pub fn bind(answers: Answers, context: Context) -> Self {
        Self::check(answers, context, Errors::new())
    }

    /// Returns the form with what a request brought under the context's prefix, checked.
    #[must_use]
    pub fn receive(received: &Received, context: Context) -> Self {
        let (answers, errors) = received.answers(T::schema(), &context);
        Self::check(answers, context, errors)
    }

    /// As [`Bound::receive`], for a form that was answered before: files that were sent stay, as browsers never
    /// send them again, and so do answers to fields marked `sealed`, which are not shown again.
    ///
    /// Returns also the files that nobody refers to any more, because others took their place or the visitor
    /// asked to remove them.
    #[must_use]
    pub fn receive_again(
        received: &Received,
        before: &Answers,
        context: Context,
    ) -> (Self, Vec<Upload>) {
        let (answers, errors, gone) = Self::answered_again(received, before, &context);
        (Self::check(answers, context, errors), gone)
    }

    /// Picks the answers, with what stays of those before, and the files that do not.
    pub(super) fn answered_again(
        received: &Received,
        before: &Answers,
        context: &Context,
    ) -> (Answers, Errors, Vec<Upload>) {
        let schema = T::schema();
        let (mut answers, errors) = received.answers(schema, context);
        let files = schema.fields().iter().filter(|spec| spec.is_file());
        let dropped: Vec<String> = files
            .flat_map(|spec| received.dropped(spec, context))
            .collect();
        let gone = answers.keep_files(before, schema, &dropped);
        let is_sealed = |spec: &&Spec| spec.secrecy() == Secrecy::Sealed;
        for spec in schema.fields().iter().filter(is_sealed) {
            if answers.text(spec.name()).is_empty() {
                answers.copy_from(before, spec.name());
            }
        }
        (answers, errors, gone)
    }

    pub(super) fn unchecked(mut answers: Answers, context: Context, errors: Errors) -> Self {
        answers.retain_storable(T::schema());
        Self {
            sheet: Sheet::new(T::schema(), answers, context, errors),
            value: None,
        }
    }

    pub(super) fn check(mut answers: Answers, context: Context, mut errors: Errors) -> Self {
        hold_disabled::<T>(&mut answers, &context);
        let mut value = T::read(&mut Reader::new(
            T::schema(),
            &answers,
            &context,
            &mut errors,
        ));
        if let Some(value) = &value {
            value.check(&mut Checks::new(T::schema(), &context, &mut errors));
        }
        value = value.filter(|_| errors.is_empty());
        answers.retain_storable(T::schema());
        Self {
            sheet: Sheet::new(T::schema(), answers, context, errors),
            value,
        }
    }
}

impl<T> Bound<T> {
    /// Says whether the answers were checked and are right.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.value.is_some()
    }

    /// Returns the value, when the answers were checked and are right.
    #[must_use]
    pub fn value(&self) -> Option<&T> {
        self.value.as_ref()
    }

    /// Returns the value.
    ///
    /// # Errors
    /// When something is wrong: the form, to be shown again.
    pub fn into_valid(self) -> Result<T, Self> {
        match self.value {
            Some(value) => Ok(value),
            None => Err(self),
        }
    }

    /// Returns the value.
    ///
    /// # Errors
    /// When something is wrong: what it is.
    pub fn valid(self) -> Result<T, Errors> {
        self.value.ok_or_else(|| self.sheet.errors().clone())
    }

    /// Returns what is shown, which doesn't know the form's type.
    #[must_use]
    pub fn sheet(&self) -> &Sheet {
        &self.sheet
    }

    /// Says that something is wrong with a field, as only the handler knows: the name is taken, for example.
    pub fn refuse(&mut self, field: &str, problem: Problem) {
        self.value = None;
        self.sheet.errors_mut().add(field, problem);
    }

    /// Says that something is wrong with the form as a whole.
    pub fn refuse_whole(&mut self, problem: Problem) {
        self.value = None;
        self.sheet.errors_mut().add_to_whole(problem);
    }
}

impl<T> Deref for Bound<T> {
    type Target = Sheet;

    fn deref(&self) -> &Sheet {
        &self.sheet
    }
}

impl<T> fmt::Display for Bound<T> {
    /// Writes the whole form in HTML, as [`Sheet`] does.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sheet.fmt(f)
    }
}

impl<T> fmt::Debug for Bound<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bound")
            .field("sheet", &self.sheet)
            .field("is_valid", &self.is_valid())
            .finish()
    }
}

/// Returns what the fields hold before anything is typed.
fn initial<T: Fields>(context: &Context) -> Answers {
    let mut answers = Answers::new();
    T::declared(&mut Writer::new(T::schema(), &mut answers));
    answers.extend(context.initial_values());
    answers
}

/// Gives disabled fields their initial values, whatever was sent.
fn hold_disabled<T: Fields>(answers: &mut Answers, context: &Context) {
    let mut disabled = T::schema()
        .fields()
        .iter()
        .filter(|spec| context.is_disabled(spec))
        .peekable();
    if disabled.peek().is_none() {
        return;
    }
    let initial = initial::<T>(context);
    for spec in disabled {
        answers.copy_from(&initial, spec.name());
    }
}
