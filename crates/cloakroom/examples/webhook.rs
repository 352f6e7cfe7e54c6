//! Tells a monitoring service what happens to sessions. Run with
//! `cargo run --example webhook -p cloakroom`, then open http://127.0.0.1:3000/login.
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
    println!("told: {event}");
}

async fn login(session: Session) -> cloakroom::Result<&'static str> {
    session.login("ada")?;
    Ok("Signed in.")
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    let (sender, events) = channel(1_000);
    tokio::spawn(send(events, "http://127.0.0.1:3000/hook"));
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
