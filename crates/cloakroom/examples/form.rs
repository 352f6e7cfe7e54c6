//! Asks for a name and an address until both are right. Run with
//! `cargo run -p cloakroom --features forms --example form` and open <http://127.0.0.1:3000>.
use std::error::Error;

use axum::{
    Router,
    response::{Html, IntoResponse, Redirect, Response},
    routing::get,
};
use cloakroom::form::{Bound, Email, Form, Problem};
use cloakroom::{Cloakroom, CsrfToken, KeyRing, Messages};
use http::StatusCode;
use tokio::net::TcpListener;

#[derive(Form, Debug)]
struct Guest {
    #[field(max_length = 60, autocomplete = "name", required = "Enter your name")]
    name: String,
    #[field(label = "Email address", help = "We write to it once.")]
    email: Email,
}

async fn page(messages: Messages, csrf: CsrfToken, mut form: Bound<Guest>) -> Response {
    if form.value().is_some_and(|guest| guest.name == "root") {
        form.refuse("name", Problem::saying("reserved", "That name is taken"));
    }
    let form = match form.into_valid() {
        Ok(guest) => {
            messages.success(format!("Welcome, {}.", guest.name));
            return Redirect::to("/").into_response();
        }
        Err(form) => form,
    };
    let status = match form.errors().is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let said: String = messages.iter().map(|m| format!("<p>{m}</p>")).collect();
    let (title, summary) = (form.title_prefix(), form.summary());
    let (attributes, token) = (form.form_attributes(), csrf.input());
    let html = format!(
        "<!doctype html><html lang=en><title>{title}Guests</title>{said}{summary}<h1>Guests</h1>\
         <form {attributes}>{token}{form}<button>Continue</button></form>"
    );
    (status, Html(html)).into_response()
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
    let pages = Router::new().route("/", get(page).post(page));
    axum::serve(listener, pages.layer(cloakroom.layer())).await?;
    Ok(())
}
