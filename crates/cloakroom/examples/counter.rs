//! Counts a visitor's visits. Run with `cargo run -p cloakroom --example counter` and open
//! <http://127.0.0.1:3000>, again and again.
use std::error::Error;

use axum::{Router, routing::get};
use cloakroom::{Cloakroom, Key, KeyRing, Session};
use tokio::net::TcpListener;

const VISITS: Key<u32> = Key::new("visits");

async fn hello(session: Session) -> cloakroom::Result<String> {
    let visits = session.update(&VISITS, |visits| {
        *visits += 1;
        *visits
    })?;
    Ok(format!("Good evening. This is visit number {visits}.\n"))
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
        .route("/", get(hello))
        .layer(cloakroom.layer());
    axum::serve(listener, app).await?;
    Ok(())
}
