//! Tells a monitoring service what happens to sessions: `cargo run -p cloakroom --example webhook`
use axum::{Json, Router, routing::get, routing::post};
use cloakroom::session::Event;
use cloakroom::{Cloakroom, KeyRing, Session};
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tokio::sync::mpsc::{Receiver, channel};

/// Sends one event after another, outside of any visitor's request.
async fn send(mut events: Receiver<Event>, url: &str) {
    let client = Client::builder(TokioExecutor::new()).build_http();
    while let Some(event) = events.recv().await {
        let json = serde_json::to_string(&event).expect("an event is data");
        let request = http::Request::post(url)
            .header("content-type", "application/json")
            .body(Full::new(bytes::Bytes::from(json)));
        let sent = client.request(request.expect("it is sound")).await;
        if let Err(error) = sent {
            eprintln!("an event was lost: {error}");
        }
    }
}

/// Stands for the service; it would check a signature.
async fn receive(Json(event): Json<serde_json::Value>) {
    eprintln!("told: {event}");
}

async fn login(session: Session) -> cloakroom::Result<&'static str> {
    session.login("ada")?;
    Ok("Signed in.")
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::var("ADDR").unwrap_or("127.0.0.1:3000".into());
    let listener = tokio::net::TcpListener::bind(address).await?;
    let site = format!("http://{}", listener.local_addr()?);
    eprintln!("{site}/login");
    let (sender, events) = channel(1_000);
    tokio::spawn(async move { send(events, &format!("{site}/hook")).await });
    let cloakroom = Cloakroom::builder(KeyRing::new(KeyRing::generate_secret())?)
        .store_in_memory()
        // It must not wait: when the service is slow, events are dropped and visitors are served.
        .on_event(move |event| drop(sender.try_send(event.clone())))
        .csrf(|csrf| csrf.exempt("/hook"))
        .allow_plain_http_on_localhost(listener.local_addr()?)
        .build()?;
    let app = Router::new()
        .route("/login", get(login))
        .route("/hook", post(receive))
        .layer(cloakroom.layer());
    axum::serve(listener, app).await?;
    Ok(())
}
