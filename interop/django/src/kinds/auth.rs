//! Who is signed in.
use cloakroom::django::Value;
use cloakroom::django::auth::{self, BACKEND, HASH, Login, SignedIn, USER_ID, Verdict};
use cloakroom::django::json::{self, Object};

use super::{keys, session_json, written};
use crate::case::{Answer, Case, Checked, Unknown, dict};

/// The site's `AUTHENTICATION_BACKENDS`.
const KNOWN: &str = "django.contrib.auth.backends.ModelBackend";

pub(super) fn hash(case: &Case) -> Checked {
    let inputs = &case.inputs;
    inputs.only(&["secret", "password_field", "key_salt"])?;
    if inputs.text("key_salt")? != auth::HASH_SALT {
        return Err("the salt is unknown".into());
    }
    let secret = inputs.text("secret")?.as_bytes();
    Ok(Answer::text(auth::session_hash(
        secret,
        inputs.text("password_field")?,
    )))
}

fn signed_in(session: &Value) -> SignedIn<'_> {
    let text = |key| session.get(key).and_then(Value::as_str);
    SignedIn {
        user: text(USER_ID),
        backend: text(BACKEND),
        hash: text(HASH),
    }
}

/// A primary key as text.
fn id(value: &Value) -> Result<String, Unknown> {
    match value {
        Value::Int(number) => Ok(number.to_string()),
        value => value
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| "the id is unknown".to_owned()),
    }
}

pub(super) fn login(case: &Case) -> Checked {
    let inputs = &case.inputs;
    inputs.only(&["secret", "session_before", "user_id", "password_field"])?;
    let user = id(inputs.value("user_id")?)?;
    let hash = auth::current_hash(&keys(inputs, "secret")?, inputs.text("password_field")?);
    let login = Login::of(&signed_in(inputs.value("session_before")?), &user, &hash);
    let before = session_json(inputs, "session_before")?;
    let mut session = written(Object::parse(&before))?;
    login.write(&mut session, &user, KNOWN, &hash);
    let moved = login != Login::Keep;
    Ok(Answer::Output(dict([
        ("session", written(json::parse(&session.to_json()))?),
        ("session_key_changed", Value::Bool(moved)),
        ("old_row_deleted", Value::Bool(moved)),
        ("csrf_rotated", Value::Bool(true)),
    ])))
}

pub(super) fn get_user(case: &Case) -> Checked {
    let inputs = &case.inputs;
    inputs.only(&["secret", "fallback_keys", "session", "user"])?;
    let session = inputs.value("session")?;
    let who = signed_in(session);
    let user = inputs.inner("user")?;
    user.only(&["id", "password_field"])?;
    let known = id(user.value("id")?)?;
    let password = match who.user {
        Some(user_id) if user_id == known => Some(user.text("password_field")?),
        _ => None,
    };
    let keys = keys(inputs, "secret")?;
    let verdict = Verdict::of(&who, who.backend == Some(KNOWN), password, &keys);
    let found = user.value("id")?.clone();
    let (user_id, after, changed) = match verdict {
        Verdict::SignedIn => (found, session.clone(), false),
        Verdict::Anonymous => (Value::None, session.clone(), false),
        Verdict::Flush => (Value::None, Value::Dict(Vec::new()), true),
        Verdict::Upgrade => {
            let json = session_json(inputs, "session")?;
            let mut upgraded = written(Object::parse(&json))?;
            let hash = auth::current_hash(&keys, password.unwrap_or_default());
            upgraded.set(HASH, json::text(&hash));
            (found, written(json::parse(&upgraded.to_json()))?, true)
        }
    };
    Ok(Answer::Output(dict([
        ("user_id", user_id),
        ("session_after", after),
        ("key_changed", Value::Bool(changed)),
    ])))
}
