//! What a session holds: a counter, a cart of twenty items, or both.
use serde::{Deserialize, Serialize};

/// How many items a cart holds, before and after every request.
pub const CART_SIZE: u32 = 20;

/// What a visitor is told.
pub const MESSAGE: &str = "The scarf is in your cart.";

/// One line of a cart.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Item {
    /// The product's number.
    pub id: u32,
    /// The product's name.
    pub name: String,
    /// How many of it.
    pub quantity: u32,
    /// The price of one, in cents.
    pub price: u32,
}

impl Item {
    /// Returns the product with this number.
    pub fn numbered(id: u32) -> Self {
        let name = "Wool scarf, hand woven, heather".to_owned();
        Self {
            id,
            name,
            quantity: 2,
            price: 4950,
        }
    }
}

/// Puts the next product into a cart and drops the oldest, so that its size stays the same.
pub fn append(cart: &mut Vec<Item>) {
    let next = cart.last().map_or(1, |item| item.id + 1);
    cart.push(Item::numbered(next));
    if cart.len() > CART_SIZE as usize {
        cart.remove(0);
    }
}

/// Everything a session holds.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Contents {
    /// How often the visitor has been counted.
    pub counter: Option<u32>,
    /// What the visitor is about to buy.
    pub cart: Option<Vec<Item>>,
}

impl Contents {
    /// Returns a session with a counter that stands at `counter`.
    pub fn counter(counter: u32) -> Self {
        Self {
            counter: Some(counter),
            cart: None,
        }
    }

    /// Returns a session with a full cart, to which `appended` items have been added already.
    pub fn cart(appended: u32) -> Self {
        let items = (appended + 1..=appended + CART_SIZE).map(Item::numbered);
        Self {
            counter: None,
            cart: Some(items.collect()),
        }
    }

    /// Returns the same session with a full cart beside what it holds.
    pub fn beside_a_cart(self) -> Self {
        Self {
            cart: Self::cart(0).cart,
            ..self
        }
    }
}
