//! `/products/{id}`: one garment in one colour.

use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse, Response};
use minijinja::{Value, context};

use crate::catalogue::Product;
use crate::mistakes::Mistakes;
use crate::seen::RECENTLY_VIEWED;
use crate::trouble::Trouble;
use crate::view::View;

pub(super) async fn show(view: View, product: Product) -> Result<Html<String>, Trouble> {
    let before = view.session.get_or_default(&RECENTLY_VIEWED)?;
    view.session
        .update(&RECENTLY_VIEWED, move |seen| seen.remember(product.id))?;
    let others = before.products().filter(|seen| seen.id != product.id);
    let seen = others.map(Value::from).collect::<Value>();
    view.page("product.html", context! { seen, ..about(product, "1") })
}

/// Shows the product again, with what is wrong about the quantity that was asked for.
pub(super) fn show_mistakes(
    view: &View,
    product: Product,
    mistakes: Mistakes,
    quantity: &str,
) -> Result<(StatusCode, Html<String>), Trouble> {
    let more = context! { seen => Vec::<Value>::new(), ..about(product, quantity) };
    view.form_again("product.html", mistakes, more)
}

fn about(product: Product, quantity: &str) -> Value {
    context! {
        product,
        colours => product.all_colours().map(Value::from).collect::<Value>(),
        quantity,
    }
}

/// The product that the path names, or the page that says there is none.
impl<S: Send + Sync> FromRequestParts<S> for Product {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let id = Path::<String>::from_request_parts(parts, state).await.ok();
        let product = id.and_then(|Path(id)| Self::find(id.parse().ok()?));
        match product {
            Some(product) => Ok(product),
            None => Err(nothing_here(parts, state).await.into_response()),
        }
    }
}

async fn nothing_here<S: Send + Sync>(
    parts: &mut Parts,
    state: &S,
) -> Result<(StatusCode, Html<String>), Trouble> {
    View::from_request_parts(parts, state).await?.not_found()
}
