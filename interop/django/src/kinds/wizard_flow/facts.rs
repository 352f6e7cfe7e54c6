//! What is compared of a page, ours and formtools'.
use cloakroom::django::Value;

use crate::case::{dict, optional};

const OF_PAGES: [&str; 9] = [
    "current", "first", "last", "next", "prev", "index", "step1", "count", "all",
];

/// What is compared: where the visitor is among the steps, what is wrong, what was handed over, what is kept.
pub(super) fn facts(page: &Value, done: Value, kept: Value) -> Value {
    let known = OF_PAGES.iter().map(|name| {
        let fact = page.get(name).cloned().unwrap_or(Value::None);
        (Value::text(*name), fact)
    });
    let errors = page.get("errors").cloned().unwrap_or(Value::None);
    let more = [("errors", errors), ("done", done), ("kept", kept)];
    let more = more.map(|(name, fact)| (Value::text(name), fact));
    Value::Dict(known.chain(more).collect())
}

/// The same of what formtools answered. Where it redirects, the visitor is at the step to which that leads.
pub(super) fn facts_of_theirs(output: &Value) -> Value {
    let body = output.get("body").cloned().unwrap_or(Value::None);
    if body.get("forms").is_some() {
        return facts(&Value::None, body, Value::None);
    }
    let kept = kept_of_theirs(output, body.get("all").and_then(Value::as_list));
    if let Some(to) = output.get("location").and_then(Value::as_str) {
        let path = to.split('?').next().unwrap_or_default();
        let step = path.trim_end_matches('/').rsplit('/').next();
        return dict([("current", optional(step)), ("kept", kept)]);
    }
    if body.get("current").is_none() {
        // An error: no page tells more.
        return dict([("kept", kept)]);
    }
    let mut entries: Vec<_> = OF_PAGES
        .iter()
        .filter_map(|name| Some((Value::text(*name), body.get(name)?.clone())))
        .collect();
    let wrong = body
        .get("errors")
        .and_then(Value::as_dict)
        .unwrap_or_default();
    let wrong = wrong.iter().map(|(name, _)| name.clone()).collect();
    entries.push((Value::text("errors"), Value::List(wrong)));
    facts(&Value::Dict(entries), Value::None, kept)
}

/// What formtools keeps of the steps that are asked for, by the names of steps and fields, without its management data. Both
/// sides keep answers of the others, too; they are compared when their step comes back.
fn kept_of_theirs(output: &Value, asked: Option<&[Value]>) -> Value {
    let stored = output
        .get("stored")
        .and_then(|stored| stored.get("step_data"));
    let mut kept = Vec::new();
    for (step, data) in stored.and_then(Value::as_dict).unwrap_or_default() {
        if asked.is_some_and(|asked| !asked.contains(step)) {
            continue;
        }
        let own = format!("{}-", step.as_str().unwrap_or_default());
        let field = |(name, values): &(Value, Value)| {
            let name = name.as_str()?.strip_prefix(&own)?;
            Some((Value::text(name), values.clone()))
        };
        let fields: Vec<_> = data
            .as_dict()
            .unwrap_or_default()
            .iter()
            .filter_map(field)
            .collect();
        if !fields.is_empty() {
            kept.push((step.clone(), Value::Dict(fields)));
        }
    }
    Value::Dict(kept)
}
