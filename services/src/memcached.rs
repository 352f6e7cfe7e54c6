//! memcached.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::ops::Deref;
use std::time::Duration;

use crate::folder::Folder;
use crate::instance::{Instance, Plan, Start};
use crate::programs::MEMCACHED;
use crate::trouble::Trouble;

const SERVER: &str = "memcached";

/// A memcached; it forgets everything when it restarts. What every server can do is in [`Instance`].
#[derive(Debug)]
pub struct Memcached {
    instance: Instance,
}

/// What can be said about a memcached before it starts.
#[derive(Clone, Debug, Default)]
pub struct MemcachedBuilder {
    arguments: Vec<String>,
}

impl Memcached {
    /// Starts a server as Debian would, with 64 MB and items of at most 1 MB.
    ///
    /// # Errors
    ///
    /// When memcached is missing or does not start.
    pub fn start() -> Result<Self, Trouble> {
        Self::builder().start()
    }

    /// Returns what can be said before the start.
    pub fn builder() -> MemcachedBuilder {
        MemcachedBuilder::default()
    }

    /// Returns whether the program is there.
    ///
    /// # Errors
    ///
    /// `Missing` when it is not.
    pub fn look() -> Result<(), Trouble> {
        MEMCACHED.find().map(drop)
    }

    /// Returns the URL.
    pub fn url(&self) -> String {
        format!("memcached://{}", self.instance.address())
    }
}

impl Deref for Memcached {
    type Target = Instance;

    fn deref(&self) -> &Instance {
        &self.instance
    }
}

impl MemcachedBuilder {
    /// Limits what one item may hold, as memcached's `-I` says it: `2m`; not less than `512k`.
    pub fn item_size(self, size: &str) -> Self {
        self.argument("-I").argument(size)
    }

    /// Limits its memory, in megabytes.
    pub fn memory(self, megabytes: u32) -> Self {
        self.argument("-m").argument(&megabytes.to_string())
    }

    /// Adds any argument.
    pub fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// Starts the server.
    ///
    /// # Errors
    ///
    /// When memcached is missing or does not start.
    pub fn start(self) -> Result<Memcached, Trouble> {
        let program = MEMCACHED.find()?;
        let folder = Folder::new(SERVER, &["memcache", "nobody"])?;
        let instance = Instance::start(Plan {
            server: SERVER,
            folder,
            command: Box::new(move |folder, port| {
                let mut command = folder.command(&program);
                command
                    .args(["-l", "127.0.0.1", "-U", "0", "-p", &port.to_string()])
                    .args(&self.arguments);
                command
            }),
            ready: |start| answers(start).unwrap_or(false),
            stop: "TERM",
        })?;
        Ok(Memcached { instance })
    }
}

/// Whether the server on this port answers and is ours; memcached says nothing in its log.
fn answers(start: &Start<'_>) -> io::Result<bool> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, start.port));
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    stream.write_all(b"stats\r\nquit\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer.starts_with(&format!("STAT pid {}\r\n", start.pid)))
}
