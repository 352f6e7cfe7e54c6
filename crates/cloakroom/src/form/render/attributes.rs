//! The attributes of a control, made of the same limits that the server checks.
use std::fmt::{self, Formatter};

use crate::form::field::Field;
use crate::form::render::Escaped;
use crate::form::{Input, Widget};

/// Writes `id`, `name`, limits and ties, each with a space before it but the first.
pub(in crate::form) fn attributes(f: &mut Formatter<'_>, field: &Field<'_>) -> fmt::Result {
    let name = field.html_name();
    write!(f, "id=\"{0}\" name=\"{0}\"", Escaped(&name))?;
    ties(f, field)?;
    invalid(f, field)?;
    limits(f, field)?;
    others(f, field)
}

/// Ties a control, or a group of them, to its hint and errors.
pub(super) fn ties(f: &mut Formatter<'_>, field: &Field<'_>) -> fmt::Result {
    let (has_hint, is_wrong) = (!field.help().is_empty(), field.is_wrong());
    if has_hint || is_wrong {
        let id = field.id();
        f.write_str(" aria-describedby=\"")?;
        if has_hint {
            write!(f, "{}-hint", Escaped(&id))?;
        }
        if is_wrong {
            let space = if has_hint { " " } else { "" };
            write!(f, "{space}{}-problem", Escaped(&id))?;
        }
        f.write_str("\"")?;
    }
    Ok(())
}

/// Says that something is wrong, on elements whose role knows of it (WAI-ARIA 1.2: not on a plain group).
pub(super) fn invalid(f: &mut Formatter<'_>, field: &Field<'_>) -> fmt::Result {
    match field.is_wrong() {
        true => f.write_str(" aria-invalid=\"true\""),
        false => Ok(()),
    }
}

fn limits(f: &mut Formatter<'_>, field: &Field<'_>) -> fmt::Result {
    let spec = field.spec();
    let widget = spec.widget();
    if field.is_required() && field.files().is_empty() {
        f.write_str(" required")?;
    }
    if takes_text(widget) {
        option(f, "maxlength", spec.max_length)?;
        option(f, "minlength", spec.min_length)?;
    }
    if takes_text(widget) && widget != Widget::Textarea {
        option(f, "pattern", spec.pattern.map(|pattern| pattern.source()))?;
    }
    if takes_range(widget) {
        option(f, "min", spec.least())?;
        option(f, "max", spec.greatest())?;
        step(f, field)?;
    }
    if widget == Widget::File && !spec.accept.is_empty() {
        write!(f, " accept=\"{}\"", Escaped(&spec.accept.join(",")))?;
    }
    let is_list = matches!(widget, Widget::File | Widget::Select) && spec.is_many();
    match is_list {
        true => f.write_str(" multiple"),
        false => Ok(()),
    }
}

fn others(f: &mut Formatter<'_>, field: &Field<'_>) -> fmt::Result {
    let spec = field.spec();
    if field.is_disabled() {
        f.write_str(" disabled")?;
    }
    option(f, "autocomplete", spec.autocomplete)?;
    option(f, "placeholder", spec.placeholder)?;
    option(f, "rows", spec.rows)?;
    if spec.widget() == Widget::Digits {
        let keyboard = if spec.input() == Input::Decimal {
            "decimal"
        } else {
            "numeric"
        };
        write!(f, " inputmode=\"{keyboard}\"")?;
    }
    for (name, value) in spec.attributes {
        write!(f, " {name}=\"{}\"", Escaped(value))?;
    }
    Ok(())
}

/// Without a step browsers take whole numbers only.
fn step(f: &mut Formatter<'_>, field: &Field<'_>) -> fmt::Result {
    let spec = field.spec();
    match (spec.step, spec.decimal_places) {
        (Some(step), _) => write!(f, " step=\"{}\"", Escaped(step)),
        (None, _) if spec.input() != Input::Decimal => Ok(()),
        (None, Some(0)) => Ok(()),
        (None, Some(places)) => {
            write!(f, " step=\"0.{}1\"", "0".repeat(places as usize - 1))
        }
        (None, None) => f.write_str(" step=\"any\""),
    }
}

fn option(f: &mut Formatter<'_>, name: &str, value: Option<impl fmt::Display>) -> fmt::Result {
    match value {
        None => Ok(()),
        Some(value) => write!(f, " {name}=\"{}\"", Escaped(&value.to_string())),
    }
}

fn takes_text(widget: Widget) -> bool {
    matches!(
        widget,
        Widget::Text
            | Widget::Textarea
            | Widget::Password
            | Widget::Email
            | Widget::Url
            | Widget::Tel
            | Widget::Search
            | Widget::Digits
    )
}

fn takes_range(widget: Widget) -> bool {
    matches!(
        widget,
        Widget::Number | Widget::Date | Widget::Time | Widget::DateTime
    )
}
