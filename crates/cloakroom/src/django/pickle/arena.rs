//! What a pickle builds, while it builds it: values that several places may share.
use super::{FORMAT, MAX_DEPTH};
use crate::django::{DjangoError, Result, Value, dict};

/// Which value of an arena.
pub(super) type Id = usize;

/// A value whose parts are other values of the arena.
pub(super) enum Node {
    /// One without parts.
    Leaf(Value),
    List(Vec<Id>),
    Tuple(Vec<Id>),
    Set(Vec<Id>),
    FrozenSet(Vec<Id>),
    /// Keys and values in turn.
    Dict(Vec<Id>),
}

/// All values of one pickle.
#[derive(Default)]
pub(super) struct Arena(Vec<Node>);

impl Arena {
    pub(super) fn add(&mut self, node: Node) -> Id {
        self.0.push(node);
        self.0.len() - 1
    }

    pub(super) fn node(&mut self, id: Id) -> &mut Node {
        &mut self.0[id]
    }

    /// Returns a value with all its parts; what is shared is there as often as it is used.
    ///
    /// # Errors
    ///
    /// When a key can't be one, when parts nest too deep, which they also do when a value contains
    /// itself, and when all of it is larger than `limit`.
    pub(super) fn unfold(&self, id: Id, limit: usize) -> Result<Value> {
        let mut room = Room { left: limit, limit };
        let mut open: Vec<Open<'_>> = Vec::new();
        let mut next = id;
        loop {
            let node = &self.0[next];
            let mut value = match node {
                Node::Leaf(value) => {
                    room.take(heap_bytes(value))?;
                    value.clone()
                }
                Node::List(parts)
                | Node::Tuple(parts)
                | Node::Set(parts)
                | Node::FrozenSet(parts)
                | Node::Dict(parts) => {
                    if open.len() >= MAX_DEPTH {
                        return Err(TOO_DEEP);
                    }
                    room.take(parts.len())?;
                    let values = Vec::with_capacity(parts.len());
                    let mut rest = parts.iter();
                    if let Some(first) = rest.next() {
                        open.push(Open { node, rest, values });
                        next = *first;
                        continue;
                    }
                    node.filled(values)?
                }
            };
            loop {
                let Some(parent) = open.last_mut() else {
                    return Ok(value);
                };
                parent.values.push(value);
                if let Some(part) = parent.rest.next() {
                    next = *part;
                    break;
                }
                let values = std::mem::take(&mut parent.values);
                value = parent.node.filled(values)?;
                open.pop();
            }
        }
    }
}

/// A container of which not all parts are unfolded yet.
struct Open<'a> {
    node: &'a Node,
    rest: std::slice::Iter<'a, Id>,
    values: Vec<Value>,
}

impl Node {
    /// The container with its parts in it.
    fn filled(&self, values: Vec<Value>) -> Result<Value> {
        Ok(match self {
            Self::Leaf(value) => value.clone(),
            Self::List(_) => Value::List(values),
            Self::Tuple(_) => Value::Tuple(values),
            Self::Set(_) => Value::Set(once(values)?),
            Self::FrozenSet(_) => Value::FrozenSet(once(values)?),
            Self::Dict(_) => {
                let mut values = values.into_iter();
                let pairs = std::iter::from_fn(|| Some((values.next()?, values.next()?)));
                Value::Dict(dict::values_once(pairs.collect()).ok_or(UNHASHABLE)?)
            }
        })
    }
}

const TOO_DEEP: DjangoError = DjangoError::TooDeep {
    format: FORMAT,
    limit: MAX_DEPTH,
};

const UNHASHABLE: DjangoError =
    DjangoError::malformed(FORMAT, "a key or an item of a set can't be one");

/// How much may yet be unfolded.
struct Room {
    left: usize,
    limit: usize,
}

impl Room {
    fn take(&mut self, bytes: usize) -> Result<()> {
        self.left = self.left.checked_sub(bytes).ok_or(DjangoError::TooLarge {
            format: "unfolded pickle",
            limit: self.limit,
        })?;
        Ok(())
    }
}

fn heap_bytes(value: &Value) -> usize {
    match value {
        Value::Text(text) => text.as_bytes().len(),
        Value::Bytes(bytes) | Value::ByteArray(bytes) => bytes.len(),
        Value::BigInt(digits) => digits.len(),
        _ => 0,
    }
}

/// The items of a set, each once.
fn once(items: Vec<Value>) -> Result<Vec<Value>> {
    let items = items.into_iter().map(|item| (item, ())).collect();
    let items = dict::values_once(items).ok_or(UNHASHABLE)?;
    Ok(items.into_iter().map(|(item, ())| item).collect())
}
