//! How much of a form is read from a request, and why one is not read.
use std::fmt;

use http::StatusCode;

use crate::error::StoreError;
use crate::form::value::size;

/// How much of a form is read. What is more is refused, nothing is cut off.
///
/// The defaults are Django's: 1,000 fields, 2.5 MiB of text, 100 files; beside them 100 MiB for all
/// of a request, files included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub(super) fields: usize,
    pub(super) text_bytes: usize,
    pub(super) files: usize,
    pub(super) bytes: u64,
}

impl Limits {
    /// Sets how many fields there may be, files not counted. Default: 1,000.
    #[must_use]
    pub fn fields(mut self, fields: usize) -> Self {
        self.fields = fields;
        self
    }

    /// Sets how many bytes names and texts may have together, as they are sent. Default: 2.5 MiB.
    #[must_use]
    pub fn text_bytes(mut self, bytes: usize) -> Self {
        self.text_bytes = bytes;
        self
    }

    /// Sets how many files there may be. Default: 100.
    #[must_use]
    pub fn files(mut self, files: usize) -> Self {
        self.files = files;
        self
    }

    /// Sets how many bytes a request may have, files included. Default: 100 MiB.
    #[must_use]
    pub fn bytes(mut self, bytes: u64) -> Self {
        self.bytes = bytes;
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            fields: 1_000,
            text_bytes: 2_621_440,
            files: 100,
            bytes: 100 << 20,
        }
    }
}

/// Why a request was not read as a form.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Refused {
    /// Its content type is that of no form.
    NotAForm,
    /// It has more fields than are read.
    TooManyFields {
        /// How many are.
        limit: usize,
    },
    /// It has more files than are read.
    TooManyFiles {
        /// How many are.
        limit: usize,
    },
    /// It has more bytes than are read.
    TooLarge {
        /// How many are.
        limit: u64,
    },
    /// Its body does not keep the rules of its content type.
    Malformed,
    /// It ended in the middle.
    CutOff,
    /// It has files, and there is no storage that takes them.
    NoStorage {
        /// The field that takes a file.
        field: &'static str,
    },
    /// The storage could not take a file.
    Storage(StoreError),
}

impl Refused {
    /// Returns the status that says so.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotAForm => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooManyFields { .. } | Self::TooManyFiles { .. } | Self::TooLarge { .. } => {
                StatusCode::PAYLOAD_TOO_LARGE
            }
            Self::Malformed | Self::CutOff => StatusCode::BAD_REQUEST,
            Self::NoStorage { .. } => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Storage(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAForm => f.write_str(
                "the content type is neither application/x-www-form-urlencoded nor multipart/form-data",
            ),
            Self::TooManyFields { limit } => write!(f, "the form has more than {limit} fields"),
            Self::TooManyFiles { limit } => write!(f, "the form has more than {limit} files"),
            Self::TooLarge { limit } => write!(f, "the form has more than {}", size(*limit)),
            Self::Malformed => f.write_str("the body is no multipart/form-data"),
            Self::CutOff => f.write_str("the form was cut off in the middle"),
            Self::NoStorage { field } => {
                write!(f, "field `{field}` takes a file, but there is no storage for files")
            }
            Self::Storage(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Refused {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Storage(error) => std::error::Error::source(error),
            _ => None,
        }
    }
}
