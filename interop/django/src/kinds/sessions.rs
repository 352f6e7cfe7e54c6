//! Sessions: payloads, rows, files, cookies, and how long they live.
use cloakroom::django::json::Object;
use cloakroom::django::session::{
    EXPIRY_KEY, Expiry, FILE_MODE, FileFate, Payloads, file_fate, file_name, is_acceptable_key,
    is_live, row_date,
};
use cloakroom::django::signing::{Keys, Signer};
use cloakroom::django::{DateTime, Moment, Value, json, session};

use super::times::{self, Time};
use super::{COOKIE_AGE, keys, session_json, signed_alike, written};
use crate::case::{Answer, Case, Checked, Inputs, Unknown, dict};

/// The key that stands in for one that Django would make at random.
const NEW_KEY: &str = "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn";
/// The key of the sessions that vectors load.
const KEY: &str = "abcdefghijklmnopqrstuvwxyz012345";

fn payload(keys: &Keys, json: &str, now: Moment) -> Result<String, Unknown> {
    Ok(Payloads::new(keys).encode(&written(Object::parse(json))?, now))
}

fn signer(keys: &Keys) -> Signer {
    Signer::timestamped(keys, session::SALT)
}

fn empty() -> Value {
    Value::Dict(Vec::new())
}

pub(super) fn encode(case: &Case) -> Checked {
    let inputs = &case.inputs;
    inputs.only(&["secret", "salt", "time", "session", "applies_to"])?;
    let keys = keys(inputs, "secret")?;
    let salt = inputs.text("salt")?;
    let class = salt
        .strip_prefix("django.contrib.sessions.")
        .ok_or("the salt is unknown")?;
    let json = session_json(inputs, "session")?;
    let object = written(Object::parse(&json))?;
    let ours = Payloads::of_class(&keys, class).encode(&object, inputs.moment("time")?);
    let theirs = case.output().as_str().unwrap_or_default();
    Ok(signed_alike(
        &Signer::timestamped(&keys, salt),
        &ours,
        theirs,
    ))
}

pub(super) fn decode(case: &Case) -> Checked {
    let inputs = &case.inputs;
    inputs.only(&["secret", "fallback_keys", "data"])?;
    let read = Payloads::new(&keys(inputs, "secret")?).read(inputs.text("data")?);
    // To Django what it can't read is an empty session.
    Ok(Answer::Output(read.unwrap_or_else(|_| empty())))
}

fn expiry_of(session: &Value) -> Result<Expiry, Unknown> {
    written(Expiry::of(session.get(EXPIRY_KEY)))
}

fn cookie_age(inputs: &Inputs) -> Result<f64, Unknown> {
    Ok(inputs
        .optional_number("SESSION_COOKIE_AGE")?
        .unwrap_or(COOKIE_AGE))
}

pub(super) fn db_row(case: &Case) -> Checked {
    let inputs = &case.inputs;
    inputs.only(&[
        "secret",
        "session",
        "time",
        "settings",
        "generated_key",
        "engine",
    ])?;
    if inputs.text("engine")? != "sqlite3" {
        return Err("this engine's rows are written by its store".into());
    }
    let settings = inputs.inner("settings")?;
    settings.only(&["SESSION_COOKIE_AGE", "USE_TZ", "TIME_ZONE"])?;
    let (now, keys) = (inputs.moment("time")?, keys(inputs, "secret")?);
    let ends = expiry_of(inputs.value("session")?)?.deadline(now, cookie_age(&settings)?);
    let ours = payload(&keys, &session_json(inputs, "session")?, now)?;
    let theirs = case
        .output()
        .get("session_data")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let row = |data: Value| {
        let date = row_date(ends, times::ahead(&settings, ends)?);
        Ok::<_, Unknown>(dict([
            ("table", Value::text("django_session")),
            ("session_key", inputs.value("generated_key")?.clone()),
            ("session_data", data),
            ("expire_date", Value::text(date)),
        ]))
    };
    compare_within(case, &signer(&keys), &ours, theirs, "session_data", row)
}

/// Compares a dict in which one value is a signed text.
pub(super) fn compare_within(
    case: &Case,
    signer: &Signer,
    ours: &str,
    theirs: &str,
    key: &str,
    make: impl FnOnce(Value) -> Result<Value, Unknown>,
) -> Checked {
    let Answer::Both(ours, theirs) = signed_alike(signer, ours, theirs) else {
        return Err("nothing to compare".into());
    };
    let entries = case.output().as_dict().unwrap_or_default().iter().cloned();
    let theirs = entries.map(|(name, value)| match name.as_str() == Some(key) {
        true => (name, theirs.clone()),
        false => (name, value),
    });
    let theirs = Value::Dict(theirs.collect());
    Ok(Answer::Both(make(ours)?, theirs))
}

pub(super) fn db_load(case: &Case) -> Checked {
    let inputs = &case.inputs;
    inputs.only(&["secret", "fallback_keys", "row", "now"])?;
    let [key, data, ends] = inputs.texts("row")?[..] else {
        return Err("the row has other columns".into());
    };
    let ends = written(DateTime::parse(ends))?.assuming_utc();
    let (data, key) = if is_acceptable_key(key) && is_live(ends, inputs.moment("now")?) {
        let read = Payloads::new(&keys(inputs, "secret")?).read(data);
        (read.unwrap_or_else(|_| empty()), Value::text(key))
    } else {
        (empty(), Value::None)
    };
    Ok(Answer::Output(dict([
        ("data", data),
        ("session_key_after", key),
    ])))
}

pub(super) fn file(case: &Case) -> Checked {
    let inputs = &case.inputs;
    inputs.only(&[
        "secret",
        "session",
        "time",
        "generated_key",
        "SESSION_COOKIE_NAME",
    ])?;
    let keys = keys(inputs, "secret")?;
    let ours = payload(
        &keys,
        &session_json(inputs, "session")?,
        inputs.moment("time")?,
    )?;
    let theirs = case
        .output()
        .get("content")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let name = file_name(
        inputs.text("SESSION_COOKIE_NAME")?,
        inputs.text("generated_key")?,
    );
    let name = written(name)?;
    compare_within(case, &signer(&keys), &ours, theirs, "content", |content| {
        Ok(dict([
            ("file_name", Value::text(name)),
            ("mode", Value::text(format!("{FILE_MODE:#o}"))),
            ("content", content),
        ]))
    })
}

pub(super) fn file_path(case: &Case) -> Checked {
    let inputs = &case.inputs;
    inputs.only(&["key", "SESSION_COOKIE_NAME", "SESSION_FILE_PATH"])?;
    let name = file_name(inputs.text("SESSION_COOKIE_NAME")?, inputs.text("key")?);
    let folder = inputs.text("SESSION_FILE_PATH")?;
    let path = |name| {
        let path = std::path::Path::new(folder).join::<String>(name);
        Value::text(path.to_string_lossy().into_owned())
    };
    Ok(Answer::of(name.map(path)))
}

pub(super) fn file_load(case: &Case) -> Checked {
    let inputs = &case.inputs;
    inputs.only(&[
        "secret",
        "content",
        "mtime_age_seconds",
        "now",
        "SESSION_COOKIE_AGE",
    ])?;
    let now = inputs.moment("now")?;
    let modified = now.plus_secs(-inputs.number("mtime_age_seconds")?);
    let content = inputs.text("content")?;
    let answer = |data, key: &str, exists| {
        Ok(Answer::Output(dict([
            ("data", data),
            ("session_key_after", Value::text(key)),
            ("original_file_exists", Value::Bool(exists)),
        ])))
    };
    // The empty placeholder is no session yet, and its time means nothing.
    if content.is_empty() {
        return answer(empty(), KEY, true);
    }
    let read = Payloads::new(&keys(inputs, "secret")?).read(content);
    let data = read.unwrap_or_else(|_| empty());
    match file_fate(expiry_of(&data)?, modified, now, cookie_age(inputs)?) {
        Ok(FileFate::Kept) => answer(data, KEY, true),
        Ok(FileFate::Expired) => answer(empty(), NEW_KEY, false),
        Err(error) => Ok(Answer::Refused(error.into())),
    }
}

pub(super) fn key_valid(case: &Case) -> Checked {
    case.inputs.only(&["key"])?;
    let key = case.inputs.optional_text("key")?.unwrap_or_default();
    Ok(Answer::bool(is_acceptable_key(key)))
}

pub(super) fn expiry(case: &Case) -> Checked {
    let inputs = &case.inputs;
    inputs.only(&[
        "set_expiry",
        "now",
        "SESSION_COOKIE_AGE",
        "SESSION_EXPIRE_AT_BROWSER_CLOSE",
    ])?;
    let (now, age) = (inputs.moment("now")?, cookie_age(inputs)?);
    let set = inputs.value("set_expiry")?;
    let stored = match times::parse(set)? {
        Time::DateTime(date) => Value::text(date.to_string()),
        Time::Seconds(seconds) => Value::text(DateTime::utc(now.plus_secs(seconds)).to_string()),
        Time::Other => set.clone(),
    };
    let expiry = match Expiry::of(Some(&stored)) {
        Ok(expiry) => expiry,
        Err(error) => return Ok(Answer::Refused(error.into())),
    };
    let seconds = match expiry.age(now, age) {
        Ok(seconds) => Value::Float(seconds),
        Err(_) => Value::text("error TypeError"),
    };
    let site = inputs.flag("SESSION_EXPIRE_AT_BROWSER_CLOSE", false)?;
    Ok(Answer::Output(dict([
        ("modified", Value::Bool(stored != Value::None)),
        ("stored", stored),
        ("age", seconds),
        ("date", Value::text(expiry.date(now, age).to_string())),
        (
            "expire_at_browser_close",
            Value::Bool(expiry.ends_with_the_browser(site)),
        ),
    ])))
}

pub(super) fn signed_cookie(case: &Case) -> Checked {
    let inputs = &case.inputs;
    inputs.only(&["secret", "salt", "time", "session"])?;
    if inputs.text("salt")? != session::COOKIE_SALT {
        return Err("the salt is unknown".into());
    }
    let keys = keys(inputs, "secret")?;
    let json = session_json(inputs, "session")?;
    let object = written(Object::parse(&json))?;
    let ours = Payloads::in_cookies(&keys).encode(&object, inputs.moment("time")?);
    let theirs = case.output().as_str().unwrap_or_default();
    Ok(signed_alike(
        &Signer::timestamped(&keys, session::COOKIE_SALT),
        &ours,
        theirs,
    ))
}

pub(super) fn signed_cookie_load(case: &Case) -> Checked {
    let inputs = &case.inputs;
    inputs.only(&[
        "secret",
        "fallback_keys",
        "cookie",
        "now",
        "SESSION_COOKIE_AGE",
    ])?;
    let payloads = Payloads::in_cookies(&keys(inputs, "secret")?);
    let now = inputs.moment("now")?;
    let read = payloads.decode_fresh(inputs.text("cookie")?, cookie_age(inputs)?, now);
    let read = read.and_then(|text| json::parse(&text));
    Ok(Answer::Output(dict([
        // To Django what it can't read is an empty session, which it sends at once.
        ("modified", Value::Bool(read.is_err())),
        ("data", read.unwrap_or_else(|_| empty())),
        ("session_key_kept", Value::Bool(true)),
    ])))
}
