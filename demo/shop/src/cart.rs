//! The cart: what a visitor wants to buy, and how many of each.

use std::collections::BTreeMap;

use cloakroom::Key;
use minijinja::{Value, context};
use serde::{Deserialize, Serialize};

use crate::catalogue::Product;
use crate::money::Cents;

/// Where the session keeps the cart: an object from product number to quantity.
pub(crate) const CART: Key<Cart> = Key::new("cart");

/// The most that one visitor can have of one product.
pub(crate) const MOST: u32 = 99;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Cart {
    quantities: BTreeMap<u32, u32>,
}

/// How much of what was to be added found room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Added {
    All,
    /// The cart now holds [`MOST`] of the product, which is less than was asked for.
    UpToTheMost,
}

/// One product in the cart.
pub(crate) struct Line {
    product: Product,
    quantity: u32,
}

impl Cart {
    pub(crate) fn add(&mut self, product: u32, quantity: u32) -> Added {
        let held = self.quantities.entry(product).or_default();
        let wanted = held.saturating_add(quantity);
        *held = wanted.min(MOST);
        if wanted > MOST {
            Added::UpToTheMost
        } else {
            Added::All
        }
    }

    /// Takes a product out, all pieces of it; says whether it was there.
    pub(crate) fn remove(&mut self, product: u32) -> bool {
        self.quantities.remove(&product).is_some()
    }

    /// Returns how many pieces there are.
    pub(crate) fn count(&self) -> u32 {
        self.quantities
            .values()
            .fold(0, |sum, quantity| sum.saturating_add(*quantity))
    }

    /// Returns what the shop still sells of it, in the order of the catalogue.
    pub(crate) fn lines(&self) -> impl Iterator<Item = Line> {
        self.quantities.iter().filter_map(|(id, quantity)| {
            let product = Product::find(*id)?;
            Some(Line {
                product,
                quantity: *quantity,
            })
        })
    }

    pub(crate) fn total(&self) -> Cents {
        self.lines().map(|line| line.sum()).sum()
    }
}

impl Line {
    fn sum(&self) -> Cents {
        self.product.price().times(self.quantity)
    }
}

impl From<Line> for Value {
    fn from(line: Line) -> Self {
        context! { product => line.product, quantity => line.quantity, sum => line.sum() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adding_twice_adds_up() {
        let mut cart = Cart::default();
        assert_eq!(cart.add(1, 2), Added::All);
        assert_eq!(cart.add(1, 3), Added::All);
        assert_eq!(cart.count(), 5);
    }

    #[test]
    fn nobody_gets_more_than_99_of_one_product() {
        let mut cart = Cart::default();
        assert_eq!(cart.add(1, 99), Added::All);
        assert_eq!(cart.add(1, 1), Added::UpToTheMost);
        assert_eq!(cart.add(2, u32::MAX), Added::UpToTheMost);
        assert_eq!(cart.count(), 198);
    }

    #[test]
    fn removing_takes_every_piece_and_only_once() {
        let mut cart = Cart::default();
        cart.add(1, 2);
        assert!(cart.remove(1));
        assert!(!cart.remove(1));
        assert_eq!(cart, Cart::default());
    }

    #[test]
    fn the_total_is_the_sum_of_the_lines() {
        let mut cart = Cart::default();
        cart.add(1, 2);
        cart.add(2, 1);
        assert_eq!(cart.total(), Cents(2 * 4_900 + 21_900));
    }

    #[test]
    fn the_session_keeps_an_object_from_number_to_quantity() {
        let mut cart = Cart::default();
        cart.add(12, 3);
        let kept = serde_json::to_string(&cart).unwrap();
        assert_eq!(kept, r#"{"12":3}"#);
        assert_eq!(serde_json::from_str::<Cart>(&kept).unwrap(), cart);
    }

    #[test]
    fn what_the_shop_no_longer_sells_has_no_line() {
        let mut cart = Cart::default();
        cart.add(4_711, 1);
        assert_eq!(cart.lines().count(), 0);
        assert_eq!(cart.total(), Cents(0));
    }
}
