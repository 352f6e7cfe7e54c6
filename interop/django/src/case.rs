//! One case, what came of it, and how that is compared.
use cloakroom::django::{DjangoError, Moment, Value};

/// What Django was given and what it answered.
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) inputs: Inputs,
    pub(crate) expected: Expected,
}

/// What Django answered.
pub(crate) enum Expected {
    Output(Value),
    /// The name of the exception.
    Error(String),
}

/// What our side answered.
pub(crate) enum Answer {
    Output(Value),
    /// Ours and Django's, both in a form in which they can be compared: unpacked, unpickled, in seconds.
    Both(Value, Value),
    /// The same, with what differs on purpose made alike, and why it differs.
    OnPurpose(Value, Value, &'static str),
    /// Refused, and why.
    Refused(Refusal),
}

/// Why our side refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    BadSignature,
    Expired,
    Other,
}

/// Why a case can't be run: it has an input, or an input a form, that this does not know.
pub(crate) type Unknown = String;

pub(crate) type Checked = Result<Answer, Unknown>;

impl From<DjangoError> for Refusal {
    fn from(error: DjangoError) -> Self {
        match error {
            DjangoError::BadSignature => Self::BadSignature,
            DjangoError::Expired => Self::Expired,
            _ => Self::Other,
        }
    }
}

impl Answer {
    /// Answers with a value, or with why there is none.
    pub(crate) fn of(result: Result<Value, impl Into<Refusal>>) -> Self {
        match result {
            Ok(value) => Self::Output(value),
            Err(error) => Self::Refused(error.into()),
        }
    }

    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Output(Value::text(text.into()))
    }

    pub(crate) fn bool(yes: bool) -> Self {
        Self::Output(Value::Bool(yes))
    }
}

impl Case {
    pub(crate) fn read(value: &Value) -> Option<Self> {
        let text = |key| value.get(key)?.as_str().map(str::to_owned);
        let expected = match value.get("error") {
            Some(name) => Expected::Error(name.as_str()?.to_owned()),
            None => Expected::Output(value.get("output")?.clone()),
        };
        Some(Self {
            id: text("id")?,
            kind: text("kind")?,
            inputs: Inputs(value.get("inputs")?.clone()),
            expected,
        })
    }

    /// What Django answered, when it did not refuse.
    pub(crate) fn output(&self) -> &Value {
        match &self.expected {
            Expected::Output(value) => value,
            Expected::Error(_) => &Value::None,
        }
    }

    /// Says what is wrong with an answer, if something is.
    pub(crate) fn problem(&self, answer: &Answer) -> Option<String> {
        match (&self.expected, answer) {
            (Expected::Output(theirs), Answer::Output(ours))
            | (
                Expected::Output(_),
                Answer::Both(ours, theirs) | Answer::OnPurpose(ours, theirs, _),
            ) => (!same(ours, theirs)).then(|| format!("ours {ours:?}, Django's {theirs:?}")),
            (Expected::Error(name), Answer::Refused(refusal)) => {
                let right = match name.as_str() {
                    "BadSignature" => *refusal == Refusal::BadSignature,
                    "SignatureExpired" => *refusal == Refusal::Expired,
                    _ => *refusal == Refusal::Other,
                };
                (!right).then(|| format!("refused as {refusal:?}, by Django as {name}"))
            }
            (Expected::Error(name), _) => Some(format!("taken, but Django refuses it: {name}")),
            (_, Answer::Refused(refusal)) => Some(format!("refused as {refusal:?}")),
        }
    }
}

/// Compares as Python does: `1` is `1.0`, and a dict has no order. Not a number is itself.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Dict(one), Value::Dict(other)) => {
            let has = |(key, value): &(Value, Value)| {
                other.iter().any(|(k, v)| same(k, key) && same(v, value))
            };
            one.len() == other.len() && one.iter().all(has)
        }
        (Value::List(one), Value::List(other)) | (Value::Tuple(one), Value::Tuple(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Float(one), Value::Float(other)) if one.is_nan() => other.is_nan(),
        (Value::Float(one), Value::Int(other)) | (Value::Int(other), Value::Float(one)) => {
            *one == *other as f64
        }
        _ => one == other,
    }
}

/// What a case was given.
pub(crate) struct Inputs(Value);

impl Inputs {
    /// Takes a dict for the inputs of something.
    pub(crate) fn of(value: &Value) -> Self {
        Self(value.clone())
    }

    /// Says that only these inputs are known.
    pub(crate) fn only(&self, names: &[&str]) -> Result<(), Unknown> {
        only(&self.0, names, "input")
    }

    /// The names of all inputs.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        let entries = self.0.as_dict().unwrap_or_default().iter();
        entries.filter_map(|(name, _)| name.as_str())
    }

    /// An input, or `None` when it is not given.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    pub(crate) fn value(&self, name: &str) -> Result<&Value, Unknown> {
        self.get(name)
            .ok_or_else(|| format!("input {name} is missing"))
    }

    pub(crate) fn text(&self, name: &str) -> Result<&str, Unknown> {
        self.optional_text(name)?
            .ok_or_else(|| format!("input {name} is missing"))
    }

    /// A text; `None` when it is not given, or null.
    pub(crate) fn optional_text(&self, name: &str) -> Result<Option<&str>, Unknown> {
        match self.get(name) {
            None | Some(Value::None) => Ok(None),
            Some(value) => value
                .as_str()
                .map(Some)
                .ok_or_else(|| format!("input {name} is no text")),
        }
    }

    pub(crate) fn texts(&self, name: &str) -> Result<Vec<&str>, Unknown> {
        let list = match self.get(name) {
            None | Some(Value::None) => return Ok(Vec::new()),
            Some(value) => value.as_list(),
        };
        let texts = list.and_then(|items| items.iter().map(Value::as_str).collect());
        texts.ok_or_else(|| format!("input {name} is no list of texts"))
    }

    pub(crate) fn number(&self, name: &str) -> Result<f64, Unknown> {
        self.optional_number(name)?
            .ok_or_else(|| format!("input {name} is missing"))
    }

    pub(crate) fn optional_number(&self, name: &str) -> Result<Option<f64>, Unknown> {
        match self.get(name) {
            None | Some(Value::None) => Ok(None),
            Some(value) => value
                .as_number()
                .map(Some)
                .ok_or_else(|| format!("input {name} is no number")),
        }
    }

    pub(crate) fn moment(&self, name: &str) -> Result<Moment, Unknown> {
        self.number(name).map(Moment::from_secs_f64)
    }

    pub(crate) fn flag(&self, name: &str, default: bool) -> Result<bool, Unknown> {
        match self.get(name) {
            None => Ok(default),
            Some(Value::Bool(yes)) => Ok(*yes),
            Some(_) => Err(format!("input {name} is neither true nor false")),
        }
    }

    /// An input that has inputs of its own.
    pub(crate) fn inner(&self, name: &str) -> Result<Self, Unknown> {
        self.value(name).map(Self::of)
    }
}

/// Says that a dict has only these keys.
fn only(dict: &Value, names: &[&str], what: &str) -> Result<(), Unknown> {
    let entries = dict
        .as_dict()
        .ok_or_else(|| format!("the {what}s are no dict"))?;
    let unknown = entries
        .iter()
        .map(|(key, _)| key.as_str().unwrap_or_default())
        .find(|key| !names.contains(key));
    unknown.map_or(Ok(()), |key| Err(format!("{what} {key} is unknown")))
}

/// Makes a dict of names and values.
pub(crate) fn dict<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Dict(entries.map(|(key, value)| (Value::text(key), value)).into())
}

/// Makes a value of a text that may be missing.
pub(crate) fn optional(text: Option<impl Into<String>>) -> Value {
    text.map_or(Value::None, |text| Value::text(text.into()))
}

/// Reads hexadecimal digits.
pub(crate) fn unhex(text: &str) -> Result<Vec<u8>, Unknown> {
    let pairs = text.as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Option<Vec<u8>> = pairs.map(byte).collect();
    bytes.ok_or_else(|| "hexadecimal digits are none".to_owned())
}
