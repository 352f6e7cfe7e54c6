//! The list of all that is wrong, for the top of a page.
use std::borrow::Cow;
use std::fmt::{self, Formatter};

use crate::form::render::{Escaped, class, word};
use crate::form::{Context, Part, Problem, Sheet};

/// Writes the list, or nothing when all is well.
pub(in crate::form) fn summary(f: &mut Formatter<'_>, sheet: &Sheet) -> fmt::Result {
    match sheet.errors().is_empty() {
        true => Ok(()),
        false => list(f, sheet.context(), |f| lines(f, None, sheet)),
    }
}

/// Writes the list of what is wrong with a set of forms and with each of them, by its name.
pub(in crate::form) fn summary_of_set(
    f: &mut Formatter<'_>,
    errors: &[Problem],
    context: &Context,
    named: &[(String, &Sheet)],
) -> fmt::Result {
    if errors.is_empty() && named.iter().all(|(_, sheet)| sheet.errors().is_empty()) {
        return Ok(());
    }
    list(f, context, |f| {
        for problem in errors {
            let text = context.say_of_whole("", problem);
            write!(f, "<li>{}</li>", Escaped(&text))?;
        }
        let mut named = named.iter();
        named.try_for_each(|(name, sheet)| lines(f, Some(name), sheet))
    })
}

/// The focus is put there by the browser, without a script, so that a screen reader begins with it.
fn list(
    f: &mut Formatter<'_>,
    context: &Context,
    lines: impl FnOnce(&mut Formatter<'_>) -> fmt::Result,
) -> fmt::Result {
    let heading = word(context, Part::Summary);
    write!(
        f,
        "<div{} role=\"alert\" aria-labelledby=\"summary-heading\" tabindex=\"-1\" autofocus>\
         <h2 id=\"summary-heading\">{}</h2><ul>",
        class(context.css().summary),
        Escaped(&heading)
    )?;
    lines(f)?;
    f.write_str("</ul></div>\n")
}

/// Writes what is wrong with a form, with its name where there are several.
fn lines(f: &mut Formatter<'_>, name: Option<&str>, sheet: &Sheet) -> fmt::Result {
    for (spec, text) in sheet.said() {
        let text = match name {
            Some(name) => Cow::Owned(format!("{name}: {text}")),
            None => text,
        };
        let text = Escaped(&text);
        match spec.filter(|spec| !spec.is_hidden()) {
            Some(spec) => {
                let id = sheet.context().html_name(spec.name());
                write!(f, "<li><a href=\"#{}\">{text}</a></li>", Escaped(&id))?;
            }
            None => write!(f, "<li>{text}</li>")?,
        }
    }
    Ok(())
}
