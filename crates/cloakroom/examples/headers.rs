//! A strict policy with a nonce, and a logout that leaves nothing behind. Run with
//! `cargo run -p cloakroom --example headers` and open <http://127.0.0.1:3000>: browsers trust this
//! machine without TLS, so that cookies go as they would over HTTPS.
use std::error::Error;

use axum::response::{Html, Redirect};
use axum::{Router, routing::get, routing::post};
use cloakroom::headers::{Csp, Ramp, ResourcePolicy};
use cloakroom::{Cloakroom, CspNonce, CsrfToken, KeyRing, Messages, Session};
use tokio::net::TcpListener;

async fn page(session: Session, said: Messages, csrf: CsrfToken, nonce: CspNonce) -> Html<String> {
    let said: String = said.iter().map(|said| format!("<p>{said}</p>")).collect();
    let user = session.user_id();
    let to = if user.is_some() { "logout" } else { "login" };
    let (user, form) = (user.unwrap_or("nobody".into()), csrf.input());
    Html(format!(
        "<!doctype html><title>Headers</title>
        <style nonce=\"{nonce}\">body {{ font-family: sans-serif }}</style>
        {said}<p>You are {user}. Stored in this browser: <b id=stored></b></p>
        <form method=post action=/{to}>{form}<button>{to}</button></form>
        <script nonce=\"{nonce}\">
          stored.textContent = localStorage.note ?? 'nothing';
          localStorage.note = 'a note of {user}';
        </script>"
    ))
}

async fn login(session: Session) -> cloakroom::Result<Redirect> {
    session.login("ada")?;
    Ok(Redirect::to("/"))
}

async fn logout(session: Session, messages: Messages) -> cloakroom::Result<Redirect> {
    session.logout()?;
    messages.success("You are signed out.");
    Ok(Redirect::to("/"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let cloakroom = Cloakroom::builder(KeyRing::new(KeyRing::generate_secret())?)
        .store_in_memory()
        .headers(|h| {
            h.csp(|_| Csp::strict())
                .hsts(Ramp::FiveMinutes)
                .resource_policy(ResourcePolicy::SameOrigin)
                .permissions_policy(|p| p.deny("camera").deny("microphone"))
        })
        .build()?;
    let app = Router::new()
        .route("/", get(page))
        .route("/login", post(login))
        .route("/logout", post(logout))
        .layer(cloakroom.layer());
    let address = std::env::var("ADDR").unwrap_or("127.0.0.1:3000".into());
    let listener = TcpListener::bind(address).await?;
    eprintln!("http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app).await?)
}
