//! Flash messages.
use cloakroom::django::cookie::{Attributes, Morsel};
use cloakroom::django::messages::{
    self, COOKIE, Cookies, Fitted, Kind, Message, SALT, SESSION_KEY, Storage, Which,
};
use cloakroom::django::signing::{Keys, Signer};
use cloakroom::django::{Text, Value};

use super::sessions::compare_within;
use super::{MADE, keys, written};
use crate::case::{Answer, Case, Checked, Inputs, Refusal, Unknown, dict};

/// Reads messages as the vectors describe them.
fn described(inputs: &Inputs) -> Result<Vec<Message>, Unknown> {
    let list = inputs
        .value("messages")?
        .as_list()
        .ok_or("messages are no list")?;
    list.iter().map(one).collect()
}

fn one(value: &Value) -> Result<Message, Unknown> {
    let inputs = Inputs::of(value);
    inputs.only(&["level", "message", "extra_tags", "safe", "tags"])?;
    let message = Message {
        level: inputs
            .value("level")?
            .as_int()
            .ok_or("a level is no number")?,
        text: Text::from(inputs.text("message")?),
        extra_tags: inputs.optional_text("extra_tags")?.map(Text::from),
        is_safe: inputs.flag("safe", false)?,
    };
    match inputs.optional_text("tags")? {
        Some(tags) if tags != message.tags() => Err(format!(
            "ours has the tags {}, Django's {tags}",
            message.tags()
        )),
        _ => Ok(message),
    }
}

/// Describes messages as the vectors do.
fn describe(messages: &[Message]) -> Value {
    let describe = |message: &Message| {
        dict([
            ("level", Value::Int(message.level)),
            ("message", Value::Text(message.text.clone())),
            (
                "extra_tags",
                message.extra_tags.clone().map_or(Value::None, Value::Text),
            ),
            ("safe", Value::Bool(message.is_safe)),
            ("tags", Value::text(message.tags())),
        ])
    };
    Value::List(messages.iter().map(describe).collect())
}

fn texts(messages: &[Message]) -> Value {
    Value::List(
        messages
            .iter()
            .map(|message| Value::Text(message.text.clone()))
            .collect(),
    )
}

fn signer(keys: &Keys) -> Signer {
    Signer::timestamped(&keys.for_cookies(), SALT)
}

pub(super) fn cookie(case: &Case) -> Checked {
    let inputs = &case.inputs;
    inputs.only(&[
        "secret",
        "salt",
        "effective_key",
        "time",
        "messages",
        "json",
    ])?;
    let (keys, now) = (keys(inputs, "secret")?, inputs.moment("time")?);
    let fitted = Cookies::new(&keys).fit(&described(inputs)?, Which::Newest, now);
    let ours = fitted.value.ok_or("there are no messages")?;
    let signed = written(signer(&keys).loads_json(&ours, None, now))?;
    if let Some(theirs) = inputs
        .optional_text("json")?
        .filter(|theirs| *theirs != signed)
    {
        return Ok(Answer::Both(Value::text(signed), Value::text(theirs)));
    }
    let theirs = |name| {
        case.output()
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let attributes = Attributes {
        http_only: true,
        same_site: Some("Lax"),
        ..Attributes::default()
    };
    let header = |value: &str| {
        let mut morsel = Morsel::new(COOKIE).map_err(|problem| problem.to_string())?;
        morsel
            .set(value, &attributes, now)
            .map_err(|problem| problem.to_string())?;
        Ok::<_, Unknown>(Value::text(morsel.to_string()))
    };
    let value = theirs("value");
    // The header around the value: with Django's value it has to be Django's header.
    let around = header(value)?;
    compare_within(case, &signer(&keys), &ours, value, "value", |value| {
        Ok(dict([("value", value), ("header", around)]))
    })
}

pub(super) fn cookie_decode(case: &Case) -> Checked {
    let inputs = &case.inputs;
    inputs.only(&["secret", "fallback_keys", "now", "cookie"])?;
    let cookies = Cookies::new(&keys(inputs, "secret")?);
    Ok(match cookies.decode(inputs.optional_text("cookie")?) {
        Err(error) => Answer::Refused(error.into()),
        Ok(decoded) => Answer::Output(dict([
            (
                "messages",
                decoded.messages.as_deref().map_or(Value::None, describe),
            ),
            ("all_retrieved", Value::Bool(!decoded.goes_on)),
            ("used", Value::Bool(decoded.is_bad)),
        ])),
    })
}

pub(super) fn session(case: &Case) -> Checked {
    case.inputs.only(&["messages", "session_key"])?;
    if case.inputs.text("session_key")? != SESSION_KEY {
        return Err("the session key is unknown".into());
    }
    let messages = described(&case.inputs)?;
    let text = written(messages::to_session(&messages))?;
    if written(messages::from_session(&text))? != messages {
        return Err("ours does not read what it wrote".into());
    }
    Ok(Answer::text(text))
}

fn indexes(range: std::ops::Range<usize>) -> Value {
    Value::List(range.map(|at| Value::Int(at as i64)).collect())
}

pub(super) fn overflow(case: &Case) -> Checked {
    let inputs = &case.inputs;
    inputs.only(&["secret", "time", "storage", "level", "messages"])?;
    let level = inputs
        .value("level")?
        .as_int()
        .ok_or("the level is no number")?;
    let texts = inputs.texts("messages")?;
    let message = |text: &&str| Message {
        level,
        text: Text::from(*text),
        extra_tags: Some(Text::default()),
        is_safe: false,
    };
    let messages: Vec<Message> = texts.iter().map(message).collect();
    let (keys, now) = (keys(inputs, "secret")?, inputs.moment("time")?);
    let keep = match inputs.text("storage")? {
        "cookie" => Which::Newest,
        "fallback" => Which::Oldest,
        _ => return Err("the storage is unknown".into()),
    };
    let fitted = Cookies::new(&keys).fit(&messages, keep, now);
    let ours = fitted.value.clone().ok_or("there are no messages")?;
    let theirs = case
        .output()
        .get("cookie")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let all = messages.len();
    compare_within(case, &signer(&keys), &ours, theirs, "cookie", |cookie| {
        let Fitted { kept, .. } = fitted;
        if keep == Which::Newest {
            // Compressed by another zlib the cookie may have another length.
            let length = case
                .output()
                .get("cookie_len")
                .cloned()
                .unwrap_or(Value::None);
            return Ok(dict([
                ("unstored_indexes", indexes(0..kept.start)),
                ("sentinel", Value::Bool(kept.len() < all)),
                ("kept_indexes", indexes(kept)),
                ("cookie_len", length),
                ("cookie", cookie),
            ]));
        }
        let rest = &messages[kept.end..];
        let in_session = (!rest.is_empty())
            .then(|| messages::to_session(rest))
            .transpose();
        Ok(dict([
            ("unstored_indexes", indexes(0..0)),
            ("cookie_indexes", indexes(kept.clone())),
            ("session_indexes", indexes(kept.end..all)),
            ("cookie", cookie),
            (
                "session_value",
                written(in_session)?.map_or(Value::None, Value::text),
            ),
        ]))
    })
}

pub(super) fn flow(case: &Case) -> Checked {
    let inputs = &case.inputs;
    inputs.only(&["storage", "ops", "cookie", "session", "secret"])?;
    let kind = match inputs.text("storage")? {
        "cookie" => Kind::Cookie,
        "session" => Kind::Session,
        "fallback" => Kind::Fallback,
        _ => return Err("the storage is unknown".into()),
    };
    let cookies = Cookies::new(&keys(inputs, "secret")?);
    let session = inputs.inner("session")?;
    let stored = session.optional_text(SESSION_KEY)?;
    let mut storage = Storage::new(kind, &cookies, inputs.optional_text("cookie")?, stored);
    let mut seen = Value::None;
    for op in inputs.value("ops")?.as_list().ok_or("ops are no list")? {
        let op = op.as_list().ok_or("an op is no list")?;
        if let Err(error) = step(&mut storage, op, &mut seen)? {
            return Ok(Answer::Refused(error));
        }
    }
    let has_new = storage.has_new();
    let mut probe = storage.clone();
    let owed = match storage.finish(MADE) {
        Ok(owed) => owed,
        Err(error) => return Ok(Answer::Refused(error.into())),
    };
    if has_new {
        // To store what is left Django looks whether the cookie was good.
        written(probe.count())?;
    }
    let cookie = match owed.cookie {
        None => Value::None,
        Some(None) => Value::text("DELETED"),
        Some(Some(value)) => {
            let decoded = written(cookies.decode(Some(&value)))?;
            let mut texts = texts(&decoded.messages.unwrap_or_default());
            if let (Value::List(texts), true) = (&mut texts, decoded.goes_on) {
                texts.push(Value::text("__messagesnotfinished__"));
            }
            texts
        }
    };
    let mut after = inputs
        .value("session")?
        .as_dict()
        .unwrap_or_default()
        .to_vec();
    if let Some(text) = owed.session {
        after.retain(|(key, _)| key.as_str() != Some(SESSION_KEY));
        after.extend(text.map(|text| (Value::text(SESSION_KEY), Value::text(text))));
    }
    Ok(Answer::Output(dict([
        ("seen", seen),
        ("cookie_after", cookie),
        ("session_after", Value::Dict(after)),
        ("used", Value::Bool(probe.is_used())),
        ("added_new", Value::Bool(has_new)),
    ])))
}

fn step(
    storage: &mut Storage<'_>,
    op: &[Value],
    seen: &mut Value,
) -> Result<Result<(), Refusal>, Unknown> {
    let done = match op {
        [verb] if verb.as_str() == Some("iter") => {
            storage.iterate().map(|messages| *seen = texts(messages))
        }
        [verb] if verb.as_str() == Some("len") => storage.count().map(|_| ()),
        [verb] if verb.as_str() == Some("unuse") => {
            storage.keep();
            Ok(())
        }
        [verb, Value::Int(level)] if verb.as_str() == Some("level") => {
            storage.set_level(*level);
            Ok(())
        }
        [verb, Value::Int(level), Value::Text(text)] if verb.as_str() == Some("add") => {
            storage.add(Message {
                level: *level,
                text: text.clone(),
                extra_tags: Some(Text::default()),
                is_safe: false,
            });
            Ok(())
        }
        _ => return Err("an op is unknown".into()),
    };
    Ok(done.map_err(Refusal::from))
}
