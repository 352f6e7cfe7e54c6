//! Wizards as django-formtools keeps them: begun on one side, ended on the other.
mod fields;
mod own;
mod state;

use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::clock::Timestamp;
use crate::django::cookie::{self, Attributes, Morsel, SaltStyle};
use crate::django::settings::{CookieSettings, Settings};
use crate::django::signing::Keys;
use crate::django::wizard::storage_key;
use crate::django::{Moment, Value, json};
use crate::wizard::{Common, Draft, RunId, Shares, State as Stand, StepDraft};

use fields::{are_same, of_step, read_step};
use own::{Ours, Own};
use state::State;

/// How many runs that have ended are remembered beside the one that is under way.
const REMEMBERED: usize = 4;

/// Reads and writes the wizards of one site.
pub(super) struct Wizards {
    keys: Keys,
    writes: SaltStyle,
    oldest: SaltStyle,
    session: CookieSettings,
}

impl Wizards {
    pub(super) fn of(settings: &Settings) -> Self {
        Self {
            keys: settings.keys.clone(),
            writes: settings.salts_written(),
            oldest: settings.cookie_salts,
            session: settings.session.cookie.clone(),
        }
    }
}

impl Shares for Wizards {
    fn key(&self, of: &Common) -> String {
        storage_key(&of.prefix)
    }

    fn find(&self, of: &Common, kept: &str, asked: Option<RunId>, now: Timestamp) -> Option<Draft> {
        let state = State::parse(kept)?;
        let own = Own::of(&state);
        let known = own.runs.iter().find(|draft| Some(draft.run()) == asked);
        known.cloned().or_else(|| under_way(of, &state, &own, now))
    }

    fn put(&self, of: &Common, kept: Option<&str>, draft: Option<&Draft>) -> String {
        let mut state = kept.and_then(State::parse).unwrap_or_else(State::empty);
        if let Some(draft) = draft {
            let own = Own::of(&state);
            let own = match draft.state() {
                Stand::Open => go_on(of, &mut state, own, draft),
                _ => end(&mut state, own, draft),
            };
            own.put_into(&mut state);
        }
        state.to_json()
    }

    fn read_cookie(
        &self,
        key: &str,
        value: &[u8],
        age: Duration,
        now: Timestamp,
    ) -> Option<String> {
        let value = cookie::unquoted(std::str::from_utf8(value).ok()?);
        let (age, now) = (Some(age.as_secs_f64()), Moment::from(now));
        let read = cookie::unsign(&self.keys, key, "", &value, age, now, self.oldest);
        read.map(str::to_owned).ok()
    }

    fn write_cookie(&self, key: &str, kept: &str, age: Duration, now: Timestamp) -> String {
        let now = Moment::from(now);
        let value = cookie::sign(&self.keys, key, "", kept, now, self.writes);
        let attributes = Attributes {
            max_age: Some(age.as_secs() as f64),
            secure: self.session.secure,
            http_only: true,
            same_site: self.session.same_site.as_deref(),
            ..Attributes::default()
        };
        // Name and attributes were checked with the settings.
        let written = Morsel::new(key).and_then(|mut morsel| {
            morsel.set(&value, &attributes, now)?;
            Ok(morsel.to_string())
        });
        written.unwrap_or_default()
    }
}

/// Returns what is under way, if anything was typed.
fn under_way(of: &Common, state: &State, own: &Own, now: Timestamp) -> Option<Draft> {
    if !state.has_steps() {
        return None;
    }
    let run = own.run.unwrap_or_else(|| {
        // Formtools keeps the token of each form as well, which tells this run from all others.
        RunId::derived(&Sha256::digest(state.steps_as_json()))
    });
    let version = own.version.unwrap_or(of.version);
    let mut draft = Draft::new(
        of.wizard,
        version,
        run,
        own.begun.map_or(now, Timestamp::from_secs),
    );
    draft.touch(own.touched.map_or(now, Timestamp::from_secs));
    if let Some(key) = own.key {
        draft.set_key(key);
    }
    for (name, fields) in state.steps() {
        let mut answers = read_step(name, of.step(name), fields);
        for (answers, files) in answers
            .iter_mut()
            .zip(own.files.get(name).into_iter().flatten())
        {
            answers.extend(files);
        }
        let mark = mark(fields);
        let step = match own.steps.get(name) {
            Some(ours) if ours.mark == mark.text => {
                StepDraft::of(ours.revision, ours.accepted, answers)
            }
            // Formtools keeps only what was right when it was sent.
            _ => StepDraft::of(mark.revision, true, answers),
        };
        draft.put_step(name, step);
    }
    Some(draft)
}

/// Puts an open draft in the place of what is under way.
fn go_on(of: &Common, state: &mut State, mut own: Own, draft: &Draft) -> Own {
    own.forget(draft.run());
    if let Some((run, held)) = own.held.take()
        && run == draft.run()
        && !state.has_steps()
        && let Some(held) = State::parse(&held)
    {
        state.take_over(held);
    }
    own.run = Some(draft.run());
    own.key = draft.key();
    own.version = Some(draft.version());
    own.begun = Some(draft.begun().as_secs());
    own.touched = Some(draft.touched().as_secs());
    own.steps.clear();
    own.files.clear();
    for (name, step) in draft.steps() {
        let spec = of.step(name);
        let there = state.step(name).unwrap_or_default();
        if state.step(name).is_none() || !are_same(&read_step(name, spec, there), step.answers()) {
            let fields = of_step(&of.prefix, name, spec, step.answers(), there);
            state.set_step(name, fields);
        }
        let mark = mark(state.step(name).unwrap_or_default());
        let ours = Ours {
            revision: step.revision(),
            accepted: step.is_accepted(),
            mark: mark.text,
        };
        own.steps.insert(name.to_owned(), ours);
        if let Some(files) = own::only_files(step.answers()) {
            own.files.insert(name.to_owned(), files);
        }
    }
    if let Some(at) = draft.at() {
        state.set_current(at);
    }
    own
}

/// Takes a draft that can't be filled in any more out of what is under way, so that the other side can't end it as well.
fn end(state: &mut State, mut own: Own, draft: &Draft) -> Own {
    let was_taken_out = own.forget(draft.run());
    let is_over = matches!(draft.state(), Stand::Finished { .. });
    if !was_taken_out {
        own.held = Some((draft.run(), state.of_formtools().to_json()));
        state.reset();
        own.begin_anew();
    }
    own.held = own.held.filter(|(run, _)| !is_over || *run != draft.run());
    own.runs.push(draft.clone());
    let surplus = own.runs.len().saturating_sub(REMEMBERED);
    own.runs.drain(..surplus);
    own
}

/// What tells one content of a step from another.
struct Mark {
    text: String,
    /// A number for it, where this side has not counted.
    revision: u32,
}

fn mark(fields: &[(Value, Value)]) -> Mark {
    let text = json::to_string(&Value::Dict(fields.to_vec())).unwrap_or_default();
    let digest: [u8; 32] = Sha256::digest(text).into();
    let [one, two, three, four, ..] = digest;
    Mark {
        text: RunId::derived(&digest).as_str()[..8].to_owned(),
        revision: (u32::from_be_bytes([one, two, three, four]) >> 1).max(1),
    }
}

#[cfg(test)]
mod tests;
