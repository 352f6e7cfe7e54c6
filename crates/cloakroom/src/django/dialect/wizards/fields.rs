//! The fields of one step as formtools keeps them, `step-field` with a list of texts each, and as answers.
use crate::django::Value;
use crate::form::{Answers, Secrecy};
use crate::wizard::StepSpec;

/// No more forms of a set are read, whatever their count says.
pub(super) const MOST_FORMS: usize = 1_000;

/// Returns the answers of a step: one set, or of a repeated step one for each form of its formset. What this side marks
/// as `secret` is not among them, although formtools keeps it.
pub(super) fn read_step(
    step: &str,
    spec: Option<&StepSpec>,
    fields: &[(Value, Value)],
) -> Vec<Answers> {
    let mut all = match spec.and_then(StepSpec::count) {
        None => vec![below(fields, &format!("{step}-"))],
        Some(_) => {
            let total = last(fields, &format!("{step}-TOTAL_FORMS"));
            let total: usize = total.and_then(|text| text.parse().ok()).unwrap_or(0);
            let form = |place| below(fields, &format!("{step}-{place}-"));
            let forms = (0..total.min(MOST_FORMS)).map(form);
            forms.filter_map(unless_deleted).collect()
        }
    };
    let secret = spec.map_or(&[][..], |spec| spec.schema().fields());
    for spec in secret
        .iter()
        .filter(|spec| spec.secrecy() == Secrecy::Secret)
    {
        all.iter_mut()
            .for_each(|answers| answers.remove(spec.name()));
    }
    all
}

fn unless_deleted(mut answers: Answers) -> Option<Answers> {
    let deleted = !matches!(answers.text("DELETE"), "" | "false" | "False");
    answers.remove("DELETE");
    (!deleted).then_some(answers)
}

/// Returns the texts of all fields whose names begin so, by the rest of their names.
fn below(fields: &[(Value, Value)], beginning: &str) -> Answers {
    let mut answers = Answers::new();
    for (name, value) in fields {
        if let Some(name) = name.as_str().and_then(|name| name.strip_prefix(beginning)) {
            for text in texts(value) {
                answers.add_text(name, text);
            }
        }
    }
    answers
}

fn last(fields: &[(Value, Value)], wanted: &str) -> Option<String> {
    let mut fields = fields.iter();
    let (_, value) = fields.find(|(name, _)| name.as_str() == Some(wanted))?;
    texts(value).pop()
}

fn texts(value: &Value) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::Text(text) => Some(text.to_string_lossy().into_owned()),
        _ => None,
    };
    match value.as_list() {
        Some(items) => items.iter().filter_map(text).collect(),
        None => text(value).into_iter().collect(),
    }
}

/// Says whether both hold the same texts.
pub(super) fn are_same(one: &[Answers], other: &[Answers]) -> bool {
    let texts = |all: &[Answers]| -> Vec<Answers> { all.iter().map(only_texts).collect() };
    texts(one) == texts(other)
}

fn only_texts(answers: &Answers) -> Answers {
    let mut all = Answers::new();
    for name in answers.names() {
        for text in answers.texts(name) {
            all.add_text(name, text.clone());
        }
    }
    all
}

/// Writes a step's answers as its form would have sent them; what formtools kept beside its fields stays.
pub(super) fn of_step(
    prefix: &str,
    step: &str,
    spec: Option<&StepSpec>,
    answers: &[Answers],
    before: &[(Value, Value)],
) -> Vec<(Value, Value)> {
    let beginning = format!("{step}-");
    let is_own = |name: &Value| {
        name.as_str()
            .is_some_and(|name| name.starts_with(&beginning))
    };
    let beside = before.iter().filter(|(name, _)| !is_own(name));
    let mut fields: Vec<(Value, Value)> = beside.cloned().collect();
    let manages = Value::Text(format!("{prefix}-current_step").into());
    if !fields.iter().any(|(name, _)| *name == manages) {
        fields.insert(0, (manages, Value::List(vec![Value::text(step)])));
    }
    let Some((least, most)) = spec.and_then(StepSpec::count) else {
        let one = answers.first().into_iter();
        fields.extend(one.flat_map(|answers| written(&beginning, answers)));
        return fields;
    };
    let counts = [
        ("TOTAL_FORMS", answers.len()),
        ("INITIAL_FORMS", 0),
        ("MIN_NUM_FORMS", least),
        ("MAX_NUM_FORMS", most),
    ];
    fields.extend(counts.map(|(name, count)| {
        let count = Value::Text(count.to_string().into());
        (
            Value::Text(format!("{beginning}{name}").into()),
            Value::List(vec![count]),
        )
    }));
    for (place, answers) in answers.iter().enumerate() {
        fields.extend(written(&format!("{beginning}{place}-"), answers));
    }
    fields
}

fn written(beginning: &str, answers: &Answers) -> Vec<(Value, Value)> {
    let field = |name: &str| {
        let texts = answers.texts(name).iter();
        let texts = texts.map(|text| Value::text(text.as_str())).collect();
        (
            Value::Text(format!("{beginning}{name}").into()),
            Value::List(texts),
        )
    };
    let with_texts = |name: &&str| !answers.texts(name).is_empty();
    answers.names().filter(with_texts).map(field).collect()
}
