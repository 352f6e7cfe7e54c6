//! The shop as a process of its own: started on a free port with empty data, stopped as an operator would.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long the shop may take to answer for the first time.
const START: Duration = Duration::from_secs(30);
/// How long it may take to end after SIGTERM.
const STOP: Duration = Duration::from_secs(10);
/// How often either is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// The password of the shop's demo users while it is tested.
pub(crate) const PASSWORD: &str = "wardrobe-under-test";

/// A running shop; it is killed and its data removed when this is dropped.
pub(crate) struct Server {
    process: Child,
    address: SocketAddr,
    data: PathBuf,
    log: PathBuf,
}

impl Server {
    /// Starts the program, with its sessions in the store of this URL or where it keeps them by itself,
    /// and waits until it is well.
    ///
    /// # Errors
    ///
    /// When it ends early or does not answer in time; its log has been printed then.
    pub(crate) fn start(program: &Path, store: Option<&str>) -> Result<Self, String> {
        let mut server = Self::spawn(program, store)
            .map_err(|error| format!("the shop does not start: {error}"))?;
        server
            .wait_until_well()
            .inspect_err(|_| server.print_log())?;
        println!(
            "the shop is open at {}, its log is {}",
            server.url(),
            server.log.display()
        );
        Ok(server)
    }

    /// Where the shop is open.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Prints the end of what the shop had to say.
    pub(crate) fn print_log(&self) {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        println!("-- the shop's last lines, from {}", self.log.display());
        for line in &lines[lines.len().saturating_sub(40)..] {
            println!("   {line}");
        }
    }

    /// Asks the shop to end with SIGTERM, and expects it to do so with code 0 in time.
    ///
    /// # Errors
    ///
    /// When it ends otherwise or not at all.
    pub(crate) fn stop(mut self) -> Result<(), String> {
        let start = Instant::now();
        terminate(self.process.id())?;
        match self.ended_within(STOP) {
            Some(status) if status.success() => {
                println!(
                    "the shop ended cleanly {} ms after SIGTERM",
                    start.elapsed().as_millis()
                );
                Ok(())
            }
            Some(status) => Err(format!("the shop ended with {status} after SIGTERM")),
            None => Err(format!(
                "the shop still ran {} s after SIGTERM",
                STOP.as_secs()
            )),
        }
    }

    fn spawn(program: &Path, store: Option<&str>) -> io::Result<Self> {
        let address = free_address()?;
        let data = std::env::temp_dir().join(format!("cloakroom-e2e-{}", std::process::id()));
        fs::create_dir_all(&data)?;
        fs::create_dir_all("target/e2e")?;
        let log = PathBuf::from("target/e2e/shop.log");
        let file = File::create(&log)?;
        let process = Command::new(program)
            .env("SHOP_ADDR", address.to_string())
            .env("SHOP_DATA", &data)
            .env("SHOP_DEMO_PASSWORD", PASSWORD)
            .envs(store.map(|url| ("CLOAKROOM_STORE", url)))
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()?;
        Ok(Self {
            process,
            address,
            data,
            log,
        })
    }

    fn wait_until_well(&mut self) -> Result<(), String> {
        let deadline = Instant::now() + START;
        while Instant::now() < deadline {
            if let Ok(Some(status)) = self.process.try_wait() {
                return Err(format!("the shop ended at once with {status}"));
            }
            if is_well(self.address).unwrap_or(false) {
                return Ok(());
            }
            thread::sleep(LOOK);
        }
        Err(format!(
            "the shop's /healthz did not answer ok within {} s",
            START.as_secs()
        ))
    }

    fn ended_within(&mut self, time: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + time;
        while Instant::now() < deadline {
            if let Ok(Some(status)) = self.process.try_wait() {
                return Some(status);
            }
            thread::sleep(LOOK);
        }
        None
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.data);
    }
}

fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}

/// Asks `/healthz` once.
fn is_well(address: SocketAddr) -> io::Result<bool> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    write!(
        stream,
        "GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer.starts_with("HTTP/1.1 200") && answer.trim_end().ends_with("ok"))
}

/// Sends SIGTERM; the shell's own `kill` is on every system, a program of that name is not.
fn terminate(process: u32) -> Result<(), String> {
    let status = Command::new("sh")
        .args(["-c", "kill -TERM \"$0\""])
        .arg(process.to_string())
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        _ => Err(format!(
            "the shop (process {process}) could not be told to end"
        )),
    }
}
