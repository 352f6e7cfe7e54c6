//! Writing pickles that Python takes.
use super::{FORMAT, MAX_DEPTH, opcode as op};
use crate::django::{DjangoError, Result, Value, integer};

/// The protocol of what is written: the highest of every Python that Django 5.2 runs on.
pub const PROTOCOL: u8 = 5;

/// So many items go into a container at a time, as in Python.
const BATCH: usize = 1000;
/// Shorter pickles have no frame.
const SMALLEST_FRAME: usize = 4;
/// Opcode, protocol, opcode, length.
const HEAD: usize = 2 + 9;

/// Writes a pickle, byte for byte as CPython does for a value whose parts are all objects of their own
/// and that is shorter than 64 kB. Longer ones differ in their frames, and Python takes those too.
///
/// # Errors
///
/// When it nests deeper than [`MAX_DEPTH`].
pub fn to_bytes(value: &Value) -> Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(256);
    bytes.extend([op::PROTO, PROTOCOL, op::FRAME]);
    bytes.resize(HEAD, 0);
    write(&mut bytes, value)?;
    bytes.push(op::STOP);
    let length = bytes.len() - HEAD;
    if length < SMALLEST_FRAME {
        bytes.drain(2..HEAD);
    } else {
        bytes[3..HEAD].copy_from_slice(&(length as u64).to_le_bytes());
    }
    Ok(bytes)
}

/// What is yet to be written.
enum Todo<'a> {
    /// A value, and within how many containers it stands.
    Value(&'a Value, usize),
    Opcode(u8),
}

/// Writes a value and all its parts; what is to come waits in a list and not on the stack.
fn write(to: &mut Vec<u8>, value: &Value) -> Result<()> {
    let mut todo = vec![Todo::Value(value, 0)];
    while let Some(next) = todo.pop() {
        let (value, depth) = match next {
            Todo::Opcode(opcode) => {
                to.push(opcode);
                continue;
            }
            Todo::Value(value, depth) => (value, depth),
        };
        if scalar(to, value) {
            continue;
        }
        if depth >= MAX_DEPTH {
            return Err(DjangoError::TooDeep {
                format: FORMAT,
                limit: MAX_DEPTH,
            });
        }
        let start = todo.len();
        container(to, &mut todo, value, depth + 1);
        todo[start..].reverse();
    }
    Ok(())
}

/// Writes a value that has no parts, or says that it has some.
fn scalar(to: &mut Vec<u8>, value: &Value) -> bool {
    match value {
        Value::None => to.push(op::NONE),
        Value::Bool(true) => to.push(op::NEWTRUE),
        Value::Bool(false) => to.push(op::NEWFALSE),
        Value::Int(number) => int(to, *number),
        Value::BigInt(digits) => long(to, &integer::to_bytes(digits)),
        Value::Float(number) => {
            to.push(op::BINFLOAT);
            to.extend(number.to_be_bytes());
        }
        Value::Text(text) => {
            let opcodes = [op::SHORT_BINUNICODE, op::BINUNICODE, op::BINUNICODE8];
            sized(to, opcodes, text.as_bytes());
        }
        Value::Bytes(bytes) => {
            let opcodes = [op::SHORT_BINBYTES, op::BINBYTES, op::BINBYTES8];
            sized(to, opcodes, bytes);
        }
        Value::ByteArray(bytes) => {
            to.push(op::BYTEARRAY8);
            to.extend((bytes.len() as u64).to_le_bytes());
            to.extend(bytes);
            to.push(op::MEMOIZE);
        }
        Value::List(_) | Value::Tuple(_) | Value::Set(_) | Value::FrozenSet(_) | Value::Dict(_) => {
            return false;
        }
    }
    true
}

/// Writes the head of a container, and lists in order what follows it.
fn container<'a>(to: &mut Vec<u8>, todo: &mut Vec<Todo<'a>>, value: &'a Value, depth: usize) {
    let item = |item: &'a Value| [Todo::Value(item, depth)];
    match value {
        Value::List(items) => {
            to.extend([op::EMPTY_LIST, op::MEMOIZE]);
            batches(todo, items, Some(op::APPEND), op::APPENDS, item);
        }
        Value::Set(items) => {
            to.extend([op::EMPTY_SET, op::MEMOIZE]);
            batches(todo, items, None, op::ADDITEMS, item);
        }
        Value::Dict(entries) => {
            to.extend([op::EMPTY_DICT, op::MEMOIZE]);
            batches(
                todo,
                entries,
                Some(op::SETITEM),
                op::SETITEMS,
                |(key, value)| [Todo::Value(key, depth), Todo::Value(value, depth)],
            );
        }
        Value::FrozenSet(items) => {
            to.push(op::MARK);
            todo.extend(items.iter().flat_map(item));
            todo.extend([op::FROZENSET, op::MEMOIZE].map(Todo::Opcode));
        }
        Value::Tuple(items) if items.is_empty() => to.push(op::EMPTY_TUPLE),
        Value::Tuple(items) => {
            let opcode = match items.len() {
                1 => op::TUPLE1,
                2 => op::TUPLE2,
                3 => op::TUPLE3,
                _ => {
                    to.push(op::MARK);
                    op::TUPLE
                }
            };
            todo.extend(items.iter().flat_map(item));
            todo.extend([opcode, op::MEMOIZE].map(Todo::Opcode));
        }
        _ => {}
    }
}

/// Lists items behind marks, or a single one without if there is an opcode for that.
fn batches<'a, T, const N: usize>(
    todo: &mut Vec<Todo<'a>>,
    items: &'a [T],
    one: Option<u8>,
    many: u8,
    parts: impl Fn(&'a T) -> [Todo<'a>; N],
) {
    if let ([item], Some(one)) = (items, one) {
        todo.extend(parts(item));
        todo.push(Todo::Opcode(one));
        return;
    }
    for batch in items.chunks(BATCH) {
        todo.push(Todo::Opcode(op::MARK));
        todo.extend(batch.iter().flat_map(&parts));
        todo.push(Todo::Opcode(many));
    }
}

fn int(to: &mut Vec<u8>, number: i64) {
    if let Ok(byte) = u8::try_from(number) {
        to.extend([op::BININT1, byte]);
    } else if let Ok(short) = u16::try_from(number) {
        to.push(op::BININT2);
        to.extend(short.to_le_bytes());
    } else if let Ok(int) = i32::try_from(number) {
        to.push(op::BININT);
        to.extend(int.to_le_bytes());
    } else {
        long(to, &integer::shortened(number.to_le_bytes().to_vec()));
    }
}

fn long(to: &mut Vec<u8>, bytes: &[u8]) {
    match u8::try_from(bytes.len()) {
        Ok(length) => to.extend([op::LONG1, length]),
        Err(_) => {
            to.push(op::LONG4);
            to.extend((bytes.len() as u32).to_le_bytes());
        }
    }
    to.extend(bytes);
}

/// Writes bytes after their length in one, four or eight bytes, and remembers them as Python does.
fn sized(to: &mut Vec<u8>, [short, medium, long]: [u8; 3], bytes: &[u8]) {
    if let Ok(length) = u8::try_from(bytes.len()) {
        to.extend([short, length]);
    } else if let Ok(length) = u32::try_from(bytes.len()) {
        to.push(medium);
        to.extend(length.to_le_bytes());
    } else {
        to.push(long);
        to.extend((bytes.len() as u64).to_le_bytes());
    }
    to.extend(bytes);
    to.push(op::MEMOIZE);
}
