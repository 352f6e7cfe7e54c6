//! What becomes of a key that stands twice: it keeps its first place and gets the last value.
use std::collections::HashMap;
use std::hash::Hash;

use crate::django::{Text, Value};

/// Up to so many entries are compared one by one.
const FEW: usize = 12;

/// Says for every key where it stands first, or `None` when none stands twice.
fn first_places<I: Eq + Hash>(keys: &[I]) -> Option<Vec<usize>> {
    if keys.len() <= FEW {
        let first = |at: usize| keys.iter().position(|key| *key == keys[at]);
        if (0..keys.len()).all(|at| first(at) == Some(at)) {
            return None;
        }
    }
    let mut places = HashMap::with_capacity(keys.len());
    let first: Vec<usize> = (0..keys.len())
        .map(|at| *places.entry(&keys[at]).or_insert(at))
        .collect();
    (places.len() < keys.len()).then_some(first)
}

/// Leaves every key once, as a Python `dict` does that is filled in this order.
fn last_wins<K, V>(entries: Vec<(K, V)>, first: Option<Vec<usize>>) -> Vec<(K, V)> {
    let Some(first) = first else {
        return entries;
    };
    let mut kept: Vec<Option<(K, V)>> = Vec::with_capacity(entries.len());
    for (at, (key, value)) in entries.into_iter().enumerate() {
        match kept.get_mut(first[at]) {
            Some(Some((_, old))) => {
                *old = value;
                kept.push(None);
            }
            _ => kept.push(Some((key, value))),
        }
    }
    kept.into_iter().flatten().collect()
}

/// Leaves every text once as a key.
pub(super) fn texts_once<V>(entries: Vec<(Text, V)>) -> Vec<(Text, V)> {
    let first = first_places(&entries.iter().map(|(key, _)| key).collect::<Vec<_>>());
    last_wins(entries, first)
}

/// Leaves every value once as a key; `None` when one can't be a key.
pub(super) fn values_once<V>(entries: Vec<(Value, V)>) -> Option<Vec<(Value, V)>> {
    let keys: Option<Vec<Identity<'_>>> =
        entries.iter().map(|(key, _)| Identity::of(key)).collect();
    let first = first_places(&keys?);
    Some(last_wins(entries, first))
}

/// What makes two values one key in Python: `1`, `1.0` and `True` are the same.
#[derive(PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Identity<'a> {
    None,
    Int(i64),
    BigInt(&'a str),
    Float(u64),
    Text(&'a Text),
    Bytes(&'a [u8]),
    Tuple(Vec<Identity<'a>>),
    /// In sorted order.
    FrozenSet(Vec<Identity<'a>>),
}

impl<'a> Identity<'a> {
    /// Returns what makes a value equal to another as a key, or `None` when it can't be a key.
    fn of(value: &'a Value) -> Option<Self> {
        let all = |items: &'a [Value]| items.iter().map(Self::of).collect::<Option<Vec<_>>>();
        Some(match value {
            Value::None => Self::None,
            Value::Bool(yes) => Self::Int((*yes).into()),
            Value::Int(number) => Self::Int(*number),
            Value::BigInt(digits) => Self::BigInt(digits),
            Value::Float(number) => Self::float(*number),
            Value::Text(text) => Self::Text(text),
            Value::Bytes(bytes) => Self::Bytes(bytes),
            Value::Tuple(items) => Self::Tuple(all(items)?),
            Value::FrozenSet(items) => {
                let mut items = all(items)?;
                items.sort_unstable();
                Self::FrozenSet(items)
            }
            Value::List(_) | Value::Dict(_) | Value::Set(_) | Value::ByteArray(_) => return None,
        })
    }

    fn float(number: f64) -> Self {
        let whole = number as i64;
        // Beyond 2^53 a float equals whole numbers that only Python would compare exactly.
        if whole as f64 == number && whole.unsigned_abs() < 1 << 53 {
            Self::Int(whole)
        } else {
            Self::Float(number.to_bits())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_keeps_its_first_place_and_gets_the_last_value() {
        for count in [2, FEW + 1] {
            let mut entries: Vec<(Text, usize)> = (0..count)
                .map(|at| (Text::from(at.to_string()), at))
                .collect();
            entries.push((Text::from("0"), 99));
            let kept = texts_once(entries);
            assert_eq!(kept.len(), count);
            assert_eq!(kept[0], (Text::from("0"), 99));
        }
    }

    #[test]
    fn one_and_true_and_one_point_zero_are_one_key_and_a_list_is_none() {
        let key = |key| (key, ());
        let kept = values_once(vec![
            key(Value::Int(1)),
            key(Value::Float(1.0)),
            key(Value::Bool(true)),
            key(Value::Float(1.5)),
            key(Value::Tuple(vec![Value::Int(1)])),
            key(Value::Tuple(vec![Value::Bool(true)])),
        ]);
        let kept: Vec<Value> = kept.unwrap().into_iter().map(|(key, ())| key).collect();
        let pair = Value::Tuple(vec![Value::Int(1)]);
        assert_eq!(kept, [Value::Int(1), Value::Float(1.5), pair]);
        assert_eq!(values_once(vec![key(Value::List(vec![]))]), None);
    }
}
