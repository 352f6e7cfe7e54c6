//! The benchmark's site on tower-sessions: `peers ADDRESS STORE-URL`.
use std::error::Error;

use axum::{Router, extract::Path, http::StatusCode, routing::get};
use cloakroom_bench_peers::{postgres, redis, sqlite};
use serde_json::{Value, json};
use time::Duration;
use tokio::net::TcpListener;
use tower_sessions::{Expiry, Session, SessionManagerLayer, SessionStore};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let (Some(address), Some(url)) = (words.next(), words.next()) else {
        return Err("usage: peers ADDRESS STORE-URL".into());
    };
    match url.split(':').next() {
        Some("redis") => serve(&address, redis(&url).await?).await,
        Some("postgres") => serve(&address, postgres(&url).await?).await,
        Some("sqlite") => serve(&address, sqlite(&url).await?).await,
        _ => Err("the store's URL begins with redis:, postgres: or sqlite:".into()),
    }
}

async fn serve<S: SessionStore + Clone>(address: &str, store: S) -> Result<(), Box<dyn Error>> {
    let sessions = SessionManagerLayer::new(store)
        .with_secure(false)
        .with_expiry(Expiry::OnInactivity(Duration::days(14)));
    let site = Router::new()
        .route("/start/{visitor}", get(start))
        .route("/untouched", get(async || "ok"))
        .route("/read", get(read))
        .route("/write", get(write))
        .layer(sessions);
    axum::serve(TcpListener::bind(address).await?, site).await?;
    Ok(())
}

/// Begins a session with what a typical visitor has.
async fn start(session: Session, Path(visitor): Path<u32>) -> Result<&'static str, StatusCode> {
    for (name, value) in typical(visitor) {
        session.insert(name, value).await.map_err(broken)?;
    }
    Ok("ok")
}

async fn read(session: Session) -> Result<String, StatusCode> {
    let counter: Option<u32> = session.get("counter").await.map_err(broken)?;
    counter
        .map(|counter| counter.to_string())
        .ok_or(StatusCode::NOT_FOUND)
}

async fn write(session: Session) -> Result<String, StatusCode> {
    let counter: Option<u32> = session.get("counter").await.map_err(broken)?;
    let next = counter.ok_or(StatusCode::NOT_FOUND)? + 1;
    session.insert("counter", next).await.map_err(broken)?;
    Ok(next.to_string())
}

fn broken(_: tower_sessions::session::Error) -> StatusCode {
    StatusCode::INTERNAL_SERVER_ERROR
}

/// A user's id, a cart of five, a token, a message, and a counter.
fn typical(visitor: u32) -> [(&'static str, Value); 5] {
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
