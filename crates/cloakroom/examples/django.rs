//! One page of a Django site, in Rust: the cart of `request.session["cart"]`. Give it the site's key and database:
//! `SECRET_KEY=… DATABASE=sqlite:///srv/site/db.sqlite3 cargo run -p cloakroom --features django,sqlite --example django`.
//!
//! Django's page next door, behind the same host name:
//!
//! ```python
//! def add(request):
//!     cart = request.session.setdefault("cart", {})
//!     cart["tea"] = cart.get("tea", 0) + 1
//!     request.session.modified = True
//!     messages.success(request, "Django put tea into your cart.")
//!     return redirect("/cart")
//! ```
use std::collections::BTreeMap;
use std::env::var;
use std::error::Error;

use axum::response::{Html, Redirect};
use axum::{Router, routing::get};
use cloakroom::{Cloakroom, CsrfToken, Key, KeyRing, Messages, Session, django, store};
use tokio::net::TcpListener;

const CART: Key<BTreeMap<String, u32>> = Key::new("cart");

async fn cart(
    session: Session,
    messages: Messages,
    csrf: CsrfToken,
) -> cloakroom::Result<Html<String>> {
    // Both sides' messages are shown here, each once.
    let told: String = messages.iter().map(|told| format!("<p>{told}")).collect();
    let things: u32 = session.get_or_default(&CART)?.values().sum();
    let form = csrf.input();
    Ok(Html(format!(
        "{told}<p>{things} in your cart<form method=post>{form}<button>One coffee</button></form>"
    )))
}

async fn add(session: Session, messages: Messages) -> cloakroom::Result<Redirect> {
    session.update(&CART, |cart| *cart.entry("coffee".into()).or_default() += 1)?;
    messages.success("Rust put coffee into your cart.");
    Ok(Redirect::to("/cart"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind(var("ADDR").unwrap_or("127.0.0.1:3000".into())).await?;
    eprintln!("http://{}", listener.local_addr()?);
    let key = var("SECRET_KEY").unwrap_or(KeyRing::generate_secret());
    let database = var("DATABASE").unwrap_or("sqlite::memory:".into());
    let settings = django::Settings::new(key.as_str());
    let cloakroom = Cloakroom::builder(KeyRing::new(&key)?)
        .store(store::django::connect(&database, &settings).await?)
        .django(settings)
        .allow_plain_http_on_localhost(listener.local_addr()?)
        .build()?;
    let app = Router::new().route("/cart", get(cart).post(add));
    axum::serve(listener, app.layer(cloakroom.layer())).await?;
    Ok(())
}
