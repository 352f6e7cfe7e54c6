//! The audit log: who did what to whose sessions, a line of JSON each, only ever added to.
mod search;

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use cloakroom::clock::Timestamp;
use serde::{Deserialize, Serialize};

use crate::when::When;
use crate::{OpsError, letters};

pub use search::{Search, day_or_moment};

/// How the target of an act on a user begins, in the line.
const TARGET: &str = "\"target\":\"user ";

/// One act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When, as RFC 3339 in UTC.
    pub at: String,
    /// Who: a user of the dashboard, or of the machine on which the command ran.
    pub by: String,
    /// By which way: `command` or `dashboard`.
    pub way: String,
    /// What was done: `revoking` and `erasing` before many are ended, `revoke` and `erase` after, `reveal`, `export`, `rotate`, `reconcile`.
    pub act: String,
    /// To what: a handle, a user, a condition; never a token or a value.
    pub target: String,
    /// How many sessions it concerned.
    pub sessions: u64,
    /// The number of the machine's user who ran the command, where the system tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<u32>,
    /// The machine on which the command ran, where it has a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
}

impl Entry {
    /// Describes an act that is done now; it is written down by [`AuditLog::note`]. `way` is what it is done by, `by` is who does
    /// it, and `target` is told to everybody who may read the log: a handle, a user or a [`Selection`](crate::selection::Selection), never
    /// a token or a value.
    #[must_use]
    pub fn new(now: Timestamp, way: &str, by: &str, act: &str, target: impl Into<String>) -> Self {
        Self {
            at: When(now).rfc3339(),
            by: by.to_owned(),
            way: way.to_owned(),
            act: act.to_owned(),
            target: target.into(),
            sessions: 0,
            uid: None,
            host: None,
        }
    }

    /// Says on which machine, and by which of its users: names in the environment can be made up.
    #[must_use]
    pub fn on(mut self, uid: Option<u32>, host: Option<String>) -> Self {
        self.uid = uid;
        self.host = host;
        self
    }

    /// Says how many sessions it concerned; 0 until then.
    #[must_use]
    pub fn sessions(mut self, sessions: u64) -> Self {
        self.sessions = sessions;
        self
    }
}

/// Where acts are written down; a cheap handle. Each act goes into the file that is at the path then, so that the log may be
/// renamed or removed at any time.
#[derive(Clone, Debug)]
pub struct AuditLog {
    path: PathBuf,
    /// One act at a time: not every file system locks a file against its own process.
    turn: Arc<Mutex<()>>,
}

impl AuditLog {
    /// Opens a log, which is made if it is not there; only its owner may read it.
    ///
    /// # Errors
    /// When it can't be written, so that nothing is done that would not be noted. `setting` is how it was named.
    pub fn open(setting: &'static str, path: impl Into<PathBuf>) -> Result<Self, OpsError> {
        let path = path.into();
        open_at(&path).map_err(|error| OpsError::File(setting, error.to_string()))?;
        Ok(Self {
            path,
            turn: Arc::default(),
        })
    }

    /// Returns the file that a command writes to when nothing else is said: `cloakroom/audit.jsonl` in the user's folder
    /// for state; `None` where there is no such folder. `variable` reads the environment.
    #[must_use]
    pub fn usual(variable: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        let folder = match set("XDG_STATE_HOME") {
            Some(folder) => PathBuf::from(folder),
            None => Path::new(&set("HOME")?).join(".local/state"),
        };
        Some(folder.join("cloakroom/audit.jsonl"))
    }

    /// Adds an act, on a line of its own also when somebody was stopped in the middle of the last one.
    ///
    /// # Errors
    /// When it can't be written; nothing of it stays then.
    pub fn note(&self, entry: &Entry) -> Result<(), OpsError> {
        let mut line = serde_json::to_string(entry).expect("an entry is data");
        line.push('\n');
        self.locked(|file| append(file, &line))
    }

    /// Does something with the file at the path, while nobody else writes to it.
    fn locked<T>(&self, act: impl FnOnce(&mut File) -> io::Result<T>) -> Result<T, OpsError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let done = open_at(&self.path).and_then(|mut file| {
            file.lock()?;
            let done = act(&mut file);
            file.unlock().and(done)
        });
        done.map_err(|error| OpsError::File("the audit log", error.to_string()))
    }

    /// Returns the last acts, the newest first. Lines that somebody else wrote, or nobody to their end, are passed over; a file
    /// that is not there, since it was renamed, holds none.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn last(&self, most: usize) -> Result<Vec<Entry>, OpsError> {
        self.search(&Search::default(), most)
    }

    /// Returns those of the acts that are looked for, at most so many, the newest first, as [`AuditLog::last`] does.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn search(&self, search: &Search, most: usize) -> Result<Vec<Entry>, OpsError> {
        match read(&self.path, search, most) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            read => read.map_err(|error| OpsError::File("the audit log", error.to_string())),
        }
    }

    /// Writes the log anew with every act on this user under another name, for who may ask to be forgotten; that something
    /// was done stays, and so do lines that somebody else wrote. Returns how many there were.
    ///
    /// The file stays the same one, so that who waits for it meanwhile goes on in it.
    ///
    /// # Errors
    /// When it can't be written. What it held is then beside it, in a file ending in `.new`.
    pub fn forget(&self, user: &str, instead: &str) -> Result<u64, OpsError> {
        self.locked(|file| forget_in(&self.path, file, user, instead))
    }
}

/// Opens the file, which is made if it is not there.
fn open_at(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent().filter(|it| !it.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.append(true).read(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    if !file.metadata()?.is_file() {
        // A device may have no end, and a pipe nobody who reads.
        return Err(io::Error::other("is no file"));
    }
    Ok(file)
}

/// Adds a line, or nothing.
fn append(file: &mut File, line: &str) -> io::Result<()> {
    let length = file.metadata()?.len();
    let mut last = [b'\n'];
    if length > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    let begin = if last == [b'\n'] { "" } else { "\n" };
    let written = file.write_all(format!("{begin}{line}").as_bytes());
    written.inspect_err(|_| {
        // What can't be cut off either is passed over as a torn line.
        let _ = file.set_len(length);
    })
}

fn forget_in(path: &Path, file: &mut File, user: &str, instead: &str) -> io::Result<u64> {
    let (mut before, mut after, mut changed) = (Vec::new(), Vec::new(), 0);
    file.read_to_end(&mut before)?;
    for line in before.split_inclusive(|byte| *byte == b'\n') {
        match forgotten(line, user, instead) {
            Some(line) => {
                changed += 1;
                after.extend(line);
                after.push(b'\n');
            }
            None => after.extend_from_slice(line),
        }
    }
    if changed > 0 {
        let beside = path.with_extension("new");
        std::fs::copy(path, &beside)?;
        file.set_len(0)?;
        file.write_all(&after)?;
        file.sync_all()?;
        std::fs::remove_file(&beside)?;
    }
    Ok(changed)
}

/// Returns the line of an act without this user; `None` when it was not about him.
fn forgotten(line: &[u8], user: &str, instead: &str) -> Option<Vec<u8>> {
    match serde_json::from_slice(line) {
        Ok(entry) => serde_json::to_vec(&renamed(entry, user, instead)?).ok(),
        Err(_) => torn_before(line, user),
    }
}

/// Returns what stands before the target of a torn line, if that may have been this user.
fn torn_before(line: &[u8], user: &str) -> Option<Vec<u8>> {
    let line = std::str::from_utf8(line.trim_ascii_end()).ok()?;
    let at = line.starts_with("{\"at\":").then(|| line.find(TARGET))??;
    let target = &line[at + TARGET.len()..];
    let whole = serde_json::to_string(&letters::quoted(user)).ok()?;
    let whole = whole.trim_matches('"');
    let is_his = !target.is_empty() && (target.starts_with(whole) || whole.starts_with(target));
    is_his.then(|| line[..at].into())
}

/// Gives the user of an act another name; `None` when it was not about this user.
fn renamed(mut entry: Entry, user: &str, instead: &str) -> Option<Entry> {
    let target = entry.target.strip_prefix("user ")?;
    // A condition may follow: `user "ada", device "Firefox"`.
    let rest = target.strip_prefix(&letters::quoted(user))?;
    entry.target = format!("user {instead}{rest}");
    Some(entry)
}

fn read(path: &Path, search: &Search, most: usize) -> io::Result<Vec<Entry>> {
    let lines = BufReader::new(File::open(path)?).split(b'\n');
    let mut last = VecDeque::new();
    for line in lines {
        let Ok(entry) = serde_json::from_slice(&line?) else {
            continue;
        };
        if !search.has(&entry) {
            continue;
        }
        if last.len() == most {
            last.pop_back();
        }
        last.push_front(entry);
    }
    Ok(last.into())
}

#[cfg(test)]
mod tests;
