//! A page of a wizard in the shop's frame and the visitor's language.

use cloakroom::form::{Sheet, Wanted};
use cloakroom::wizard::{Page, Section, Shown};
use minijinja::{Value, context};

use crate::texts::Texts;
use crate::trouble::Trouble;
use crate::view::View;
use crate::wizards::words;

/// Writes a page; without a visitor there is nothing to write.
pub(super) fn render(page: &Page) -> Result<String, Trouble> {
    let Some(view) = View::of(page) else {
        return Ok(String::new());
    };
    let texts = view.texts()?;
    let form = page.shown().and_then(sheet);
    let errors = form.map(|form| form.errors().is_empty());
    let template = match form {
        Some(_) => "wizard_step.html",
        None => "wizard_end.html",
    };
    let sections = page.review().iter();
    let more = context! {
        page => Value::from(page),
        form => form.map(|form| in_words(form, texts)),
        theirs => page.theirs().and_then(sheet).map(|form| in_words(form, texts)),
        review => sections.map(|one| section(one, texts)).collect::<Value>(),
        errors => errors == Some(false),
        notice => page.notice().map(|notice| words::notice(texts, notice)),
        can_resume => page.link().is_some_and(|link| link.contains("/resume/")),
    };
    Ok(view.page(template, more)?.0)
}

/// None of the shop's wizards repeats a step.
fn sheet(shown: &Shown) -> Option<&Sheet> {
    shown.sheets().first()
}

fn in_words(form: &Sheet, texts: &'static Texts) -> Value {
    let form = form.clone();
    Value::from(&form.texts(move |wanted: &Wanted<'_>| words::find(texts, wanted)))
}

fn section(section: &Section, texts: &'static Texts) -> Value {
    let sheets = section.sheets.iter().map(|sheet| in_words(sheet, texts));
    context! {
        name => section.name,
        url => section.url.as_str(),
        sheets => sheets.collect::<Value>(),
    }
}
