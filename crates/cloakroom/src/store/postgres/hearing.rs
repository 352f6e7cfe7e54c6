//! Telling and hearing what was written, by `NOTIFY` and `LISTEN`.
//!
//! What is told comes to every listener in the order of commits (postgresql.org/docs/current/sql-notify.html), so a listener's own sign of
//! life comes back behind whatever was told before.
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tokio_postgres::{Client, Error, Notification};

use crate::error::StoreError;
use crate::session::{StoreKey, Version};
use crate::store::Options;
use crate::store::local::{Boxed, Channel, Heard, Line};
use crate::store::postgres::NAME;
use crate::store::postgres::address::Address;
use crate::store::postgres::fault::failed;
use crate::store::postgres::lines::Lines;
use crate::store::postgres::link::{Driver, Work, silent};
use crate::store::postgres::value::Value;

const LISTENING: &str = "listen for what is written";
const TELLING: &str = "tell other nodes what was written";
/// What is told at once has less than 8,000 bytes; a key with its version has at most 64.
const AT_ONCE: usize = 120;
/// Tells each word of a text.
const TELL: &str = "SELECT pg_notify($1, told) FROM unnest(string_to_array($2, ' ')) AS told";

/// What is needed to tell and to listen.
pub(super) struct Hearing(Arc<Telling>);

struct Telling {
    address: Arc<Address>,
    lines: Lines,
    /// The channel has the name of the table.
    channel: String,
    limit: Duration,
    waiting: Mutex<Vec<Waiting>>,
    turn: tokio::sync::Mutex<()>,
}

/// A write that is to be told, and who waits until it is.
struct Waiting {
    text: String,
    told: oneshot::Sender<Result<(), StoreError>>,
}

/// A connection that listens.
struct Listening {
    client: Client,
    heard: UnboundedReceiver<Notification>,
    /// The channel of its own on which its signs of life come back.
    own: String,
    _driver: Driver,
}

impl Hearing {
    pub(super) fn of(address: Address, options: &Options) -> Self {
        let address = Arc::new(address);
        let limit = options.response_timeout;
        Self(Arc::new(Telling {
            channel: address.named.sql("cloakroom_sessions").into_owned(),
            lines: Lines::new(address.clone(), Work::One, 1, limit),
            address,
            limit,
            waiting: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }))
    }

    async fn listen(&self) -> Result<Listening, Error> {
        let Telling {
            address,
            channel,
            limit,
            ..
        } = &*self.0;
        let (tell, heard) = mpsc::unbounded_channel();
        let (client, driver) = address.connect_to_hear(tell).await?;
        let mut random = [0; 8];
        getrandom::fill(&mut random).expect("the operating system gives random bytes");
        let own = format!("cloakroom_beat_{:016x}", u64::from_be_bytes(random));
        let milliseconds = limit.as_millis();
        let listen =
            format!("SET statement_timeout = {milliseconds}; LISTEN {channel}; LISTEN {own}");
        client.batch_execute(&listen).await?;
        Ok(Listening {
            client,
            heard,
            own,
            _driver: driver,
        })
    }
}

impl Channel for Hearing {
    fn open(&self) -> Boxed<'_, Box<dyn Line>> {
        Box::pin(async {
            let limit = self.0.address.limit;
            let listening = timeout(limit, self.listen()).await;
            let listening = listening.map_err(|_| silent(LISTENING, limit))?;
            let listening = listening.map_err(|error| failed(LISTENING, &error))?;
            Ok(Box::new(listening) as Box<dyn Line>)
        })
    }

    fn tell(&self, key: StoreKey, version: Option<Version>) -> Option<Boxed<'_, ()>> {
        Some(Box::pin(
            self.0.clone().tell(written(&key, version.as_ref())),
        ))
    }
}

impl Telling {
    /// Tells of a write, together with all others that wait to be told.
    async fn tell(self: Arc<Self>, text: String) -> Result<(), StoreError> {
        let (told, answer) = oneshot::channel();
        self.waiting().push(Waiting { text, told });
        {
            let _turn = self.turn.lock().await;
            let all = std::mem::take(&mut *self.waiting());
            if !all.is_empty() {
                // In a task of its own, so that a client that hangs up does not take the others along.
                let _ = tokio::spawn(self.clone().tell_all(all)).await;
            }
        }
        let gave_up = |_| Err(StoreError::new(NAME, TELLING));
        answer.await.unwrap_or_else(gave_up)
    }

    async fn tell_all(self: Arc<Self>, all: Vec<Waiting>) {
        let texts: Vec<_> = all.iter().map(|waiting| &*waiting.text).collect();
        let words: Vec<_> = texts.chunks(AT_ONCE).map(|some| some.join(";")).collect();
        let told = timeout(self.limit, self.send(&words.join(" "))).await;
        let told = told.unwrap_or_else(|_| Err(silent(TELLING, self.limit)));
        for waiting in all {
            // Whoever gave up waits no more.
            let _ = waiting.told.send(told.clone());
        }
    }

    async fn send(&self, words: &str) -> Result<(), StoreError> {
        let link = self.lines.link().await?;
        let values = [Value::Text(&self.channel), Value::Text(words)];
        let sent = link.rows(TELL, values).await;
        sent.map(drop).map_err(|error| failed(TELLING, &error))
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line for Listening {
    fn beat(&mut self, number: u64) -> Boxed<'_, ()> {
        Box::pin(async move {
            let beat = format!("NOTIFY {}, '{number}'", self.own);
            let sent = self.client.batch_execute(&beat).await;
            sent.map_err(|error| failed(LISTENING, &error))
        })
    }

    fn hear(&mut self) -> Boxed<'_, Heard> {
        Box::pin(async {
            let told = self.heard.recv().await;
            let told = told.ok_or_else(|| {
                StoreError::new(NAME, LISTENING)
                    .because("the connection ended")
                    .out_of_reach()
            })?;
            Ok(self.understand(&told))
        })
    }
}

impl Listening {
    fn understand(&self, told: &Notification) -> Heard {
        if told.channel() == self.own {
            return told.payload().parse().map_or(Heard::Other, Heard::Beat);
        }
        let all: Option<Vec<_>> = told.payload().split(';').map(read).collect();
        match all {
            Some(all) => Heard::Written(all),
            None => Heard::Everything,
        }
    }
}

/// Writes a key and its version.
fn written(key: &StoreKey, version: Option<&Version>) -> String {
    let key = URL_SAFE_NO_PAD.encode(key.as_bytes());
    match version {
        Some(Version::Number(version)) => format!("{key}:{version}"),
        _ => key,
    }
}

fn read(text: &str) -> Option<(StoreKey, Option<Version>)> {
    let (key, version) = match text.split_once(':') {
        Some((key, version)) => (key, Some(Version::Number(version.parse().ok()?))),
        None => (text, None),
    };
    let key = URL_SAFE_NO_PAD.decode(key).ok()?;
    Some((StoreKey::from_bytes(key.try_into().ok()?), version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_read_the_same_and_fits() {
        let key = StoreKey::from_bytes([0xfe; 32]);
        for version in [None, Some(Version::Number(u64::MAX))] {
            let text = written(&key, version.as_ref());
            assert!(
                text.len() <= 64 && (text.len() + 1) * AT_ONCE < 8_000,
                "{text}"
            );
            assert_eq!(read(&text), Some((key, version)));
        }
        for other in ["", "x", "x:1", "é"] {
            assert_eq!(read(other), None);
        }
    }
}
