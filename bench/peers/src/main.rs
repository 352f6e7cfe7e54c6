//! The benchmark's site on tower-sessions: `peers ADDRESS STORE-URL`.
use std::error::Error;

use axum::{Router, extract::Path, http::StatusCode, routing::get};
use cloakroom_bench_peers::{postgres, redis, sqlite, typical::typical};
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
        .route("/append/{item}", get(append))
        .route("/items", get(items))
        .route("/linger", get(linger))
        .route("/logout", get(logout))
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

async fn append(session: Session, Path(item): Path<u32>) -> Result<&'static str, StatusCode> {
    let items: Option<Vec<u32>> = session.get("items").await.map_err(broken)?;
    let mut items = items.unwrap_or_default();
    items.push(item);
    session.insert("items", items).await.map_err(broken)?;
    Ok("ok")
}

async fn items(session: Session) -> Result<String, StatusCode> {
    let items: Option<Vec<u32>> = session.get("items").await.map_err(broken)?;
    Ok(items.map_or(0, |items| items.len()).to_string())
}

/// Writes at the end of a request that takes its time.
async fn linger(session: Session) -> Result<&'static str, StatusCode> {
    let counter: Option<u32> = session.get("counter").await.map_err(broken)?;
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    let next = counter.unwrap_or_default() + 1;
    session.insert("counter", next).await.map_err(broken)?;
    Ok("ok")
}

async fn logout(session: Session) -> Result<&'static str, StatusCode> {
    session.flush().await.map_err(broken)?;
    Ok("ok")
}

fn broken(_: tower_sessions::session::Error) -> StatusCode {
    StatusCode::INTERNAL_SERVER_ERROR
}
