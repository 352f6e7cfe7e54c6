//! The list of all that is wrong, for the top of a page.
use std::fmt::{self, Formatter};

use crate::form::render::{Escaped, class};
use crate::form::{Part, Sheet};

/// Writes the list, or nothing when all is well.
///
/// The focus is put there by the browser, without a script, so that a screen reader begins with it.
pub(in crate::form) fn summary(f: &mut Formatter<'_>, sheet: &Sheet) -> fmt::Result {
    if sheet.errors().is_empty() {
        return Ok(());
    }
    let heading = sheet.word(Part::Summary);
    write!(
        f,
        "<div{} role=\"alert\" aria-labelledby=\"summary-heading\" tabindex=\"-1\" autofocus>\
         <h2 id=\"summary-heading\">{}</h2><ul>",
        class(sheet.css().summary),
        Escaped(&heading)
    )?;
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
    f.write_str("</ul></div>\n")
}
