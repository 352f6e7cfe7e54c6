//! A server's process with its children: paused, resumed, ended.

use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use crate::run;
use crate::trouble::Trouble;
use crate::wait;

/// How long a signal may take to show its effect.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running process; it is killed with its children when this is dropped.
pub(crate) struct Process {
    child: Child,
    note: PathBuf,
}

impl Process {
    /// Starts the command, in a group of its own so that a Ctrl-C in the terminal does not reach it.
    pub(crate) fn spawn(command: &mut Command) -> io::Result<Self> {
        let mut child = command.stdin(Stdio::null()).process_group(0).spawn()?;
        match note(&child) {
            Ok(note) => Ok(Self { child, note }),
            Err(error) => {
                let _ = child.kill();
                let _ = child.wait();
                Err(error)
            }
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Returns how it ended, or `None` while it runs.
    pub(crate) fn ending(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Stops it in its tracks, and its children too; its connections stay open and silent.
    pub(crate) fn pause(&self) -> Result<(), String> {
        // The parent first, so that no child is born meanwhile.
        signal("STOP", &[self.pid()])?;
        signal("STOP", &self.children())?;
        self.await_family(|state| !matches!(state, 'R' | 'S' | 'D'))
    }

    /// Lets it go on.
    pub(crate) fn resume(&self) -> Result<(), String> {
        signal("CONT", &self.children())?;
        signal("CONT", &[self.pid()])?;
        self.await_family(|state| state != 'T')
    }

    /// Asks it to end by this signal and waits until it has.
    pub(crate) fn end(mut self, name: &str) -> Result<(), String> {
        self.resume()?;
        signal(name, &[self.pid()])?;
        wait::until(PATIENCE, || self.ending())
            .map(|_| ())
            .ok_or_else(|| format!("still runs {} s after SIG{name}", PATIENCE.as_secs()))
    }

    /// Kills it and its children, and returns when all of them are gone.
    pub(crate) fn kill(&mut self) {
        if self.ending().is_some() {
            return;
        }
        let children = self.children();
        let _ = self.child.kill();
        let _ = signal("KILL", &children);
        let _ = self.child.wait();
        let gone = || {
            children
                .iter()
                .all(|pid| matches!(state(*pid), None | Some('Z')))
        };
        wait::until(PATIENCE, || gone().then_some(()));
    }

    fn children(&self) -> Vec<u32> {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.pid()));
        tasks
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|task| fs::read_to_string(task.path().join("children")).ok())
            .flat_map(|line| numbers(&line))
            .collect()
    }

    fn await_family(&self, arrived: impl Fn(char) -> bool) -> Result<(), String> {
        let mut family = self.children();
        family.push(self.pid());
        let all = || family.iter().all(|pid| state(*pid).is_none_or(&arrived));
        wait::until(PATIENCE, || all().then_some(()))
            .ok_or_else(|| "did not follow a signal".to_owned())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        let _ = fs::remove_file(&self.note);
    }
}

/// Notes the process for the day when we die before it.
fn note(child: &Child) -> io::Result<PathBuf> {
    let note = run::note(child.id()).map_err(|trouble: Trouble| io::Error::other(trouble))?;
    fs::write(&note, "")?;
    Ok(note)
}

/// Sends a signal; the shell's own `kill` is on every system, a program of that name is not.
fn signal(name: &str, pids: &[u32]) -> Result<(), String> {
    if pids.is_empty() {
        return Ok(());
    }
    let status = Command::new("sh")
        // A child may have ended by itself meanwhile, so each gets its signal alone.
        .args([
            "-c",
            "signal=$0; for pid; do kill -s \"$signal\" \"$pid\"; done; true",
        ])
        .arg(name)
        .args(pids.iter().map(u32::to_string))
        .stderr(Stdio::null())
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        _ => Err(format!("could not be sent SIG{name}")),
    }
}

/// Returns the letter by which Linux tells what a process does, `None` when there is none.
fn state(pid: u32) -> Option<char> {
    state_in(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// Reads `42 (a name) S 1 …`; the name may hold anything, also a bracket.
fn state_in(stat: &str) -> Option<char> {
    stat.rsplit_once(") ")?.1.chars().next()
}

fn numbers(line: &str) -> Vec<u32> {
    let words = line.split_whitespace();
    words.filter_map(|word| word.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_read_behind_any_name() {
        assert_eq!(state_in("42 (mariadbd) S 1 42"), Some('S'));
        assert_eq!(state_in("42 (odd) T (name) T 1 42"), Some('T'));
        assert_eq!(state_in(""), None);
    }

    #[test]
    fn a_family_is_paused_resumed_and_killed_together() {
        let mut shell = Command::new("sh");
        let mut process = Process::spawn(shell.args(["-c", "sleep 600 & wait"])).unwrap();
        let child = wait::until(PATIENCE, || process.children().first().copied()).unwrap();
        process.pause().unwrap();
        assert_eq!((state(process.pid()), state(child)), (Some('T'), Some('T')));
        process.resume().unwrap();
        assert_eq!(state(child), Some('S'));
        process.kill();
        assert!(matches!(state(child), None | Some('Z')));
    }
}
