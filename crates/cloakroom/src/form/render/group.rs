//! Radios and checkboxes: a fieldset with a legend around controls that have labels of their own.
use std::fmt::{self, Formatter};

use crate::form::field::Field;
use crate::form::render::attributes::{invalid, ties};
use crate::form::render::widget::each_item;
use crate::form::render::{Escaped, class, hint, open, problems};
use crate::form::{Input, Item, Part, Widget};

/// Writes the whole field.
pub(super) fn write(f: &mut Formatter<'_>, field: &Field<'_>) -> fmt::Result {
    open(f, field)?;
    f.write_str("<fieldset")?;
    let is_radios = field.spec().widget() == Widget::Radios;
    if is_radios {
        f.write_str(" role=\"radiogroup\"")?;
        if field.is_required() {
            f.write_str(" aria-required=\"true\"")?;
        }
    }
    ties(f, field)?;
    if is_radios {
        invalid(f, field)?;
    }
    let label = field.label();
    let class = class(field.sheet().css().legend);
    write!(f, "><legend{class}>{}</legend>", Escaped(&label))?;
    hint(f, field)?;
    problems(f, field)?;
    items(f, field)?;
    f.write_str("</fieldset></div>\n")
}

/// Writes the controls. The first has the field's own id, so that a link to the field leads there.
pub(super) fn items(f: &mut Formatter<'_>, field: &Field<'_>) -> fmt::Result {
    let mut place = 0;
    each_item(field, |item, label, is_chosen| {
        place += 1;
        one(f, field, place, item, label, is_chosen)
    })?;
    if may_be_left_out(field) {
        let nothing = Item::fixed("", "", "");
        let label = field.sheet().word(Part::Nothing);
        one(f, field, place + 1, &nothing, &label, false)?;
    }
    Ok(())
}

/// Once a radio is chosen, only another one takes that back.
fn may_be_left_out(field: &Field<'_>) -> bool {
    let spec = field.spec();
    spec.widget() == Widget::Radios && !field.is_required() && spec.input() != Input::Flag
}

fn one(
    f: &mut Formatter<'_>,
    field: &Field<'_>,
    place: usize,
    item: &Item,
    label: &str,
    is_chosen: bool,
) -> fmt::Result {
    let name = field.html_name();
    let id = match place {
        1 => name.clone(),
        _ => format!("{name}-{place}"),
    };
    let (css, id) = (field.sheet().css(), Escaped(&id));
    let kind = match field.spec().widget() {
        Widget::Radios => "radio",
        _ => "checkbox",
    };
    let (name, value) = (Escaped(&name), Escaped(item.value()));
    write!(
        f,
        "<div{}><input type=\"{kind}\" id=\"{id}\" name=\"{name}\" value=\"{value}\"",
        class(css.item)
    )?;
    if is_chosen {
        f.write_str(" checked")?;
    }
    if field.is_disabled() {
        f.write_str(" disabled")?;
    }
    if kind == "checkbox" {
        invalid(f, field)?;
    }
    let help = field.item_help(item);
    if !help.is_empty() {
        write!(f, " aria-describedby=\"{id}-hint\"")?;
    }
    write!(
        f,
        "><label{} for=\"{id}\">{}</label>",
        class(css.label),
        Escaped(label)
    )?;
    if !help.is_empty() {
        write!(
            f,
            "<div{} id=\"{id}-hint\">{}</div>",
            class(css.hint),
            Escaped(&help)
        )?;
    }
    f.write_str("</div>")
}
