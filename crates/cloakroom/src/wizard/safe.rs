//! What a visit to a run brings along: where answers marked `sealed` are kept, bound to their wizard, run and step; the time;
//! the words of its forms.
use std::fmt;
use std::sync::Arc;

use crate::clock::Timestamp;
use crate::form::{Answers, Context, Texts};
use crate::keys::{KeyRing, Purpose};
use crate::wizard::RunId;

/// Seals and opens what may be kept only sealed, knows the time, and in which words forms speak.
#[derive(Clone)]
pub struct Safe {
    keys: KeyRing,
    wizard: &'static str,
    run: RunId,
    now: Timestamp,
    until: Timestamp,
    texts: Option<Arc<dyn Texts>>,
}

impl Safe {
    /// Makes a safe for one run, whose content opens until `until`.
    #[must_use]
    pub fn new(
        keys: KeyRing,
        wizard: &'static str,
        run: RunId,
        now: Timestamp,
        until: Timestamp,
    ) -> Self {
        Self {
            keys,
            wizard,
            run,
            now,
            until,
            texts: None,
        }
    }

    /// Lets forms speak by this catalogue, where their steps bring none of their own.
    #[must_use]
    pub fn with_texts(mut self, texts: Option<Arc<dyn Texts>>) -> Self {
        self.texts = texts;
        self
    }

    /// Returns what a step's form is shown and checked with.
    pub(super) fn with_words(&self, context: Context) -> Context {
        match &self.texts {
            Some(texts) => context.or_texts(texts),
            None => context,
        }
    }

    /// Returns the run whose answers it seals; those of another run don't open.
    #[must_use]
    pub fn run(&self) -> RunId {
        self.run
    }

    /// Returns the second in which the request came: all that is decided for one request is decided at one moment.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Seals the answers of a step; `None` when there are none.
    pub(super) fn seal(&self, step: &str, answers: &[Answers]) -> Option<String> {
        if answers.iter().all(Answers::is_empty) {
            return None;
        }
        let content = serde_json::to_vec(answers).ok()?;
        let name = self.name(step);
        Some(
            self.keys
                .seal(Purpose::Wizard, &name, &content, self.now, self.until),
        )
    }

    /// Opens the answers of a step; what does not open counts as not answered.
    pub(super) fn open(&self, step: &str, sealed: &str) -> Vec<Answers> {
        let name = self.name(step);
        let opened = self
            .keys
            .open(Purpose::Wizard, &name, sealed.as_bytes(), self.now);
        match opened {
            Ok(opened) => serde_json::from_slice(&opened.content).unwrap_or_default(),
            Err(refused) => {
                tracing::info!(
                    reason = refused.reason(),
                    "answers marked `sealed` did not open"
                );
                Vec::new()
            }
        }
    }

    fn name(&self, step: &str) -> String {
        format!("{}/{}/{step}", self.wizard, self.run)
    }
}

impl fmt::Debug for Safe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Safe(..)")
    }
}
