//! Values that may be left out.
use crate::form::value::{Slot, Typed, Value};
use crate::form::{Kind, Problem};

impl<T: Value> Value for Option<T> {
    const KIND: Kind = T::KIND.optional();

    fn empty() -> Option<Self> {
        Some(None)
    }

    fn read(typed: &mut Typed<'_>) -> Result<Self, Problem> {
        T::read(typed).map(Some)
    }

    fn write(&self, slot: &mut Slot) {
        if let Some(value) = self {
            value.write(slot);
        }
    }
}
