//! A site as a process of its own: started on a free port, killed when it is dropped.
use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{
    Result,
    wire::{django::Django, engine::Running, processor, side::Side},
};

/// How long a site may take to listen.
const START: Duration = Duration::from_secs(30);

/// A running site.
#[derive(Debug)]
pub struct Site {
    process: Child,
    address: SocketAddr,
}

impl Site {
    /// Opens the site of a side on an engine.
    ///
    /// # Errors
    /// When its program does not start or listen.
    pub fn open(side: Side, engine: &Running) -> Result<Self> {
        Self::open_by(side, engine, &|url| url)
    }

    /// Opens it with other URLs to the same servers.
    ///
    /// # Errors
    /// As [`Site::open`].
    pub fn open_by(side: Side, engine: &Running, way: &dyn Fn(String) -> String) -> Result<Self> {
        let address = free_address()?;
        let (store, cache) = (way(engine.store(side)?), engine.cache().map(way));
        let mut command = match side {
            Side::Cloakroom | Side::Local | Side::ByHand => program("target/release/site"),
            Side::TowerSessions => program("peers/target/release/cloakroom-bench-peers"),
            Side::Actix => program("peers/target/release/actix"),
            Side::Django => Django::serves(address, &store, cache.as_deref())?,
        };
        if side != Side::Django {
            command.arg(address.to_string()).arg(&store).args(cache);
        }
        Self::spawn(command, address)
    }

    /// Opens axum alone.
    ///
    /// # Errors
    /// As [`Site::open`].
    pub fn bare() -> Result<Self> {
        let address = free_address()?;
        let mut command = program("target/release/site");
        command.arg(address.to_string()).arg("bare");
        Self::spawn(command, address)
    }

    fn spawn(mut command: Command, address: SocketAddr) -> Result<Self> {
        let process = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| format!("{:?} does not start: {error}", command.get_program()))?;
        let mut site = Self { process, address };
        let end = Instant::now() + START;
        while TcpStream::connect(address).is_err() {
            if let Some(status) = site.process.try_wait()? {
                return Err(format!("{command:?} ended with {status}").into());
            }
            if Instant::now() > end {
                return Err(format!("{command:?} does not listen").into());
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(site)
    }

    /// Returns where the site listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the processor time that the site has used so far, its workers included.
    pub fn processor_time(&self) -> Duration {
        processor::time_of(self.process.id())
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        for pid in processor::children(self.process.id()) {
            let _ = Command::new("kill").arg(pid.to_string()).status();
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn program(path: &str) -> Command {
    Command::new(format!("{}/{path}", env!("CARGO_MANIFEST_DIR")))
}

fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
