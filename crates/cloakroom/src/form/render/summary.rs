//! The list of all that is wrong, for the top of a page.
use std::fmt::{self, Formatter};

use crate::form::render::{Escaped, class, word};
use crate::form::{Context, Part, Problem, Sheet};

/// Writes the list, or nothing when all is well.
pub(in crate::form) fn summary(f: &mut Formatter<'_>, sheet: &Sheet) -> fmt::Result {
    match sheet.errors().is_empty() {
        true => Ok(()),
        false => list(f, sheet.context(), |f| lines(f, sheet)),
    }
}

/// Writes the list of what is wrong with a set of forms and with each of them.
pub(in crate::form) fn summary_of_set<'a>(
    f: &mut Formatter<'_>,
    errors: &[Problem],
    context: &Context,
    mut sheets: impl Iterator<Item = &'a Sheet> + Clone,
) -> fmt::Result {
    if errors.is_empty() && sheets.clone().all(|sheet| sheet.errors().is_empty()) {
        return Ok(());
    }
    list(f, context, |f| {
        for problem in errors {
            let text = context.say_of_whole("", problem);
            write!(f, "<li>{}</li>", Escaped(&text))?;
        }
        sheets.try_for_each(|sheet| lines(f, sheet))
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

fn lines(f: &mut Formatter<'_>, sheet: &Sheet) -> fmt::Result {
    for (spec, text) in sheet.said() {
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
