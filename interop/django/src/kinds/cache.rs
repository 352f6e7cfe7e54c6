//! Entries of Django's caches.
use cloakroom::django::cache::{self, CACHE_PREFIX, CACHED_DB_PREFIX};
use cloakroom::django::session::{EXPIRY_KEY, Expiry};
use cloakroom::django::{Moment, Value, pickle};

use super::{COOKIE_AGE, MADE, written};
use crate::case::{Answer, Case, Checked, Inputs, Unknown, dict, unhex};

/// The session key where a case does not say.
const KEY: &str = "abcdefghijklmnopqrstuvwxyz012345";

fn key(inputs: &Inputs) -> Result<String, Unknown> {
    let prefix = match inputs.optional_text("backend")? {
        None | Some("cache") => CACHE_PREFIX,
        Some("cached_db") => CACHED_DB_PREFIX,
        Some(_) => return Err("the backend is unknown".into()),
    };
    let session = inputs.optional_text("session_key")?.unwrap_or(KEY);
    let version = inputs
        .get("VERSION")
        .map_or(Some(1), Value::as_int)
        .ok_or("VERSION is no number")?;
    let site = inputs.optional_text("KEY_PREFIX")?.unwrap_or_default();
    Ok(cache::key(site, version, &format!("{prefix}{session}")))
}

fn age(inputs: &Inputs, now: Moment) -> Result<f64, Unknown> {
    let stored = inputs.value("session")?.get(EXPIRY_KEY);
    let cookie_age = inputs
        .optional_number("SESSION_COOKIE_AGE")?
        .unwrap_or(COOKIE_AGE);
    written(Expiry::of(stored).and_then(|expiry| expiry.age(now, cookie_age)))
}

/// A pickle as what it holds, and its protocol.
fn unpickled(bytes: &[u8]) -> Result<(Value, Value), Unknown> {
    let protocol = match bytes {
        [0x80, protocol, ..] => Value::Int((*protocol).into()),
        _ => Value::Int(0),
    };
    Ok((written(cache::from_redis(bytes))?, protocol))
}

/// Compares an answer whose key `name` is a pickle in hexadecimal digits.
fn compare(case: &Case, name: &str, ours: Value) -> Checked {
    let entries = case
        .output()
        .as_dict()
        .ok_or("the output is no dict")?
        .iter();
    let theirs = entries.map(|(key, value)| {
        if key.as_str() == Some(name) {
            let bytes = unhex(value.as_str().unwrap_or_default())?;
            return Ok((key.clone(), unpickled(&bytes)?.0));
        }
        Ok((key.clone(), value.clone()))
    });
    Ok(Answer::Both(
        ours,
        Value::Dict(theirs.collect::<Result<_, Unknown>>()?),
    ))
}

pub(super) fn redis(case: &Case) -> Checked {
    let inputs = &case.inputs;
    // Which Python made the case says nothing of what is in it.
    inputs.only(&[
        "backend",
        "KEY_PREFIX",
        "VERSION",
        "session",
        "session_key",
        "python",
        "SESSION_COOKIE_AGE",
    ])?;
    let bytes = written(cache::to_redis(inputs.value("session")?))?;
    let (value, protocol) = unpickled(&bytes)?;
    let ttl = cache::redis_timeout(Some(age(inputs, MADE)?));
    let ours = dict([
        ("redis_key", Value::text(key(inputs)?)),
        ("value_hex", value),
        ("pickle_protocol", protocol),
        ("ttl", ttl.map_or(Value::None, Value::Int)),
    ]);
    compare(case, "value_hex", ours)
}

pub(super) fn memcached(case: &Case) -> Checked {
    let inputs = &case.inputs;
    inputs.only(&[
        "backend",
        "client",
        "session",
        "session_key",
        "KEY_PREFIX",
        "VERSION",
    ])?;
    if inputs.text("client")? != "pymemcache" {
        return Err("the client is unknown".into());
    }
    let key = key(inputs)?;
    written(cache::check_memcached_key(&key))?;
    let (value, protocol) = unpickled(&written(pickle::to_bytes(inputs.value("session")?))?)?;
    let ttl = cache::memcached_timeout(Some(age(inputs, MADE)?), MADE);
    let ours = dict([
        ("memcached_key", Value::text(key)),
        ("flags", Value::Int(cache::MEMCACHED_PICKLE_FLAG.into())),
        ("value_hex", value),
        ("pickle_protocol", protocol),
        ("ttl_reply", Value::text(format!("HD t{ttl}"))),
    ]);
    compare(case, "value_hex", ours)
}

pub(super) fn read(case: &Case) -> Checked {
    case.inputs.only(&["what", "value_hex"])?;
    let read = cache::from_redis(&unhex(case.inputs.text("value_hex")?)?);
    // To Django what it can't read is an empty session, and so is None.
    Ok(Answer::Output(match read {
        Ok(Value::None) | Err(_) => Value::Dict(Vec::new()),
        Ok(value) => value,
    }))
}

pub(super) fn table(case: &Case) -> Checked {
    let inputs = &case.inputs;
    inputs.only(&["session", "time", "SESSION_COOKIE_AGE"])?;
    let now = inputs.moment("time")?;
    let ours = written(cache::to_table(inputs.value("session")?))?;
    let row = |value: &str, key: Value, ends: Value| {
        let value = written(cache::from_table(value))?;
        Ok::<_, Unknown>(dict([
            ("cache_key", key),
            ("value", value),
            ("expires", ends),
        ]))
    };
    let theirs = |name| case.output().get(name).cloned().unwrap_or(Value::None);
    let ends = cache::table_date(now, age(inputs, now)?, 0);
    let ours = row(&ours, Value::text(key(inputs)?), Value::text(ends))?;
    let value = theirs("value");
    let value = value.as_str().unwrap_or_default();
    Ok(Answer::Both(
        ours,
        row(value, theirs("cache_key"), theirs("expires"))?,
    ))
}

pub(super) fn file(case: &Case) -> Checked {
    let inputs = &case.inputs;
    inputs.only(&["session", "time", "SESSION_COOKIE_AGE", "key"])?;
    let now = inputs.moment("time")?;
    let ends = now.plus_secs(age(inputs, now)?);
    let ours = written(cache::to_file(inputs.value("session")?, Some(ends)))?;
    let entry = |name: Value, bytes: &[u8]| {
        let (value, ends) = written(cache::from_file(bytes))?;
        let ends = ends.map_or(Value::None, |ends| Value::Int(ends.as_micros()));
        Ok::<_, Unknown>(dict([
            ("file_name", name),
            ("value", value),
            ("ends", ends),
        ]))
    };
    let name = Value::text(cache::file_name(inputs.text("key")?));
    let theirs = case.output();
    let content = theirs
        .get("content_hex")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let named = theirs.get("file_name").cloned().unwrap_or(Value::None);
    Ok(Answer::Both(
        entry(name, &ours)?,
        entry(named, &unhex(content)?)?,
    ))
}

pub(super) fn redis_timeout(case: &Case) -> Checked {
    case.inputs.only(&["timeout"])?;
    let timeout = cache::redis_timeout(case.inputs.optional_number("timeout")?);
    Ok(Answer::Output(timeout.map_or(Value::None, Value::Int)))
}

pub(super) fn memcached_timeout(case: &Case) -> Checked {
    let inputs = &case.inputs;
    inputs.only(&["timeout", "now"])?;
    let timeout = inputs.optional_number("timeout")?;
    Ok(Answer::Output(Value::Int(cache::memcached_timeout(
        timeout,
        inputs.moment("now")?,
    ))))
}
