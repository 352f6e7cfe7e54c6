//! `/api/cart`: the cart for scripts, as JSON.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use cloakroom::Session;
use serde::{Deserialize, Serialize};

use crate::cart::{CART, Cart, MOST};
use crate::catalogue::{PRODUCTS, Product};

/// What to put into the cart.
#[derive(Debug, Deserialize)]
pub(super) struct Order {
    product: u32,
    quantity: u32,
}

/// What is in the cart.
#[derive(Debug, Serialize)]
pub(super) struct Contents {
    count: u32,
    items: Cart,
}

/// Why the cart stays as it is.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    error: String,
}

pub(super) async fn show(session: Session) -> Result<Json<Contents>, cloakroom::Error> {
    Ok(Json(session.get_or_default(&CART)?.into()))
}

pub(super) async fn add(
    session: Session,
    order: Result<Json<Order>, JsonRejection>,
) -> Result<Json<Contents>, Response> {
    let Order { product, quantity } = order
        .map_err(Refusal::from)
        .and_then(|Json(order)| order.checked())
        .map_err(IntoResponse::into_response)?;
    let cart = session.update(&CART, move |cart| {
        cart.add(product, quantity);
        cart.clone()
    });
    cart.map(|cart| Json(cart.into()))
        .map_err(IntoResponse::into_response)
}

impl Order {
    fn checked(self) -> Result<Self, Refusal> {
        if Product::find(self.product).is_none() {
            return Err(Refusal::unprocessable(format!(
                "product must be a number from 1 to {PRODUCTS}"
            )));
        }
        if !(1..=MOST).contains(&self.quantity) {
            return Err(Refusal::unprocessable(format!(
                "quantity must be a number from 1 to {MOST}"
            )));
        }
        Ok(self)
    }
}

impl From<Cart> for Contents {
    fn from(cart: Cart) -> Self {
        Self {
            count: cart.count(),
            items: cart,
        }
    }
}

impl Refusal {
    fn unprocessable(error: String) -> Self {
        Self {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            error,
        }
    }
}

impl From<JsonRejection> for Refusal {
    fn from(rejection: JsonRejection) -> Self {
        Self {
            status: rejection.status(),
            error: rejection.body_text(),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = Json(serde_json::json!({ "error": self.error }));
        (self.status, body).into_response()
    }
}
