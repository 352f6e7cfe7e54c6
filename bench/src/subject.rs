//! What is measured: one stack in one case.
use std::fmt;

use serde::Serialize;

use crate::{case::Case, stack::Stack};

/// One stack in one case.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Subject {
    /// What the handler does.
    pub case: Case,
    /// What remembers the visitor.
    pub stack: Stack,
}

impl Subject {
    /// What all others are compared with.
    pub const BARE: Self = Self {
        case: Case::Untouched,
        stack: Stack::Bare,
    };

    /// Returns every subject with something over bare axum, in the order of the report.
    pub fn above_bare() -> Vec<Self> {
        let stacks = |case| Stack::ABOVE_BARE.map(|stack| Self { case, stack });
        let all = Case::ALL.into_iter().flat_map(stacks);
        all.filter(|subject| subject.stack.plays(subject.case))
            .collect()
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.stack.title(), self.case.title())
    }
}
