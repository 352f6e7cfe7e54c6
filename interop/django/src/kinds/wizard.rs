//! Wizards and form previews of django-formtools.
use cloakroom::django::cookie::{Attributes, Morsel, SaltStyle};
use cloakroom::django::json::Object;
use cloakroom::django::session::{self, Payloads};
use cloakroom::django::signing::Signer;
use cloakroom::django::{DjangoError, Moment, Value, json, wizard};

use super::cookies::oldest;
use super::sessions::compare_within;
use super::{keys, session_json, written};
use crate::case::{Answer, Case, Checked, Unknown, dict, unhex};

pub(super) fn normalize_name(case: &Case) -> Checked {
    case.inputs.only(&["class_name"])?;
    Ok(Answer::text(wizard::prefix(
        case.inputs.text("class_name")?,
    )))
}

pub(super) fn cookie(case: &Case) -> Checked {
    let inputs = &case.inputs;
    inputs.only(&[
        "secret",
        "class_prefix",
        "data",
        "time",
        "json",
        "effective_salt",
    ])?;
    let (keys, now) = (keys(inputs, "secret")?, inputs.moment("time")?);
    let (prefix, state) = (inputs.text("class_prefix")?, inputs.value("data")?);
    let json = written(json::to_string(state))?;
    if let Some(theirs) = inputs
        .optional_text("json")?
        .filter(|theirs| *theirs != json)
    {
        return Ok(Answer::Both(Value::text(json), Value::text(theirs)));
    }
    let value = written(wizard::to_cookie(
        &keys,
        prefix,
        state,
        now,
        SaltStyle::Counted,
    ))?;
    let name = wizard::storage_key(prefix);
    let header = header(&name, &value, now)?;
    let output = match case.output() {
        Value::Text(theirs) if *theirs == *value => Value::text(value),
        Value::Text(_) => Value::text(header),
        theirs => {
            let known = [
                ("name", Value::text(name.as_str())),
                ("cookie_name", Value::text(name.as_str())),
                ("value", Value::text(value)),
                ("header", Value::text(header)),
            ];
            let asked = |(key, _): &(&str, Value)| theirs.get(key).is_some();
            let entries = known.into_iter().filter(asked);
            Value::Dict(
                entries
                    .map(|(key, value)| (Value::text(key), value))
                    .collect(),
            )
        }
    };
    Ok(Answer::Output(output))
}

fn header(name: &str, value: &str, now: Moment) -> Result<String, Unknown> {
    let mut morsel = Morsel::new(name).map_err(|problem| problem.to_string())?;
    let set = morsel.set(value, &Attributes::default(), now);
    set.map_err(|problem| problem.to_string())?;
    Ok(morsel.to_string())
}

pub(super) fn cookie_load(case: &Case) -> Checked {
    let inputs = &case.inputs;
    inputs.only(&[
        "secret",
        "fallback_keys",
        "class_prefix",
        "cookie",
        "SIGNED_COOKIE_LEGACY_SALT_FALLBACK",
    ])?;
    let Some(cookie) = inputs.optional_text("cookie")? else {
        return Ok(Answer::Output(wizard::empty_state()));
    };
    let prefix = inputs.text("class_prefix")?;
    let state = wizard::from_cookie(&keys(inputs, "secret")?, prefix, cookie, oldest(inputs)?);
    Ok(match state {
        // What nobody signed is no wizard that was begun.
        Err(DjangoError::BadSignature) | Ok(Value::None) => Answer::Output(wizard::empty_state()),
        state => Answer::of(state),
    })
}

pub(super) fn session(case: &Case) -> Checked {
    let inputs = &case.inputs;
    inputs.only(&["secret", "class_prefix", "data", "time"])?;
    let keys = keys(inputs, "secret")?;
    let name = wizard::storage_key(inputs.text("class_prefix")?);
    let mut object = Object::default();
    object.set(&name, session_json(inputs, "data")?);
    let ours = Payloads::new(&keys).encode(&object, inputs.moment("time")?);
    let theirs = case
        .output()
        .get("session_data")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let signer = Signer::timestamped(&keys, session::SALT);
    compare_within(case, &signer, &ours, theirs, "session_data", |data| {
        Ok(dict([
            ("session_key_name", Value::text(name)),
            ("session_data", data),
        ]))
    })
}

pub(super) fn form_preview_hash(case: &Case) -> Checked {
    let inputs = &case.inputs;
    inputs.only(&[
        "secret",
        "key_salt",
        "algorithm",
        "form_data",
        "cleaned",
        "pickled_hex",
    ])?;
    if (inputs.text("key_salt")?, inputs.text("algorithm")?) != ("django.contrib.formtools", "sha1")
    {
        return Err("the salt or the algorithm is unknown".into());
    }
    unhex(inputs.text("pickled_hex")?)?;
    let mut fields = Vec::new();
    for field in inputs
        .value("cleaned")?
        .as_list()
        .ok_or("the fields are no list")?
    {
        match field.as_list() {
            Some([name, value]) => {
                fields.push((name.as_str().ok_or("a name is no text")?, value.clone()));
            }
            _ => return Err("a field is no pair".into()),
        }
    }
    let secret = inputs.text("secret")?.as_bytes();
    Ok(Answer::of(
        wizard::preview_hash(secret, &fields).map(Value::text),
    ))
}
