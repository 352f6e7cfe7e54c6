//! Where our way through a wizard is another one than formtools' on purpose, and why.
use cloakroom::django::Value;

use super::Sent;

/// A request after which it is.
pub(super) struct Differs {
    /// Why, in words for whoever reads the report.
    pub(super) why: &'static str,
    /// In which facts it may.
    pub(super) facts: &'static [&'static str],
}

/// Where the visitor is among the steps, what is wrong, and what is kept.
const PLACE: &[&str] = &[
    "current", "first", "last", "next", "prev", "index", "step1", "count", "all", "errors", "kept",
];
const ALL: &[&str] = &[
    "current", "first", "last", "next", "prev", "index", "step1", "count", "all", "errors", "kept",
    "done",
];

const GET: Differs = Differs {
    why: "a GET of the wizard goes on where the visitor was: a prefetch or a second tab must not cost what was typed; `?new` begins anew",
    facts: PLACE,
};
const UNFINISHED: Differs = Differs {
    why: "the first step without which there is no end is shown with what is wrong in it, not as if nothing had been sent",
    facts: &["errors"],
};
const WRONG: Differs = Differs {
    why: "what was typed is kept, though it is wrong: nothing that a visitor typed is lost, and no older answer comes back in its place",
    facts: &["kept", "all", "count", "next"],
};
const NOWHERE: Differs = Differs {
    why: "a `goto` to a step that isn't there leaves the visitor where he is: after a deploy that drops the step it must not send the page, let alone the last one",
    facts: ALL,
};
const WENT: Differs = Differs {
    why: "whoever goes to another step keeps what the page has that he leaves, not what it had before; a step that was sent wrong says so again",
    facts: &[
        "kept", "all", "count", "last", "next", "prev", "index", "step1", "errors",
    ],
};
const SEEN_AGAIN: Differs = Differs {
    why: "a step that was sent wrong says so when it is seen again",
    facts: &["errors"],
};
const COMES_BACK: Differs = Differs {
    why: "whoever comes back is led to the first step that is not complete",
    facts: &["current"],
};
const NO_STEP: Differs = Differs {
    why: "the address of a step that isn't there leads to where the visitor was, not back to the beginning",
    facts: &["current"],
};
const UNBEGUN: Differs = Differs {
    why: "a page is taken for the step that it says it is, also from a visitor of whom nothing is kept yet; formtools takes it for the first one",
    facts: ALL,
};
const UNMANAGED: Differs = Differs {
    why: "the address names the step, so a page needs no management data and is taken without",
    facts: ALL,
};
const LAST_PAGE: Differs = Differs {
    why: LAST,
    facts: &["current", "kept"],
};
const END_BY_GET: Differs = Differs {
    why: LAST,
    facts: ALL,
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
    let (status, body) = (theirs.get("status"), theirs.get("body")?);
    let is_page = body.get("current").is_some();
    match (sent.is_post, sent.step()) {
        (false, None) if !is_named && before.is_some_and(has_begun) => Some(&GET),
        // Done by this GET, or sent back from an end that was there before.
        (false, Some("done")) => Some(&END_BY_GET),
        (false, Some(step)) if location.is_some() && !super::STEPS.contains(&step) => {
            Some(&NO_STEP)
        }
        (false, None) if is_named => Some(&COMES_BACK),
        (false, Some(_)) => Some(&SEEN_AGAIN),
        (true, _) if status == Some(&Value::Int(400)) => Some(&UNMANAGED),
        (true, _) if sent.goto().is_some() && !switched(sent, theirs) => Some(&NOWHERE),
        (true, _) if sent.goto().is_some() => Some(&WENT),
        (true, _) if is_unbegun(sent, before) => Some(&UNBEGUN),
        (true, _) if location.is_some_and(|to| to.ends_with("/done/")) => Some(&LAST_PAGE),
        (true, _) if is_page && sends_back(sent, body) => Some(&UNFINISHED),
        (true, _) if is_page && is_wrong(body) => Some(&WRONG),
        _ => None,
    }
}

/// Says whether formtools answered with an error.
pub(super) fn was_refused(theirs: &Value) -> bool {
    matches!(theirs.get("status"), Some(Value::Int(400..)))
}

/// Says whether formtools went to the step that was asked for.
fn switched(sent: &Sent, theirs: &Value) -> bool {
    let to = theirs.get("stored").and_then(|stored| stored.get("step"));
    to.is_some_and(|to| to.as_str() == sent.goto())
}

/// Says whether another page than the first was sent while formtools knew of no step.
fn is_unbegun(sent: &Sent, before: Option<&Value>) -> bool {
    let stored = before.and_then(|before| before.get("stored"));
    let step = stored.and_then(|stored| stored.get("step"));
    let first = super::STEPS.first().copied();
    step.and_then(Value::as_str).is_none() && sent.page().is_some_and(|page| Some(page) != first)
}

fn is_wrong(body: &Value) -> bool {
    body.get("errors").is_some_and(Value::is_truthy)
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
    let is_last = sent.page() == Some(last);
    let blank = is("bound", Value::Bool(false)) && is("errors", Value::Dict(Vec::new()));
    is_last && blank && of("current") != Some(last)
}
