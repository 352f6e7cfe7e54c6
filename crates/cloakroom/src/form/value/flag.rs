//! Yes or no.
use crate::form::value::{Slot, Typed, Value};
use crate::form::{Input, Kind, Problem};

impl Value for bool {
    const KIND: Kind = Kind::new(Input::Flag).with_empty(false);

    fn empty() -> Option<Self> {
        Some(false)
    }

    fn read(typed: &mut Typed<'_>) -> Result<Self, Problem> {
        Ok(is_yes(typed.text()))
    }

    fn write(&self, slot: &mut Slot) {
        slot.text(if *self { "true" } else { "false" });
    }
}

/// A ticked box sends `on` unless it is told otherwise; scripts send words.
pub(in crate::form) fn is_yes(text: &str) -> bool {
    !matches!(
        text.trim().to_ascii_lowercase().as_str(),
        "" | "false" | "off" | "no" | "0"
    )
}
