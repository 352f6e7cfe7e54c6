//! Redis as a cluster: three primaries with a replica each.

use std::process::Command;
use std::time::Duration;

use super::Redis;
use crate::trouble::Trouble;
use crate::wait;

const NODES: usize = 6;

/// How long everybody may take to know everybody.
const MEET: Duration = Duration::from_secs(60);

/// Six nodes that share the 16,384 slots.
#[derive(Debug)]
pub struct RedisCluster {
    nodes: Vec<Redis>,
}

impl RedisCluster {
    /// Starts six nodes, makes a cluster of them, and returns when each of them says that it is well.
    ///
    /// A silent node is given up after one and a half seconds.
    ///
    /// # Errors
    ///
    /// When Redis is missing, or a node does not start or does not join.
    pub fn start() -> Result<Self, Trouble> {
        let nodes = (0..NODES).map(|_| node()).collect::<Result<Vec<_>, _>>()?;
        let cluster = Self { nodes };
        cluster.create()?;
        cluster.await_well()?;
        Ok(cluster)
    }

    /// Returns the URL, with every node.
    pub fn url(&self) -> String {
        format!("redis+cluster://{}", super::addresses(&self.nodes))
    }

    /// Returns the nodes, primaries and replicas.
    pub fn nodes(&self) -> &[Redis] {
        &self.nodes
    }

    /// Returns the node that serves a key now.
    ///
    /// # Errors
    ///
    /// When no node knows.
    pub fn node_of(&self, key: &str) -> Result<&Redis, Trouble> {
        // A node that serves the key answers; the others say where it lies.
        let mut running = self.nodes.iter().filter(|node| node.pid().is_some());
        running
            .find(|node| is_primary(node) && node.ask(&["exists", key]).is_ok())
            .ok_or_else(|| self.nodes[0].trouble("no node serves this key"))
    }

    /// Returns when every running node finds the cluster complete and every replica follows its primary.
    ///
    /// # Errors
    ///
    /// When that takes too long.
    pub fn await_well(&self) -> Result<(), Trouble> {
        let running = || self.nodes.iter().filter(|node| node.pid().is_some());
        wait::until(MEET, || running().all(is_well).then_some(()))
            .ok_or_else(|| self.nodes[0].trouble("the cluster did not become complete"))
    }

    fn create(&self) -> Result<(), Trouble> {
        let first = &self.nodes[0];
        let mut client = Command::new(&first.client);
        client
            .args(["--cluster", "create"])
            .args(self.nodes.iter().map(|node| node.address()))
            .args(["--cluster-replicas", "1", "--cluster-yes"]);
        first.answer(&mut client).map(drop)
    }
}

fn node() -> Result<Redis, Trouble> {
    Redis::builder()
        .line("cluster-enabled yes")
        .line("cluster-config-file nodes.conf")
        .line("cluster-node-timeout 1500")
        .start()
}

fn is_primary(node: &Redis) -> bool {
    let role = node.ask(&["role"]).unwrap_or_default();
    role.starts_with("master")
}

fn is_well(node: &Redis) -> bool {
    let cluster = node.ask(&["cluster", "info"]).unwrap_or_default();
    let replication = node.ask(&["info", "replication"]).unwrap_or_default();
    cluster.contains("cluster_state:ok")
        && cluster.contains(&format!("cluster_known_nodes:{NODES}"))
        && (replication.contains("role:master") || replication.contains("master_link_status:up"))
}
