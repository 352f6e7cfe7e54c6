//! What a typical visitor's session holds, beside the user's id: the same on every side.
use cloakroom::clock::Timestamp;
use cloakroom::session::{Entries, Name, Raw, Record};
use serde_json::{Value, json};

/// A token of 43 characters.
pub const TOKEN: &str = "mQ4Zr8vX2kT9cLw1YbN7sJd5HgF3pRa6uEo0iVxKtBq";

/// A cart of five products.
pub fn cart() -> Value {
    json!([
        {"id": 17, "name": "Wool scarf", "quantity": 1, "price": 4950},
        {"id": 203, "name": "Felt hat, moss", "quantity": 2, "price": 6400},
        {"id": 388, "name": "Oak coat hanger", "quantity": 6, "price": 1275},
        {"id": 541, "name": "Umbrella, black", "quantity": 1, "price": 3890},
        {"id": 972, "name": "Leather gloves", "quantity": 1, "price": 7200},
    ])
}

/// One message that waits to be shown.
pub fn message() -> Value {
    json!({"level": "success", "text": "Added Wool scarf to your cart."})
}

/// All of them, for whoever asks a store by hand.
pub fn values() -> Vec<(Name, Raw)> {
    let value = |name, json: String| (Name::from_static(name), Raw::from_json(json));
    vec![
        value("cart", cart().to_string()),
        value("token", format!("\"{TOKEN}\"")),
        value("messages", format!("[{}]", message())),
    ]
}

/// The whole as a record, with a counter beside.
pub fn record(visitor: u32, created: Timestamp, expires: Timestamp) -> Record {
    let counter = (Name::from_static("counter"), Raw::from_json("0".to_owned()));
    let entries: Entries = values().into_iter().chain([counter]).collect();
    Record::new(created, expires)
        .with_user(visitor.to_string())
        .with_entries(entries)
}
