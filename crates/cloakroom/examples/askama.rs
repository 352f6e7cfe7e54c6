//! Messages, a token and a form in an askama template. Run with
//! `cargo run -p cloakroom --features forms --example askama` and open <http://127.0.0.1:3000>.
use std::error::Error;

use askama::Template;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::{Router, routing::get};
use cloakroom::form::{Bound, Form};
use cloakroom::{Cloakroom, CsrfToken, KeyRing, Messages};
use tokio::net::TcpListener;

#[derive(Form)]
struct Note {
    #[field(max_length = 200)]
    note: String,
}

/// What prints itself escaped already is `safe`.
#[derive(Template)]
#[template(
    ext = "html",
    source = "<!doctype html><title>{{ form.title_prefix() }}Notes</title>
{% for message in said.iter() %}<p class=\"{{ message.tags() }}\">{{ message|safe }}</p>{% endfor %}
{{ form.summary()|safe }}
<form {{ form.form_attributes()|safe }}>{{ csrf.input()|safe }}
{% for field in form.fields() %}<div>{{ field|safe }}</div>{% endfor %}
<button>Keep it</button></form>"
)]
struct Page {
    said: Messages,
    csrf: CsrfToken,
    form: Bound<Note>,
}

async fn page(said: Messages, csrf: CsrfToken, form: Bound<Note>) -> Response {
    let form = match form.into_valid() {
        Ok(note) => {
            said.success(format!("Kept: {}", note.note));
            return Redirect::to("/").into_response();
        }
        Err(form) => form,
    };
    let page = Page { said, csrf, form };
    Html(page.render().expect("every part prints itself")).into_response()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::var("ADDR").unwrap_or("127.0.0.1:3000".into());
    let listener = TcpListener::bind(address).await?;
    eprintln!("http://{}", listener.local_addr()?);
    let site = Cloakroom::builder(KeyRing::new(KeyRing::generate_secret())?)
        .store_in_memory()
        .allow_plain_http_on_localhost(listener.local_addr()?)
        .build()?;
    let app = Router::new().route("/", get(page).post(page));
    Ok(axum::serve(listener, app.layer(site.layer())).await?)
}
