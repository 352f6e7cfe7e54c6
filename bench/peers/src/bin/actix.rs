//! The benchmark's site on actix-web with actix-session: `actix ADDRESS STORE-URL`, a Redis or `cookie:`.
use std::{error::Error, net::SocketAddr, time::Duration};

use actix_session::{
    Session, SessionGetError, SessionInsertError, SessionMiddleware,
    config::PersistentSession,
    storage::{CookieSessionStore, RedisSessionStore, SessionStore},
};
use actix_web::{
    App, HttpResponse, HttpServer, ResponseError, cookie::Key, cookie::time, http::StatusCode, web,
};
use cloakroom_bench_peers::typical::typical;

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let (Some(address), Some(url)) = (words.next(), words.next()) else {
        return Err("usage: actix ADDRESS STORE-URL".into());
    };
    let address = address.parse()?;
    if url == "cookie:" {
        return serve(address, CookieSessionStore::default).await;
    }
    let store = RedisSessionStore::new(url).await?;
    serve(address, move || store.clone()).await
}

async fn serve<S: SessionStore + 'static>(
    address: SocketAddr,
    store: impl Fn() -> S + Clone + Send + 'static,
) -> Result<(), Box<dyn Error>> {
    let key = Key::generate();
    let site = move || {
        let fortnight = PersistentSession::default().session_ttl(time::Duration::days(14));
        let sessions = SessionMiddleware::builder(store(), key.clone())
            .cookie_secure(false)
            .session_lifecycle(fortnight)
            .build();
        App::new()
            .wrap(sessions)
            .route("/start/{visitor}", web::get().to(start))
            .route("/untouched", web::get().to(async || "ok"))
            .route("/read", web::get().to(read))
            .route("/write", web::get().to(write))
            .route("/append/{item}", web::get().to(append))
            .route("/items", web::get().to(items))
            .route("/linger", web::get().to(linger))
            .route("/logout", web::get().to(logout))
    };
    HttpServer::new(site).bind(address)?.run().await?;
    Ok(())
}

/// What a page can't answer.
#[derive(Debug)]
enum Fault {
    Session,
    Nothing,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self:?}")
    }
}

impl ResponseError for Fault {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Session => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Nothing => StatusCode::NOT_FOUND,
        }
    }
}

impl From<SessionGetError> for Fault {
    fn from(_: SessionGetError) -> Self {
        Self::Session
    }
}

impl From<SessionInsertError> for Fault {
    fn from(_: SessionInsertError) -> Self {
        Self::Session
    }
}

/// Begins a session with what a typical visitor has.
async fn start(session: Session, visitor: web::Path<u32>) -> Result<&'static str, Fault> {
    for (name, value) in typical(*visitor) {
        session.insert(name, value)?;
    }
    Ok("ok")
}

async fn read(session: Session) -> Result<String, Fault> {
    let counter: Option<u32> = session.get("counter")?;
    Ok(counter.ok_or(Fault::Nothing)?.to_string())
}

async fn write(session: Session) -> Result<String, Fault> {
    let counter: Option<u32> = session.get("counter")?;
    let next = counter.ok_or(Fault::Nothing)? + 1;
    session.insert("counter", next)?;
    Ok(next.to_string())
}

async fn append(session: Session, item: web::Path<u32>) -> Result<&'static str, Fault> {
    let items: Option<Vec<u32>> = session.get("items")?;
    let mut items = items.unwrap_or_default();
    items.push(*item);
    session.insert("items", items)?;
    Ok("ok")
}

async fn items(session: Session) -> Result<String, Fault> {
    let items: Option<Vec<u32>> = session.get("items")?;
    Ok(items.map_or(0, |items| items.len()).to_string())
}

/// Writes at the end of a request that takes its time.
async fn linger(session: Session) -> Result<&'static str, Fault> {
    let counter: Option<u32> = session.get("counter")?;
    actix_web::rt::time::sleep(Duration::from_millis(20)).await;
    session.insert("counter", counter.unwrap_or_default() + 1)?;
    Ok("ok")
}

async fn logout(session: Session) -> HttpResponse {
    session.purge();
    HttpResponse::Ok().body("ok")
}
