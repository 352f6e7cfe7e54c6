//! Servers in the background: a process of our own that keeps them until it is stopped by its id.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::{env, thread};

use services::{Fleet, Kind};

use super::print;

/// Holds the keeper's process id while it runs.
const NOTE: &str = "target/services.pid";
/// What the keeper has to say.
const LOG: &str = "target/services.log";
/// Printed last, with the keeper's process id.
const KEEPER: &str = "CLOAKROOM_TEST_KEEPER";

/// Starts a keeper, prints the variables of its servers, and leaves it alone.
pub(crate) fn detach(kinds: &[&Kind]) -> Result<(), String> {
    if let Some(pid) = running() {
        return Err(format!(
            "servers run in the background already (process {pid}); cargo xtask services stop"
        ));
    }
    let mut keeper = spawn(kinds).map_err(|error| format!("no keeper: {error}"))?;
    let lines = BufReader::new(keeper.stdout.take().expect("it is piped")).lines();
    for line in lines.map_while(Result::ok) {
        println!("{line}");
        if line.contains(KEEPER) {
            return fs::write(NOTE, keeper.id().to_string())
                .map_err(|error| format!("{NOTE}: {error}"));
        }
    }
    let said = fs::read_to_string(LOG).unwrap_or_default();
    Err(format!("the servers did not start:\n{said}"))
}

/// Keeps the servers for ever, which is until somebody ends this process.
pub(crate) fn keep(fleet: &Fleet) -> ! {
    print(fleet);
    println!("export {KEEPER}={}", std::process::id());
    loop {
        thread::park();
    }
}

/// Ends the keeper; its servers end with it.
pub(crate) fn stop() -> Result<(), String> {
    let pid = running().ok_or("no servers run in the background")?;
    let status = Command::new("sh")
        .args(["-c", "kill -TERM \"$0\""])
        .arg(&pid)
        .status();
    match status {
        Ok(status) if status.success() => {}
        _ => return Err(format!("process {pid} could not be told to end")),
    }
    eprintln!("stopped the servers of process {pid}");
    fs::remove_file(NOTE).map_err(|error| format!("{NOTE}: {error}"))
}

fn spawn(kinds: &[&Kind]) -> std::io::Result<Child> {
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name).collect();
    Command::new(env::current_exe()?)
        .args(["services", "--keep", "--only", &names.join(",")])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(File::create(LOG)?)
        // Away from the terminal, whose Ctrl-C is for somebody else.
        .process_group(0)
        .spawn()
}

/// Returns the keeper's process id while that process is a keeper indeed.
fn running() -> Option<String> {
    let pid = fs::read_to_string(NOTE).ok()?;
    let words = fs::read_to_string(format!("/proc/{pid}/cmdline")).ok()?;
    words.contains("--keep").then_some(pid)
}
