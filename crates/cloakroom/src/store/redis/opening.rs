//! Opening a connection: the network, TLS if it is wanted, and the login.
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::store::redis::address::{Address, Login};
use crate::store::redis::command::{Command, Commands};
use crate::store::redis::line::{Cut, Line, Lost};
use crate::store::redis::reply::Reply;
use crate::store::redis::tls::Tls;
use crate::store::redis::trouble::Unopened;

/// A connection of any kind.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// How connections are opened.
#[derive(Clone)]
pub(super) struct Opening {
    pub(super) login: Login,
    pub(super) tls: Option<Tls>,
    /// For how long it may take.
    pub(super) limit: Duration,
    /// After which silence an open connection counts as dead.
    pub(super) silence: Duration,
}

impl Opening {
    /// Opens a connection whose end puts the server in doubt.
    pub(super) async fn open(
        &self,
        address: &Address,
        doubt: Arc<AtomicBool>,
    ) -> Result<Line, Unopened> {
        let opened = timeout(self.limit, async {
            let stream = TcpStream::connect((&*address.host, address.port));
            let stream = stream.await.map_err(Unopened::Network)?;
            stream.set_nodelay(true).map_err(Unopened::Network)?;
            let line = match &self.tls {
                None => Line::over(stream, self.silence, doubt),
                Some(tls) => {
                    let stream = tls.over(stream, &address.host).await?;
                    Line::over(stream, self.silence, doubt)
                }
            };
            self.greet(&line).await?;
            Ok(line)
        });
        opened.await.unwrap_or(Err(Unopened::Late(self.limit)))
    }

    /// Opens a connection without saying anything yet.
    pub(super) async fn dial(&self, address: &Address) -> Result<Box<dyn Stream>, Unopened> {
        let dialled = timeout(self.limit, async {
            let stream = TcpStream::connect((&*address.host, address.port));
            let stream = stream.await.map_err(Unopened::Network)?;
            stream.set_nodelay(true).map_err(Unopened::Network)?;
            Ok(match &self.tls {
                None => Box::new(stream) as Box<dyn Stream>,
                Some(tls) => Box::new(tls.over(stream, &address.host).await?),
            })
        });
        dialled.await.unwrap_or(Err(Unopened::Late(self.limit)))
    }

    /// Logs in, and sees that somebody is there who answers as Redis does.
    async fn greet(&self, line: &Line) -> Result<(), Unopened> {
        let database = self.login.database.to_string();
        let mut greeting = Commands::default();
        if let Some(password) = &self.login.password {
            let user = self.login.user.as_deref().unwrap_or("default");
            let words = [&b"AUTH"[..], user.as_bytes(), password.as_bytes()];
            greeting.add(Command::new(&words));
        }
        if self.login.database != 0 {
            greeting.add(Command::new(&[b"SELECT", database.as_bytes()]));
        }
        greeting.add(Command::new(&[b"PING"]));
        let answered = line.ask_all(&greeting).await;
        let mut replies = answered.map_err(|(Lost::Sent(cut) | Lost::Unsent(cut))| match cut {
            Cut::Garbage => Unopened::Stranger,
            cut => Unopened::Cut(cut),
        })?;
        let pong = replies.pop();
        for reply in replies {
            if let Reply::Refused(refusal) = reply {
                return Err(Unopened::NotLetIn(refusal));
            }
        }
        match pong {
            // Whatever else it refuses now, such as while it is loading, it may do later.
            Some(Reply::Refused(refusal)) if refusal.code() == "NOAUTH" => {
                Err(Unopened::NotLetIn(refusal))
            }
            _ => Ok(()),
        }
    }
}
