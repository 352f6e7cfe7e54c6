//! Signs a visitor in and out, on SQLite. Run with
//! `cargo run -p cloakroom --features sqlite --example login` and open <http://127.0.0.1:3000>.
use std::error::Error;
use std::time::Duration;

use axum::{
    Form, Router,
    response::{Html, Redirect},
    routing::{get, post},
};
use cloakroom::{Cloakroom, CsrfToken, Expiry, KeyRing, Session, store};
use serde::Deserialize;
use tokio::net::TcpListener;

#[derive(Deserialize)]
struct Login {
    name: String,
    remember: Option<String>,
}

async fn page(session: Session, csrf: CsrfToken) -> Html<String> {
    let form = csrf.input();
    Html(if session.user_id().is_some() {
        format!("<form method=post action=/out>{form}<button>Sign out</button></form>")
    } else {
        format!(
            "<form method=post action=/in>{form}<input name=name aria-label=Name><label>\
             <input type=checkbox name=remember>Remember me</label><button>Sign in</button></form>"
        )
    })
}

async fn sign_in(session: Session, Form(login): Form<Login>) -> cloakroom::Result<Redirect> {
    session.login(login.name)?;
    session.set_expiry(match login.remember {
        Some(_) => Expiry::After(Duration::from_secs(30 * 24 * 60 * 60)),
        None => Expiry::WithBrowser,
    })?;
    Ok(Redirect::to("/"))
}

async fn sign_out(session: Session) -> cloakroom::Result<Redirect> {
    session.logout()?;
    Ok(Redirect::to("/"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    let cloakroom = Cloakroom::builder(KeyRing::new(KeyRing::generate_secret())?)
        .store(store::connect("sqlite::memory:").await?)
        .allow_plain_http_on_localhost(listener.local_addr()?)
        .build()?;
    let app = Router::new()
        .route("/", get(page))
        .route("/in", post(sign_in))
        .route("/out", post(sign_out));
    axum::serve(listener, app.layer(cloakroom.layer())).await?;
    Ok(())
}
