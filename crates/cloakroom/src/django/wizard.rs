//! The state of django-formtools' wizards, and the hash of its form preview.
use crate::django::cookie::{self, SaltStyle};
use crate::django::mac::{Algorithm, hex, salted_hmac};
use crate::django::signing::Keys;
use crate::django::{Moment, Result, Text, Value, json, pickle};

/// Returns the prefix that formtools makes of a wizard's class name: `ContactWizard` is `contact_wizard`.
#[must_use]
pub fn prefix(class: &str) -> String {
    let chars: Vec<char> = class.chars().collect();
    let mut name = String::with_capacity(class.len() + 4);
    for (at, char) in chars.iter().enumerate() {
        let after_lower = at > 0 && chars[at - 1].is_ascii_lowercase();
        let before_other = chars
            .get(at + 1)
            .is_some_and(|next| !next.is_ascii_uppercase());
        if char.is_ascii_uppercase() && (after_lower || before_other) {
            name.push('_');
        }
        name.push(*char);
    }
    name.to_lowercase().trim_matches('_').to_owned()
}

/// Returns the session's key, or the cookie's name, of a wizard with this prefix.
#[must_use]
pub fn storage_key(prefix: &str) -> String {
    format!("wizard_{prefix}")
}

/// Returns the state of a wizard that nobody has begun.
#[must_use]
pub fn empty_state() -> Value {
    let dict = || Value::Dict(Vec::new());
    Value::Dict(vec![
        (Value::text("step"), Value::None),
        (Value::text("step_data"), dict()),
        (Value::text("step_files"), dict()),
        (Value::text("extra_data"), dict()),
    ])
}

/// Writes a state as the value of the wizard's cookie, before it is quoted.
///
/// # Errors
///
/// When JSON can't hold the state.
pub fn to_cookie(
    keys: &Keys,
    prefix: &str,
    state: &Value,
    now: Moment,
    style: SaltStyle,
) -> Result<String> {
    let text = json::to_string(state)?;
    Ok(cookie::sign(
        keys,
        &storage_key(prefix),
        "",
        &text,
        now,
        style,
    ))
}

/// Reads the value of a wizard's cookie. It never grows too old.
///
/// # Errors
///
/// [`BadSignature`](crate::django::DjangoError::BadSignature), with which formtools begins the wizard
/// anew; and when what was signed is not JSON.
pub fn from_cookie(keys: &Keys, prefix: &str, value: &str, oldest: SaltStyle) -> Result<Value> {
    let name = storage_key(prefix);
    let text = cookie::unsign(keys, &name, "", value, None, Moment::default(), oldest)?;
    json::parse(text)
}

/// Returns the hash of formtools' `FormPreview` over the names and cleaned values of a form's fields.
///
/// It is of a pickle, so that another release of Python may make another one.
///
/// # Errors
///
/// When a value nests too deep.
pub fn preview_hash(secret: &[u8], fields: &[(&str, Value)]) -> Result<String> {
    let field =
        |(name, value): &(&str, Value)| Value::Tuple(vec![Value::text(*name), stripped(value)]);
    let pickled = pickle::to_bytes(&Value::List(fields.iter().map(field).collect()))?;
    let salt = b"django.contrib.formtools";
    Ok(hex(&salted_hmac(salt, &pickled, secret, Algorithm::Sha1)))
}

/// What is empty counts as empty text, and text without the spaces around it.
fn stripped(value: &Value) -> Value {
    match value {
        Value::Text(text) => match text.as_str() {
            Some(text) => Value::text(cookie::stripped(text)),
            None => value.clone(),
        },
        value if value.is_truthy() => value.clone(),
        _ => Value::Text(Text::default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::django::DjangoError;

    const NOW: Moment = Moment::from_micros(1_767_225_600_000_000);

    fn keys() -> Keys {
        Keys::new("test-secret-key-for-vectors-0123456789abcdef")
    }

    #[test]
    fn names_become_prefixes_as_in_formtools() {
        for (class, name) in [
            ("ContactWizard", "contact_wizard"),
            ("SW2", "s_w2"),
            ("HTTPServerWizard", "http_server_wizard"),
            ("oneTwoThree", "one_two_three"),
            ("A", "a"),
            ("_Lead", "lead"),
            ("Wizard2Step", "wizard2_step"),
            ("aB", "a_b"),
            ("ABC", "abc"),
            ("", ""),
        ] {
            assert_eq!(prefix(class), name);
        }
    }

    #[test]
    fn cookies_are_formtools() {
        let cookie = to_cookie(
            &keys(),
            "contact_wizard",
            &empty_state(),
            NOW,
            SaltStyle::Counted,
        );
        let value = r#"{"step":null,"step_data":{},"step_files":{},"extra_data":{}}:1vb66i:6r4y-aE9JumsLYeGko-oxXPxRCxe7oF5q_8gdUL5kiY"#;
        assert_eq!(cookie.as_deref(), Ok(value));
        let read = |prefix, value: &str| from_cookie(&keys(), prefix, value, SaltStyle::Counted);
        assert_eq!(read("contact_wizard", value), Ok(empty_state()));
        assert_eq!(read("other_wizard", value), Err(DjangoError::BadSignature));
        let junk = cookie::sign(&keys(), "wizard_w", "", "junk", NOW, SaltStyle::Counted);
        assert!(matches!(
            read("w", &junk),
            Err(DjangoError::Malformed { .. })
        ));
    }

    #[test]
    fn previews_hash_as_in_formtools() {
        let secret = b"test-secret-key-for-vectors-0123456789abcdef";
        let hash =
            |name: &str, n| preview_hash(secret, &[("name", Value::text(name)), ("n", n)]).unwrap();
        assert_eq!(
            hash("joe", Value::Int(5)),
            "6f7d4a988772ae0660708d7412f9af3f09ad3e3f"
        );
        let empty = "4e85c17cb7594afe0863984f1a9ba6fb203a3c3a";
        assert_eq!(hash("  joe ", Value::None), empty);
    }
}
