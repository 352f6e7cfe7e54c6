//! A wire between a store and its server that can be made slow or cut.
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How the wire carries the server's answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    /// As they come.
    Good,
    /// Each so much later.
    Slow(Duration),
    /// Not at all: the wire breaks as soon as an answer comes, so the server has done what it was asked.
    Breaks,
}

/// A proxy on a port of its own; it ends when it is dropped.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    wire: Arc<watch::Sender<Wire>>,
    _listening: JoinSet<()>,
}

impl Proxy {
    /// Listens for a server at `host:port`.
    pub(crate) async fn before(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a port is free");
        let address = listener.local_addr().expect("it listens");
        let wire = Arc::new(watch::Sender::new(Wire::Good));
        let mut listening = JoinSet::new();
        listening.spawn(listen(listener, server, wire.clone()));
        Self {
            address,
            wire,
            _listening: listening,
        }
    }

    pub(crate) fn set(&self, wire: Wire) {
        self.wire.send_replace(wire);
    }
}

async fn listen(listener: TcpListener, server: String, wire: Arc<watch::Sender<Wire>>) {
    let mut carried = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let Ok(server) = TcpStream::connect(&server).await else {
            continue;
        };
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        carried.spawn(carry_questions(from_client, to_server));
        carried.spawn(carry_answers(from_server, to_client, wire.clone()));
    }
}

async fn carry_questions(mut client: OwnedReadHalf, mut server: OwnedWriteHalf) {
    let _ = tokio::io::copy(&mut client, &mut server).await;
}

async fn carry_answers(
    mut server: OwnedReadHalf,
    mut client: OwnedWriteHalf,
    wire: Arc<watch::Sender<Wire>>,
) {
    let mut buffer = vec![0; 65_536];
    while let Ok(length @ 1..) = server.read(&mut buffer).await {
        let now = *wire.borrow();
        match now {
            Wire::Good => {}
            Wire::Slow(by) => tokio::time::sleep(by).await,
            Wire::Breaks => return,
        }
        if client.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}
