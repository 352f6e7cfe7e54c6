//! What `#[derive(Form)]` makes of a struct, and what can be done with every such struct.
use crate::form::read::{Checks, Reader, Writer};
use crate::form::{Answers, Bound, Context, Received, Schema};

/// The fields of a struct; `#[derive(Form)]` writes this.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a form",
    label = "this struct has no `#[derive(Form)]`",
    note = "add `#[derive(cloakroom::form::Form)]` to `{Self}`"
)]
pub trait Fields: Sized + Send + Sync + 'static {
    /// Whether a field is marked `secret`, so that it is never kept.
    const HAS_SECRETS: bool;

    /// Returns the description of the fields.
    fn schema() -> &'static Schema;

    /// Writes the values that the fields have before anything is typed.
    fn declared(writer: &mut Writer<'_>);

    /// Reads all fields; `None` when one of them can't be read.
    fn read(reader: &mut Reader<'_>) -> Option<Self>;

    /// Writes all fields.
    fn write(&self, writer: &mut Writer<'_>);

    /// Holds the fields against garde's rules and the form's own check.
    fn check(&self, checks: &mut Checks<'_>);

    /// Returns the values as a visitor would type them; fields marked `secret` are left out.
    fn answers(&self) -> Answers {
        let mut answers = Answers::new();
        self.write(&mut Writer::new(Self::schema(), &mut answers));
        answers.retain_storable(Self::schema());
        answers
    }
}

/// Returns the values as a visitor would type them, those that are secret too.
#[cfg(feature = "wizards")]
pub(crate) fn every_answer<T: Fields>(value: &T) -> Answers {
    let mut answers = Answers::new();
    value.write(&mut Writer::new(T::schema(), &mut answers));
    answers
}

/// A struct whose fields a visitor fills in; derive it.
///
/// The derive's attributes are described at [`macro@crate::form::Form`].
pub trait Form: Fields {
    /// Returns the form as it is before anything is typed.
    #[must_use]
    fn blank(context: Context) -> Bound<Self> {
        Bound::blank(context)
    }

    /// Returns the form with answers that are not checked, as they are shown when a visitor comes back to them.
    #[must_use]
    fn fill(answers: Answers, context: Context) -> Bound<Self> {
        Bound::fill(answers, context)
    }

    /// Returns the form with answers that are checked.
    #[must_use]
    fn bind(answers: Answers, context: Context) -> Bound<Self> {
        Bound::bind(answers, context)
    }

    /// Returns the form with what a request brought, checked.
    #[must_use]
    fn receive(received: &Received, context: Context) -> Bound<Self> {
        Bound::receive(received, context)
    }
}

impl<T: Fields> Form for T {}
