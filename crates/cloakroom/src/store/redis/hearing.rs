//! A line on which Redis tells which sessions were written, whoever wrote them: client-side caching, by prefix.
//!
//! See <https://redis.io/docs/latest/develop/reference/client-side-caching/>. In version 2 of the protocol the connection that asks to be
//! told is also the one that is told, as a subscriber. A `PING` is answered behind whatever was told before it came.
use std::io;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::error::StoreError;
use crate::session::{StoreKey, Version};
use crate::store::local::{Boxed, Channel, Heard, Line};
use crate::store::redis::NAME;
use crate::store::redis::command::{Command, Commands};
use crate::store::redis::line::Cut;
use crate::store::redis::line::Inbox;
use crate::store::redis::names::Names;
use crate::store::redis::node::Node;
use crate::store::redis::opening::Stream;
use crate::store::redis::reply::Reply;
use crate::store::redis::servers::Servers;
use crate::store::redis::trouble::{Trouble, Unopened};

const DOING: &str = "listen for what is written";
/// Where a subscriber is told of keys that were written.
const TOLD: &[u8] = b"__redis__:invalidate";

/// What is needed to listen.
pub(super) struct Hearing {
    servers: Arc<Servers>,
    names: Names,
}

/// A connection that is told of what is written.
struct Subscribed {
    stream: Box<dyn Stream>,
    inbox: Inbox,
    node: Arc<Node>,
    servers: Arc<Servers>,
    names: Names,
}

impl Hearing {
    pub(super) fn of(servers: Arc<Servers>, names: Names) -> Self {
        Self { servers, names }
    }

    async fn subscribe(&self) -> Result<Subscribed, Trouble> {
        let node = primary(&self.servers).await?;
        let stream = node.opening.dial(&node.address).await;
        let mut line = Subscribed {
            stream: stream.map_err(Trouble::Unsent)?,
            inbox: Inbox::new(),
            node: node.clone(),
            servers: self.servers.clone(),
            names: self.names.clone(),
        };
        let login = &node.opening.login;
        if let Some(password) = &login.password {
            let user = login.user.as_deref().unwrap_or("default");
            line.ask(&[b"AUTH", user.as_bytes(), password.as_bytes()])
                .await?;
        }
        let own = match line.ask(&[b"CLIENT", b"ID"]).await? {
            Reply::Number(id) => id.to_string(),
            _ => return Err(Trouble::Lost(Cut::Garbage)),
        };
        let (own, prefix) = (own.as_bytes(), self.names.beginning());
        line.ask(&[
            b"CLIENT",
            b"TRACKING",
            b"ON",
            b"REDIRECT",
            own,
            b"BCAST",
            b"PREFIX",
            prefix.as_bytes(),
        ])
        .await?;
        line.ask(&[b"SUBSCRIBE", TOLD]).await?;
        Ok(line)
    }
}

async fn primary(servers: &Servers) -> Result<Arc<Node>, Trouble> {
    let first = servers.primaries().await?.into_iter().next();
    let (_, node) = first.ok_or(Trouble::Nobody("no server is in charge"))?;
    Ok(node)
}

impl Channel for Hearing {
    fn open(&self) -> Boxed<'_, Box<dyn Line>> {
        Box::pin(async {
            let line = self.subscribe().await;
            let line = line.map_err(|trouble| trouble.while_doing(DOING))?;
            Ok(Box::new(line) as Box<dyn Line>)
        })
    }

    fn tell(&self, _: StoreKey, _: Option<Version>) -> Option<Boxed<'_, ()>> {
        None
    }
}

impl Subscribed {
    async fn ask(&mut self, words: &[&[u8]]) -> Result<Reply, Trouble> {
        self.say(words).await.map_err(broken)?;
        match self.next().await? {
            Reply::Refused(refusal) if refusal.is_for_want_of_room() => {
                Err(Trouble::Unsent(Unopened::Cut(Cut::NoRoom)))
            }
            Reply::Refused(refusal) => Err(Trouble::Refused(refusal)),
            reply => Ok(reply),
        }
    }

    async fn say(&mut self, words: &[&[u8]]) -> io::Result<()> {
        let mut said = Commands::default();
        said.add(Command::new(words));
        self.stream.write_all(&said.bytes).await?;
        self.stream.flush().await
    }

    /// Waits for the next thing that is said. What has come stays when this is given up.
    async fn next(&mut self) -> Result<Reply, Trouble> {
        let garbage = |_| Trouble::Lost(Cut::Garbage);
        loop {
            if let Some(reply) = self.inbox.next().map_err(garbage)? {
                return Ok(reply);
            }
            let room = self.inbox.room().map_err(garbage)?;
            match self.stream.read(room).await.map_err(broken)? {
                0 => return Err(Trouble::Lost(Cut::HungUp)),
                bytes => self.inbox.came(bytes),
            }
        }
    }

    async fn hear_next(&mut self) -> Result<Heard, Trouble> {
        let said = self.next().await?;
        Ok(understand(&self.names, &said))
    }
}

impl Line for Subscribed {
    fn beat(&mut self, number: u64) -> Boxed<'_, ()> {
        Box::pin(async move {
            let present = primary(&self.servers).await;
            let present = present.map_err(|trouble| trouble.while_doing(DOING))?;
            if present.address != self.node.address {
                return Err(StoreError::new(NAME, DOING)
                    .because("another server is in charge now")
                    .out_of_reach());
            }
            let said = self.say(&[b"PING", number.to_string().as_bytes()]).await;
            said.map_err(|error| broken(error).while_doing(DOING))
        })
    }

    fn hear(&mut self) -> Boxed<'_, Heard> {
        Box::pin(async {
            let heard = self.hear_next().await;
            heard.map_err(|trouble| trouble.while_doing(DOING))
        })
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn broken(error: io::Error) -> Trouble {
    Trouble::Lost(Cut::Broken(error.kind()))
}

/// Says what was heard in these words.
fn understand(names: &Names, said: &Reply) -> Heard {
    let Reply::List(words) = said else {
        return Heard::Other;
    };
    let is = |at: usize, word: &[u8]| matches!(words.get(at), Some(Reply::Value(bytes)) if **bytes == *word);
    if is(0, b"pong") {
        let number = words.get(1).and_then(Reply::text);
        let number = number.and_then(|number| number.parse().ok());
        return number.map_or(Heard::Other, Heard::Beat);
    }
    match words.get(2) {
        Some(Reply::List(written)) if is(1, TOLD) => {
            let keys = written.iter().filter_map(|name| names.read(name.text()?));
            Heard::Written(keys.map(|key| (key, None)).collect())
        }
        // As when all is flushed.
        Some(Reply::Nothing) if is(1, TOLD) => Heard::Everything,
        _ => Heard::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_keys_signs_of_life_and_a_flush_are_understood_and_nothing_else_is_a_session() {
        let names = Names::new("shop").unwrap();
        let key = StoreKey::from_bytes([0xab; 32]);
        let name = names.of(&key);
        let told = "*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n";
        let rows = [
            (
                format!(
                    "{told}*2\r\n$15\r\nshop:{{ab}}user:x\r\n${}\r\n{name}\r\n",
                    name.len()
                ),
                Heard::Written(vec![(key, None)]),
            ),
            (format!("{told}$-1\r\n"), Heard::Everything),
            (
                "*2\r\n$4\r\npong\r\n$2\r\n17\r\n".to_owned(),
                Heard::Beat(17),
            ),
            (
                "*3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n".to_owned(),
                Heard::Other,
            ),
            ("+OK\r\n".to_owned(), Heard::Other),
        ];
        for (said, expected) in rows {
            let (said, _) = Reply::read(said.as_bytes()).unwrap().unwrap();
            assert_eq!(understand(&names, &said), expected);
        }
    }
}
