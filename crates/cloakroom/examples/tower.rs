//! A site without axum: a tower service under hyper, with a session. Run with
//! `cargo run -p cloakroom --example tower` and open <http://127.0.0.1:3000>, again and again.
use std::convert::Infallible;
use std::error::Error;

use axum_core::extract::{FromRequestParts, Request};
use axum_core::response::{IntoResponse, Response};
use cloakroom::{Cloakroom, Key, KeyRing, Rejection, Session};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tower::{ServiceBuilder, service_fn};

const VISITS: Key<u32> = Key::new("visits");

/// Takes the session out of a request, as axum does for a handler's argument.
async fn session(request: Request) -> Result<Session, Rejection> {
    let (mut parts, _body) = request.into_parts();
    <Session as FromRequestParts<()>>::from_request_parts(&mut parts, &()).await
}

async fn hello(request: Request) -> cloakroom::Result<String> {
    let session = session(request).await?;
    let visits = session.update(&VISITS, |visits| {
        *visits += 1;
        *visits
    })?;
    Ok(format!("Good evening. This is visit number {visits}.\n"))
}

async fn answer(request: Request) -> Result<Response, Infallible> {
    Ok(hello(request).await.into_response())
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
    let service = ServiceBuilder::new()
        .layer(site.layer())
        .service(service_fn(answer));
    loop {
        let (stream, _) = listener.accept().await?;
        let service = TowerToHyperService::new(service.clone());
        tokio::spawn(async move {
            let http = Builder::new(TokioExecutor::new());
            // A visitor who hangs up is no error of ours.
            let _ = http.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}
