//! Forms as HTML, by the patterns of the GOV.UK Design System: every control has a label, is tied to its hint and its
//! errors, and every error can be reached from the list at the top.
mod attributes;
mod date;
mod escape;
mod group;
mod summary;
mod widget;

use std::borrow::Cow;
use std::fmt::{self, Display, Formatter};

use crate::form::field::Field;
use crate::form::{Context, Part, Widget};

pub(super) use attributes::attributes;
pub(super) use date::english_date;
pub(crate) use escape::Escaped;
pub(super) use summary::{summary, summary_of_set};
pub(super) use widget::widget;

/// Makes a value that prints itself by this closure.
pub(super) fn show<F>(print: F) -> impl Display + use<F>
where
    F: Fn(&mut Formatter<'_>) -> fmt::Result,
{
    fmt::from_fn(print)
}

/// A word of no form in particular.
pub(super) fn word(context: &Context, part: Part<'_>) -> Cow<'static, str> {
    context.word("", part)
}

/// Writes a whole field.
pub(super) fn field(f: &mut Formatter<'_>, field: &Field<'_>) -> fmt::Result {
    match field.spec().widget() {
        Widget::Hidden => widget(f, field),
        Widget::Radios | Widget::Checkboxes => group::write(f, field),
        Widget::Checkbox => checkbox(f, field),
        _ => single(f, field),
    }
}

fn single(f: &mut Formatter<'_>, field: &Field<'_>) -> fmt::Result {
    open(f, field)?;
    label(f, field)?;
    hint(f, field)?;
    problems(f, field)?;
    widget(f, field)?;
    f.write_str("</div>\n")
}

/// The label of a box stands behind it.
fn checkbox(f: &mut Formatter<'_>, field: &Field<'_>) -> fmt::Result {
    open(f, field)?;
    problems(f, field)?;
    write!(f, "<div{}>", class(field.sheet().css().item))?;
    widget(f, field)?;
    label(f, field)?;
    hint(f, field)?;
    f.write_str("</div></div>\n")
}

fn open(f: &mut Formatter<'_>, field: &Field<'_>) -> fmt::Result {
    let css = field.sheet().css();
    match field.is_wrong() {
        false => write!(f, "<div{}>", class(css.field)),
        true => write!(f, "<div class=\"{} {}\">", css.field, css.wrong),
    }
}

fn label(f: &mut Formatter<'_>, field: &Field<'_>) -> fmt::Result {
    let (id, label) = (field.id(), field.label());
    let class = class(field.sheet().css().label);
    write!(
        f,
        "<label{class} for=\"{}\">{}</label>",
        Escaped(&id),
        Escaped(&label)
    )
}

fn hint(f: &mut Formatter<'_>, field: &Field<'_>) -> fmt::Result {
    let help = field.help();
    if help.is_empty() {
        return Ok(());
    }
    let (id, class) = (field.id(), class(field.sheet().css().hint));
    write!(
        f,
        "<div{class} id=\"{}-hint\">{}</div>",
        Escaped(&id),
        Escaped(&help)
    )
}

fn problems(f: &mut Formatter<'_>, field: &Field<'_>) -> fmt::Result {
    let all = field.errors();
    if all.is_empty() {
        return Ok(());
    }
    let sheet = field.sheet();
    let (id, css) = (field.id(), sheet.css());
    let prefix = sheet.word(Part::ErrorPrefix);
    write!(
        f,
        "<p{} id=\"{}-problem\">",
        class(css.problem),
        Escaped(&id)
    )?;
    for (index, text) in all.iter().enumerate() {
        if index > 0 {
            f.write_str("<br>")?;
        }
        let hidden = class(css.hidden);
        write!(
            f,
            "<span{hidden}>{}</span> {}",
            Escaped(&prefix),
            Escaped(text)
        )?;
    }
    f.write_str("</p>")
}

/// The attribute `class`, or nothing when there is no name.
pub(super) fn class(name: &'static str) -> impl Display {
    fmt::from_fn(move |f| match name.is_empty() {
        true => Ok(()),
        false => write!(f, " class=\"{name}\""),
    })
}
