//! `/preferences`: theme and language.

use axum::extract::Form;
use axum::response::{Html, IntoResponse, Redirect, Response};
use minijinja::{Value, context};
use serde::Deserialize;

use crate::language::{LANGUAGE, Language};
use crate::mistakes::Mistakes;
use crate::texts::Texts;
use crate::theme::{THEME, Theme};
use crate::trouble::Trouble;
use crate::view::View;

/// What was chosen; a field that wasn't sent stays as it is.
#[derive(Debug, Deserialize)]
pub(super) struct Choices {
    theme: Option<String>,
    language: Option<String>,
}

pub(super) async fn show(view: View) -> Result<Html<String>, Trouble> {
    view.page("preferences.html", choices())
}

pub(super) async fn save(view: View, Form(chosen): Form<Choices>) -> Result<Response, Trouble> {
    let mistakes = chosen.mistakes(view.texts()?);
    if !mistakes.is_empty() {
        return Ok(view
            .form_again("preferences.html", mistakes, choices())?
            .into_response());
    }
    if let Some(theme) = chosen.theme {
        view.session.set(&THEME, theme)?;
    }
    if let Some(language) = chosen.language {
        view.session.set(&LANGUAGE, language)?;
    }
    view.messages.success(view.texts()?.saved);
    Ok(Redirect::to("/preferences").into_response())
}

impl Choices {
    fn mistakes(&self, texts: &Texts) -> Mistakes {
        let mut mistakes = Mistakes::default();
        if self
            .theme
            .as_deref()
            .is_some_and(|theme| Theme::from_name(theme).is_none())
        {
            mistakes.add("theme", texts.theme_wrong);
        }
        if self
            .language
            .as_deref()
            .is_some_and(|code| Language::from_code(code).is_none())
        {
            mistakes.add("language", texts.language_wrong);
        }
        mistakes
    }
}

fn choices() -> Value {
    context! {
        themes => Theme::ALL.map(Theme::name),
        languages => Language::ALL.map(Value::from),
    }
}
