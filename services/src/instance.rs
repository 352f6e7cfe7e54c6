//! One running server: started on a free port, and again on the same one.

use std::fmt;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::folder::Folder;
use crate::port;
use crate::process::Process;
use crate::trouble::Trouble;
use crate::wait;

/// How long a server may take until it is ready; a busy machine is slow.
const START: Duration = Duration::from_secs(60);
/// How many ports are tried when somebody else is always faster.
const PORTS: usize = 5;

/// Makes the command that starts a server.
pub(crate) type Serve = Box<dyn Fn(&Folder, u16) -> Command + Send + Sync>;

/// How a server is started and what tells that it is ready.
pub(crate) struct Plan {
    /// What the server is called in a message.
    pub(crate) server: &'static str,
    /// Where everything of it lies.
    pub(crate) folder: Folder,
    /// The command that starts it on a port.
    pub(crate) command: Serve,
    /// Whether it is ready.
    pub(crate) ready: fn(&Start<'_>) -> bool,
    /// The signal by which it ends cleanly.
    pub(crate) stop: &'static str,
}

/// What can be seen of a server that is about to be ready.
pub(crate) struct Start<'a> {
    pub(crate) pid: u32,
    pub(crate) port: u16,
    /// What it said since this start.
    pub(crate) log: &'a str,
}

/// One server: its process, its port and its folder.
///
/// All servers share these methods. They may be called from several threads.
pub struct Instance {
    plan: Plan,
    port: u16,
    process: Mutex<Option<Process>>,
}

impl Instance {
    /// Starts a server on a free port, on another one when somebody else takes it meanwhile.
    pub(crate) fn start(plan: Plan) -> Result<Self, Trouble> {
        let mut tried = 0;
        loop {
            tried += 1;
            let port =
                port::free().ok_or_else(|| Trouble::failed(plan.server, "found no free port"))?;
            match launch(&plan, port) {
                Ok(process) => {
                    return Ok(Self {
                        plan,
                        port,
                        process: Mutex::new(Some(process)),
                    });
                }
                Err(Refusal::PortTaken(_)) if tried < PORTS => {}
                Err(refusal) => return Err(refusal.into()),
            }
        }
    }

    /// Returns the port; it stays the same over a restart.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns `127.0.0.1:port`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Returns the id of the server's process, the parent if there are several; `None` while it does not run.
    pub fn pid(&self) -> Option<u32> {
        self.process().as_ref().map(Process::pid)
    }

    /// Makes the server silent: its connections stay open, new ones are taken by the system, nothing answers.
    ///
    /// # Errors
    ///
    /// When it does not run or cannot be told.
    pub fn pause(&self) -> Result<(), Trouble> {
        self.tell(Process::pause)
    }

    /// Lets a paused server go on.
    ///
    /// # Errors
    ///
    /// When it does not run or cannot be told.
    pub fn resume(&self) -> Result<(), Trouble> {
        self.tell(Process::resume)
    }

    /// Kills the server as a power cut would; its port then refuses connections.
    pub fn kill(&self) {
        // Dropping it kills it.
        self.process().take();
    }

    /// Stops the server cleanly; its port then refuses connections.
    ///
    /// # Errors
    ///
    /// When it does not end in time; it is killed then.
    pub fn stop(&self) -> Result<(), Trouble> {
        match self.process().take() {
            Some(process) => process
                .end(self.plan.stop)
                .map_err(|reason| self.trouble(reason)),
            None => Ok(()),
        }
    }

    /// Starts a server that was stopped or killed, with the same port and data; does nothing while it runs.
    ///
    /// # Errors
    ///
    /// When it does not become ready.
    pub fn start_again(&self) -> Result<(), Trouble> {
        let mut process = self.process();
        if process.is_none() {
            *process = Some(launch(&self.plan, self.port)?);
        }
        Ok(())
    }

    /// Stops the server cleanly and starts it again.
    ///
    /// # Errors
    ///
    /// When either fails.
    pub fn restart(&self) -> Result<(), Trouble> {
        self.stop()?;
        self.start_again()
    }

    /// Returns everything the server has said so far.
    pub fn log(&self) -> String {
        self.plan.folder.log_from(0)
    }

    /// Runs a client of this server and returns what it printed.
    pub(crate) fn answer(&self, client: &mut Command) -> Result<String, Trouble> {
        let output = client
            .output()
            .map_err(|error| self.trouble(format!("its client does not start: {error}")))?;
        let said = String::from_utf8_lossy(&output.stdout)
            .trim_end()
            .to_owned();
        if output.status.success() {
            return Ok(said);
        }
        let complaint = String::from_utf8_lossy(&output.stderr);
        Err(self.trouble(format!("refused: {}", complaint.trim())))
    }

    pub(crate) fn trouble(&self, reason: impl Into<String>) -> Trouble {
        Trouble::failed(self.plan.server, reason).with_log(&self.log())
    }

    fn tell(&self, what: fn(&Process) -> Result<(), String>) -> Result<(), Trouble> {
        match self.process().as_ref() {
            Some(process) => what(process).map_err(|reason| self.trouble(reason)),
            None => Err(self.trouble("does not run")),
        }
    }

    fn process(&self) -> MutexGuard<'_, Option<Process>> {
        // A panic elsewhere leaves nothing half done in here.
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // Before the folder goes.
        self.kill();
    }
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.plan.server, self.address())
    }
}

/// Why a server did not become ready.
enum Refusal {
    /// Its port is somebody else's.
    PortTaken(Trouble),
    Other(Trouble),
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::PortTaken(trouble) | Refusal::Other(trouble) => trouble,
        }
    }
}

/// Starts the process and waits until it is ready.
fn launch(plan: &Plan, port: u16) -> Result<Process, Refusal> {
    let said_before = plan.folder.log_length();
    let refusal = |reason: String| {
        let log = plan.folder.log_from(said_before);
        let trouble = Trouble::failed(plan.server, reason).with_log(&log);
        match log.contains("Address already in use") {
            true => Refusal::PortTaken(trouble),
            false => Refusal::Other(trouble),
        }
    };
    let mut process =
        spawn(plan, port).map_err(|error| refusal(format!("does not start: {error}")))?;
    let outcome = wait::until(START, || {
        if let Some(status) = process.ending() {
            return Some(Err(format!("ended at once with {status}")));
        }
        let log = plan.folder.log_from(said_before);
        let start = Start {
            pid: process.pid(),
            port,
            log: &log,
        };
        (plan.ready)(&start).then_some(Ok(()))
    });
    match outcome {
        Some(Ok(())) => Ok(process),
        Some(Err(reason)) => Err(refusal(reason)),
        None => Err(refusal(format!(
            "was not ready within {} s",
            START.as_secs()
        ))),
    }
}

fn spawn(plan: &Plan, port: u16) -> std::io::Result<Process> {
    let log = plan.folder.open_log()?;
    let mut command = (plan.command)(&plan.folder, port);
    Process::spawn(command.stdout(log.try_clone()?).stderr(log))
}
