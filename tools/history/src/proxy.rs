//! A wire between one node and its server that can be cut.
use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::Result;

/// A wire; it is gone with its last clone.
#[derive(Clone)]
pub(crate) struct Wire {
    pub(crate) address: SocketAddr,
    /// How often it was cut; odd while it stays so.
    cuts: watch::Sender<u64>,
}

impl Wire {
    /// Lays a wire to a server.
    pub(crate) async fn to(server: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let wire = Self {
            address: listener.local_addr()?,
            cuts: watch::Sender::new(0),
        };
        let cuts = wire.cuts.subscribe();
        tokio::spawn(serve(listener, server, cuts));
        Ok(wire)
    }

    /// Cuts all connections, and all new ones until it is mended.
    pub(crate) fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts |= 1);
    }

    /// Lets new connections through again.
    pub(crate) fn mend(&self) {
        self.cuts.send_modify(|cuts| *cuts += *cuts % 2);
    }
}

async fn serve(listener: TcpListener, server: SocketAddr, cuts: watch::Receiver<u64>) {
    while let Ok((client, _)) = listener.accept().await {
        let mut cuts = cuts.clone();
        let now = *cuts.borrow_and_update();
        if now % 2 == 1 {
            continue;
        }
        tokio::spawn(async move {
            tokio::select! {
                () = carry(client, server) => {}
                // Whoever could cut it may be gone.
                Ok(_) = cuts.wait_for(|cuts| *cuts != now) => {}
            }
        });
    }
}

async fn carry(mut client: TcpStream, server: SocketAddr) {
    if let Ok(mut server) = TcpStream::connect(server).await {
        let _ = client.set_nodelay(true);
        let _ = server.set_nodelay(true);
        // Either side may end it as it likes.
        let _ = copy_bidirectional(&mut client, &mut server).await;
    }
}
