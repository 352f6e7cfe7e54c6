//! Trouble at random moments: the server is paused, restarted, killed and cut off while clients are at it.
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use services::{Redis, Trouble};

use crate::own::Own;
use crate::proxy::Wire;

/// How often each kind of trouble was made.
pub(crate) type Made = BTreeMap<&'static str, u32>;

/// How long a server that others watch may be silent without being given up by them.
const UNNOTICED: Duration = Duration::from_millis(400);
/// How long a server may be silent at most; requests are given up after a second.
const SILENT: Duration = Duration::from_millis(2_500);
/// The longest rest between two troubles.
const REST: Duration = Duration::from_millis(2_000);

/// A thread that makes trouble until it is told to stop.
pub(crate) struct Hinderer {
    stop: Sender<()>,
    thread: JoinHandle<Result<Made, Trouble>>,
}

impl Hinderer {
    /// Begins.
    pub(crate) fn begin(own: Arc<Own>, wires: Vec<Wire>, seed: u64, failover: bool) -> Self {
        let (stop, stopped) = mpsc::channel();
        let mut trouble = Making {
            own,
            wires,
            random: seed,
            failover,
            stopped,
            made: Made::new(),
        };
        Self {
            stop,
            thread: thread::spawn(move || trouble.make()),
        }
    }

    /// Stops, and returns what was made once all is well again.
    pub(crate) fn end(self) -> Result<Made, Trouble> {
        drop(self.stop);
        self.thread
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

/// Trouble in the making.
struct Making {
    own: Arc<Own>,
    wires: Vec<Wire>,
    random: u64,
    failover: bool,
    stopped: Receiver<()>,
    made: Made,
}

impl Making {
    fn make(&mut self) -> Result<Made, Trouble> {
        let own = self.own.clone();
        while self.rests() {
            let what = match own.alone() {
                Some(_) => self.alone(&own)?,
                None => self.together(&own)?,
            };
            *self.made.entry(what).or_default() += 1;
        }
        own.await_well()?;
        Ok(std::mem::take(&mut self.made))
    }

    /// Hinders a server that stands alone.
    fn alone(&mut self, own: &Own) -> Result<&'static str, Trouble> {
        let server = own.alone().expect("it stands alone");
        Ok(match self.below(5) {
            0 => {
                server.pause()?;
                self.wait(SILENT);
                server.resume()?;
                "paused"
            }
            1 => {
                server.restart()?;
                "restarted"
            }
            2 => {
                server.kill();
                self.wait(REST / 4);
                server.start_again()?;
                "killed"
            }
            3 => {
                for wire in &self.wires {
                    wire.cut();
                    wire.mend();
                }
                "connections cut"
            }
            _ => {
                let one = self.below(self.wires.len() as u64);
                let wire = self.wires[usize::try_from(one).expect("it is small")].clone();
                wire.cut();
                self.wait(REST);
                wire.mend();
                "a node cut off"
            }
        })
    }

    /// Hinders one of several servers, without or with others taking over.
    fn together(&mut self, own: &Own) -> Result<&'static str, Trouble> {
        let mut servers: Vec<&Redis> = own.together().iter().collect();
        if self.failover {
            // Whoever is a replica now has nothing that others could take over.
            servers.retain(|server| matches!(is_replica(server), Ok(false)));
        }
        let one = self.below(servers.len().max(1) as u64);
        let Some(server) = servers.get(usize::try_from(one).expect("it is small")) else {
            return Ok("nobody was the primary");
        };
        let is_replica = is_replica(server)?;
        let kinds = if is_replica || self.failover { 3 } else { 2 };
        Ok(match self.below(kinds) {
            0 => {
                server.pause()?;
                let longest = if is_replica || self.failover {
                    SILENT
                } else {
                    UNNOTICED
                };
                self.wait(longest);
                server.resume()?;
                "paused"
            }
            1 => {
                server.ask(&["CLIENT", "KILL", "TYPE", "normal"])?;
                "connections cut"
            }
            _ => {
                server.kill();
                self.wait(SILENT);
                server.start_again()?;
                if is_replica {
                    "replica killed"
                } else {
                    "primary killed"
                }
            }
        })
    }

    /// Rests for a while; says `false` when it is time to stop.
    fn rests(&mut self) -> bool {
        let rest = self.some_of(REST);
        self.stopped.recv_timeout(rest) == Err(RecvTimeoutError::Timeout)
    }

    fn wait(&mut self, longest: Duration) {
        thread::sleep(self.some_of(longest));
    }

    /// Returns a part of a time, not less than a tenth.
    fn some_of(&mut self, longest: Duration) -> Duration {
        let parts = u32::try_from(1 + self.below(10)).expect("it is small");
        longest * parts / 10
    }

    /// Throws a number below `end` (xorshift).
    fn below(&mut self, end: u64) -> u64 {
        self.random |= 1;
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 11) % end
    }
}

fn is_replica(server: &Redis) -> Result<bool, Trouble> {
    Ok(server.ask(&["ROLE"])?.starts_with("slave"))
}
