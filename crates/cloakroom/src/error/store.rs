//! What a store says that can't do what it was asked.
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

/// What a store says when it can't do what it was asked.
///
/// The layer answers it with 503 and changes nothing.
#[derive(Clone, Debug)]
pub struct StoreError(Box<Trouble>);

/// In a box, so that what goes well does not carry it along.
#[derive(Clone, Debug)]
struct Trouble {
    store: &'static str,
    doing: &'static str,
    remedy: Option<String>,
    out_of_reach: bool,
    absent: bool,
    tables: Option<TableVersions>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl StoreError {
    /// Says that `store` failed while `doing` something, for example `"load a session"`.
    #[must_use]
    pub fn new(store: &'static str, doing: &'static str) -> Self {
        Self(Box::new(Trouble {
            store,
            doing,
            remedy: None,
            out_of_reach: false,
            absent: false,
            tables: None,
            source: None,
        }))
    }

    /// Adds what caused it.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into().into());
        self
    }

    /// Adds what whoever runs the site can do about it.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.0.remedy = Some(remedy.into());
        self
    }

    /// Says that the server did not answer: it is down, cut off or too slow, and may be well again
    /// in a moment.
    #[must_use]
    pub fn out_of_reach(mut self) -> Self {
        self.0.out_of_reach = true;
        self
    }

    /// Says whether the server did not answer, and not that it answered with an error.
    #[must_use]
    pub fn is_out_of_reach(&self) -> bool {
        self.0.out_of_reach
    }

    /// Says that what was asked for is not there, though the store itself is well.
    #[must_use]
    pub fn absent(mut self) -> Self {
        self.0.absent = true;
        self
    }

    /// Says whether what was asked for is not there, though the store itself is well: trying again does not help.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        self.0.absent
    }

    /// Says that the tables have the version `found`, 0 when there are none, and `needed` is needed.
    #[must_use]
    pub fn tables(mut self, found: usize, needed: usize) -> Self {
        self.0.tables = Some(TableVersions { found, needed });
        self
    }

    /// Returns the versions of the store's tables, when it is them that are wrong.
    #[must_use]
    pub fn table_versions(&self) -> Option<TableVersions> {
        self.0.tables
    }

    /// Returns the name of the store, as in the scheme of its URL.
    #[must_use]
    pub fn store(&self) -> &'static str {
        self.0.store
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} store could not {}", self.0.store, self.0.doing)?;
        if let Some(source) = &self.0.source {
            write!(f, ": {source}")?;
        }
        if let Some(remedy) = &self.0.remedy {
            write!(f, " ({remedy})")?;
        }
        Ok(())
    }
}

impl StdError for StoreError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// Which version a store's tables have, and which one this version of the crate needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableVersions {
    /// The version that was found; 0 when there are no tables.
    pub found: usize,
    /// The version that is needed.
    pub needed: usize,
}
