//! A set of forms as HTML.
use std::borrow::Cow;
use std::fmt;

use crate::form::render::{self, Escaped};
use crate::form::{Bound, Formset, Part, Wanted};

impl<T> Formset<T> {
    /// Returns the list of all that is wrong, as HTML; nothing when all is well.
    #[must_use]
    pub fn summary(&self) -> impl fmt::Display {
        render::show(move |f| {
            let rows = self.rows.iter().zip(1..);
            let named = rows.map(|(row, number)| (self.name_of(row, number), row.sheet()));
            render::summary_of_set(f, &self.errors, &self.context, &named.collect::<Vec<_>>())
        })
    }

    /// Returns `Error: ` when something is wrong, to begin the page's title with, and else nothing.
    #[must_use]
    pub fn title_prefix(&self) -> Cow<'_, str> {
        if !self.is_wrong() {
            return Cow::Borrowed("");
        }
        let form = self.rows.first().map_or("", |row| row.schema().name());
        self.context.word(form, Part::TitlePrefix)
    }

    /// Returns the hidden inputs that say which forms there are, as HTML; for a template that prints the rows itself.
    #[must_use]
    pub fn hidden(&self) -> impl fmt::Display {
        render::show(move |f| (0..self.rows.len()).try_for_each(|place| self.mark(f, place)))
    }

    /// Returns what each form of the set is called: "Guest 1", "Guest 2".
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let rows = self.rows.iter().zip(1..);
        rows.map(|(row, number)| self.name_of(row, number))
            .collect()
    }

    /// What a form of the set is called.
    fn name_of(&self, row: &Bound<T>, number: usize) -> String {
        let parameters = [("number", number.to_string())];
        let form = row.schema().name();
        let wanted = Wanted::of_whole(form, Part::Row, &parameters);
        let found = self.context.look_up(&wanted);
        found.unwrap_or_else(|| format!("{form} {number}"))
    }

    fn mark(&self, f: &mut fmt::Formatter<'_>, place: usize) -> fmt::Result {
        let name = self.context.html_name("row");
        let name = Escaped(&name);
        writeln!(
            f,
            "<input type=\"hidden\" name=\"{name}\" value=\"{place}\">"
        )
    }
}

impl<T> fmt::Display for Formset<T> {
    /// Writes all forms, each in a fieldset, and the buttons to add and remove one.
    ///
    /// A button without a name comes first, unseen: it is the one that Enter presses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let css = self.context.css();
        let (least, most) = (*self.count.allowed.start(), *self.count.allowed.end());
        let word = |part| render::word(&self.context, part);
        f.write_str("<button hidden></button>\n")?;
        for (place, row) in self.rows.iter().enumerate() {
            let name_of_row = self.name_of(row, place + 1);
            let number = Escaped(&name_of_row);
            write!(f, "<fieldset{}>", render::class(css.row))?;
            write!(f, "<legend{}>{number}</legend>", render::class(css.legend))?;
            self.mark(f, place)?;
            write!(f, "{row}")?;
            if self.rows.len() > least {
                let (name, remove) = (self.context.html_name("remove"), word(Part::Remove));
                write!(
                    f,
                    "<button{} name=\"{}\" value=\"{place}\" formnovalidate>{} <span{}>{number}</span></button>",
                    render::class(css.button),
                    Escaped(&name),
                    Escaped(&remove),
                    render::class(css.hidden),
                )?;
            }
            f.write_str("</fieldset>\n")?;
        }
        if self.rows.len() < most {
            let (name, add) = (self.context.html_name("add"), word(Part::AddAnother));
            writeln!(
                f,
                "<button{} name=\"{}\" value=\"1\" formnovalidate>{}</button>",
                render::class(css.button),
                Escaped(&name),
                Escaped(&add),
            )?;
        }
        Ok(())
    }
}
