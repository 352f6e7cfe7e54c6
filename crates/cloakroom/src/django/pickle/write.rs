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
    write(&mut bytes, value, MAX_DEPTH)?;
    bytes.push(op::STOP);
    let length = bytes.len() - HEAD;
    if length < SMALLEST_FRAME {
        bytes.drain(2..HEAD);
    } else {
        bytes[3..HEAD].copy_from_slice(&(length as u64).to_le_bytes());
    }
    Ok(bytes)
}

fn write(to: &mut Vec<u8>, value: &Value, depth: usize) -> Result<()> {
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
        _ => container(to, value, below(depth)?)?,
    }
    Ok(())
}

fn container(to: &mut Vec<u8>, value: &Value, depth: usize) -> Result<()> {
    let item = |to: &mut Vec<u8>, item: &Value| write(to, item, depth);
    match value {
        Value::List(items) => {
            to.extend([op::EMPTY_LIST, op::MEMOIZE]);
            batches(to, items, Some(op::APPEND), op::APPENDS, item)
        }
        Value::Set(items) => {
            to.extend([op::EMPTY_SET, op::MEMOIZE]);
            batches(to, items, None, op::ADDITEMS, item)
        }
        Value::Dict(entries) => {
            to.extend([op::EMPTY_DICT, op::MEMOIZE]);
            batches(to, entries, Some(op::SETITEM), op::SETITEMS, |to, entry| {
                write(to, &entry.0, depth)?;
                write(to, &entry.1, depth)
            })
        }
        Value::FrozenSet(items) => {
            to.push(op::MARK);
            items.iter().try_for_each(|each| item(to, each))?;
            to.extend([op::FROZENSET, op::MEMOIZE]);
            Ok(())
        }
        Value::Tuple(items) => {
            let opcode = match items.len() {
                0 => {
                    to.push(op::EMPTY_TUPLE);
                    return Ok(());
                }
                1 => op::TUPLE1,
                2 => op::TUPLE2,
                3 => op::TUPLE3,
                _ => {
                    to.push(op::MARK);
                    op::TUPLE
                }
            };
            items.iter().try_for_each(|each| item(to, each))?;
            to.extend([opcode, op::MEMOIZE]);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Writes items behind marks, or a single one without if there is an opcode for that.
fn batches<T>(
    to: &mut Vec<u8>,
    items: &[T],
    one: Option<u8>,
    many: u8,
    write: impl Fn(&mut Vec<u8>, &T) -> Result<()>,
) -> Result<()> {
    if let ([item], Some(one)) = (items, one) {
        write(to, item)?;
        to.push(one);
        return Ok(());
    }
    for batch in items.chunks(BATCH) {
        to.push(op::MARK);
        batch.iter().try_for_each(|item| write(to, item))?;
        to.push(many);
    }
    Ok(())
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

fn below(depth: usize) -> Result<usize> {
    depth.checked_sub(1).ok_or(DjangoError::TooDeep {
        format: FORMAT,
        limit: MAX_DEPTH,
    })
}
