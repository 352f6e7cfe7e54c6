//! What is wrong with settings, all of it at once.
use std::error::Error as StdError;
use std::fmt;

use crate::error::{StoreError, TableVersions};

/// Every reason why the layer does not start, each with the name of its setting.
///
/// `Debug` prints what `Display` does, a line for each: it is what a `main` that returns the error shows.
#[derive(Default, PartialEq, Eq)]
pub struct ConfigError {
    problems: Vec<Problem>,
    tables: Option<TableVersions>,
}

/// One setting that is wrong, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The setting, as it is written in the builder or in the environment.
    pub setting: String,
    /// What is wrong with it and what would be right; never its value.
    pub what: String,
}

impl ConfigError {
    /// Says that one setting is wrong.
    #[must_use]
    pub fn one(setting: impl Into<String>, what: impl Into<String>) -> Self {
        let mut all = Self::default();
        all.add(setting, what);
        all
    }

    /// Adds a setting that is wrong.
    pub fn add(&mut self, setting: impl Into<String>, what: impl Into<String>) {
        self.problems.push(Problem {
            setting: setting.into(),
            what: what.into(),
        });
    }

    /// Takes over the problems of another list.
    pub fn extend(&mut self, other: Self) {
        self.problems.extend(other.problems);
        self.tables = self.tables.or(other.tables);
    }

    /// Says that one setting, a store's, is wrong as this error tells.
    pub(crate) fn of_store(setting: impl Into<String>, error: &StoreError) -> Self {
        let mut all = Self::one(setting, error.to_string());
        all.tables = error.table_versions();
        all
    }

    /// Calls all settings by this name, under which the one that is wrong was given.
    #[must_use]
    pub fn renamed(mut self, setting: &str) -> Self {
        for problem in &mut self.problems {
            setting.clone_into(&mut problem.setting);
        }
        self
    }

    /// Returns the versions of the store's tables, when it is them that are wrong.
    #[must_use]
    pub fn table_versions(&self) -> Option<TableVersions> {
        self.tables
    }

    /// Returns the problems, in the order in which they were found.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Says whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    pub(crate) fn into_result(self) -> std::result::Result<(), Self> {
        if self.problems.is_empty() {
            Ok(())
        } else {
            Err(self)
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = self.problems.iter();
        if let Some(Problem { setting, what }) = lines.next() {
            write!(f, "{setting}: {what}")?;
        }
        for Problem { setting, what } in lines {
            write!(f, "\n{setting}: {what}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl StdError for ConfigError {}
