//! One of the things that a visitor can choose from.
use std::borrow::Cow;

/// A value and the label that a visitor reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    value: Cow<'static, str>,
    label: Cow<'static, str>,
    help: Cow<'static, str>,
}

impl Item {
    /// Makes an item that is known when the program is compiled.
    #[must_use]
    pub const fn fixed(value: &'static str, label: &'static str, help: &'static str) -> Self {
        Self {
            value: Cow::Borrowed(value),
            label: Cow::Borrowed(label),
            help: Cow::Borrowed(help),
        }
    }

    /// Makes an item.
    pub fn new(value: impl Into<Cow<'static, str>>, label: impl Into<Cow<'static, str>>) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
            help: Cow::Borrowed(""),
        }
    }

    /// Adds a hint, shown below the label of a radio or checkbox.
    #[must_use]
    pub fn help(mut self, help: impl Into<Cow<'static, str>>) -> Self {
        self.help = help.into();
        self
    }

    /// Returns what is sent when it is chosen.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Returns what a visitor reads.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Returns the hint; empty when there is none.
    #[must_use]
    pub fn hint(&self) -> &str {
        &self.help
    }
}

impl<V: Into<Cow<'static, str>>, L: Into<Cow<'static, str>>> From<(V, L)> for Item {
    fn from((value, label): (V, L)) -> Self {
        Self::new(value, label)
    }
}
