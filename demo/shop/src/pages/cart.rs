//! `/cart`: what is in it, and putting things in and taking them out.

use axum::extract::Form;
use axum::extract::rejection::FormRejection;
use axum::response::{Html, IntoResponse, Redirect, Response};
use minijinja::{Value, context};
use serde::Deserialize;

use super::product;
use crate::cart::{Added, CART, MOST};
use crate::catalogue::Product;
use crate::mistakes::Mistakes;
use crate::texts::fill;
use crate::trouble::Trouble;
use crate::view::View;

/// How many of a product; one, when nothing is said.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Order {
    quantity: Option<String>,
}

pub(super) async fn show(view: View) -> Result<Html<String>, Trouble> {
    let cart = view.session.get_or_default(&CART)?;
    let lines = cart.lines().map(Value::from).collect::<Value>();
    view.page("cart.html", context! { lines, total => cart.total() })
}

pub(super) async fn add(
    view: View,
    product: Product,
    form: Result<Form<Order>, FormRejection>,
) -> Result<Response, Trouble> {
    let order = match form {
        Ok(Form(order)) => order,
        Err(FormRejection::InvalidFormContentType(_)) => Order::default(),
        Err(unreadable) => return Ok(unreadable.into_response()),
    };
    let texts = view.texts()?;
    let asked = order.quantity.as_deref().unwrap_or("1").trim();
    let Some(quantity) = quantity(asked) else {
        let mistakes = Mistakes::one("quantity", texts.quantity_wrong);
        return Ok(product::show_mistakes(&view, product, mistakes, asked)?.into_response());
    };
    let added = view
        .session
        .update(&CART, move |cart| cart.add(product.id, quantity))?;
    match added {
        Added::All => view
            .messages
            .success(fill(texts.added, &product.to_string())),
        Added::UpToTheMost => view.messages.warning(texts.most),
    }
    Ok(Redirect::to("/cart").into_response())
}

pub(super) async fn remove(view: View, product: Product) -> Result<Redirect, Trouble> {
    let texts = view.texts()?;
    let name = product.to_string();
    if view
        .session
        .update(&CART, move |cart| cart.remove(product.id))?
    {
        view.messages.success(fill(texts.removed, &name));
    } else {
        view.messages.info(fill(texts.was_not_there, &name));
    }
    Ok(Redirect::to("/cart"))
}

pub(super) async fn clear(view: View) -> Result<Redirect, Trouble> {
    view.session.remove(&CART)?;
    view.messages.success(view.texts()?.cleared);
    Ok(Redirect::to("/cart"))
}

fn quantity(asked: &str) -> Option<u32> {
    let quantity = asked.parse().ok()?;
    (1..=MOST).contains(&quantity).then_some(quantity)
}
