//! Redis: alone here, behind Sentinel and as a cluster in the files beside.

mod cluster;
mod sentinel;

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::folder::Folder;
use crate::instance::{Instance, Plan};
use crate::programs::{REDIS_CLI, REDIS_SERVER};
use crate::trouble::Trouble;
use crate::wait;

pub use cluster::RedisCluster;
pub use sentinel::RedisSentinel;

/// How long replicas may take to have what their primary has.
const REPLICATED: Duration = Duration::from_secs(10);

/// A Redis (or Valkey) server; what every server can do is in [`Instance`].
#[derive(Debug)]
pub struct Redis {
    instance: Instance,
    client: PathBuf,
    password: Option<String>,
}

/// What can be said about a Redis server before it starts.
#[derive(Clone, Debug, Default)]
pub struct RedisBuilder {
    lines: Vec<String>,
    password: Option<String>,
    volatile: bool,
    watches: bool,
}

impl Redis {
    /// Starts a server as tests usually want it.
    ///
    /// # Errors
    ///
    /// When Redis is missing or does not start.
    pub fn start() -> Result<Self, Trouble> {
        Self::builder().start()
    }

    /// Returns what can be said before the start.
    pub fn builder() -> RedisBuilder {
        RedisBuilder::default()
    }

    /// Returns whether the programs are there.
    ///
    /// # Errors
    ///
    /// `Missing`, for what is not.
    pub fn look() -> Result<(), Trouble> {
        programs().map(drop)
    }

    /// Returns the URL.
    pub fn url(&self) -> String {
        let address = self.instance.address();
        match &self.password {
            Some(password) => format!("redis://:{password}@{address}/0"),
            None => format!("redis://{address}/0"),
        }
    }

    /// Sends a command and returns the answer as `redis-cli` prints it into a pipe.
    ///
    /// # Errors
    ///
    /// When the server refuses it or does not run. A paused one is waited for.
    pub fn ask(&self, words: &[&str]) -> Result<String, Trouble> {
        let mut client = Command::new(&self.client);
        if let Some(password) = &self.password {
            client.env("REDISCLI_AUTH", password);
        }
        client
            .args(["-e", "-h", "127.0.0.1", "-p", &self.port().to_string()])
            .args(words);
        self.instance.answer(&mut client)
    }

    /// Returns when so many replicas have all that the server has written until now.
    ///
    /// `WAIT` only knows of what its own connection wrote, and [`Redis::ask`] opens one each time.
    ///
    /// # Errors
    ///
    /// When they don't within ten seconds.
    pub fn await_replicas(&self, count: usize) -> Result<(), Trouble> {
        let written = replication(self)?.written;
        let have_it = || {
            let acknowledged = replication(self).ok()?.acknowledged;
            let up_to_date = acknowledged.iter().filter(|offset| **offset >= written);
            (up_to_date.count() >= count).then_some(())
        };
        wait::until(REPLICATED, have_it).ok_or_else(|| self.trouble("its replicas lag behind"))
    }
}

/// How far a primary and its replicas are, in bytes.
struct Replication {
    written: u64,
    acknowledged: Vec<u64>,
}

fn replication(primary: &Redis) -> Result<Replication, Trouble> {
    let info = primary.ask(&["info", "replication"])?;
    let written = info.lines().find_map(|line| {
        let offset = line.trim().strip_prefix("master_repl_offset:")?;
        offset.parse().ok()
    });
    let replicas = info.lines().filter(|line| line.starts_with("slave"));
    let acknowledged = replicas.filter_map(|line| {
        let (_, after) = line.split_once(",offset=")?;
        after.split(',').next()?.parse().ok()
    });
    Ok(Replication {
        written: written.ok_or_else(|| primary.trouble("it does not tell how much it wrote"))?,
        acknowledged: acknowledged.collect(),
    })
}

impl Deref for Redis {
    type Target = Instance;

    fn deref(&self) -> &Instance {
        &self.instance
    }
}

impl RedisBuilder {
    /// Adds a line of `redis.conf`, such as `maxmemory 4mb`.
    pub fn line(mut self, line: &str) -> Self {
        self.lines.push(line.to_owned());
        self
    }

    /// Asks clients for a password; it goes into the URL as it is.
    pub fn password(mut self, password: &str) -> Self {
        self.password = Some(password.to_owned());
        self.line(&format!("requirepass {password}"))
    }

    /// Keeps nothing over a restart. Otherwise a write is in the file before it is answered.
    pub fn volatile(mut self) -> Self {
        self.volatile = true;
        self
    }

    /// Starts it as a sentinel, which watches others and keeps nothing but its configuration.
    fn watching(mut self) -> Self {
        self.watches = true;
        self
    }

    /// Starts the server.
    ///
    /// # Errors
    ///
    /// When Redis is missing or does not start.
    pub fn start(self) -> Result<Redis, Trouble> {
        let [program, client] = programs()?;
        let server = if self.watches { "sentinel" } else { "redis" };
        let folder = Folder::new(server, &["redis", "valkey", "nobody"])?;
        // Written once: from then on it is the server that changes it, after a failover for example.
        folder
            .write("redis.conf", &self.configuration())
            .map_err(|error| Trouble::failed(server, error.to_string()))?;
        let watches = self.watches;
        let instance = Instance::start(Plan {
            server,
            folder,
            command: Box::new(move |folder, port| serve(&program, folder, port, watches)),
            ready: |start| {
                ["Ready to accept connections", "+monitor"]
                    .iter()
                    .any(|sign| start.log.contains(sign))
            },
            stop: "TERM",
        })?;
        Ok(Redis {
            instance,
            client,
            password: self.password,
        })
    }

    fn configuration(&self) -> String {
        let mut lines = vec!["bind 127.0.0.1", "protected-mode no"];
        if !self.watches {
            // No snapshots beside the file of writes, and no waiting for more replicas.
            lines.extend(["save \"\"", "repl-diskless-sync-delay 0"]);
        }
        if !self.watches && !self.volatile {
            lines.extend(["appendonly yes", "appendfsync no"]);
        }
        lines.extend(self.lines.iter().map(String::as_str));
        lines.join("\n") + "\n"
    }
}

/// Returns the server and the client.
fn programs() -> Result<[PathBuf; 2], Trouble> {
    Ok([REDIS_SERVER.find()?, REDIS_CLI.find()?])
}

fn serve(program: &Path, folder: &Folder, port: u16, watches: bool) -> Command {
    let mut command = folder.command(program);
    command
        .arg(folder.file("redis.conf"))
        .args(["--port", &port.to_string(), "--dir"])
        .arg(folder.path());
    if watches {
        command.arg("--sentinel");
    }
    command
}

/// Returns `host:port,host:port,…`.
fn addresses(servers: &[Redis]) -> String {
    let addresses: Vec<String> = servers.iter().map(|server| server.address()).collect();
    addresses.join(",")
}
