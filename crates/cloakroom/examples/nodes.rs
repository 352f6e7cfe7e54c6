//! Two nodes of one site: the same secret, the same store, nothing else in common. Run with
//! `cargo run -p cloakroom --features sqlite --example nodes`, open <http://127.0.0.1:3000>, and follow
//! the link from node to node. (Browsers send a cookie to every port of a host.)
use std::error::Error;
use std::net::SocketAddr;

use axum::{Router, extract::State, response::Html, routing::get};
use cloakroom::{Cloakroom, Key, KeyRing, Session, store};
use tokio::net::TcpListener;

const VISITS: Key<u32> = Key::new("visits");

/// Where a node is, and where the other one.
type Node = [SocketAddr; 2];

async fn page(node: State<Node>, session: Session) -> cloakroom::Result<Html<String>> {
    let visits = session.update(&VISITS, |visits| {
        *visits += 1;
        *visits
    })?;
    let [here, there] = *node;
    Ok(Html(format!(
        "<!doctype html><title>Nodes</title><p>Visit number {visits}, on the node {here}.</p>\
         <p><a href=\"http://{there}/\">To the other node</a></p>"
    )))
}

/// Runs a node: on a real site this is a process on a machine of its own.
async fn run(listener: TcpListener, node: Node, secret: String) -> Result<(), Box<dyn Error>> {
    let url = std::env::var("CLOAKROOM_STORE").unwrap_or("sqlite://nodes.db".into());
    let site = Cloakroom::builder(KeyRing::new(secret)?)
        .store(store::connect(&url).await?)
        .allow_plain_http_on_localhost(node[0])
        .build()?;
    let app = Router::new().route("/", get(page)).with_state(node);
    axum::serve(listener, app.layer(site.layer())).await?;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::var("ADDR").unwrap_or("127.0.0.1:3000".into());
    let one = TcpListener::bind(address).await?;
    let two = TcpListener::bind("127.0.0.1:0").await?;
    let (here, there) = (one.local_addr()?, two.local_addr()?);
    eprintln!("http://{here}");
    let secret = KeyRing::generate_secret(); // really from CLOAKROOM_SECRET, the same on each node
    let first = run(one, [here, there], secret.clone());
    let second = run(two, [there, here], secret);
    tokio::try_join!(first, second)?;
    Ok(())
}
