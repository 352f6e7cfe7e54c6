//! Says something now and shows it on the next page. Run with
//! `cargo run -p cloakroom --example flash` and open <http://127.0.0.1:3000>.
use std::error::Error;

use axum::{
    Router,
    response::{Html, Redirect},
    routing::get,
};
use cloakroom::{Cloakroom, CsrfToken, KeyRing, Messages};
use tokio::net::TcpListener;

async fn page(messages: Messages, csrf: CsrfToken) -> Html<String> {
    let said: String = messages
        .iter()
        .map(|message| format!("<p class=\"{}\">{message}</p>", message.tags()))
        .collect();
    let form = csrf.input();
    Html(format!(
        "<!doctype html><title>Flash</title>{said}<form method=\"post\">{form}<button>Save</button></form>"
    ))
}

async fn save(messages: Messages) -> Redirect {
    messages.success("Saved.");
    messages
        .add(cloakroom::Level::WARNING, "It is late.")
        .tags("toast");
    Redirect::to("/")
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::var("ADDR").unwrap_or("127.0.0.1:3000".into());
    let listener = TcpListener::bind(address).await?;
    eprintln!("http://{}", listener.local_addr()?);
    let cloakroom = Cloakroom::builder(KeyRing::new(KeyRing::generate_secret())?)
        .store_in_memory()
        .allow_plain_http_on_localhost(listener.local_addr()?)
        .build()?;
    let app = Router::new()
        .route("/", get(page).post(save))
        .layer(cloakroom.layer());
    axum::serve(listener, app).await?;
    Ok(())
}
