//! What a visitor may send, and why a file was refused.
use std::error::Error;
use std::fmt;

use crate::error::StoreError;

/// What a file has to be like; checked while it comes in, not when it is there.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The most bytes. Default: 10 MiB.
    pub max_bytes: u64,
    /// The content types that are taken, such as `image/png` or `image/*`; none listed means any.
    pub accept: Vec<String>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_bytes: 10 << 20,
            accept: Vec::new(),
        }
    }
}

impl Limits {
    /// Sets the most bytes that are taken.
    #[must_use]
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Adds a content type, or a family such as `image/*`, to those that are taken.
    ///
    /// The content decides, never the name. Types of plain text (`text/csv`, `application/json`) take any
    /// plain text.
    #[must_use]
    pub fn accept(mut self, content_type: impl Into<String>) -> Self {
        self.accept.push(content_type.into());
        self
    }
}

/// Why a file was not taken. Nothing of it is kept.
#[derive(Debug)]
#[non_exhaustive]
pub enum Refused {
    /// It has more bytes than are taken.
    TooLarge {
        /// The most bytes.
        max_bytes: u64,
    },
    /// Its content is of another type.
    WrongType {
        /// The type that the content shows.
        found: &'static str,
    },
    /// It has no content.
    Empty,
    /// The storage could not take it.
    Storage(StoreError),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { max_bytes } => {
                write!(f, "the file has more than the {max_bytes} bytes allowed")
            }
            Self::WrongType { found } => write!(f, "a file of type {found} is not accepted"),
            Self::Empty => f.write_str("the file is empty"),
            Self::Storage(error) => error.fmt(f),
        }
    }
}

impl Error for Refused {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Storage(error) => error.source(),
            _ => None,
        }
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Storage(error)
    }
}
