//! What this side keeps in a wizard's dict beside formtools' members; formtools' reset takes it away as well.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::django::dialect::wizards::state::State;
use crate::django::json;
use crate::form::Answers;
use crate::wizard::{Draft, RunId};

const MEMBER: &str = "cloakroom";

/// What formtools has no place for.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Own {
    /// The run that is under way; none when formtools began it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) run: Option<RunId>,
    /// Its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<RunId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) begun: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) touched: Option<u64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) steps: BTreeMap<String, Ours>,
    /// The files of steps, each list as long as the step's answers.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) files: BTreeMap<String, Vec<Answers>>,
    /// What formtools kept of a run whose end is not known yet, so that it can be given back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) held: Option<(RunId, String)>,
    /// Runs that are no longer open.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) runs: Vec<Draft>,
}

/// A step as this side last wrote it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "(u32, bool, String)", into = "(u32, bool, String)")]
pub(super) struct Ours {
    pub(super) revision: u32,
    pub(super) accepted: bool,
    pub(super) mark: String,
}

impl From<(u32, bool, String)> for Ours {
    fn from((revision, accepted, mark): (u32, bool, String)) -> Self {
        Self {
            revision,
            accepted,
            mark,
        }
    }
}

impl From<Ours> for (u32, bool, String) {
    fn from(ours: Ours) -> Self {
        (ours.revision, ours.accepted, ours.mark)
    }
}

impl Own {
    /// Reads what this side kept; what can't be read counts as nothing.
    pub(super) fn of(state: &State) -> Self {
        let member = state.member(MEMBER);
        let json = member.and_then(|member| json::to_string(member).ok());
        json.and_then(|json| serde_json::from_str(&json).ok())
            .unwrap_or_default()
    }

    pub(super) fn put_into(&self, state: &mut State) {
        let written = serde_json::to_string(self).ok();
        if let Some(value) = written.and_then(|written| json::parse(&written).ok()) {
            state.set_member(MEMBER, value);
        }
    }

    /// Forgets a run that is no longer open; says whether there was one.
    pub(super) fn forget(&mut self, run: RunId) -> bool {
        let before = self.runs.len();
        self.runs.retain(|draft| draft.run() != run);
        self.runs.len() < before
    }

    /// Forgets what is under way.
    pub(super) fn begin_anew(&mut self) {
        let (held, runs) = (self.held.take(), std::mem::take(&mut self.runs));
        *self = Self {
            held,
            runs,
            ..Self::default()
        };
    }
}

/// Returns the files among answers, if there are any.
pub(super) fn only_files(answers: &[Answers]) -> Option<Vec<Answers>> {
    let files = |answers: &Answers| {
        let mut only = Answers::new();
        for name in answers.names() {
            for file in answers.files(name) {
                only.add_file(name, file.clone());
            }
        }
        only
    };
    let all: Vec<_> = answers.iter().map(files).collect();
    all.iter().any(|one| !one.is_empty()).then_some(all)
}
