//! Texts, and the limits that all text-like values share.
use std::borrow::Cow;

use crate::form::value::{Slot, Typed, Value};
use crate::form::{Input, Kind, Problem, Secrecy, Spec, Widget};

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

/// Lets a type that holds a checked text be used as that text.
macro_rules! as_text {
    ($name:ident) => {
        impl std::ops::Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<$name> for String {
            fn from(checked: $name) -> Self {
                checked.0
            }
        }
    };
}
pub(super) use as_text;

/// Cuts off spaces at both ends and makes each line end one character, as browsers count them. A text of one line has
/// none: browsers take them out of what is pasted (HTML standard, value sanitization), and whoever sends without one may not
/// put a second line into a mail's subject.
fn tidied<'a>(spec: &Spec, text: &'a str) -> Cow<'a, str> {
    let keeps_spaces = spec.keep_spaces || spec.secrecy() != Secrecy::Open;
    let text = if keeps_spaces { text } else { text.trim() };
    if !takes_lines(spec) && text.contains(['\r', '\n']) {
        return Cow::Owned(text.replace(['\r', '\n'], ""));
    }
    if text.contains('\r') {
        return Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"));
    }
    Cow::Borrowed(text)
}

/// Says whether a text may have several lines. What is secret or unseen is left as it came.
fn takes_lines(spec: &Spec) -> bool {
    matches!(spec.widget(), Widget::Textarea | Widget::Hidden) || spec.secrecy() != Secrecy::Open
}

/// Holds a text against the limits of its field. A length is counted in characters.
pub(super) fn check(typed: &mut Typed<'_>, text: &str) -> Result<(), Problem> {
    if text.contains('\0') {
        return Err(Problem::new("null_characters_not_allowed"));
    }
    let spec = typed.spec();
    let is_wrong = |char: char| char.is_control() && !matches!(char, '\n' | '\t');
    if spec.secrecy() == Secrecy::Open && text.contains(is_wrong) {
        return Err(Problem::new("control_characters_not_allowed"));
    }
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
