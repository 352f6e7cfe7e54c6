//! tower-sessions with its memory store, used as its documentation shows.
use axum::{Json, Router, http::StatusCode, routing::get};
use tower_sessions::{MemoryStore, Session, SessionManagerLayer, session::Error};

use crate::{
    case::Case,
    contents::{Contents, Item, append},
    stack::path,
};

const COUNTER: &str = "counter";
const CART: &str = "cart";

type Answer = Result<&'static str, StatusCode>;

pub(super) fn site(case: Case) -> Router {
    let visit = match case {
        Case::Untouched | Case::Message => get(untouched),
        Case::Read | Case::ReadBesideCart => get(read),
        Case::Increment | Case::IncrementBesideCart => get(increment),
        Case::Append => get(add_to_cart),
    };
    Router::new()
        .route(
            path::START,
            get(move |session| start(session, case.start())),
        )
        .route(path::VISIT, visit)
        .route(path::CONTENTS, get(contents))
        .layer(SessionManagerLayer::new(MemoryStore::default()))
}

async fn untouched() -> &'static str {
    "ok"
}

async fn read(session: Session) -> Answer {
    let counter: Option<u32> = session.get(COUNTER).await.map_err(broken)?;
    counter.map(|_| "ok").ok_or(StatusCode::NOT_FOUND)
}

async fn increment(session: Session) -> Answer {
    let counter: u32 = session
        .get(COUNTER)
        .await
        .map_err(broken)?
        .unwrap_or_default();
    session.insert(COUNTER, counter + 1).await.map_err(broken)?;
    Ok("ok")
}

async fn add_to_cart(session: Session) -> Answer {
    let mut cart: Vec<Item> = session.get(CART).await.map_err(broken)?.unwrap_or_default();
    append(&mut cart);
    session.insert(CART, cart).await.map_err(broken)?;
    Ok("ok")
}

async fn start(session: Session, contents: Contents) -> Answer {
    if let Some(counter) = contents.counter {
        session.insert(COUNTER, counter).await.map_err(broken)?;
    }
    if let Some(cart) = contents.cart {
        session.insert(CART, cart).await.map_err(broken)?;
    }
    Ok("ok")
}

async fn contents(session: Session) -> Result<Json<Contents>, StatusCode> {
    let counter = session.get(COUNTER).await.map_err(broken)?;
    let cart = session.get(CART).await.map_err(broken)?;
    Ok(Json(Contents { counter, cart }))
}

fn broken(_: Error) -> StatusCode {
    StatusCode::INTERNAL_SERVER_ERROR
}
