//! The benchmark's site on cloakroom: `site ADDRESS STORE-URL [CACHE-URL]`; with `bare` as the store it is no cloakroom at all, and
//! with `by-hand+` before the URL each handler makes the store's calls itself.
#[path = "site/by_hand.rs"]
mod by_hand;

use std::net::SocketAddr;
use std::time::Duration;

use axum::{Router, extract::Path, http::StatusCode, routing::get};
use cloakroom::{Cloakroom, Key, KeyRing, Session, store};
use cloakroom_bench::{Result, wire::typical};
use serde_json::Value;
use tokio::net::TcpListener;

const CART: Key<Value> = Key::new("cart");
const TOKEN: Key<String> = Key::new("token");
const MESSAGES: Key<Vec<Value>> = Key::new("messages");
const COUNTER: Key<u32> = Key::new("counter");
const ITEMS: Key<Vec<u32>> = Key::new("items");

type Answer = cloakroom::Result<std::result::Result<String, StatusCode>>;

#[tokio::main]
async fn main() -> Result<()> {
    let mut words = std::env::args().skip(1);
    let (Some(address), Some(url)) = (words.next(), words.next()) else {
        return Err("usage: site ADDRESS STORE-URL".into());
    };
    let address: SocketAddr = address.parse()?;
    let site = match (&*url, url.strip_prefix("by-hand+")) {
        ("bare", _) => Router::new().route("/untouched", get(async || "ok")),
        (_, Some(url)) => by_hand::site(store::connect(url).await?),
        (url, None) => site().layer(cloakroom(url, words.next(), address).await?.layer()),
    };
    axum::serve(TcpListener::bind(address).await?, site).await?;
    Ok(())
}

fn site() -> Router {
    Router::new()
        .route("/start/{visitor}", get(start))
        .route("/untouched", get(async || "ok"))
        .route("/read", get(read))
        .route("/write", get(write))
        .route("/append/{item}", get(append))
        .route("/items", get(items))
        .route("/linger", get(linger))
        .route("/logout", get(logout))
}

async fn cloakroom(url: &str, cache: Option<String>, address: SocketAddr) -> Result<Cloakroom> {
    let store = store::connect(url).await?;
    let store = match cache {
        Some(cache) => store::cached(store, store::connect_cache(&cache).await?),
        None => store,
    };
    Ok(
        Cloakroom::builder(KeyRing::new(KeyRing::generate_secret())?)
            .store(store)
            // As its peers, which send none.
            .headers(|headers| headers.off())
            .allow_plain_http_on_localhost(address)
            .build()?,
    )
}

/// Begins a session with what a typical visitor has.
async fn start(session: Session, Path(visitor): Path<u32>) -> cloakroom::Result<&'static str> {
    session.login(visitor.to_string())?;
    session.set(&CART, typical::cart())?;
    session.set(&TOKEN, typical::TOKEN.to_owned())?;
    session.set(&MESSAGES, vec![typical::message()])?;
    session.set(&COUNTER, 0)?;
    Ok("ok")
}

async fn read(session: Session) -> Answer {
    let counter = session.get(&COUNTER)?;
    Ok(counter
        .map(|counter| counter.to_string())
        .ok_or(StatusCode::NOT_FOUND))
}

async fn write(session: Session) -> Answer {
    let Some(counter) = session.get(&COUNTER)? else {
        return Ok(Err(StatusCode::NOT_FOUND));
    };
    session.update(&COUNTER, |counter| *counter += 1)?;
    Ok(Ok((counter + 1).to_string()))
}

async fn append(session: Session, Path(item): Path<u32>) -> cloakroom::Result<&'static str> {
    session.update(&ITEMS, move |items| items.push(item))?;
    Ok("ok")
}

async fn items(session: Session) -> Answer {
    let items = session.get(&ITEMS)?.unwrap_or_default();
    Ok(Ok(items.len().to_string()))
}

/// Writes at the end of a request that takes its time.
async fn linger(session: Session) -> Answer {
    let seen = session.get(&COUNTER)?;
    tokio::time::sleep(Duration::from_millis(20)).await;
    session.set(&COUNTER, seen.unwrap_or_default() + 1)?;
    Ok(Ok("ok".to_owned()))
}

async fn logout(session: Session) -> cloakroom::Result<&'static str> {
    session.end()?;
    Ok("ok")
}
