//! Texts with places for a form's fields: `{title} post saved.`
use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::{Error, PlaceProblem, Result};

/// Fills each place in braces with the field of that name; `{{` and `}}` stand for one brace.
///
/// What is filled in stays as it is, with the braces that it may have.
///
/// # Errors
/// When a place names no field, or one that is neither text, number nor truth value, or braces
/// don't match.
pub(super) fn filled(text: &str, form: &impl Serialize) -> Result<String> {
    let fields = fields_of(form);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if rest.starts_with("{{") || rest.starts_with("}}") {
            out.push_str(&rest[..1]);
            rest = &rest[2..];
            continue;
        }
        let (place, after) = place(rest)?;
        out.push_str(&shown(place, fields.get(place))?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

fn fields_of(form: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(form) {
        Ok(Value::Object(fields)) => fields,
        // Something else has no fields, so that the first place says what is wrong.
        _ => Map::new(),
    }
}

/// Splits a text that begins with a brace behind its place.
fn place(text: &str) -> Result<(&str, &str)> {
    let inner = text.strip_prefix('{');
    let split = inner.and_then(|inner| inner.split_once('}'));
    split.ok_or_else(|| wrong(text.trim_start_matches('{'), PlaceProblem::Unmatched))
}

fn shown(place: &str, field: Option<&Value>) -> Result<String> {
    match field {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Null) => Ok(String::new()),
        Some(value @ (Value::Number(_) | Value::Bool(_))) => Ok(value.to_string()),
        Some(Value::Array(_) | Value::Object(_)) => Err(wrong(place, PlaceProblem::NotText)),
        None => Err(wrong(place, PlaceProblem::NoField)),
    }
}

fn wrong(place: &str, problem: PlaceProblem) -> Error {
    Error::Place {
        place: place.to_owned(),
        problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_place_is_filled_with_the_field_of_its_name() {
        let form = json!({
            "title": "Hello", "n": 3, "price": 1.5, "done": true, "note": null, "sly": "{title} {{",
            "größe": "XL", "a b": "spaced",
        });
        for (text, expected) in [
            ("{title} post saved.", "Hello post saved."),
            ("{n} of {n}, {done}, {price}", "3 of 3, true, 1.5"),
            ("nothing to fill", "nothing to fill"),
            ("", ""),
            ("{note}!", "!"),
            ("{sly} stays", "{title} {{ stays"),
            ("{{title}} is {title}", "{title} is Hello"),
            ("{{{title}}}", "{Hello}"),
            ("}}{{", "}{"),
            ("«{größe}» {a b}", "«XL» spaced"),
        ] {
            assert_eq!(filled(text, &form).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_can_not_be_filled_is_named() {
        let form = json!({ "title": "secret", "tags": ["secret"], "of": { "x": 1 } });
        for (text, place, problem) in [
            ("{subtitle} saved", "subtitle", PlaceProblem::NoField),
            ("{} saved", "", PlaceProblem::NoField),
            ("{Title}", "Title", PlaceProblem::NoField),
            ("{tags}", "tags", PlaceProblem::NotText),
            ("{of}", "of", PlaceProblem::NotText),
            ("{title saved", "title saved", PlaceProblem::Unmatched),
            ("saved {", "", PlaceProblem::Unmatched),
            ("title} saved", "} saved", PlaceProblem::Unmatched),
        ] {
            let error = filled(text, &form).unwrap_err();
            assert!(!error.to_string().contains("secret"), "{error}");
            match error {
                Error::Place {
                    place: named,
                    problem: found,
                } => assert_eq!((&*named, found), (place, problem), "{text}"),
                other => panic!("{text}: {other}"),
            }
        }
    }

    #[test]
    fn what_is_no_struct_has_no_fields() {
        for form in [json!("title"), json!(["title"]), json!(null)] {
            assert!(filled("{title}", &form).is_err());
            assert_eq!(filled("saved", &form).unwrap(), "saved");
        }
    }
}
