//! Where our way through a wizard is another one than formtools' on purpose, and why.
use cloakroom::django::Value;

use super::Sent;

/// A request after which it is.
pub(super) struct Differs {
    /// Why, in words for whoever reads the report.
    pub(super) why: &'static str,
    /// In which facts it may.
    pub(super) facts: &'static [&'static str],
    /// Whether formtools has begun anew with it, and this side has to be told to.
    pub(super) begins_anew: bool,
}

const GET: Differs = Differs {
    why: "a GET of the wizard goes on where the visitor was: a prefetch or a second tab must not cost what was typed; `?new` begins anew",
    facts: &[
        "current", "last", "next", "prev", "index", "step1", "count", "all", "kept",
    ],
    begins_anew: true,
};
const UNFINISHED: Differs = Differs {
    why: "the first step without which there is no end is shown with what is wrong in it, not as if nothing had been sent",
    facts: &["errors"],
    begins_anew: false,
};
const LAST_PAGE: Differs = Differs {
    why: LAST,
    facts: &["current", "kept"],
    begins_anew: false,
};
const DONE_PAGE: Differs = Differs {
    why: LAST,
    facts: &[
        "current", "first", "last", "next", "prev", "index", "step1", "count", "all", "errors",
        "done", "kept",
    ],
    begins_anew: true,
};
const LAST: &str = "the POST of the last page completes the wizard, never a GET, which a link of another site can bring about; whoever comes back to the end gets the answer of the first time";

/// Says how a request may differ, by what was asked and what formtools made of it.
pub(super) fn of(
    sent: &Sent,
    is_named: bool,
    before: Option<&Value>,
    theirs: &Value,
) -> Option<&'static Differs> {
    let location = theirs.get("location").and_then(Value::as_str);
    let body = theirs.get("body");
    match (sent.is_post, sent.step()) {
        (false, None) if !is_named && before.is_some_and(has_begun) => Some(&GET),
        (false, Some("done")) if body?.get("forms").is_some() => Some(&DONE_PAGE),
        (true, _) if location.is_some_and(|to| to.ends_with("/done/")) => Some(&LAST_PAGE),
        (true, _) if !sent.has("wizard_goto_step") && sends_back(sent, body?) => Some(&UNFINISHED),
        _ => None,
    }
}

/// Says whether something was kept, or the visitor was at another step than the first.
fn has_begun(answer: &Value) -> bool {
    let stored = answer.get("stored");
    let kept = stored.and_then(|stored| stored.get("step_data"));
    let first = answer.get("body").and_then(|body| body.get("first"));
    kept.is_some_and(Value::is_truthy) || stored.and_then(|it| it.get("step")) != first
}

/// Says whether a step that was sent last of all led to an earlier one that was not sent yet.
fn sends_back(sent: &Sent, body: &Value) -> bool {
    let of = |name| body.get(name).and_then(Value::as_str);
    let is = |name, wanted| body.get(name) == Some(&wanted);
    let last = of("last").unwrap_or_default();
    let is_last = sent
        .fields
        .iter()
        .any(|(name, value)| name.ends_with("-current_step") && value == last);
    let blank = is("bound", Value::Bool(false)) && is("errors", Value::Dict(Vec::new()));
    is_last && blank && of("current") != Some(last)
}
