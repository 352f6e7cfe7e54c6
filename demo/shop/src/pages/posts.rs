//! `/posts`: the noticeboard, and writing something for it.

use std::sync::Arc;

use axum::extract::{Form, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use minijinja::{Value, context};
use serde::{Deserialize, Serialize};

use crate::django_users::name_of;
use crate::mistakes::Mistakes;
use crate::posts::Post;
use crate::shop::Shop;
use crate::texts::Texts;
use crate::trouble::Trouble;
use crate::view::View;

const LONGEST_TITLE: usize = 120;
const LONGEST_BODY: usize = 5_000;

#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Draft {
    #[serde(default)]
    title: String,
    #[serde(default)]
    body: String,
}

pub(super) async fn show(
    State(shop): State<Arc<Shop>>,
    view: View,
) -> Result<Html<String>, Trouble> {
    let posts = shop.noticeboard.read().into_iter().map(Value::from);
    view.page("posts.html", context! { posts => posts.collect::<Value>() })
}

pub(super) async fn write(view: View) -> Result<Html<String>, Trouble> {
    view.page("post_new.html", form("", ""))
}

pub(super) async fn pin(
    State(shop): State<Arc<Shop>>,
    view: View,
    Form(draft): Form<Draft>,
) -> Result<Response, Trouble> {
    let texts = view.texts()?;
    let draft = draft.tidied();
    let mistakes = draft.mistakes(texts);
    if !mistakes.is_empty() {
        let more = form(&draft.title, &draft.body);
        return Ok(view
            .form_again("post_new.html", mistakes, more)?
            .into_response());
    }
    view.messages.success_with(texts.pinned, &draft)?;
    let Draft { title, body } = draft;
    shop.noticeboard.pin(Post {
        title,
        body,
        author: view.session.user_id().map(name_of),
    });
    Ok(Redirect::to("/posts").into_response())
}

impl Draft {
    /// Counts a line end, which browsers send as two characters, as one.
    fn tidied(self) -> Self {
        Self {
            title: self.title.trim().to_owned(),
            body: self.body.trim().replace("\r\n", "\n"),
        }
    }

    fn mistakes(&self, texts: &Texts) -> Mistakes {
        let mut mistakes = Mistakes::default();
        if !(1..=LONGEST_TITLE).contains(&self.title.chars().count()) {
            mistakes.add("title", texts.title_wrong);
        }
        if !(1..=LONGEST_BODY).contains(&self.body.chars().count()) {
            mistakes.add("body", texts.body_wrong);
        }
        mistakes
    }
}

fn form(title: &str, body: &str) -> Value {
    context! { title, body, longest_title => LONGEST_TITLE }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;

    fn is_fine(title: &str, body: &str) -> bool {
        let draft = Draft {
            title: title.to_owned(),
            body: body.to_owned(),
        };
        draft.tidied().mistakes(Texts::of(Language::En)).is_empty()
    }

    #[test]
    fn a_note_has_a_title_and_a_text_of_bearable_length() {
        assert!(is_fine("Hello", "World"));
        assert!(is_fine(&"é".repeat(120), &"é".repeat(5_000)));
        assert!(is_fine("Lines", &"\r\n1".repeat(2_500)));
        assert!(!is_fine(" ", "World"));
        assert!(!is_fine("Hello", "\r\n"));
        assert!(!is_fine(&"a".repeat(121), "World"));
        assert!(!is_fine("Hello", &"a".repeat(5_001)));
    }
}
