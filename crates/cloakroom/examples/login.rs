//! Signs a visitor in and out, on SQLite. Run with
//! `cargo run -p cloakroom --features sqlite --example login` and open <http://127.0.0.1:3000>.
use std::error::Error;

use axum::response::{Html, Redirect};
use axum::{Form, Router, routing::get, routing::post};
use cloakroom::session::{Asvs, Login, Overflow, Policy};
use cloakroom::{Cloakroom, CsrfToken, KeyRing, Session, store};
use serde::Deserialize;
use tokio::net::TcpListener;

#[derive(Deserialize)]
struct SignIn {
    name: String,
    remember: Option<String>,
}

/// What a site keeps of a user's password; when it changes, that user's sessions are over.
fn hash_of(name: &str) -> Option<String> {
    (!name.is_empty()).then(|| format!("the hash of {name}'s password"))
}

async fn page(session: Session, csrf: CsrfToken) -> cloakroom::Result<Html<String>> {
    let form = csrf.input();
    Ok(Html(match session.user_if(hash_of)? {
        Some(_) => format!("<form method=post action=/out>{form}<button>Sign out</button></form>"),
        None => format!(
            "<form method=post action=/in>{form}<input name=name aria-label=Name><label>\
             <input type=checkbox name=remember>Remember me</label><button>Sign in</button></form>"
        ),
    }))
}

async fn sign_in(session: Session, Form(form): Form<SignIn>) -> cloakroom::Result<Redirect> {
    // A real site checks the password here.
    if let Some(hash) = hash_of(&form.name) {
        let remember = form.remember.is_some();
        session.login(Login::user(form.name).stamp(hash).remember(remember))?;
    }
    Ok(Redirect::to("/"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::var("ADDR").unwrap_or("127.0.0.1:3000".into());
    let listener = TcpListener::bind(address).await?;
    eprintln!("http://{}", listener.local_addr()?);
    let cloakroom = Cloakroom::builder(KeyRing::new(KeyRing::generate_secret())?)
        .store(store::connect("sqlite::memory:").await?)
        .session(|_| Policy::asvs(Asvs::L1).most_sessions(5, Overflow::EndOldest))
        .allow_plain_http_on_localhost(listener.local_addr()?)
        .build()?;
    let sign_out = async |session: Session| session.logout().map(|()| Redirect::to("/"));
    let app = Router::new()
        .route("/", get(page))
        .route("/in", post(sign_in))
        .route("/out", post(sign_out));
    axum::serve(listener, app.layer(cloakroom.layer())).await?;
    Ok(())
}
