//! A primary whose sentinels know where it is.
use std::sync::{Arc, PoisonError, RwLock};

use tokio::task::JoinSet;

use crate::store::redis::address::Address;
use crate::store::redis::command::Command;
use crate::store::redis::node::{Node, Reach};
use crate::store::redis::reply::Reply;
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
    ) -> Self {
        let to_sentinels = reach.to_sentinels(password);
        let sentinels = sentinels.into_iter().map(|at| to_sentinels.node(at));
        Self {
            sentinels: sentinels.collect(),
            primary,
            reach,
            present: RwLock::default(),
            asking: tokio::sync::Mutex::default(),
        }
    }

    /// Returns the primary; asks the sentinels anew when it is in doubt.
    pub(super) async fn primary(&self) -> Result<Arc<Node>, Trouble> {
        match self.trusted() {
            Some(node) => Ok(node),
            // In a box, so that the usual case does not carry it along.
            None => Box::pin(self.ask_sentinels()).await,
        }
    }

    async fn ask_sentinels(&self) -> Result<Arc<Node>, Trouble> {
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
            None => self.reach.node(address),
        };
        node.trust();
        let role = node.ask(Command::new(&[b"ROLE"]), false).await?;
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
    let question = [
        &b"SENTINEL"[..],
        b"GET-MASTER-ADDR-BY-NAME",
        primary.as_bytes(),
    ];
    let answer = sentinel.ask(Command::new(&question), false).await;
    let answer = answer.map_err(|trouble| match trouble {
        Trouble::Refused(refusal) if refusal.code() == "ERR" => {
            Trouble::Nobody("what the URL names are no sentinels; they often listen at 26379")
        }
        other => other,
    })?;
    match &answer {
        Reply::Nothing => Err(Trouble::Nobody(
            "the sentinels know no primary of the name in the URL",
        )),
        answer => named(answer).ok_or(Trouble::Nobody("a sentinel answers with no address")),
    }
}

/// Reads `[host, port]`.
fn named(answer: &Reply) -> Option<Address> {
    let Reply::List(parts) = answer else {
        return None;
    };
    let [host, port] = parts.as_slice() else {
        return None;
    };
    let (host, port) = (host.text()?.to_owned(), port.text()?.parse().ok()?);
    Some(Address { host, port })
}

fn is_primary(role: &Reply) -> bool {
    let first = match role {
        Reply::List(parts) => parts.first(),
        _ => None,
    };
    first.and_then(Reply::text) == Some("master")
}
