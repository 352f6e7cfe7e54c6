//! A Python value of the kinds that sessions hold.
use crate::django::{Text, integer};

/// A value as Python has it, from JSON or from a pickle.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `None`, JSON's `null`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// An `int` of up to 64 bits.
    Int(i64),
    /// A larger `int`: only digits, a minus sign before negative ones, no leading zero.
    BigInt(String),
    /// A `float`, NaN and infinities too.
    Float(f64),
    /// A `str`.
    Text(Text),
    /// `bytes`; not in JSON.
    Bytes(Vec<u8>),
    /// A `bytearray`; not in JSON.
    ByteArray(Vec<u8>),
    /// A `list`, JSON's array.
    List(Vec<Value>),
    /// A `tuple`; an array when it is written as JSON.
    Tuple(Vec<Value>),
    /// A `set`; not in JSON.
    Set(Vec<Value>),
    /// A `frozenset`; not in JSON.
    FrozenSet(Vec<Value>),
    /// A `dict` in its order, JSON's object. No key stands in it twice.
    Dict(Vec<(Value, Value)>),
}

impl Value {
    /// Returns the value of a `str`.
    #[must_use]
    pub fn text(text: impl Into<Text>) -> Self {
        Self::Text(text.into())
    }

    /// Returns the text, when it is one without lone surrogates.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => text.as_str(),
            _ => None,
        }
    }

    /// Returns the whole number, when it is one of up to 64 bits; `bool` is none here.
    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// Returns the number, `int` or `float`; `bool` is none here.
    #[must_use]
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Int(number) => Some(*number as f64),
            Self::BigInt(digits) => digits.parse().ok(),
            Self::Float(number) => Some(*number),
            _ => None,
        }
    }

    /// Returns the items of a list or a tuple.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Self::List(items) | Self::Tuple(items) => Some(items),
            _ => None,
        }
    }

    /// Returns the entries of a dict.
    #[must_use]
    pub fn as_dict(&self) -> Option<&[(Value, Value)]> {
        match self {
            Self::Dict(entries) => Some(entries),
            _ => None,
        }
    }

    /// Returns what stands under this key of a dict.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        let found = |(name, _): &&(Value, Value)| matches!(name, Value::Text(text) if text == key);
        self.as_dict()?.iter().find(found).map(|(_, value)| value)
    }

    /// Says whether Python's `if value` holds.
    #[must_use]
    pub fn is_truthy(&self) -> bool {
        match self {
            Self::None => false,
            Self::Bool(yes) => *yes,
            Self::Int(number) => *number != 0,
            Self::BigInt(_) => true,
            Self::Float(number) => *number != 0.0,
            Self::Text(text) => !text.as_bytes().is_empty(),
            Self::Bytes(bytes) | Self::ByteArray(bytes) => !bytes.is_empty(),
            Self::List(items) | Self::Tuple(items) | Self::Set(items) | Self::FrozenSet(items) => {
                !items.is_empty()
            }
            Self::Dict(entries) => !entries.is_empty(),
        }
    }

    /// Returns the name of the type in Python.
    #[must_use]
    pub const fn python_type(&self) -> &'static str {
        match self {
            Self::None => "NoneType",
            Self::Bool(_) => "bool",
            Self::Int(_) | Self::BigInt(_) => "int",
            Self::Float(_) => "float",
            Self::Text(_) => "str",
            Self::Bytes(_) => "bytes",
            Self::ByteArray(_) => "bytearray",
            Self::List(_) => "list",
            Self::Tuple(_) => "tuple",
            Self::Set(_) => "set",
            Self::FrozenSet(_) => "frozenset",
            Self::Dict(_) => "dict",
        }
    }

    /// Returns the whole number of these decimal digits, with a minus sign before negative ones.
    pub(super) fn int(digits: &str) -> Self {
        match digits.parse() {
            Ok(number) => Self::Int(number),
            Err(_) => Self::BigInt(integer::canonical(digits)),
        }
    }
}
