//! axum-messages in tower-sessions with its memory store, used as its documentation shows.
use axum::{Router, http::StatusCode, routing::get};
use axum_messages::{Messages, MessagesManagerLayer};
use tower_sessions_014::{MemoryStore, Session, SessionManagerLayer};

use crate::{
    case::Case,
    contents::{Contents, MESSAGE},
    stack::path,
};

const COUNTER: &str = "counter";

pub(super) fn site(case: Case) -> Router {
    let visit = match case {
        Case::Message => get(say),
        _ => get(untouched),
    };
    Router::new()
        .route(path::START, get(start))
        .route(path::VISIT, visit)
        .route(path::SHOW, get(show))
        .route(path::CONTENTS, get(contents))
        .layer(MessagesManagerLayer)
        .layer(SessionManagerLayer::new(MemoryStore::default()))
}

async fn untouched() -> &'static str {
    "ok"
}

async fn say(messages: Messages) -> &'static str {
    messages.success(MESSAGE);
    "ok"
}

async fn show(messages: Messages) -> Result<&'static str, StatusCode> {
    let said = messages.into_iter().next();
    let said = said.filter(|message| message.message == MESSAGE);
    said.map(|_| "ok").ok_or(StatusCode::NOT_FOUND)
}

async fn start(session: Session) -> Result<&'static str, StatusCode> {
    let set = session.insert(COUNTER, 1).await;
    set.map(|()| "ok")
        .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

async fn contents(session: Session) -> Result<axum::Json<Contents>, StatusCode> {
    let counter = session.get(COUNTER).await;
    let counter = counter.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(axum::Json(Contents {
        counter,
        cart: None,
    }))
}
