//! cloakroom with its memory store or with its sessions in cookies, used as its documentation shows; without the security headers, of which its
//! peers have none and which `headers` measures by themselves.
use ::cloakroom::{
    Cloakroom, Key, KeyRing, Messages, Session,
    messages::Storage,
    store::{AnyStore, InCookie, MemoryStore},
};
use axum::{Json, Router, http::StatusCode, routing::get};

use crate::{
    case::Case,
    contents::{Contents, Item, MESSAGE, append},
    stack::path,
};

const COUNTER: Key<u32> = Key::new("counter");
const CART: Key<Vec<Item>> = Key::new("cart");

pub(super) fn site(case: Case) -> Router {
    site_with(case, MemoryStore::new(), Storage::default())
}

pub(super) fn site_with_messages_in_sessions(case: Case) -> Router {
    site_with(case, MemoryStore::new(), Storage::Session)
}

pub(super) fn site_in_cookies(case: Case) -> Router {
    site_with(case, InCookie::new(), Storage::default())
}

fn site_with(case: Case, store: impl Into<AnyStore>, messages: Storage) -> Router {
    let visit = match case {
        Case::Untouched => get(untouched),
        Case::Read | Case::ReadBesideCart => get(read),
        Case::Increment | Case::IncrementBesideCart => get(increment),
        Case::Append => get(add_to_cart),
        Case::Message => get(say),
    };
    Router::new()
        .route(
            path::START,
            get(move |session| start(session, case.start())),
        )
        .route(path::VISIT, visit)
        .route(path::SHOW, get(show))
        .route(path::CONTENTS, get(contents))
        .layer(cloakroom(store, messages).layer())
}

fn cloakroom(store: impl Into<AnyStore>, messages: Storage) -> Cloakroom {
    let ring = KeyRing::new(KeyRing::generate_secret()).expect("a fresh secret is long enough");
    let builder = Cloakroom::builder(ring)
        .store(store)
        .messages(messages)
        .headers(|headers| headers.off());
    builder
        .build()
        .expect("the defaults with the memory store are a valid set-up")
}

async fn untouched() -> &'static str {
    "ok"
}

async fn read(session: Session) -> ::cloakroom::Result<Result<&'static str, StatusCode>> {
    Ok(session
        .get(&COUNTER)?
        .map(|_| "ok")
        .ok_or(StatusCode::NOT_FOUND))
}

async fn increment(session: Session) -> ::cloakroom::Result<&'static str> {
    session.update(&COUNTER, |counter| *counter += 1)?;
    Ok("ok")
}

async fn add_to_cart(session: Session) -> ::cloakroom::Result<&'static str> {
    session.update(&CART, append)?;
    Ok("ok")
}

async fn say(messages: Messages) -> &'static str {
    messages.success(MESSAGE);
    "ok"
}

async fn show(messages: Messages) -> Result<&'static str, StatusCode> {
    let said = messages.iter().next();
    let said = said.filter(|message| message.text().as_str() == MESSAGE);
    said.map(|_| "ok").ok_or(StatusCode::NOT_FOUND)
}

async fn start(session: Session, contents: Contents) -> ::cloakroom::Result<&'static str> {
    if let Some(counter) = contents.counter {
        session.set(&COUNTER, counter)?;
    }
    if let Some(cart) = contents.cart {
        session.set(&CART, cart)?;
    }
    Ok("ok")
}

async fn contents(session: Session) -> ::cloakroom::Result<Json<Contents>> {
    let counter = session.get(&COUNTER)?;
    let cart = session.get(&CART)?;
    Ok(Json(Contents { counter, cart }))
}
