//! Running a pickle that can do nothing but build data.
use std::collections::HashMap;

use super::arena::{Arena, Id, Node};
use super::opcode::{self as op, CALLS};
use super::{FORMAT, lines, wrong};
use crate::django::{DjangoError, Result, Text, Value, integer};

/// The most bytes of a pickle, and of what it unfolds to, unless [`parse_within`] says otherwise.
pub const MAX_BYTES: usize = 1 << 20;

/// Reads a pickle of any protocol from 0 to 5. What follows its end is ignored, as in Python.
///
/// # Errors
///
/// [`DjangoError::Calls`] when it asks to import or call something, which the pickles of dates and of an
/// application's own classes do; [`DjangoError::Malformed`], [`DjangoError::TooDeep`] and
/// [`DjangoError::TooLarge`] as their names say.
pub fn parse(pickle: &[u8]) -> Result<Value> {
    parse_within(pickle, MAX_BYTES)
}

/// Reads a pickle that is no larger than this, nor unfolds to anything larger.
///
/// # Errors
///
/// As [`parse`].
pub fn parse_within(pickle: &[u8], limit: usize) -> Result<Value> {
    if pickle.len() > limit {
        return Err(DjangoError::TooLarge {
            format: FORMAT,
            limit,
        });
    }
    parse_prefix(pickle, limit).map(|(value, _)| value)
}

/// Reads a pickle at the front of these bytes, and returns what follows it.
///
/// # Errors
///
/// As [`parse`].
pub fn parse_prefix(bytes: &[u8], limit: usize) -> Result<(Value, &[u8])> {
    let mut machine = Machine {
        rest: bytes,
        stack: Vec::new(),
        marks: Vec::new(),
        memo: Memo::default(),
        arena: Arena::default(),
    };
    let result = machine.run()?;
    Ok((machine.arena.unfold(result, limit)?, machine.rest))
}

struct Machine<'a> {
    rest: &'a [u8],
    stack: Vec<Id>,
    /// How high the stack was at each mark.
    marks: Vec<usize>,
    memo: Memo,
    arena: Arena,
}

impl<'a> Machine<'a> {
    fn run(&mut self) -> Result<Id> {
        loop {
            let opcode = self.byte()?;
            if opcode == op::STOP {
                return self.pop();
            }
            self.step(opcode)?;
        }
    }

    fn step(&mut self, opcode: u8) -> Result<()> {
        match opcode {
            op::PROTO => self.protocol(),
            op::FRAME => self.frame(),
            op::MARK => {
                self.marks.push(self.stack.len());
                Ok(())
            }
            op::POP => self.pop_or_unmark(),
            op::POP_MARK => self.down_to_mark().map(|_| ()),
            op::DUP => {
                let top = self.top()?;
                self.stack.push(top);
                Ok(())
            }
            op::NONE => self.leaf(Value::None),
            op::NEWTRUE => self.leaf(Value::Bool(true)),
            op::NEWFALSE => self.leaf(Value::Bool(false)),
            op::INT
            | op::BININT
            | op::BININT1
            | op::BININT2
            | op::LONG
            | op::LONG1
            | op::LONG4
            | op::FLOAT
            | op::BINFLOAT => {
                let number = self.number(opcode)?;
                self.leaf(number)
            }
            op::STRING
            | op::BINSTRING
            | op::SHORT_BINSTRING
            | op::UNICODE
            | op::BINUNICODE
            | op::SHORT_BINUNICODE
            | op::BINUNICODE8 => {
                let text = self.text(opcode)?;
                self.leaf(Value::Text(text))
            }
            op::BINBYTES | op::SHORT_BINBYTES | op::BINBYTES8 | op::BYTEARRAY8 => {
                let bytes = self.bytes(opcode)?;
                self.leaf(bytes)
            }
            op::GET | op::BINGET | op::LONG_BINGET => self.recall(opcode),
            op::PUT | op::BINPUT | op::LONG_BINPUT | op::MEMOIZE => self.memoize(opcode),
            _ if CALLS.contains(&opcode) => Err(DjangoError::Calls { opcode }),
            _ => self.container(opcode),
        }
    }

    fn container(&mut self, opcode: u8) -> Result<()> {
        let node = match opcode {
            op::EMPTY_LIST => Node::List(Vec::new()),
            op::EMPTY_TUPLE => Node::Tuple(Vec::new()),
            op::EMPTY_DICT => Node::Dict(Vec::new()),
            op::EMPTY_SET => Node::Set(Vec::new()),
            op::LIST => Node::List(self.down_to_mark()?),
            op::TUPLE => Node::Tuple(self.down_to_mark()?),
            op::FROZENSET => Node::FrozenSet(self.down_to_mark()?),
            op::DICT => Node::Dict(pairs(self.down_to_mark()?)?),
            op::TUPLE1 => Node::Tuple(self.take(1)?),
            op::TUPLE2 => Node::Tuple(self.take(2)?),
            op::TUPLE3 => Node::Tuple(self.take(3)?),
            op::APPEND => return self.take(1).and_then(|parts| self.fill(b'l', parts)),
            op::APPENDS => return self.down_to_mark().and_then(|parts| self.fill(b'l', parts)),
            op::SETITEM => return self.take(2).and_then(|parts| self.fill(b'd', parts)),
            op::SETITEMS => {
                let parts = self.down_to_mark().and_then(pairs)?;
                return self.fill(b'd', parts);
            }
            op::ADDITEMS => return self.down_to_mark().and_then(|parts| self.fill(b's', parts)),
            _ => return Err(wrong("an opcode is unknown")),
        };
        self.push(node);
        Ok(())
    }

    /// Adds parts to the container on top of the stack.
    fn fill(&mut self, kind: u8, parts: Vec<Id>) -> Result<()> {
        let top = self.top()?;
        match (kind, self.arena.node(top)) {
            (b'l', Node::List(items)) | (b's', Node::Set(items)) | (b'd', Node::Dict(items)) => {
                items.extend(parts);
                Ok(())
            }
            _ => Err(wrong("something is added to what can't hold it")),
        }
    }

    fn number(&mut self, opcode: u8) -> Result<Value> {
        Ok(match opcode {
            op::INT => lines::int(self.line()?)?,
            op::LONG => lines::long(self.line()?)?,
            op::FLOAT => lines::float(self.line()?)?,
            op::BINFLOAT => Value::Float(f64::from_be_bytes(self.array()?)),
            op::BININT => Value::Int(i32::from_le_bytes(self.array()?).into()),
            op::BININT1 => Value::Int(self.byte()?.into()),
            op::BININT2 => Value::Int(u16::from_le_bytes(self.array()?).into()),
            op::LONG1 | op::LONG4 => {
                let length = match opcode {
                    op::LONG1 => self.byte()?.into(),
                    _ => u64::from(u32::from_le_bytes(self.array()?)),
                };
                let bytes = self.take_bytes(length)?;
                Value::int(&integer::from_bytes(bytes)?)
            }
            _ => return Err(wrong("an opcode is unknown")),
        })
    }

    fn text(&mut self, opcode: u8) -> Result<Text> {
        match opcode {
            op::STRING => lines::quoted(self.line()?),
            op::UNICODE => lines::unicode(self.line()?),
            op::SHORT_BINSTRING | op::BINSTRING => {
                let bytes = self.sized(opcode == op::SHORT_BINSTRING)?;
                lines::ascii(bytes)
            }
            op::BINUNICODE8 => {
                let length = u64::from_le_bytes(self.array()?);
                Text::from_bytes(self.take_bytes(length)?)
            }
            _ => {
                let bytes = self.sized(opcode == op::SHORT_BINUNICODE)?;
                Text::from_bytes(bytes)
            }
        }
    }

    fn bytes(&mut self, opcode: u8) -> Result<Value> {
        let bytes = match opcode {
            op::BINBYTES8 | op::BYTEARRAY8 => {
                let length = u64::from_le_bytes(self.array()?);
                self.take_bytes(length)?
            }
            _ => self.sized(opcode == op::SHORT_BINBYTES)?,
        };
        Ok(match opcode {
            op::BYTEARRAY8 => Value::ByteArray(bytes.to_vec()),
            _ => Value::Bytes(bytes.to_vec()),
        })
    }

    /// Bytes after their length, which is one byte or four.
    fn sized(&mut self, short: bool) -> Result<&'a [u8]> {
        let length = if short {
            self.byte()?.into()
        } else {
            u32::from_le_bytes(self.array()?).into()
        };
        self.take_bytes(length)
    }

    fn recall(&mut self, opcode: u8) -> Result<()> {
        let place = match opcode {
            op::GET => lines::place(self.line()?)?,
            op::BINGET => self.byte()?.into(),
            _ => u32::from_le_bytes(self.array()?).into(),
        };
        let known = self.memo.get(place);
        self.stack
            .push(known.ok_or(wrong("the memo has no such value"))?);
        Ok(())
    }

    fn memoize(&mut self, opcode: u8) -> Result<()> {
        let place = match opcode {
            op::PUT => lines::place(self.line()?)?,
            op::BINPUT => self.byte()?.into(),
            op::LONG_BINPUT => u32::from_le_bytes(self.array()?).into(),
            _ => self.memo.len(),
        };
        let top = self.top()?;
        self.memo.put(place, top);
        Ok(())
    }

    fn protocol(&mut self) -> Result<()> {
        match self.byte()? {
            0..=5 => Ok(()),
            _ => Err(wrong("the protocol is newer than 5")),
        }
    }

    /// Frames only tell readers of files how much to read ahead.
    fn frame(&mut self) -> Result<()> {
        let length = u64::from_le_bytes(self.array()?);
        if length > self.rest.len() as u64 {
            return Err(wrong("it breaks off"));
        }
        Ok(())
    }

    fn leaf(&mut self, value: Value) -> Result<()> {
        self.push(Node::Leaf(value));
        Ok(())
    }

    fn push(&mut self, node: Node) {
        let id = self.arena.add(node);
        self.stack.push(id);
    }

    /// The height below which nothing may be taken from the stack.
    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn top(&self) -> Result<Id> {
        match self.stack.last() {
            Some(top) if self.stack.len() > self.floor() => Ok(*top),
            _ => Err(wrong("the stack is empty")),
        }
    }

    fn pop(&mut self) -> Result<Id> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    fn pop_or_unmark(&mut self) -> Result<()> {
        if self.marks.last() == Some(&self.stack.len()) {
            self.marks.pop();
            return Ok(());
        }
        self.pop().map(|_| ())
    }

    fn take(&mut self, count: usize) -> Result<Vec<Id>> {
        match self.stack.len().checked_sub(count) {
            Some(at) if at >= self.floor() => Ok(self.stack.split_off(at)),
            _ => Err(wrong("the stack is empty")),
        }
    }

    fn down_to_mark(&mut self) -> Result<Vec<Id>> {
        let mark = self.marks.pop().ok_or(wrong("a mark is missing"))?;
        Ok(self.stack.split_off(mark))
    }

    fn byte(&mut self) -> Result<u8> {
        self.array().map(|[byte]| byte)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (array, rest) = self.rest.split_first_chunk().ok_or(BREAKS_OFF)?;
        self.rest = rest;
        Ok(*array)
    }

    fn take_bytes(&mut self, length: u64) -> Result<&'a [u8]> {
        let length = usize::try_from(length).map_err(|_| BREAKS_OFF)?;
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or(BREAKS_OFF)?;
        self.rest = rest;
        Ok(bytes)
    }

    /// Reads up to and over the next line feed.
    fn line(&mut self) -> Result<&'a [u8]> {
        let end = memchr::memchr(b'\n', self.rest).ok_or(BREAKS_OFF)?;
        let line = &self.rest[..end];
        self.rest = &self.rest[end + 1..];
        Ok(line)
    }
}

const BREAKS_OFF: DjangoError = wrong("it breaks off");

fn pairs(parts: Vec<Id>) -> Result<Vec<Id>> {
    match parts.len() % 2 {
        0 => Ok(parts),
        _ => Err(wrong("a key has no value")),
    }
}

/// Values that a pickle means to use again, nearly always numbered in a row.
#[derive(Default)]
struct Memo {
    row: Vec<Id>,
    beyond: HashMap<u64, Id>,
}

impl Memo {
    fn get(&self, place: u64) -> Option<Id> {
        let in_row = usize::try_from(place).ok().and_then(|at| self.row.get(at));
        in_row.or_else(|| self.beyond.get(&place)).copied()
    }

    fn put(&mut self, place: u64, id: Id) {
        match usize::try_from(place) {
            Ok(at) if at < self.row.len() => self.row[at] = id,
            Ok(at) if at == self.row.len() => {
                self.beyond.remove(&place);
                self.row.push(id);
            }
            _ => {
                self.beyond.insert(place, id);
            }
        }
    }

    /// How many values are known, which is where the next one goes.
    fn len(&self) -> u64 {
        (self.row.len() + self.beyond.len()) as u64
    }
}
