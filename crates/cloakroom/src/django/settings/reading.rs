//! Reading the values of settings; what is wrong is said without the value.
use serde_json::Value;

pub(super) type What = &'static str;

pub(super) fn flag(value: &Value) -> Result<bool, What> {
    value.as_bool().ok_or("is neither true nor false")
}

pub(super) fn number(value: &Value) -> Result<u64, What> {
    value.as_u64().ok_or("is no whole number of zero or more")
}

pub(super) fn text(value: &Value) -> Result<String, What> {
    let text = value.as_str().map(str::to_owned);
    text.ok_or("is no text")
}

pub(super) fn maybe<T>(
    value: &Value,
    read: impl Fn(&Value) -> Result<T, What>,
) -> Result<Option<T>, What> {
    if value.is_null() {
        return Ok(None);
    }
    read(value).map(Some)
}

pub(super) fn texts(value: &Value) -> Result<Vec<String>, What> {
    let list = value.as_array().ok_or("is no list of texts")?;
    list.iter().map(text).collect()
}

/// Reads `Lax`, `Strict` or `None` as text, or `False` for no attribute at all.
pub(super) fn same_site(value: &Value) -> Result<Option<String>, What> {
    const WRONG: What = "is none of Lax, Strict, None as text, and False";
    match value {
        Value::Null | Value::Bool(false) => Ok(None),
        Value::String(word) if word.is_empty() => Ok(None),
        Value::String(word)
            if ["lax", "strict", "none"].contains(&word.to_lowercase().as_str()) =>
        {
            Ok(Some(word.clone()))
        }
        _ => Err(WRONG),
    }
}

/// Takes only this one value.
pub(super) fn only(value: &Value, known: &str, what: What) -> Result<(), What> {
    (value.as_str() == Some(known)).then_some(()).ok_or(what)
}
