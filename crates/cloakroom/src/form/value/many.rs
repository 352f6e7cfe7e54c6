//! Several values of the same type.
use std::slice;

use crate::form::value::{Slot, Typed, Value};
use crate::form::{Kind, Problem};

impl<T: Value> Value for Vec<T> {
    const KIND: Kind = T::KIND.several();

    fn empty() -> Option<Self> {
        Some(Self::new())
    }

    /// Reads each answer; one that is given twice counts once.
    fn read(typed: &mut Typed<'_>) -> Result<Self, Problem> {
        let mut values = Self::new();
        for (index, text) in typed.texts().iter().enumerate() {
            let is_new = !typed.texts()[..index].contains(text);
            if is_new && !text.is_empty() {
                let one = typed.only(slice::from_ref(text), &[]);
                values.push(read_one(typed, one)?);
            }
        }
        for file in typed.files() {
            let one = typed.only(&[], slice::from_ref(file));
            values.push(read_one(typed, one)?);
        }
        check_count(typed, values.len());
        Ok(values)
    }

    fn write(&self, slot: &mut Slot) {
        for value in self {
            value.write(slot);
        }
    }
}

fn read_one<T: Value>(all: &mut Typed<'_>, mut one: Typed<'_>) -> Result<T, Problem> {
    let value = T::read(&mut one);
    for problem in one.problems() {
        all.complain(problem);
    }
    value
}

fn check_count(typed: &mut Typed<'_>, count: usize) {
    let spec = typed.spec();
    if let Some(limit) = spec.max_count.filter(|limit| count > *limit) {
        typed.complain(Problem::new("max_count").with("limit", limit));
    } else if let Some(limit) = spec.min_count.filter(|limit| count < *limit) {
        typed.complain(Problem::new("min_count").with("limit", limit));
    }
}
