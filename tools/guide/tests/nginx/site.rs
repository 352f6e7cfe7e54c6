//! A site in production, as the page on deploying sets it up, that tells what arrives.
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::{CONNECTION, UPGRADE};
use axum::routing::{get, post};
use cloakroom::headers::HttpsRedirect;
use cloakroom::store::InCookie;
use cloakroom::{Cloakroom, ConfigError, CsrfToken, Error, Key, KeyRing, Session};
use http_body_util::BodyExt;
use tokio::net::TcpListener;

/// The host for which the block on the page is.
pub(crate) const HOST: &str = "shop.example";

const LARGE: Key<String> = Key::new("large");

/// Opens the site on a free port, for as long as the process lives.
pub(crate) fn open() -> SocketAddr {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
            let listener = listener.expect("a free port");
            tell.send(listener.local_addr().expect("it has one"))
                .expect("somebody waits");
            axum::serve(listener, pages().expect("the settings are right"))
                .await
                .expect("it serves");
        });
    });
    told.recv_timeout(Duration::from_secs(10))
        .expect("it opens soon")
}

fn pages() -> Result<Router, ConfigError> {
    let keys = KeyRing::new(KeyRing::generate_secret())?;
    let cloakroom = Cloakroom::builder(keys)
        .store(InCookie::new())
        .headers(|h| {
            h.trust_forwarded_proto("x-forwarded-proto", "https")
                .https_redirect(HttpsRedirect::to_host(HOST).except("/healthz"))
                .hsts(Duration::from_secs(300))
        })
        .build()?;
    Ok(Router::new()
        .route("/", get(form).post(async |body: String| body))
        .route("/healthz", get(async || "ok"))
        .route("/upload", post(count))
        .route("/fill", get(fill))
        .route("/filled", get(filled))
        .route("/asked", get(asked))
        .layer(cloakroom.layer()))
}

/// A page with a form and a session.
async fn form(session: Session, csrf: CsrfToken) -> Result<String, Error> {
    session.set(&LARGE, String::new())?;
    Ok(csrf.input().to_string())
}

async fn count(body: Body) -> String {
    let mut body = body;
    let mut bytes = 0;
    while let Some(Ok(frame)) = body.frame().await {
        bytes += frame.data_ref().map_or(0, |data| data.len());
    }
    bytes.to_string()
}

async fn fill(session: Session) -> Result<(), Error> {
    session.set(&LARGE, "large".repeat(2_200))?;
    Ok(())
}

async fn filled(session: Session) -> Result<String, Error> {
    let large = session.get(&LARGE)?.unwrap_or_default();
    Ok(large.len().to_string())
}

/// Which protocol is asked for.
async fn asked(headers: HeaderMap) -> String {
    let said = |name| headers.get(&name).and_then(|it| it.to_str().ok());
    let [connection, upgrade] = [CONNECTION, UPGRADE].map(|name| said(name).unwrap_or("-"));
    format!("{connection} {upgrade}")
}
