//! What is wrong with a place in a message's text.
use std::fmt;

/// Why a place in a message's text can't be filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PlaceProblem {
    /// The form has no field of this name.
    NoField,
    /// The field is a list or has fields of its own.
    NotText,
    /// A brace has no counterpart; one that stands for itself is written twice.
    Unmatched,
}

impl fmt::Display for PlaceProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoField => "but the form has no field of that name",
            Self::NotText => "but that field is neither text nor a number nor a truth value",
            Self::Unmatched => {
                "whose brace has no counterpart; write a brace that stands for itself twice"
            }
        })
    }
}
