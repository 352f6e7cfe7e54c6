//! What a step is like, apart from what is typed into it.
use crate::form::{Schema, Secrecy};

/// The description of one step: what the attributes in `#[step(...)]` say.
#[derive(Clone, Copy, Debug)]
pub struct StepSpec {
    name: &'static str,
    title: &'static str,
    was: &'static [&'static str],
    template: Option<&'static str>,
    is_review: bool,
    count: Option<(usize, usize)>,
    schema: fn() -> &'static Schema,
}

impl StepSpec {
    /// Describes a step. `name` is the struct's field, and the last part of the step's URL.
    #[must_use]
    pub const fn new(
        name: &'static str,
        title: &'static str,
        schema: fn() -> &'static Schema,
    ) -> Self {
        Self {
            name,
            title,
            was: &[],
            template: None,
            is_review: false,
            count: None,
            schema,
        }
    }

    /// Says what the step was called before; drafts that know it by an older name keep its answers.
    #[must_use]
    pub const fn with_was(mut self, was: &'static [&'static str]) -> Self {
        self.was = was;
        self
    }

    /// Names a template of its own.
    #[must_use]
    pub const fn with_template(mut self, template: &'static str) -> Self {
        self.template = Some(template);
        self
    }

    /// Makes it the page on which visitors check their answers.
    #[must_use]
    pub const fn as_review(mut self) -> Self {
        self.is_review = true;
        self
    }

    /// Repeats it: so many forms at least, so many at most.
    #[must_use]
    pub const fn with_count(mut self, least: usize, most: usize) -> Self {
        self.count = Some((least, most));
        self
    }

    /// Returns its name, which stands in its URL, in drafts and in the names of its fields.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns what a visitor reads above it.
    #[must_use]
    pub const fn title(&self) -> &'static str {
        self.title
    }

    /// Returns its older names: under these its answers are found in drafts that were begun before it was renamed.
    #[must_use]
    pub const fn was(&self) -> &'static [&'static str] {
        self.was
    }

    /// Returns the name of its template, if it has one of its own.
    #[must_use]
    pub const fn template(&self) -> Option<&'static str> {
        self.template
    }

    /// Says whether it is the page on which visitors check their answers.
    #[must_use]
    pub const fn is_review(&self) -> bool {
        self.is_review
    }

    /// Returns how many forms it has at least and at most, if it is repeated.
    #[must_use]
    pub const fn count(&self) -> Option<(usize, usize)> {
        self.count
    }

    /// Returns the fields of its form.
    #[must_use]
    pub fn schema(&self) -> &'static Schema {
        (self.schema)()
    }

    /// Says whether it asks for something that may not be kept, so that it has to be asked for again at the end.
    #[must_use]
    pub fn has_secrets(&self) -> bool {
        let mut fields = self.schema().fields().iter();
        fields.any(|spec| spec.secrecy() == Secrecy::Secret)
    }
}
