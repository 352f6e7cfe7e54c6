//! A cluster: which of its primaries has which rack.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::task::JoinSet;

use crate::store::redis::address::Address;
use crate::store::redis::command::{Command, Commands};
use crate::store::redis::names::slot;
use crate::store::redis::node::{Node, Reach};
use crate::store::redis::reply::Reply;
use crate::store::redis::trouble::Trouble;

/// A cluster as it was last seen. Only 256 of its slots matter: one for each rack.
pub(super) struct Cluster {
    seeds: Vec<Address>,
    reach: Reach,
    seen: Mutex<Seen>,
    asking: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Seen {
    nodes: HashMap<Address, Arc<Node>>,
    racks: HashMap<u8, Arc<Node>>,
}

/// The primaries of ranges of slots.
type Ranges = Vec<(u16, u16, Address)>;

impl Cluster {
    pub(super) fn new(seeds: Vec<Address>, reach: Reach) -> Self {
        Self {
            seeds,
            reach,
            seen: Mutex::default(),
            asking: tokio::sync::Mutex::default(),
        }
    }

    /// Returns the primary of a rack; asks the cluster anew when it is in doubt.
    pub(super) async fn primary_of(&self, rack: u8) -> Result<Arc<Node>, Trouble> {
        match self.trusted(rack) {
            Some(node) => Ok(node),
            // In a box, so that the usual case does not carry it along.
            None => Box::pin(self.ask_nodes(rack)).await,
        }
    }

    async fn ask_nodes(&self, rack: u8) -> Result<Arc<Node>, Trouble> {
        let _alone = self.asking.lock().await;
        if let Some(node) = self.trusted(rack) {
            return Ok(node);
        }
        self.look().await?;
        let there = self.seen().racks.get(&rack).cloned();
        there.ok_or(Trouble::Nobody(
            "a slot of the cluster is served by no node",
        ))
    }

    /// Returns each primary that has a rack, and one of its racks.
    pub(super) async fn primaries(&self) -> Result<Vec<(u8, Arc<Node>)>, Trouble> {
        let mut all: HashMap<Address, (u8, Arc<Node>)> = HashMap::new();
        for rack in 0..=u8::MAX {
            let node = self.primary_of(rack).await?;
            all.entry(node.address.clone()).or_insert((rack, node));
        }
        Ok(all.into_values().collect())
    }

    /// Notes that a rack has moved.
    pub(super) fn moved(&self, rack: u8, by: &Node, to: &str) -> Result<(), Trouble> {
        let node = self.node_at(by, to)?;
        self.seen().racks.insert(rack, node);
        Ok(())
    }

    /// Returns the node at an address that another node named.
    pub(super) fn node_at(&self, by: &Node, text: &str) -> Result<Arc<Node>, Trouble> {
        let address = match text.strip_prefix(':') {
            // The node knows no name of the other: they share a host.
            Some(port) => Address::parse(&format!("[{}]:{port}", by.address.host), 0),
            None => Address::parse(text, 0),
        };
        let address = address.ok_or(Trouble::Nobody("a node of the cluster has no address"))?;
        Ok(self.seen().node(&self.reach, address))
    }

    pub(super) fn hang_up(&self) {
        for node in self.seen().nodes.values() {
            node.hang_up();
        }
    }

    /// Asks all known nodes at once, since those that hang must not hold up the others, and takes
    /// the first view of a node that finds the cluster well; otherwise the first view.
    async fn look(&self) -> Result<(), Trouble> {
        let mut views = JoinSet::new();
        for node in self.known() {
            views.spawn(view_of(node));
        }
        let mut second_best = Err(Trouble::Nobody("no node of the cluster answers"));
        while let Some(view) = views.join_next().await {
            match view {
                Ok(Ok((true, ranges))) => {
                    self.take(&ranges);
                    return Ok(());
                }
                Ok(Ok((false, ranges))) if second_best.is_err() => second_best = Ok(ranges),
                Ok(Err(trouble)) if second_best.is_err() => second_best = Err(trouble),
                _ => {}
            }
        }
        self.take(&second_best?);
        Ok(())
    }

    fn known(&self) -> Vec<Arc<Node>> {
        let mut seen = self.seen();
        for seed in &self.seeds {
            seen.node(&self.reach, seed.clone());
        }
        seen.nodes.values().cloned().collect()
    }

    fn take(&self, ranges: &Ranges) {
        let mut seen = self.seen();
        let mut racks = HashMap::with_capacity(256);
        for rack in 0..=u8::MAX {
            let slot = slot(rack);
            let range = ranges
                .iter()
                .find(|(from, to, _)| (*from..=*to).contains(&slot));
            if let Some((_, _, address)) = range {
                let node = seen.node(&self.reach, address.clone());
                node.trust();
                racks.insert(rack, node);
            }
        }
        seen.racks = racks;
        let Seen { nodes, racks } = &mut *seen;
        nodes.retain(|_, node| racks.values().any(|there| Arc::ptr_eq(there, node)));
    }

    fn trusted(&self, rack: u8) -> Option<Arc<Node>> {
        let there = self.seen().racks.get(&rack).cloned();
        there.filter(|node| !node.is_doubted())
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    fn node(&mut self, reach: &Reach, address: Address) -> Arc<Node> {
        let nodes = &mut self.nodes;
        let node = nodes
            .entry(address)
            .or_insert_with_key(|at| reach.node(at.clone()));
        node.clone()
    }
}

/// Returns whether a node finds the cluster well, and who has which slots in its eyes.
async fn view_of(node: Arc<Node>) -> Result<(bool, Ranges), Trouble> {
    let mut questions = Commands::default();
    questions.add(Command::new(&[b"CLUSTER", b"INFO"]));
    questions.add(Command::new(&[b"CLUSTER", b"SLOTS"]));
    let answers = node.ask_all(&questions).await?;
    for answer in &answers {
        if let Reply::Refused(refusal) = answer {
            if refusal.detail().contains("cluster support disabled") {
                return Err(Trouble::Nobody(
                    "what the URL names is no cluster; use redis:// for one server",
                ));
            }
            return Err(Trouble::Refused(refusal.clone()));
        }
    }
    let [info, Reply::List(ranges)] = answers.as_slice() else {
        return Err(Trouble::Nobody("a node of the cluster tells no slots"));
    };
    let is_well = info
        .text()
        .is_some_and(|info| info.contains("cluster_state:ok"));
    let ranges = ranges
        .iter()
        .filter_map(|range| range_in(range, &node.address));
    Ok((is_well, ranges.collect()))
}

/// Reads `[from, to, [host, port, …], …]`; a node without a name is at the host that was asked.
fn range_in(range: &Reply, asked: &Address) -> Option<(u16, u16, Address)> {
    let Reply::List(parts) = range else {
        return None;
    };
    let [
        Reply::Number(from),
        Reply::Number(to),
        Reply::List(primary),
        ..,
    ] = parts.as_slice()
    else {
        return None;
    };
    let [host, Reply::Number(port), ..] = primary.as_slice() else {
        return None;
    };
    let host = match host.text() {
        None | Some("" | "?") => asked.host.clone(),
        Some(host) => host.to_owned(),
    };
    let port = u16::try_from(*port).ok()?;
    let (from, to) = (u16::try_from(*from).ok()?, u16::try_from(*to).ok()?);
    Some((from, to, Address { host, port }))
}
