//! What is wrong with a form that was sent in, field by field.

use minijinja::{Value, context};

/// The mistakes, in the order of the fields.
#[derive(Debug, Default)]
pub(crate) struct Mistakes {
    found: Vec<(&'static str, &'static str)>,
}

impl Mistakes {
    pub(crate) fn one(field: &'static str, text: &'static str) -> Self {
        Self {
            found: vec![(field, text)],
        }
    }

    pub(crate) fn add(&mut self, field: &'static str, text: &'static str) {
        self.found.push((field, text));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }
}

impl From<Mistakes> for Value {
    fn from(mistakes: Mistakes) -> Self {
        let mistakes = mistakes.found.into_iter();
        mistakes
            .map(|(field, text)| context! { field, text })
            .collect()
    }
}
