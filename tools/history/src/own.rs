//! A private server of any kind, started for one run.
use std::net::SocketAddr;

use services::{
    Instance, MariaDb, Memcached, Postgres, Redis, RedisCluster, RedisSentinel, Trouble,
};

use crate::Result;
use crate::proxy::Wire;

/// The server, or servers.
pub(crate) enum Own {
    Postgres(Postgres),
    MySql(MariaDb),
    Redis(Redis),
    Memcached(Memcached),
    Sentinel(RedisSentinel),
    Cluster(RedisCluster),
}

impl Own {
    /// Starts a server of this kind.
    pub(crate) fn start(kind: &str) -> Result<Self> {
        Ok(match kind {
            // What these two have committed survives that they are killed.
            "postgres" => Self::Postgres(Postgres::start()?),
            "mysql" => Self::MySql(MariaDb::start()?),
            "redis" => Self::Redis(Redis::builder().line("appendfsync always").start()?),
            // Forgets everything with every restart, which it may.
            "memcached" => Self::Memcached(Memcached::start()?),
            "sentinel" => Self::Sentinel(RedisSentinel::start()?),
            "cluster" => Self::Cluster(RedisCluster::start()?),
            _ => {
                return Err("with --faults, --store is one of postgres, mysql, redis, sentinel, cluster, memcached: \
                            a server that can be started and hindered here".into());
            }
        })
    }

    /// Says whether a restart loses what was kept.
    pub(crate) fn is_volatile(&self) -> bool {
        matches!(self, Self::Memcached(_))
    }

    /// Returns a URL for each node, through a wire of its own where the server has one address.
    pub(crate) async fn urls(&self, nodes: usize) -> Result<(Vec<String>, Vec<Wire>)> {
        let Some(server) = self.alone() else {
            return Ok((vec![self.url(); nodes], Vec::new()));
        };
        let address: SocketAddr = server.address().parse()?;
        let (mut urls, mut wires) = (Vec::new(), Vec::new());
        for _ in 0..nodes {
            let wire = Wire::to(address).await?;
            urls.push(
                self.url()
                    .replace(&server.address(), &wire.address.to_string()),
            );
            wires.push(wire);
        }
        Ok((urls, wires))
    }

    /// Returns the server, if there is but one.
    pub(crate) fn alone(&self) -> Option<&Instance> {
        match self {
            Self::Postgres(server) => Some(server),
            Self::MySql(server) => Some(server),
            Self::Redis(server) => Some(server),
            Self::Memcached(server) => Some(server),
            Self::Sentinel(_) | Self::Cluster(_) => None,
        }
    }

    /// Returns the servers that keep the data, if there are several.
    pub(crate) fn together(&self) -> &[Redis] {
        match self {
            Self::Sentinel(servers) => servers.servers(),
            Self::Cluster(servers) => servers.nodes(),
            _ => &[],
        }
    }

    /// Waits until all of several servers find each other well.
    pub(crate) fn await_well(&self) -> std::result::Result<(), Trouble> {
        match self {
            Self::Cluster(servers) => servers.await_well(),
            _ => Ok(()),
        }
    }

    fn url(&self) -> String {
        match self {
            Self::Postgres(server) => server.url(),
            Self::MySql(server) => server.url(),
            Self::Redis(server) => server.url(),
            Self::Memcached(server) => server.url(),
            Self::Sentinel(servers) => servers.url(),
            Self::Cluster(servers) => servers.url(),
        }
    }
}
