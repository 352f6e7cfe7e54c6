//! All kinds of servers, started together: what the tests of a whole workspace need.

use std::thread;

use crate::trouble::Trouble;
use crate::{MariaDb, Memcached, Postgres, Redis, RedisCluster, RedisSentinel};

/// A kind of server and how tests learn about it.
pub struct Kind {
    /// What it is called on a command line.
    pub name: &'static str,
    /// The variable in which tests look for its URL.
    pub variable: &'static str,
    /// The Debian packages it needs.
    pub packages: &'static [&'static str],
    /// Whether its programs are there.
    pub look: fn() -> Result<(), Trouble>,
    start: fn() -> Result<Running, Trouble>,
}

/// Every kind.
pub const KINDS: &[Kind] = &[
    Kind {
        name: "postgres",
        variable: "CLOAKROOM_TEST_POSTGRES",
        packages: &["postgresql"],
        look: Postgres::look,
        start: || Postgres::start().map(|server| running(server.url(), server)),
    },
    Kind {
        name: "mysql",
        variable: "CLOAKROOM_TEST_MYSQL",
        packages: &["mariadb-server"],
        look: MariaDb::look,
        start: || MariaDb::start().map(|server| running(server.url(), server)),
    },
    Kind {
        name: "redis",
        variable: "CLOAKROOM_TEST_REDIS",
        packages: &["redis-server"],
        look: Redis::look,
        start: || Redis::start().map(|server| running(server.url(), server)),
    },
    Kind {
        name: "sentinel",
        variable: "CLOAKROOM_TEST_SENTINEL",
        packages: &["redis-server"],
        look: Redis::look,
        start: || RedisSentinel::start().map(|servers| running(servers.url(), servers)),
    },
    Kind {
        name: "cluster",
        variable: "CLOAKROOM_TEST_CLUSTER",
        packages: &["redis-server"],
        look: Redis::look,
        start: || RedisCluster::start().map(|servers| running(servers.url(), servers)),
    },
    Kind {
        name: "memcached",
        variable: "CLOAKROOM_TEST_MEMCACHED",
        packages: &["memcached"],
        look: Memcached::look,
        start: || {
            Memcached::builder()
                .item_size("2m")
                .start()
                .map(|server| running(server.url(), server))
        },
    },
];

/// A started server, only to be held, and its URL.
struct Running {
    url: String,
    _server: Box<dyn Send>,
}

fn running(url: String, server: impl Send + 'static) -> Running {
    Running {
        url,
        _server: Box::new(server),
    }
}

/// Running servers of several kinds; they end when this is dropped.
#[derive(Default)]
pub struct Fleet {
    servers: Vec<(&'static str, Running)>,
}

impl Fleet {
    /// Starts a server of each of these kinds, all at the same time.
    ///
    /// # Errors
    ///
    /// With the first trouble, when any of them does not start; the others are stopped then.
    pub fn start(kinds: &[&'static Kind]) -> Result<Self, Trouble> {
        let started: Vec<Result<Running, Trouble>> = thread::scope(|scope| {
            let threads: Vec<_> = kinds.iter().map(|kind| scope.spawn(kind.start)).collect();
            let panicked = |_| Err(Trouble::failed("a server", "its start panicked"));
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(panicked))
                .collect()
        });
        let names = kinds.iter().map(|kind| kind.variable);
        let servers = names
            .zip(started)
            .map(|(name, server)| server.map(|server| (name, server)));
        Ok(Self {
            servers: servers.collect::<Result<_, _>>()?,
        })
    }

    /// Returns the variables that tell tests where the servers are, with their URLs.
    pub fn variables(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.servers
            .iter()
            .map(|(name, server)| (*name, server.url.as_str()))
    }
}
