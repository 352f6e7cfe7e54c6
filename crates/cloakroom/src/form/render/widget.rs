//! The control, or controls, of a field.
use std::fmt::{self, Display, Formatter};

use crate::form::field::Field;
use crate::form::render::{Escaped, attributes, class, group};
use crate::form::value::size;
use crate::form::{Input, Item, Part, Widget};

/// Writes the widget alone.
pub(in crate::form) fn widget(f: &mut Formatter<'_>, field: &Field<'_>) -> fmt::Result {
    match field.spec().widget() {
        Widget::Hidden => hidden(f, field),
        Widget::Textarea => textarea(f, field),
        Widget::Select => select(f, field),
        Widget::Checkbox => checkbox(f, field),
        Widget::Radios | Widget::Checkboxes => group::items(f, field),
        Widget::File => file(f, field),
        widget => input(f, field, kind(widget)),
    }
}

/// The `type` of an `<input>`.
fn kind(widget: Widget) -> &'static str {
    match widget {
        Widget::Password => "password",
        Widget::Email => "email",
        Widget::Url => "url",
        Widget::Tel => "tel",
        Widget::Search => "search",
        Widget::Number => "number",
        Widget::Date => "date",
        Widget::Time => "time",
        Widget::DateTime => "datetime-local",
        _ => "text",
    }
}

fn own_attributes<'a>(field: &'a Field<'_>) -> impl Display + use<'a> {
    fmt::from_fn(move |f| attributes(f, field))
}

fn input(f: &mut Formatter<'_>, field: &Field<'_>, kind: &str) -> fmt::Result {
    let class = class(field.sheet().css().input);
    write!(f, "<input{class} type=\"{kind}\" {}", own_attributes(field))?;
    match field.value() {
        "" => f.write_str(">"),
        value => write!(f, " value=\"{}\">", Escaped(value)),
    }
}

fn hidden(f: &mut Formatter<'_>, field: &Field<'_>) -> fmt::Result {
    let name = field.html_name();
    let values = match field.spec().is_many() {
        true => field.values(),
        false => &field.values()[field.values().len().saturating_sub(1)..],
    };
    for value in values {
        let (name, value) = (Escaped(&name), Escaped(value));
        writeln!(
            f,
            "<input type=\"hidden\" name=\"{name}\" value=\"{value}\">"
        )?;
    }
    Ok(())
}

/// A line end right after the tag is not part of the text, so one is written before it.
fn textarea(f: &mut Formatter<'_>, field: &Field<'_>) -> fmt::Result {
    let class = class(field.sheet().css().textarea);
    let value = Escaped(field.value());
    write!(
        f,
        "<textarea{class} {}>\n{value}</textarea>",
        own_attributes(field)
    )
}

fn checkbox(f: &mut Formatter<'_>, field: &Field<'_>) -> fmt::Result {
    let checked = if field.is_ticked() { " checked" } else { "" };
    write!(
        f,
        "<input type=\"checkbox\" value=\"true\" {}{checked}>",
        own_attributes(field)
    )
}

fn select(f: &mut Formatter<'_>, field: &Field<'_>) -> fmt::Result {
    let class = class(field.sheet().css().select);
    write!(f, "<select{class} {}>", own_attributes(field))?;
    if !field.spec().is_many() {
        let choose = field.sheet().word(Part::Choose);
        write!(f, "<option value=\"\">{}</option>", Escaped(&choose))?;
    }
    each_item(field, |item, label, is_chosen| {
        let selected = if is_chosen { " selected" } else { "" };
        let (value, label) = (Escaped(item.value()), Escaped(label));
        write!(f, "<option value=\"{value}\"{selected}>{label}</option>")
    })?;
    f.write_str("</select>")
}

/// Goes through the items; those of yes and no are made here.
pub(super) fn each_item(
    field: &Field<'_>,
    mut write: impl FnMut(&Item, &str, bool) -> fmt::Result,
) -> fmt::Result {
    if field.spec().input() != Input::Flag {
        let mut items = field.items().iter();
        return items
            .try_for_each(|item| write(item, &field.item_label(item), field.is_chosen(item)));
    }
    for (value, part) in [("true", Part::Yes), ("false", Part::No)] {
        let is_chosen = !field.values().is_empty() && field.is_ticked() == (value == "true");
        let item = Item::fixed(value, "", "");
        write(&item, &field.sheet().word(part), is_chosen)?;
    }
    Ok(())
}

/// Shows what was sent before, too, since a browser can't fill that in again.
fn file(f: &mut Formatter<'_>, field: &Field<'_>) -> fmt::Result {
    let name = field.html_name();
    let css = field.sheet().css();
    let remove = field.sheet().word(Part::Remove);
    for (index, file) in field.files().iter().enumerate() {
        let id = format!("{name}-remove-{}", index + 1);
        let (value, label) = (Escaped(file.id()), Escaped(file.name()));
        let (size, remove) = (size(file.size()), Escaped(&remove));
        write!(f, "<div{}><span>{label} ({size})</span> ", class(css.item))?;
        write!(
            f,
            "<input type=\"checkbox\" id=\"{0}\" name=\"{1}-remove\" value=\"{value}\"><label for=\"{0}\">{remove} <span{2}>{label}</span></label></div>",
            Escaped(&id),
            Escaped(&name),
            class(css.hidden),
        )?;
    }
    let class = class(css.input);
    write!(f, "<input{class} type=\"file\" {}>", own_attributes(field))
}
