//! `/login` and `/logout`: coming in by name, and leaving.

use std::sync::Arc;

use axum::extract::{Form, Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use cloakroom::session::Expiry;
use minijinja::context;
use serde::Deserialize;

use crate::mistakes::Mistakes;
use crate::shop::Shop;
use crate::texts::fill;
use crate::trouble::Trouble;
use crate::view::View;

/// Where to go after signing in.
#[derive(Debug, Deserialize)]
pub(super) struct Way {
    next: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct SignIn {
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
    remember: Option<String>,
    next: Option<String>,
}

pub(super) async fn show(view: View, Query(way): Query<Way>) -> Result<Html<String>, Trouble> {
    view.page(
        "login.html",
        context! { username => "", remember => false, next => way.next },
    )
}

pub(super) async fn sign_in(
    State(shop): State<Arc<Shop>>,
    view: View,
    Form(form): Form<SignIn>,
) -> Result<Response, Trouble> {
    let texts = view.texts()?;
    let welcome = shop.users.welcome(form.username.trim(), &form.password);
    let Some((name, login)) = welcome.await else {
        let mistakes = Mistakes::one("username", texts.sign_in_wrong);
        let more = context! { username => form.username, remember => form.remember.is_some(), next => form.next };
        return Ok(view
            .form_again("login.html", mistakes, more)?
            .into_response());
    };
    let login = login.method("password").remember(form.remember.is_some());
    view.session.login(login)?;
    if form.remember.is_none() && shop.cloakroom.store().is_shared() {
        // Beside Django, its settings say how long sessions live, unless a session says so itself.
        view.session.set_expiry(Expiry::WithBrowser)?;
    }
    view.messages.success(fill(texts.signed_in, &name));
    let next = form.next.filter(|next| is_local(next));
    Ok(Redirect::to(next.as_deref().unwrap_or("/")).into_response())
}

pub(super) async fn sign_out(view: View) -> Result<Redirect, Trouble> {
    let farewell = view.texts()?.signed_out;
    view.session.logout()?;
    view.messages.success(farewell);
    Ok(Redirect::to("/"))
}

/// Whether a path stays in the shop.
///
/// Browsers read `\` as `/` and drop tabs and line ends, so `/\evil` and `/<tab>/evil` would lead elsewhere.
fn is_local(path: &str) -> bool {
    let plain = path
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    plain && path.starts_with('/') && !path.starts_with("//")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_signing_in_nobody_is_sent_to_another_site() {
        for local in ["/", "/cart", "/?kind=hats&page=1"] {
            assert!(is_local(local), "{local}");
        }
        for elsewhere in [
            "",
            "cart",
            "//evil",
            "/\\evil",
            "/\t/evil",
            "https://evil",
            "/a\r\nSet-Cookie:b",
        ] {
            assert!(!is_local(elsewhere), "{elsewhere}");
        }
    }
}
