//! One visitor looking at one page: what every template needs to know.

mod templates;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Html;
use cloakroom::wizard::Page;
use cloakroom::{CsrfToken, Messages, Session};
use minijinja::{Value, context};

use crate::cart::{CART, MOST};
use crate::django_users::name_of;
use crate::language::{LANGUAGE, Language};
use crate::mistakes::Mistakes;
use crate::texts::Texts;
use crate::theme::{THEME, Theme};
use crate::trouble::Trouble;

pub(crate) use templates::render;

/// The visitor's state, and the page they asked for.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) session: Session,
    pub(crate) messages: Messages,
    csrf: CsrfToken,
    path: String,
}

impl View {
    /// Returns the state of whoever looks at a wizard's page.
    pub(crate) fn of(page: &Page) -> Option<Self> {
        Some(Self {
            session: page.session()?.clone(),
            messages: page.messages()?.clone(),
            csrf: page.csrf().clone(),
            path: page.url().to_owned(),
        })
    }

    /// Returns what the shop says in the visitor's language.
    pub(crate) fn texts(&self) -> Result<&'static Texts, Trouble> {
        Ok(Texts::of(language_of(&self.session)?))
    }

    /// Renders a page.
    pub(crate) fn page(&self, template: &str, more: Value) -> Result<Html<String>, Trouble> {
        let page = render(template, context! { ..more, ..self.context()? })?;
        Ok(Html(page))
    }

    /// Renders a form again, with what is wrong in it.
    pub(crate) fn form_again(
        &self,
        template: &str,
        mistakes: Mistakes,
        more: Value,
    ) -> Result<(StatusCode, Html<String>), Trouble> {
        let page = self.page(template, context! { errors => mistakes, ..more })?;
        Ok((StatusCode::UNPROCESSABLE_ENTITY, page))
    }

    /// Renders the page that says that there is nothing here.
    pub(crate) fn not_found(&self) -> Result<(StatusCode, Html<String>), Trouble> {
        let page = self.page("not_found.html", context! {})?;
        Ok((StatusCode::NOT_FOUND, page))
    }

    /// Messages and token are handed over unread, so a page that shows neither uses up neither.
    fn context(&self) -> Result<Value, Trouble> {
        let language = language_of(&self.session)?;
        Ok(context! {
            language => language.code(),
            t => Texts::for_template(language),
            theme => self.theme()?.map(Theme::name),
            path => self.path.as_str(),
            user => self.session.user_id().map(name_of),
            cart_count => self.cart_count(),
            most => MOST,
            messages => &self.messages,
            errors => Value::from(Mistakes::default()),
            ..self.csrf.context(),
        })
    }

    /// Counts what is in the cart. One that can't be read, as other programs may leave it, is its own page's trouble.
    fn cart_count(&self) -> u32 {
        let cart = self.session.get_or_default(&CART);
        let cart = cart.inspect_err(|error| tracing::warn!(%error, "the cart is not shown"));
        cart.map(|cart| cart.count()).unwrap_or_default()
    }

    fn theme(&self) -> Result<Option<Theme>, Trouble> {
        let chosen = self.session.get(&THEME)?;
        Ok(chosen.and_then(|name| Theme::from_name(&name)))
    }
}

/// Returns the language that a visitor has chosen.
pub(crate) fn language_of(session: &Session) -> cloakroom::Result<Language> {
    let chosen = session.get(&LANGUAGE)?;
    let language = chosen.and_then(|code| Language::from_code(&code));
    Ok(language.unwrap_or_default())
}

impl<S: Send + Sync> FromRequestParts<S> for View {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Trouble> {
        Ok(Self {
            session: Session::from_request_parts(parts, state).await?,
            messages: Messages::from_request_parts(parts, state).await?,
            csrf: CsrfToken::from_request_parts(parts, state).await?,
            path: parts.uri.path().to_owned(),
        })
    }
}
