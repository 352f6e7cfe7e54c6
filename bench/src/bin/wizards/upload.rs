//! The memory that a long upload takes in the site, while a process of its own sends it over a socket.
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;

use cloakroom::files::{Files, Sweeping};
use cloakroom::form::{Form, Limits, Upload};
use cloakroom::wizard::{Done, Ending, Finish, Finished, RunId, Wizard};
use cloakroom_bench::Result;

use crate::site::open;

/// The most that it may take above the idle site.
const BOUND: u64 = 4 << 20;

#[derive(Form)]
#[allow(dead_code, reason = "it is only kept")]
struct Document {
    #[field(max_size = "1 GiB")]
    file: Upload,
}

#[derive(Form)]
struct Review;

#[derive(Wizard)]
#[allow(dead_code, reason = "it is only kept")]
struct Documents {
    document: Document,
    #[step(review)]
    check: Review,
}

impl Finish for Documents {
    async fn done(self, _visit: Done) -> Ending {
        Ok(Finished::redirect("/"))
    }
}

/// Measures, prints, and says whether the bound is met.
pub(crate) async fn measure(mebibytes: u64) -> Result<bool> {
    let folder = tempfile::tempdir()?;
    let files = Files::open(&format!("file://{}", folder.path().display())).await?;
    let limits = Limits::default().bytes(2 << 30);
    let site = open::<Documents>(|mount| mount.files(files.clone()).limits(limits))?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let to = listener.local_addr()?.to_string();
    tokio::spawn(async move { axum::serve(listener, site).await });
    // A small one first, so that threads are there and what is needed once is done.
    start(&to, 1).await?;
    let idle = memory("VmRSS")?;
    // The highest mark is taken anew (proc(5), clear_refs).
    std::fs::write("/proc/self/clear_refs", "5")?;
    start(&to, mebibytes).await?;
    let above = memory("VmHWM")?.saturating_sub(idle);
    let end = cloakroom::clock::Timestamp::from_secs(u64::from(u32::MAX));
    let kept = files.sweep(end, Sweeping::Count).await?;
    if (kept.files, kept.incomplete) != (2, 0) || kept.bytes < mebibytes << 20 {
        return Err(format!("the files are not there: {kept:?}").into());
    }
    print(mebibytes, idle, above);
    Ok(above < BOUND)
}

async fn start(to: &str, mebibytes: u64) -> Result<()> {
    let mut sender = Command::new(std::env::current_exe()?);
    sender.args(["upload", "--to", to, "--mebibytes", &mebibytes.to_string()]);
    let sent = tokio::task::spawn_blocking(move || sender.status()).await??;
    match sent.success() {
        true => Ok(()),
        false => Err("the file was not taken".into()),
    }
}

/// Returns a figure of this process's memory, in bytes.
fn memory(name: &str) -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let kibibytes =
        line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    Ok(kibibytes.ok_or("the system does not tell")? << 10)
}

#[allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]
fn print(mebibytes: u64, idle: u64, above: u64) {
    let in_mebibytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    println!(
        "an upload of {mebibytes} MiB takes {:.2} MiB at most above the {:.1} MiB of the idle site",
        in_mebibytes(above),
        in_mebibytes(idle)
    );
}

/// Sends a file of so many mebibytes, as a browser does; what the sender does itself.
pub(crate) fn send(to: &str, mebibytes: u64) -> Result<()> {
    let head = "--XxX\r\nContent-Disposition: form-data; name=\"document-file\"; filename=\"long.bin\"\r\n\r\n";
    let tail = "\r\n--XxX--\r\n";
    let length = head.len() as u64 + (mebibytes << 20) + tail.len() as u64;
    let run = RunId::generate();
    let mut site = TcpStream::connect(to)?;
    write!(
        site,
        "POST /w/{run}/document HTTP/1.1\r\nHost: {to}\r\nSec-Fetch-Site: same-origin\r\nConnection: close\r\n\
         Content-Type: multipart/form-data; boundary=XxX\r\nContent-Length: {length}\r\n\r\n{head}"
    )?;
    let part = vec![7; 1 << 20];
    for _ in 0..mebibytes {
        site.write_all(&part)?;
    }
    site.write_all(tail.as_bytes())?;
    let mut answer = String::new();
    site.read_to_string(&mut answer)?;
    match answer.starts_with("HTTP/1.1 303") {
        true => Ok(()),
        false => Err(answer.into()),
    }
}
