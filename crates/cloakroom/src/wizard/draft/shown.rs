//! What a trace shows of a draft: the steps, never what was typed.
use std::fmt;

use crate::wizard::draft::{Draft, StepDraft};

impl fmt::Debug for Draft {
    /// Names the steps, never what was typed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draft")
            .field("wizard", &self.wizard)
            .field("state", &self.state)
            .field("steps", &self.steps.keys())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for StepDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StepDraft")
            .field("revision", &self.revision)
            .field("accepted", &self.accepted)
            .field("answers", &self.answers)
            .finish_non_exhaustive()
    }
}
