//! What a typical visitor's session holds: the same on every side.
use serde_json::{Value, json};

/// A user's id, a cart of five, a token, a message, and a counter.
pub fn typical(visitor: u32) -> [(&'static str, Value); 5] {
    [
        ("user", json!(visitor.to_string())),
        ("cart", cart()),
        (
            "token",
            json!("mQ4Zr8vX2kT9cLw1YbN7sJd5HgF3pRa6uEo0iVxKtBq"),
        ),
        (
            "messages",
            json!([{"level": "success", "text": "Added Wool scarf to your cart."}]),
        ),
        ("counter", json!(0)),
    ]
}

fn cart() -> Value {
    json!([
        {"id": 17, "name": "Wool scarf", "quantity": 1, "price": 4950},
        {"id": 203, "name": "Felt hat, moss", "quantity": 2, "price": 6400},
        {"id": 388, "name": "Oak coat hanger", "quantity": 6, "price": 1275},
        {"id": 541, "name": "Umbrella, black", "quantity": 1, "price": 3890},
        {"id": 972, "name": "Leather gloves", "quantity": 1, "price": 7200},
    ])
}
