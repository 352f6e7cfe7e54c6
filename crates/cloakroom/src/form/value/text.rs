//! Texts, and the limits that all text-like values share.
use std::borrow::Cow;

use crate::form::value::{Slot, Typed, Value};
use crate::form::{Input, Kind, Problem, Secrecy, Spec};

impl Value for String {
    const KIND: Kind = Kind::new(Input::Text).with_empty(true);

    fn empty() -> Option<Self> {
        Some(Self::new())
    }

    fn read(typed: &mut Typed<'_>) -> Result<Self, Problem> {
        let text = tidied(typed.spec(), typed.text());
        check(typed, &text)?;
        Ok(text.into_owned())
    }

    fn write(&self, slot: &mut Slot) {
        slot.text(self.as_str());
    }
}

/// Cuts off spaces at both ends and makes each line end one character, as browsers count them.
fn tidied<'a>(spec: &Spec, text: &'a str) -> Cow<'a, str> {
    let keeps_spaces = spec.keep_spaces || spec.secrecy() != Secrecy::Open;
    let text = if keeps_spaces { text } else { text.trim() };
    if text.contains('\r') {
        return Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"));
    }
    Cow::Borrowed(text)
}

/// Holds a text against the limits of its field. A length is counted in characters.
pub(super) fn check(typed: &mut Typed<'_>, text: &str) -> Result<(), Problem> {
    if text.contains('\0') {
        return Err(Problem::new("null_characters_not_allowed"));
    }
    let spec = typed.spec();
    let length = text.chars().count();
    if let Some(limit) = spec.max_length.filter(|limit| length > *limit) {
        typed.complain(over("max_length", limit, length));
    } else if let Some(limit) = spec.min_length.filter(|limit| length < *limit) {
        typed.complain(over("min_length", limit, length));
    } else if let Some(pattern) = spec.pattern.filter(|pattern| !pattern.matches(text)) {
        typed.complain(Problem::new("pattern").with("pattern", pattern.source()));
    }
    Ok(())
}

fn over(code: &'static str, limit: usize, given: usize) -> Problem {
    Problem::new(code).with("limit", limit).with("given", given)
}
