//! A draft: what was typed in one run so far, and how far the run is.
mod shown;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::form::{Answers, Schema, Upload};
use crate::wizard::{RunId, Safe};

/// What was typed in one run so far.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    wizard: String,
    version: u32,
    run: RunId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<RunId>,
    begun: u64,
    touched: u64,
    /// Which of those sent within one second it was.
    #[serde(default)]
    turn: u32,
    #[serde(default, skip_serializing_if = "State::is_open")]
    state: State,
    /// The step that its visitor was shown last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    /// Whether its visitor said that they come back later.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    saved: bool,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    steps: BTreeMap<String, StepDraft>,
}

/// How far a run is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The visitor is filling it in.
    #[default]
    Open,
    /// `done` is running, or was when its process was killed.
    Finishing {
        /// Since when, in seconds since 1970.
        since: u64,
        /// For which request.
        by: String,
    },
    /// `done` failed half-way, and what it did is not known.
    Broken,
    /// `done` is done; this is where its visitor was sent.
    Finished {
        /// The URL.
        to: String,
        /// What the confirmation page says, if it is the wizard's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        said: Option<String>,
    },
}

impl State {
    fn is_open(&self) -> bool {
        *self == Self::Open
    }
}

/// What was typed into one step.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepDraft {
    revision: u32,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    accepted: bool,
    answers: Vec<Answers>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sealed: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    aside: Option<Aside>,
}

/// Answers that a stale page sent, as far as the page that shows both versions can't send them again.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Aside {
    number: u32,
    answers: Vec<Answers>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sealed: Option<String>,
}

impl StepDraft {
    /// Returns how often its answers have changed.
    #[must_use]
    pub fn revision(&self) -> u32 {
        self.revision
    }

    /// Says whether the visitor has once gone on from it.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.accepted
    }

    /// Returns its answers, without those that are sealed.
    #[must_use]
    pub fn answers(&self) -> &[Answers] {
        &self.answers
    }

    /// Returns the files that were sent, those put aside too.
    pub fn files(&self) -> impl Iterator<Item = &Upload> {
        let aside = self.aside.iter().flat_map(|aside| &aside.answers);
        self.answers
            .iter()
            .chain(aside)
            .flat_map(Answers::all_files)
    }

    /// Makes one of what another program kept.
    #[cfg(feature = "django")]
    pub(crate) fn of(revision: u32, accepted: bool, answers: Vec<Answers>) -> Self {
        Self {
            revision,
            accepted,
            answers,
            sealed: None,
            aside: None,
        }
    }

    /// Returns its answers, to be changed.
    pub fn answers_mut(&mut self) -> &mut Vec<Answers> {
        &mut self.answers
    }
}

impl Draft {
    /// Begins a run of a wizard of this name and shape, without answers and without a key.
    #[must_use]
    pub fn new(wizard: &str, version: u32, run: RunId, now: Timestamp) -> Self {
        Self {
            wizard: wizard.to_owned(),
            version,
            run,
            key: None,
            begun: now.as_secs(),
            touched: now.as_secs(),
            turn: next_turn(),
            state: State::Open,
            at: None,
            saved: false,
            steps: BTreeMap::new(),
        }
    }

    /// Returns the name of the wizard.
    #[must_use]
    pub fn wizard(&self) -> &str {
        &self.wizard
    }

    /// Returns the name of the run, which stands in its URLs.
    #[must_use]
    pub fn run(&self) -> RunId {
        self.run
    }

    /// Returns the key by which what is done at the end is recognised if it is done again, once it has one. Two visitors may
    /// come to one address, and so have runs of one name; they never have one key.
    #[must_use]
    pub fn key(&self) -> Option<RunId> {
        self.key
    }

    /// Gives the run its key, in place of one that it had.
    pub fn set_key(&mut self, key: RunId) {
        self.key = Some(key);
    }

    /// Gives the run another name.
    pub(crate) fn set_run(&mut self, run: RunId) {
        self.run = run;
    }

    /// Returns the number of the shape that the answers are in; a wizard of a higher one brings them into its own by its migration.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    pub(super) fn set_version(&mut self, version: u32) {
        self.version = version;
    }

    /// Returns when the run began, to the second.
    #[must_use]
    pub fn begun(&self) -> Timestamp {
        Timestamp::from_secs(self.begun)
    }

    /// Returns when something was last sent, to the second: a draft that is only looked at grows older.
    #[must_use]
    pub fn touched(&self) -> Timestamp {
        Timestamp::from_secs(self.touched)
    }

    /// Notes that something was sent. A clock that was turned back makes no draft older.
    pub fn touch(&mut self, now: Timestamp) {
        self.touched = self.touched.max(now.as_secs());
        self.turn = next_turn();
    }

    /// Returns by what drafts are put in order: when something was last sent, those of one second as this process took them.
    #[must_use]
    pub fn order(&self) -> (Timestamp, u32) {
        (self.touched(), self.turn)
    }

    /// Returns how far the run is: open, at its end, or over.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Says how far the run is; a finished one forgets its answers.
    pub fn set_state(&mut self, state: State) {
        if matches!(state, State::Finished { .. }) {
            self.steps.clear();
            self.at = None;
        }
        self.state = state;
    }

    /// Returns the step that the visitor was shown when something was last sent; operators see there where drafts are stuck.
    #[must_use]
    pub fn at(&self) -> Option<&str> {
        self.at.as_deref()
    }

    /// Notes the step that the visitor is shown.
    pub fn set_at(&mut self, step: &str) {
        self.at = Some(step.to_owned());
    }

    /// Says whether its visitor has saved it to come back later.
    #[must_use]
    pub fn is_saved(&self) -> bool {
        self.saved
    }

    /// Notes that its visitor comes back later.
    pub fn note_saved(&mut self) {
        self.saved = true;
    }

    /// Returns what was typed into a step.
    #[must_use]
    pub fn step(&self, name: &str) -> Option<&StepDraft> {
        self.steps.get(name)
    }

    /// Returns what was typed into a step, to be changed.
    pub fn step_mut(&mut self, name: &str) -> Option<&mut StepDraft> {
        self.steps.get_mut(name)
    }

    /// Returns all steps into which something was typed.
    #[cfg(feature = "django")]
    pub(crate) fn steps(&self) -> impl Iterator<Item = (&str, &StepDraft)> {
        let steps = self.steps.iter();
        steps.map(|(name, step)| (name.as_str(), step))
    }

    /// Puts a step as another program kept it.
    #[cfg(feature = "django")]
    pub(crate) fn put_step(&mut self, name: &str, step: StepDraft) {
        self.steps.insert(name.to_owned(), step);
    }

    /// Gives a step another name, unless there is one of that name.
    pub fn rename_step(&mut self, from: &str, to: &str) {
        if !self.steps.contains_key(to)
            && let Some(step) = self.steps.remove(from)
        {
            self.steps.insert(to.to_owned(), step);
        }
    }

    /// Returns all files that were sent.
    pub fn files(&self) -> impl Iterator<Item = &Upload> {
        self.steps.values().flat_map(StepDraft::files)
    }

    /// Returns how often the answers of all other steps have changed.
    #[must_use]
    pub fn changes_beside(&self, step: &str) -> u32 {
        let others = self.steps.iter().filter(|(name, _)| *name != step);
        others.fold(0, |sum, (_, other)| sum.wrapping_add(other.revision))
    }

    /// Returns how often a step's answers have changed; 0 before the first.
    #[must_use]
    pub fn revision(&self, step: &str) -> u32 {
        self.step(step).map_or(0, StepDraft::revision)
    }

    /// Returns all answers of a step, those that are sealed too.
    #[must_use]
    pub fn answers(&self, step: &str, safe: &Safe) -> Option<Vec<Answers>> {
        let found = self.step(step)?;
        Some(opened(step, &found.answers, found.sealed.as_deref(), safe))
    }

    /// Puts answers that may not take the place of a step's aside, in the place of earlier ones. Returns their number.
    pub fn put_aside(
        &mut self,
        step: &str,
        schema: &Schema,
        mut answers: Vec<Answers>,
        safe: &Safe,
    ) -> u32 {
        let sealed = take_sealed(&mut answers, schema);
        let place = self.steps.entry(step.to_owned()).or_default();
        let number = place.aside.as_ref().map_or(1, |aside| aside.number + 1);
        place.aside = Some(Aside {
            number,
            answers,
            sealed: safe.seal(step, &sealed),
        });
        number
    }

    /// Returns the answers that were put aside under this number, if they are there still.
    #[must_use]
    pub fn aside(&self, step: &str, number: u32, safe: &Safe) -> Option<Vec<Answers>> {
        let aside = self.step(step)?.aside.as_ref();
        let aside = aside.filter(|aside| aside.number == number)?;
        Some(opened(step, &aside.answers, aside.sealed.as_deref(), safe))
    }

    /// Puts answers in the place of a step's, and of what was put aside; those to fields that are gone stay, so that an older
    /// release still finds them.
    pub fn store(&mut self, step: &str, schema: &Schema, mut answers: Vec<Answers>, safe: &Safe) {
        let sealed = take_sealed(&mut answers, schema);
        let place = self.steps.entry(step.to_owned()).or_default();
        for (new, old) in answers.iter_mut().zip(&place.answers) {
            for name in old.names().filter(|name| schema.field(name).is_none()) {
                new.copy_from(old, name);
            }
        }
        place.revision += 1;
        place.answers = answers;
        place.sealed = safe.seal(step, &sealed);
        place.aside = None;
    }

    /// Notes that the visitor goes on from a step.
    pub fn accept(&mut self, step: &str) {
        if let Some(step) = self.steps.get_mut(step) {
            step.accepted = true;
        }
    }

    /// Notes that the visitor has still to go on from a step.
    pub fn reopen(&mut self, step: &str) {
        if let Some(step) = self.steps.get_mut(step) {
            step.accepted = false;
        }
    }
}

/// Counts what this process takes in.
fn next_turn() -> u32 {
    static TURNS: AtomicU32 = AtomicU32::new(0);
    TURNS.fetch_add(1, Ordering::Relaxed)
}

fn take_sealed(answers: &mut [Answers], schema: &Schema) -> Vec<Answers> {
    let each = answers.iter_mut();
    each.map(|one| one.take_sealed(schema)).collect()
}

/// Puts back what was sealed.
fn opened(step: &str, answers: &[Answers], sealed: Option<&str>, safe: &Safe) -> Vec<Answers> {
    let mut answers = answers.to_vec();
    let sealed = sealed.map(|sealed| safe.open(step, sealed));
    for (one, opened) in answers.iter_mut().zip(sealed.into_iter().flatten()) {
        one.extend(&opened);
    }
    answers
}
