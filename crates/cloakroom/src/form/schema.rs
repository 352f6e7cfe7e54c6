//! The fields of a form, in order.
use crate::form::{Context, Spec};

/// The description of a form: its name and its fields, in the order of the struct.
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    name: &'static str,
    fields: &'static [Spec],
}

impl Schema {
    /// Describes a form. `name` is the struct's.
    #[must_use]
    pub const fn new(name: &'static str, fields: &'static [Spec]) -> Self {
        Self { name, fields }
    }

    /// Returns the name of the struct, by which catalogues know the form.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the fields, in the order of the struct.
    #[must_use]
    pub const fn fields(&self) -> &'static [Spec] {
        self.fields
    }

    /// Returns the field of this name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'static Spec> {
        self.fields.iter().find(|spec| spec.name() == name)
    }

    /// Returns the field that takes the files of this name in HTML.
    #[must_use]
    pub fn file_field(&self, context: &Context, html_name: &str) -> Option<&'static Spec> {
        let mut files = self.fields.iter().filter(|spec| spec.is_file());
        files.find(|spec| context.html_name(spec.name()) == html_name)
    }

    /// Says whether the form takes files, so that it has to be sent as `multipart/form-data`.
    #[must_use]
    pub fn has_files(&self) -> bool {
        self.fields.iter().any(Spec::is_file)
    }
}
