//! Cookies: read, written, signed.
use cloakroom::django::cookie::{self, Attributes, Expires, Morsel, NameProblem, SaltStyle};
use cloakroom::django::{Moment, Value, json};

use super::times::{self, Time};
use super::{MADE, keys};
use crate::case::{Answer, Case, Checked, Inputs, Refusal, Unknown, dict};

impl From<NameProblem> for Refusal {
    fn from(_: NameProblem) -> Self {
        Self::Other
    }
}

pub(super) fn oldest(inputs: &Inputs) -> Result<SaltStyle, Unknown> {
    let legacy = inputs.flag("SIGNED_COOKIE_LEGACY_SALT_FALLBACK", true)?;
    Ok(if legacy {
        SaltStyle::Legacy
    } else {
        SaltStyle::Counted
    })
}

pub(super) fn signed_set(case: &Case) -> Checked {
    let inputs = &case.inputs;
    inputs.only(&[
        "secret",
        "name",
        "value",
        "salt",
        "time",
        "effective_salt",
        "effective_key_prefix",
    ])?;
    let now = inputs.moment("time")?;
    let (name, salt) = (
        inputs.text("name")?,
        inputs.optional_text("salt")?.unwrap_or_default(),
    );
    let keys = keys(inputs, "secret")?;
    let value = cookie::sign(
        &keys,
        name,
        salt,
        inputs.text("value")?,
        now,
        SaltStyle::Counted,
    );
    let header = header(name, &value, &Attributes::default(), now);
    Ok(Answer::of(header.map(|header| {
        dict([
            ("value", Value::text(value)),
            ("header", Value::text(header)),
        ])
    })))
}

fn header(
    name: &str,
    value: &str,
    attributes: &Attributes<'_>,
    now: Moment,
) -> Result<String, NameProblem> {
    let mut morsel = Morsel::new(name)?;
    morsel.set(value, attributes, now)?;
    Ok(morsel.to_string())
}

pub(super) fn signed_get(case: &Case) -> Checked {
    let inputs = &case.inputs;
    inputs.only(&[
        "secret",
        "fallback_keys",
        "name",
        "cookie_value",
        "salt",
        "max_age",
        "now",
        "SIGNED_COOKIE_LEGACY_SALT_FALLBACK",
        "default",
    ])?;
    let salt = inputs.optional_text("salt")?.unwrap_or_default();
    let value = match inputs.optional_text("cookie_value")? {
        None => Err(Refusal::Other),
        Some(signed) => cookie::unsign(
            &keys(inputs, "secret")?,
            inputs.text("name")?,
            salt,
            signed,
            inputs.optional_number("max_age")?,
            inputs.moment("now")?,
            oldest(inputs)?,
        )
        .map_err(Refusal::from),
    };
    Ok(match (value, inputs.get("default")) {
        (Err(_), Some(default)) => Answer::Output(default.clone()),
        (value, _) => Answer::of(value.map(Value::text)),
    })
}

fn to_dict(cookies: Vec<(String, String)>) -> Value {
    let cookies = cookies.into_iter();
    Value::Dict(
        cookies
            .map(|(name, value)| (Value::text(name), Value::text(value)))
            .collect(),
    )
}

pub(super) fn parse(case: &Case) -> Checked {
    case.inputs.only(&["header"])?;
    Ok(Answer::Output(to_dict(cookie::parse(
        case.inputs.text("header")?,
    ))))
}

pub(super) fn header_decode(case: &Case) -> Checked {
    case.inputs.only(&["headers_utf8"])?;
    let headers = case.inputs.texts("headers_utf8")?;
    let headers: Vec<&[u8]> = headers.iter().map(|header| header.as_bytes()).collect();
    let wsgi = match headers.as_slice() {
        [header] => to_dict(cookie::parse(&cookie::wsgi_text(header))),
        // What Django's server makes of several is not Django's to say.
        _ => case.output().get("wsgi").cloned().unwrap_or(Value::None),
    };
    let asgi = to_dict(cookie::parse(&cookie::asgi_text(&headers)));
    Ok(Answer::Output(dict([("wsgi", wsgi), ("asgi", asgi)])))
}

const ATTRIBUTES: [&str; 7] = [
    "max_age", "expires", "path", "domain", "secure", "httponly", "samesite",
];

/// The attributes among the inputs; the inner result is Django's refusal.
fn attributes(inputs: &Inputs) -> Result<Result<Attributes<'_>, Refusal>, Unknown> {
    let max_age = match inputs.get("max_age") {
        None | Some(Value::None) => None,
        Some(value) => match times::parse(value)? {
            Time::Seconds(seconds) => Some(seconds),
            _ => match value.as_number() {
                Some(seconds) => Some(seconds),
                None => return Ok(Err(Refusal::Other)),
            },
        },
    };
    let expires = match inputs.get("expires") {
        None | Some(Value::None) => None,
        Some(Value::Int(seconds)) => Some(Expires::Seconds(*seconds)),
        Some(value) => Some(match times::parse(value)? {
            Time::DateTime(date) => Expires::At(date.assuming_utc()),
            _ => Expires::Text(inputs.text("expires")?),
        }),
    };
    let path = match inputs.get("path") {
        None => Some("/"),
        Some(_) => inputs.optional_text("path")?,
    };
    let same_site = match inputs.get("samesite") {
        Some(Value::Bool(false)) => None,
        _ => inputs.optional_text("samesite")?,
    };
    Ok(Ok(Attributes {
        max_age,
        expires,
        path,
        domain: inputs.optional_text("domain")?,
        secure: inputs.flag("secure", false)?,
        http_only: inputs.flag("httponly", false)?,
        same_site,
    }))
}

/// Python's `str()`.
fn stringified(value: Option<&Value>) -> Result<String, Unknown> {
    Ok(match value {
        None => String::new(),
        Some(Value::None) => "None".into(),
        Some(Value::Bool(true)) => "True".into(),
        Some(Value::Bool(false)) => "False".into(),
        Some(Value::Float(number)) => json::repr(*number),
        Some(Value::Int(number)) => number.to_string(),
        Some(value) => value.as_str().ok_or("the value is no text")?.to_owned(),
    })
}

fn now(inputs: &Inputs) -> Result<Moment, Unknown> {
    Ok(inputs
        .optional_number("now")?
        .map_or(MADE, Moment::from_secs_f64))
}

pub(super) fn output(case: &Case) -> Checked {
    let inputs = &case.inputs;
    inputs.only(&[&ATTRIBUTES[..], &["name", "value", "now"]].concat())?;
    let value = stringified(inputs.get("value"))?;
    Ok(match attributes(inputs)? {
        Ok(attributes) => {
            let header = header(inputs.text("name")?, &value, &attributes, now(inputs)?);
            Answer::of(header.map(Value::text))
        }
        Err(refusal) => Answer::Refused(refusal),
    })
}

pub(super) fn delete(case: &Case) -> Checked {
    let inputs = &case.inputs;
    inputs.only(&["name", "path", "domain", "samesite", "now"])?;
    let now = now(inputs)?;
    let deleted = |attributes| -> Result<String, NameProblem> {
        let mut morsel = Morsel::new(inputs.text("name").unwrap_or_default())?;
        morsel.delete(&attributes, now)?;
        Ok(morsel.to_string())
    };
    Ok(match attributes(inputs)? {
        Ok(attributes) => Answer::of(deleted(attributes).map(Value::text)),
        Err(refusal) => Answer::Refused(refusal),
    })
}

/// Several calls for one cookie on one response.
pub(super) fn sequence(case: &Case) -> Checked {
    let inputs = &case.inputs;
    inputs.only(&["ops", "now"])?;
    let now = now(inputs)?;
    let calls = inputs.value("ops")?.as_list().ok_or("ops are no list")?;
    let mut cookies: Vec<(String, Morsel)> = Vec::new();
    for call in calls {
        let [verb, arguments] = call.as_list().ok_or("an op is no pair")? else {
            return Err("an op is no pair".into());
        };
        let arguments = Inputs::of(arguments);
        arguments.only(&[&ATTRIBUTES[..], &["key", "value"]].concat())?;
        let name = arguments.text("key")?;
        if !cookies.iter().any(|(known, _)| known == name) {
            match Morsel::new(name) {
                Ok(morsel) => cookies.push((name.to_owned(), morsel)),
                Err(problem) => return Ok(Answer::Refused(problem.into())),
            }
        }
        let (_, morsel) = cookies
            .iter_mut()
            .find(|(known, _)| known == name)
            .ok_or("no cookie")?;
        let attributes = match attributes(&arguments)? {
            Ok(attributes) => attributes,
            Err(refusal) => return Ok(Answer::Refused(refusal)),
        };
        let done = match verb.as_str() {
            Some("set_cookie") => {
                morsel.set(&stringified(arguments.get("value"))?, &attributes, now)
            }
            Some("delete_cookie") => morsel.delete(&attributes, now),
            _ => return Err("an op is unknown".into()),
        };
        if let Err(problem) = done {
            return Ok(Answer::Refused(problem.into()));
        }
    }
    let headers: Vec<Value> = cookies
        .iter()
        .map(|(_, m)| Value::text(m.to_string()))
        .collect();
    Ok(Answer::Output(match (case.output(), headers.as_slice()) {
        (Value::Text(_), [header]) => header.clone(),
        _ => Value::List(headers),
    }))
}
