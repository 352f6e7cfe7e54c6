//! The dict in which formtools keeps a wizard: four members of its own, and whatever else stands in it.
use crate::django::wizard::empty_state;
use crate::django::{Value, json};

const STEP: &str = "step";
const STEP_DATA: &str = "step_data";

type Members = Vec<(Value, Value)>;

/// What formtools keeps of one visitor's wizard.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct State(Members);

impl State {
    /// Reads what is kept; `None` when it is no dict.
    pub(super) fn parse(json: &str) -> Option<Self> {
        match json::parse(json).ok()? {
            Value::Dict(members) => Some(Self(members)),
            _ => None,
        }
    }

    /// Returns the state of a wizard that nobody has begun.
    pub(super) fn empty() -> Self {
        match empty_state() {
            Value::Dict(members) => Self(members),
            _ => Self(Vec::new()),
        }
    }

    pub(super) fn to_json(&self) -> String {
        json::to_string(&Value::Dict(self.0.clone())).unwrap_or_default()
    }

    /// Returns the steps into which something was typed, each with its fields.
    pub(super) fn steps(&self) -> impl Iterator<Item = (&str, &[(Value, Value)])> {
        let steps = self.0.iter().find(|(name, _)| is(name, STEP_DATA));
        let steps = steps
            .and_then(|(_, steps)| steps.as_dict())
            .unwrap_or_default();
        let named = steps.iter();
        named.filter_map(|(name, fields)| Some((name.as_str()?, fields.as_dict()?)))
    }

    pub(super) fn step(&self, wanted: &str) -> Option<&[(Value, Value)]> {
        let mut steps = self.steps();
        steps.find_map(|(name, fields)| (name == wanted).then_some(fields))
    }

    pub(super) fn has_steps(&self) -> bool {
        self.steps().next().is_some()
    }

    pub(super) fn steps_as_json(&self) -> String {
        let steps = self.member(STEP_DATA);
        steps
            .and_then(|steps| json::to_string(steps).ok())
            .unwrap_or_default()
    }

    /// Puts the fields of a step, and a place for its files as formtools does.
    pub(super) fn set_step(&mut self, step: &str, fields: Members) {
        put(dict(&mut self.0, STEP_DATA), step, Value::Dict(fields));
        dict(dict(&mut self.0, "step_files"), step);
    }

    /// Says at which step the visitor is.
    pub(super) fn set_current(&mut self, step: &str) {
        put(&mut self.0, STEP, Value::text(step));
    }

    /// Returns formtools' own members alone.
    pub(super) fn of_formtools(&self) -> Self {
        let own = Self::empty().0.into_iter().map(|(name, blank)| {
            let there = name.as_str().and_then(|name| self.member(name));
            let value = there.cloned().unwrap_or(blank);
            (name, value)
        });
        Self(own.collect())
    }

    /// Takes over all members of another state.
    pub(super) fn take_over(&mut self, other: Self) {
        for (name, value) in other.0 {
            if let Some(name) = name.as_str() {
                put(&mut self.0, name, value);
            }
        }
    }

    /// Does what formtools does at the end: of its own members nothing is left.
    pub(super) fn reset(&mut self) {
        self.take_over(Self::empty());
    }

    pub(super) fn member(&self, name: &str) -> Option<&Value> {
        let mut members = self.0.iter();
        members.find_map(|(found, value)| is(found, name).then_some(value))
    }

    pub(super) fn set_member(&mut self, name: &str, value: Value) {
        put(&mut self.0, name, value);
    }
}

fn is(key: &Value, name: &str) -> bool {
    key.as_str() == Some(name)
}

fn put(members: &mut Members, name: &str, value: Value) {
    match members.iter_mut().find(|(found, _)| is(found, name)) {
        Some((_, there)) => *there = value,
        None => members.push((Value::text(name), value)),
    }
}

/// Returns the dict under this name, which is made when there is none.
fn dict<'a>(members: &'a mut Members, name: &str) -> &'a mut Members {
    let at = members.iter().position(|(found, _)| is(found, name));
    let at = at.unwrap_or_else(|| {
        members.push((Value::text(name), Value::None));
        members.len() - 1
    });
    let value = &mut members[at].1;
    if value.as_dict().is_none() {
        *value = Value::Dict(Vec::new());
    }
    match value {
        Value::Dict(members) => members,
        _ => unreachable!("it was made one"),
    }
}
