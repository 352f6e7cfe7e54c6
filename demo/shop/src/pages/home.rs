//! `/`: the shop window.

use std::time::Duration;

use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use cloakroom::{CookieSpec, Cookies, SameSite};
use minijinja::{Value, context};
use serde::Deserialize;

use crate::catalogue::{KINDS, Product};
use crate::seen::RECENTLY_VIEWED;
use crate::trouble::Trouble;
use crate::view::View;

/// How many garments hang in the window at a time.
const WINDOW: usize = 20;

const THIRTY_DAYS: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// What part of the catalogue to show.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wish {
    kind: Option<String>,
    page: Option<String>,
}

pub(super) async fn show(
    view: View,
    cookies: Cookies,
    Query(wish): Query<Wish>,
) -> Result<Response, Trouble> {
    let Some(window) = Window::find(&wish) else {
        return Ok(view.not_found()?.into_response());
    };
    let visits = count_visit(&cookies)?;
    let seen = view.session.get_or_default(&RECENTLY_VIEWED)?;
    let page = view.page(
        "home.html",
        context! {
            products => window.products.into_iter().map(Value::from).collect::<Value>(),
            page => window.page,
            pages => window.pages,
            kind => wish.kind,
            kinds => KINDS,
            seen => seen.products().map(Value::from).collect::<Value>(),
            visits,
        },
    )?;
    Ok(page.into_response())
}

/// One page of the catalogue.
struct Window {
    products: Vec<Product>,
    page: usize,
    pages: usize,
}

impl Window {
    fn find(wish: &Wish) -> Option<Self> {
        let all: Vec<Product> = Product::best_known(wish.kind.as_deref()).collect();
        let page: usize = wish.page.as_deref().unwrap_or("1").parse().ok()?;
        let products = all.chunks(WINDOW).nth(page.checked_sub(1)?)?.to_vec();
        Some(Self {
            products,
            page,
            pages: all.len().div_ceil(WINDOW),
        })
    }
}

/// Counts in a plain cookie, for anybody to read and change: nothing depends on it.
fn count_visit(cookies: &Cookies) -> cloakroom::Result<u32> {
    let before = cookies
        .get("visited")
        .and_then(|count| count.parse::<u32>().ok());
    let visits = before.unwrap_or(0).saturating_add(1);
    let visited = CookieSpec::new("visited")
        .max_age(THIRTY_DAYS)
        .http_only(true)
        .same_site(SameSite::Lax);
    cookies.set(&visited, visits.to_string())?;
    Ok(visits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(kind: Option<&str>, page: Option<&str>) -> Option<(usize, usize)> {
        let wish = Wish {
            kind: kind.map(str::to_owned),
            page: page.map(str::to_owned),
        };
        Window::find(&wish).map(|window| (window.products.len(), window.pages))
    }

    #[test]
    fn the_window_turns_page_by_page_and_ends() {
        assert_eq!(window(None, None), Some((20, 3)));
        assert_eq!(window(None, Some("3")), Some((10, 3)));
        assert_eq!(window(None, Some("4")), None);
        assert_eq!(window(None, Some("0")), None);
        assert_eq!(window(None, Some("two")), None);
        assert_eq!(window(Some("scarves"), None), Some((5, 1)));
        assert_eq!(window(Some("crowns"), None), None);
    }
}
