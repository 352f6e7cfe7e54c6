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
        self.value(id, MAX_DEPTH, &mut room)
    }

    fn value(&self, id: Id, depth: usize, room: &mut Room) -> Result<Value> {
        Ok(match &self.0[id] {
            Node::Leaf(value) => {
                room.take(heap_bytes(value))?;
                value.clone()
            }
            Node::List(parts) => Value::List(self.values(parts, depth, room)?),
            Node::Tuple(parts) => Value::Tuple(self.values(parts, depth, room)?),
            Node::Set(parts) => Value::Set(once(self.values(parts, depth, room)?)?),
            Node::FrozenSet(parts) => Value::FrozenSet(once(self.values(parts, depth, room)?)?),
            Node::Dict(parts) => Value::Dict(self.entries(parts, depth, room)?),
        })
    }

    fn values(&self, parts: &[Id], depth: usize, room: &mut Room) -> Result<Vec<Value>> {
        let depth = deeper(depth)?;
        room.take(parts.len().saturating_mul(size_of::<Value>()))?;
        parts
            .iter()
            .map(|part| self.value(*part, depth, room))
            .collect()
    }

    fn entries(&self, parts: &[Id], depth: usize, room: &mut Room) -> Result<Vec<(Value, Value)>> {
        let depth = deeper(depth)?;
        room.take(parts.len().saturating_mul(size_of::<Value>()))?;
        let pairs = parts.chunks_exact(2);
        let entries = pairs
            .map(|pair| {
                let key = self.value(pair[0], depth, room)?;
                Ok((key, self.value(pair[1], depth, room)?))
            })
            .collect::<Result<Vec<_>>>()?;
        dict::values_once(entries).ok_or(UNHASHABLE)
    }
}

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

fn deeper(depth: usize) -> Result<usize> {
    depth.checked_sub(1).ok_or(DjangoError::TooDeep {
        format: FORMAT,
        limit: MAX_DEPTH,
    })
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
