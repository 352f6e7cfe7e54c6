//! A primary whose sentinels know where it is.
use std::sync::{Arc, PoisonError, RwLock};

use redis::{Cmd, Value};
use tokio::task::JoinSet;

use crate::store::redis::address::Address;
use crate::store::redis::node::{Node, Reach};
use crate::store::redis::trouble::Trouble;

/// The sentinels, and the primary as they last named it.
pub(super) struct Sentinels {
    sentinels: Vec<Arc<Node>>,
    primary: String,
    reach: Reach,
    present: RwLock<Option<Arc<Node>>>,
    asking: tokio::sync::Mutex<()>,
}

impl Sentinels {
    pub(super) fn new(
        sentinels: Vec<Address>,
        password: Option<String>,
        primary: String,
        reach: Reach,
    ) -> Result<Self, Trouble> {
        let to_sentinels = reach.to_sentinels(password);
        let sentinels = sentinels.into_iter().map(|at| to_sentinels.node(at));
        Ok(Self {
            sentinels: sentinels.collect::<Result<_, _>>()?,
            primary,
            reach,
            present: RwLock::default(),
            asking: tokio::sync::Mutex::default(),
        })
    }

    /// Returns the primary; asks the sentinels anew when it is in doubt.
    pub(super) async fn primary(&self) -> Result<Arc<Node>, Trouble> {
        if let Some(node) = self.trusted() {
            return Ok(node);
        }
        let _alone = self.asking.lock().await;
        if let Some(node) = self.trusted() {
            return Ok(node);
        }
        self.find().await
    }

    /// Asks all sentinels at once, since one that hangs must not hold up the others, and takes the
    /// first named server that says itself that it is the primary.
    async fn find(&self) -> Result<Arc<Node>, Trouble> {
        let mut answers = JoinSet::new();
        for sentinel in &self.sentinels {
            answers.spawn(address_by(sentinel.clone(), self.primary.clone()));
        }
        let mut tried = Vec::new();
        let mut why = Trouble::Nobody("no sentinel answers");
        while let Some(answer) = answers.join_next().await {
            match answer {
                Ok(Ok(address)) if !tried.contains(&address) => {
                    tried.push(address.clone());
                    match self.confirmed(address).await {
                        Ok(node) => return Ok(node),
                        Err(trouble) => why = trouble,
                    }
                }
                Ok(Err(trouble)) if tried.is_empty() => why = trouble,
                _ => {}
            }
        }
        Err(why)
    }

    async fn confirmed(&self, address: Address) -> Result<Arc<Node>, Trouble> {
        let present = self.present().filter(|node| node.address == address);
        let node = match present {
            Some(node) => node,
            None => self.reach.node(address)?,
        };
        node.trust();
        let role = node.ask(&redis::cmd("ROLE"), false).await?;
        if !is_primary(&role) {
            node.hang_up();
            return Err(Trouble::Nobody(
                "the sentinels name a server that is not the primary; a failover may be under way",
            ));
        }
        *self.present.write().unwrap_or_else(PoisonError::into_inner) = Some(node.clone());
        Ok(node)
    }

    pub(super) fn hang_up(&self) {
        for node in self.sentinels.iter().chain(&self.present()) {
            node.hang_up();
        }
    }

    fn trusted(&self) -> Option<Arc<Node>> {
        self.present().filter(|node| !node.is_doubted())
    }

    fn present(&self) -> Option<Arc<Node>> {
        let present = self.present.read();
        present.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn address_by(sentinel: Arc<Node>, primary: String) -> Result<Address, Trouble> {
    let mut question = Cmd::new();
    question
        .arg("SENTINEL")
        .arg("GET-MASTER-ADDR-BY-NAME")
        .arg(primary);
    let answer = sentinel.ask(&question, false).await;
    let answer = answer.map_err(|trouble| match trouble {
        Trouble::Refused(error) if error.code() == Some("ERR") => {
            Trouble::Nobody("what the URL names are no sentinels; they often listen at 26379")
        }
        other => other,
    })?;
    if answer == Value::Nil {
        return Err(Trouble::Nobody(
            "the sentinels know no primary of the name in the URL",
        ));
    }
    let read = redis::from_redis_value::<(String, u16)>(answer);
    let (host, port) = read.map_err(|_| Trouble::Nobody("a sentinel answers with no address"))?;
    Ok(Address { host, port })
}

fn is_primary(role: &Value) -> bool {
    let first = match role {
        Value::Array(parts) => parts.first(),
        _ => None,
    };
    matches!(first, Some(Value::BulkString(role)) if role == b"master")
}
