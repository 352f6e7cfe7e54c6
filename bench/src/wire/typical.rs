//! What a typical visitor's session holds, beside the user's id: the same on every side.
use std::collections::BTreeMap;

use serde_json::{Value, json};

/// A token of 43 characters.
pub const TOKEN: &str = "mQ4Zr8vX2kT9cLw1YbN7sJd5HgF3pRa6uEo0iVxKtBq";

/// A cart of five products.
pub fn cart() -> BTreeMap<String, u32> {
    [("17", 1), ("203", 2), ("388", 1), ("541", 3), ("972", 1)]
        .map(|(product, quantity)| (product.to_owned(), quantity))
        .into()
}

/// One message that waits to be shown.
pub fn message() -> Value {
    json!({"level": "success", "text": "Added Wool scarf to your cart."})
}
