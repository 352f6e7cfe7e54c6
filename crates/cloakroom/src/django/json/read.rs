//! Reading what Python's `json.loads` reads.
use super::FORMAT;
use super::escapes::{decoded, escape_length};
use crate::django::{DjangoError, Result, Text, Value, dict, integer};

/// The most arrays and objects within one another that are read; Python gives up at about a thousand.
pub const MAX_DEPTH: usize = 900;

/// Reads a value as Python's `json.loads` does.
///
/// # Errors
///
/// When Python would raise an error, or it nests deeper than [`MAX_DEPTH`].
pub fn parse(text: &str) -> Result<Value> {
    let mut reader = Reader::new(text);
    let value = reader.value()?;
    reader.end()?;
    Ok(value)
}

/// An array or an object that is not closed yet.
enum Open {
    List(Vec<Value>),
    /// The entries before, and the key whose value comes next.
    Dict(Vec<(Text, Value)>, Text),
}

pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Reads a value and what is in it; open arrays wait in a list and not on the stack.
    fn value(&mut self) -> Result<Value> {
        let mut open: Vec<Open> = Vec::new();
        loop {
            let mut value = match self.start(open.len())? {
                Start::List if self.closes(b']') => Value::List(Vec::new()),
                Start::List => {
                    open.push(Open::List(Vec::new()));
                    continue;
                }
                Start::Dict if self.closes(b'}') => Value::Dict(Vec::new()),
                Start::Dict => {
                    let key = self.key()?;
                    open.push(Open::Dict(Vec::new(), key));
                    continue;
                }
                Start::Text(raw) => Value::Text(decoded(raw)),
                Start::Scalar(value) => value,
            };
            loop {
                let Some(parent) = open.last_mut() else {
                    return Ok(value);
                };
                let bracket = match parent {
                    Open::List(items) => {
                        items.push(value);
                        b']'
                    }
                    Open::Dict(entries, key) => {
                        entries.push((std::mem::take(key), value));
                        b'}'
                    }
                };
                if self.goes_on(bracket)? {
                    if let Open::Dict(_, key) = parent {
                        *key = self.key()?;
                    }
                    break;
                }
                value = match open.pop().expect("it was there just now") {
                    Open::List(items) => Value::List(items),
                    Open::Dict(entries, _) => Value::Dict(
                        dict::texts_once(entries)
                            .into_iter()
                            .map(|(key, value)| (Value::Text(key), value))
                            .collect(),
                    ),
                };
            }
        }
    }

    /// Reads over a value, as strictly as [`Reader::value`], and returns its text.
    pub(super) fn raw(&mut self) -> Result<&'a str> {
        self.space();
        let start = self.at;
        let mut open: Vec<u8> = Vec::new();
        loop {
            match self.start(open.len())? {
                Start::List if !self.closes(b']') => {
                    open.push(b']');
                    continue;
                }
                Start::Dict if !self.closes(b'}') => {
                    self.raw_key()?;
                    open.push(b'}');
                    continue;
                }
                _ => {}
            }
            loop {
                let Some(&bracket) = open.last() else {
                    return Ok(&self.text[start..self.at]);
                };
                if self.goes_on(bracket)? {
                    if bracket == b'}' {
                        self.raw_key()?;
                    }
                    break;
                }
                open.pop();
            }
        }
    }

    /// Reads what a value begins with, which is all of it unless it is an array or an object; `depth` of
    /// those are open.
    fn start(&mut self, depth: usize) -> Result<Start<'a>> {
        self.space();
        if depth >= MAX_DEPTH && matches!(self.peek(), Some(b'[' | b'{')) {
            return Err(DjangoError::TooDeep {
                format: FORMAT,
                limit: MAX_DEPTH,
            });
        }
        let rest = &self.text[self.at..];
        let (value, length) = match rest.as_bytes() {
            [b'[', ..] => (Start::List, 1),
            [b'{', ..] => (Start::Dict, 1),
            [b'"', ..] => return Ok(Start::Text(self.string()?)),
            [b'-' | b'0'..=b'9', ..] if !rest.starts_with("-I") => return self.number(),
            _ => {
                let (word, value) = WORDS
                    .iter()
                    .find(|(word, _)| rest.starts_with(word))
                    .ok_or_else(|| wrong("a value is missing"))?;
                (Start::Scalar(value.clone()), word.len())
            }
        };
        self.at += length;
        Ok(value)
    }

    fn number(&mut self) -> Result<Start<'a>> {
        let rest = &self.text.as_bytes()[self.at..];
        let digits = |from: usize| {
            rest[from..]
                .iter()
                .take_while(|b| b.is_ascii_digit())
                .count()
        };
        let sign = usize::from(rest[0] == b'-');
        let whole = match rest.get(sign) {
            Some(b'0') => 1,
            _ => digits(sign),
        };
        if whole == 0 {
            return Err(wrong("a number has no digits"));
        }
        let mut end = sign + whole;
        let fraction = match rest.get(end) {
            Some(b'.') => digits(end + 1),
            _ => 0,
        };
        if fraction > 0 {
            end += 1 + fraction;
        }
        let mut exponent = 0;
        if let Some(b'e' | b'E') = rest.get(end) {
            let sign = usize::from(matches!(rest.get(end + 1), Some(b'+' | b'-')));
            exponent = digits(end + 1 + sign);
            if exponent > 0 {
                end += 1 + sign + exponent;
            }
        }
        let number = &self.text[self.at..self.at + end];
        self.at += end;
        if fraction > 0 || exponent > 0 {
            let number = number.parse().expect("this is how floats are written");
            return Ok(Start::Scalar(Value::Float(number)));
        }
        if whole > integer::MAX_DIGITS {
            return Err(wrong("a number has more digits than Python reads"));
        }
        Ok(Start::Scalar(Value::int(number)))
    }

    /// Reads `"…"` and returns what stands between the quotes.
    fn string(&mut self) -> Result<&'a str> {
        let start = self.at + 1;
        let bytes = self.text.as_bytes();
        let mut at = start;
        loop {
            match bytes.get(at) {
                Some(b'"') => break,
                Some(b'\\') => at += escape_length(&bytes[at + 1..])? + 1,
                Some(0..=0x1f) => return Err(wrong("a text has a control character")),
                Some(_) => at += 1,
                None => return Err(wrong("a text does not end")),
            }
        }
        self.at = at + 1;
        Ok(&self.text[start..at])
    }

    /// Reads a key and its colon.
    pub(super) fn key(&mut self) -> Result<Text> {
        self.raw_key().map(decoded)
    }

    fn raw_key(&mut self) -> Result<&'a str> {
        self.space();
        if self.peek() != Some(b'"') {
            return Err(wrong("a key is missing"));
        }
        let key = self.string()?;
        self.space();
        if !self.take(b':') {
            return Err(wrong("a colon is missing"));
        }
        Ok(key)
    }

    /// Reads over an opening bracket.
    pub(super) fn opens(&mut self, bracket: u8) -> bool {
        self.space();
        self.take(bracket)
    }

    /// Reads over the closing bracket if it comes at once.
    pub(super) fn closes(&mut self, bracket: u8) -> bool {
        self.space();
        self.take(bracket)
    }

    /// Reads over a comma, or over the closing bracket.
    pub(super) fn goes_on(&mut self, bracket: u8) -> Result<bool> {
        self.space();
        let goes_on = self.take(b',');
        if goes_on || self.take(bracket) {
            return Ok(goes_on);
        }
        Err(wrong("a comma or a closing bracket is missing"))
    }

    pub(super) fn end(&mut self) -> Result<()> {
        self.space();
        if self.at == self.text.len() {
            return Ok(());
        }
        Err(wrong("something follows the value"))
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }
}

/// What a value begins with.
enum Start<'a> {
    List,
    Dict,
    /// What stands between the quotes.
    Text(&'a str),
    Scalar(Value),
}

const WORDS: &[(&str, Value)] = &[
    ("null", Value::None),
    ("true", Value::Bool(true)),
    ("false", Value::Bool(false)),
    ("NaN", Value::Float(f64::NAN)),
    ("Infinity", Value::Float(f64::INFINITY)),
    ("-Infinity", Value::Float(f64::NEG_INFINITY)),
];

pub(super) const fn wrong(what: &'static str) -> DjangoError {
    DjangoError::malformed(FORMAT, what)
}

#[cfg(test)]
mod tests;
