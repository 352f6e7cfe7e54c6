//! axum_session in memory, used as its documentation shows.
use ::axum_session::{Session, SessionConfig, SessionLayer, SessionNullPool, SessionStore};
use axum::{Json, Router, http::StatusCode, routing::get};

use crate::{
    case::Case,
    contents::{Contents, Item, append},
    csrf::at_once,
    stack::path,
};

const COUNTER: &str = "counter";
const CART: &str = "cart";

type Visit = Session<SessionNullPool>;

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
        .layer(SessionLayer::new(store()))
}

/// Makes the store, which without a database has nothing to wait for.
fn store() -> SessionStore<SessionNullPool> {
    let making = SessionStore::new(None, SessionConfig::default());
    at_once(making)
        .expect("nothing is waited for")
        .expect("the defaults are a valid set-up")
}

async fn untouched() -> &'static str {
    "ok"
}

async fn read(session: Visit) -> Result<&'static str, StatusCode> {
    let counter: Option<u32> = session.get(COUNTER);
    counter.map(|_| "ok").ok_or(StatusCode::NOT_FOUND)
}

async fn increment(session: Visit) -> &'static str {
    let counter: u32 = session.get(COUNTER).unwrap_or_default();
    session.set(COUNTER, counter + 1);
    "ok"
}

async fn add_to_cart(session: Visit) -> &'static str {
    let mut cart: Vec<Item> = session.get(CART).unwrap_or_default();
    append(&mut cart);
    session.set(CART, cart);
    "ok"
}

async fn start(session: Visit, contents: Contents) -> &'static str {
    if let Some(counter) = contents.counter {
        session.set(COUNTER, counter);
    }
    if let Some(cart) = contents.cart {
        session.set(CART, cart);
    }
    "ok"
}

async fn contents(session: Visit) -> Json<Contents> {
    Json(Contents {
        counter: session.get(COUNTER),
        cart: session.get(CART),
    })
}
