//! A wizard's page in minijinja templates.
use std::collections::BTreeMap;

use minijinja::value::Value;

use crate::web::wizard::{Page, Section};
use crate::wizard::{Shown, StepView, Steps};

impl From<&Page> for Value {
    /// Makes the page a map: `html` is all of its content; its parts are `kind`, `title`, `heading`, `notice`, `url`, `link`,
    /// `form` (as [`Sheet`](crate::form::Sheet) makes it, or for a repeated step `html`, `summary`, `hidden`, `rows`), `hidden`, `attributes`
    /// (for `<form>`, as `form_attributes` too), `buttons`, `csrf`, `theirs`, `is_review`, `review` (each with `name`, `title`, `url`, `lines`), `wizard` (with `name`, `title`) and
    /// `steps`: `all`, `current`, `first`, `last`, `next`, `prev` (each with `name`, `title`, `url`, `status`), `index`, `step0`,
    /// `step1`, `count`.
    fn from(page: &Page) -> Self {
        map([
            ("kind", Self::from(page.kind().as_str())),
            ("step", Self::from(page.step())),
            ("title", Self::from(page.title())),
            ("heading", Self::from(page.heading())),
            ("notice", Self::from(page.notice())),
            ("url", Self::from(page.url())),
            ("link", Self::from(page.link())),
            ("html", Self::from_safe_string(page.html())),
            ("hidden", Self::from_safe_string(page.hidden())),
            ("attributes", Self::from_safe_string(page.form_attributes())),
            (
                "form_attributes",
                Self::from_safe_string(page.form_attributes()),
            ),
            ("buttons", Self::from_safe_string(page.buttons())),
            ("csrf", Self::from(page.csrf())),
            ("form", page.shown().map_or(Self::from(()), form)),
            ("theirs", page.theirs().map_or(Self::from(()), form)),
            ("is_review", Self::from(page.is_review())),
            ("review", page.review().iter().map(section).collect()),
            ("steps", steps(page.steps())),
            (
                "wizard",
                map([
                    ("name", Self::from(page.wizard())),
                    ("title", Self::from(page.wizard_title())),
                ]),
            ),
        ])
    }
}

fn map<'a>(entries: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    Value::from(entries.into_iter().collect::<BTreeMap<_, _>>())
}

fn form(shown: &Shown) -> Value {
    match shown {
        Shown::One(sheet) => Value::from(sheet),
        Shown::Several {
            html,
            summary,
            hidden,
            rows,
            names,
            is_wrong,
        } => map([
            ("html", Value::from_safe_string(html.clone())),
            ("summary", Value::from_safe_string(summary.clone())),
            ("hidden", Value::from_safe_string(hidden.clone())),
            ("rows", rows.iter().map(Value::from).collect()),
            (
                "names",
                names.iter().map(String::as_str).map(Value::from).collect(),
            ),
            ("is_wrong", Value::from(*is_wrong)),
        ]),
    }
}

fn section(section: &Section) -> Value {
    let line = |(label, text): &(String, String)| {
        map([
            ("label", Value::from(label.as_str())),
            ("text", Value::from(text.as_str())),
        ])
    };
    map([
        ("name", Value::from(section.name)),
        ("title", Value::from(&*section.title)),
        ("url", Value::from(section.url.as_str())),
        ("lines", section.lines.iter().map(line).collect()),
        (
            "names",
            section
                .names
                .iter()
                .map(String::as_str)
                .map(Value::from)
                .collect(),
        ),
    ])
}

fn steps(steps: &Steps) -> Value {
    let or_none = |view: Option<&StepView>| view.map_or(Value::from(()), step);
    map([
        ("all", steps.all().iter().map(step).collect()),
        ("current", or_none(steps.current())),
        ("first", or_none(steps.first())),
        ("last", or_none(steps.last())),
        ("next", or_none(steps.next())),
        ("prev", or_none(steps.prev())),
        ("index", Value::from(steps.index())),
        ("step0", Value::from(steps.index())),
        ("step1", Value::from(steps.number())),
        ("count", Value::from(steps.count())),
    ])
}

fn step(view: &StepView) -> Value {
    map([
        ("name", Value::from(view.name)),
        ("title", Value::from(&*view.title)),
        ("url", Value::from(view.url.as_str())),
        ("status", Value::from(view.status.as_str())),
    ])
}
