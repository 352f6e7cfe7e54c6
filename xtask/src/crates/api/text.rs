//! Items as text, from what rustdoc tells programs of them.

use serde_json::Value;

/// What rustdoc tells of a library.
pub(super) struct Docs<'a>(pub(super) &'a Value);

impl<'a> Docs<'a> {
    pub(super) fn item(&self, id: &str) -> &'a Value {
        &self.0["index"][id]
    }

    /// The members of a module, or the variants of an enum whose names are passed on.
    pub(super) fn members(&self, id: &str) -> Vec<String> {
        let (_, inner) = kind(self.item(id));
        let members = inner["items"].as_array().or(inner["variants"].as_array());
        members
            .into_iter()
            .flatten()
            .map(Value::to_string)
            .collect()
    }
}

/// Returns what an item is, and what is told of it as such.
pub(super) fn kind(item: &Value) -> (&str, &Value) {
    let inner = item["inner"]
        .as_object()
        .and_then(|inner| inner.iter().next());
    inner.map_or(("", &Value::Null), |(kind, inner)| (kind.as_str(), inner))
}

/// What has to be known before one matches on an item.
pub(super) fn marks(item: &Value) -> &'static str {
    match item["attrs"].to_string().contains("non_exhaustive") {
        true => "#[non_exhaustive] ",
        false => "",
    }
}

pub(super) fn signature(path: &str, function: &Value) -> String {
    let word = |name: &str, word: &'static str| match function["header"][name] == true {
        true => word,
        false => "",
    };
    let (params, bounds) = generics(&function["generics"]);
    let inputs = function["sig"]["inputs"].as_array().into_iter().flatten();
    let inputs = join(
        inputs,
        |it| format!("{}: {}", word_of(&it[0]), ty(&it[1])),
        ", ",
    );
    let output = match &function["sig"]["output"] {
        Value::Null => String::new(),
        output => format!(" -> {}", ty(output)),
    };
    let (constant, waits) = (word("is_const", "const "), word("is_async", "async "));
    format!("{constant}{waits}fn {path}{params}({inputs}){output}{bounds}")
}

/// Returns parameters and what is asked of them.
pub(super) fn generics(generics: &Value) -> (String, String) {
    let params = generics["params"].as_array().into_iter().flatten();
    // `impl Trait` in an argument stands there already.
    let params = params.filter(|it| it["kind"]["type"]["is_synthetic"] != true);
    let param = |it: &Value| {
        let constant = &it["kind"]["const"]["type"];
        match constant.is_null() {
            true => word_of(&it["name"]) + &bounds(&it["kind"]["type"]["bounds"]),
            false => format!("const {}: {}", word_of(&it["name"]), ty(constant)),
        }
    };
    let params = join(params, param, ", ");
    let params = if params.is_empty() {
        params
    } else {
        format!("<{params}>")
    };
    let asked = generics["where_predicates"]
        .as_array()
        .into_iter()
        .flatten();
    let asked = asked.filter_map(|it| {
        let bound = &it["bound_predicate"];
        bound
            .is_object()
            .then(|| ty(&bound["type"]) + &bounds(&bound["bounds"]))
    });
    let asked = asked.collect::<Vec<_>>().join(", ");
    let asked = if asked.is_empty() {
        asked
    } else {
        format!(" where {asked}")
    };
    (params, asked)
}

/// `: Send + 'static`, or nothing.
pub(super) fn bounds(bounds: &Value) -> String {
    let bounds = sum(bounds);
    if bounds.is_empty() {
        bounds
    } else {
        format!(": {bounds}")
    }
}

fn sum(bounds: &Value) -> String {
    let bound = |it: &Value| {
        let maybe = if it["trait_bound"]["modifier"] == "maybe" {
            "?"
        } else {
            ""
        };
        match it["outlives"].as_str() {
            Some(lifetime) => lifetime.to_owned(),
            None if it.get("use").is_some() => "use<..>".to_owned(),
            None => format!("{maybe}{}", path(&it["trait_bound"]["trait"])),
        }
    };
    join(bounds.as_array().into_iter().flatten(), bound, " + ")
}

/// The name of a type or trait with its arguments.
pub(super) fn path(named: &Value) -> String {
    let name = word_of(&named["path"]);
    let args = &named["args"];
    let call = &args["parenthesized"];
    if call.is_object() {
        let inputs = join(call["inputs"].as_array().into_iter().flatten(), ty, ", ");
        let output = &call["output"];
        let output = if output.is_null() {
            String::new()
        } else {
            format!(" -> {}", ty(output))
        };
        return format!("{name}({inputs}){output}");
    }
    let given = args["angle_bracketed"]["args"]
        .as_array()
        .into_iter()
        .flatten();
    let argument = |it: &Value| match it["lifetime"].as_str() {
        Some(lifetime) => lifetime.to_owned(),
        None if it["const"].is_object() => word_of(&it["const"]["expr"]),
        None => ty(&it["type"]),
    };
    let mut all: Vec<String> = given.map(argument).collect();
    let bound = args["angle_bracketed"]["constraints"].as_array();
    all.extend(bound.into_iter().flatten().map(|it| {
        let equal = &it["binding"]["equality"]["type"];
        let name = word_of(&it["name"]);
        match equal.is_null() {
            true => name + &bounds(&it["binding"]["constraint"]),
            false => format!("{name} = {}", ty(equal)),
        }
    }));
    match all.is_empty() {
        true => name,
        false => format!("{name}<{}>", all.join(", ")),
    }
}

/// A type as one would write it.
pub(super) fn ty(told: &Value) -> String {
    let Some((kind, inner)) = told.as_object().and_then(|told| told.iter().next()) else {
        return word_of(told);
    };
    let mutable = |word: &'static str| {
        if inner["is_mutable"] == true {
            word
        } else {
            ""
        }
    };
    match kind.as_str() {
        "resolved_path" => path(inner),
        "tuple" => format!(
            "({})",
            join(inner.as_array().into_iter().flatten(), ty, ", ")
        ),
        "slice" => format!("[{}]", ty(inner)),
        "array" => format!("[{}; {}]", ty(&inner["type"]), word_of(&inner["len"])),
        "borrowed_ref" => {
            let lifetime = inner["lifetime"].as_str().map(|it| format!("{it} "));
            let lifetime = lifetime.unwrap_or_default();
            format!("&{lifetime}{}{}", mutable("mut "), ty(&inner["type"]))
        }
        "impl_trait" => format!("impl {}", sum(inner)),
        "dyn_trait" => {
            let of = |it: &Value| path(&it["trait"]);
            let traits = join(inner["traits"].as_array().into_iter().flatten(), of, " + ");
            let lifetime = inner["lifetime"].as_str().map(|it| format!(" + {it}"));
            format!("dyn {traits}{}", lifetime.unwrap_or_default())
        }
        "qualified_path" => format!("<{}>::{}", ty(&inner["self_type"]), word_of(&inner["name"])),
        "function_pointer" => signature("", inner),
        _ => word_of(inner),
    }
}

fn join<'a>(
    parts: impl Iterator<Item = &'a Value>,
    text: impl Fn(&'a Value) -> String,
    between: &str,
) -> String {
    parts.map(text).collect::<Vec<_>>().join(between)
}

fn word_of(text: &Value) -> String {
    text.as_str()
        .map_or_else(|| text.to_string(), str::to_owned)
}
