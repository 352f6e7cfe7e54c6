//! The products a visitor looked at last.

use cloakroom::Key;
use serde::{Deserialize, Serialize};

use crate::catalogue::Product;

/// Where the session keeps them: a list of numbers, newest first.
pub(crate) const RECENTLY_VIEWED: Key<Seen> = Key::new("recently_viewed");

/// How many are remembered.
const MOST: usize = 10;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Seen {
    products: Vec<u32>,
}

impl Seen {
    /// Puts a product in front, and forgets the oldest when there are too many.
    pub(crate) fn remember(&mut self, product: u32) {
        self.products.retain(|seen| *seen != product);
        self.products.insert(0, product);
        self.products.truncate(MOST);
    }

    pub(crate) fn products(&self) -> impl Iterator<Item = Product> {
        self.products.iter().filter_map(|id| Product::find(*id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(products: impl IntoIterator<Item = u32>) -> Seen {
        let mut seen = Seen::default();
        products
            .into_iter()
            .for_each(|product| seen.remember(product));
        seen
    }

    #[test]
    fn the_newest_comes_first_and_only_once() {
        assert_eq!(seen([1, 2, 3, 2]).products, [2, 3, 1]);
    }

    #[test]
    fn ten_are_remembered() {
        assert_eq!(seen(1..=12).products, [12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
    }

    #[test]
    fn the_session_keeps_a_plain_list() {
        assert_eq!(serde_json::to_string(&seen([1, 2])).unwrap(), "[2,1]");
    }
}
