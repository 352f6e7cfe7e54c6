//! Amounts of money, in whole cents.

use std::iter::Sum;

use minijinja::Value;

/// An amount in euro cents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cents(pub(crate) u64);

impl Cents {
    /// Returns the price of so many pieces.
    pub(crate) fn times(self, quantity: u32) -> Self {
        Self(self.0.saturating_mul(u64::from(quantity)))
    }
}

impl Sum for Cents {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        Self(amounts.fold(0, |sum, amount| sum.saturating_add(amount.0)))
    }
}

/// Templates get the bare number and write it with the filter `money`.
impl From<Cents> for Value {
    fn from(amount: Cents) -> Self {
        Self::from(amount.0)
    }
}
