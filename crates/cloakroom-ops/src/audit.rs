//! The audit log: who did what to whose sessions, a line of JSON each, only ever added to.
use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use cloakroom::clock::Timestamp;
use serde::{Deserialize, Serialize};

use crate::OpsError;
use crate::when::When;

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
    /// Notes an act that is done now.
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

    /// Says how many sessions it concerned.
    #[must_use]
    pub fn sessions(mut self, sessions: u64) -> Self {
        self.sessions = sessions;
        self
    }
}

/// Where acts are written down; a cheap handle.
#[derive(Clone, Debug)]
pub struct AuditLog {
    path: PathBuf,
    file: Arc<Mutex<File>>,
}

impl AuditLog {
    /// Opens a log, which is made if it is not there; only its owner may read it.
    ///
    /// # Errors
    /// When it can't be written, so that nothing is done that would not be noted. `setting` is how it was named.
    pub fn open(setting: &'static str, path: impl Into<PathBuf>) -> Result<Self, OpsError> {
        let path = path.into();
        let wrong = |error: std::io::Error| OpsError::File(setting, error.to_string());
        if let Some(folder) = path.parent().filter(|it| !it.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(wrong)?;
        }
        let mut options = OpenOptions::new();
        options.append(true).read(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(wrong)?;
        if !file.metadata().map_err(wrong)?.is_file() {
            // A device may have no end, and a pipe nobody who reads.
            return Err(OpsError::File(setting, "is no file".into()));
        }
        Ok(Self {
            path,
            file: Arc::new(Mutex::new(file)),
        })
    }

    /// Returns the file that a command writes to when nothing else is said: `cloakroom/audit.jsonl` in the user's folder
    /// for state; `None` where there is no such folder.
    #[must_use]
    pub fn usual(variable: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        let folder = match set("XDG_STATE_HOME") {
            Some(folder) => PathBuf::from(folder),
            None => Path::new(&set("HOME")?).join(".local/state"),
        };
        Some(folder.join("cloakroom/audit.jsonl"))
    }

    /// Adds an act.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn note(&self, entry: &Entry) -> Result<(), OpsError> {
        let mut line = serde_json::to_string(entry).expect("an entry is data");
        line.push('\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        // In one piece, so that lines of several processes don't mix, and not while one of them writes the log anew.
        let written = file.lock_shared().and_then(|()| {
            let written = file.write_all(line.as_bytes());
            file.unlock().and(written)
        });
        written.map_err(|error| OpsError::File("the audit log", error.to_string()))
    }

    /// Returns the last acts, the newest first; lines that somebody else wrote are passed over.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn last(&self, most: usize) -> Result<Vec<Entry>, OpsError> {
        read(&self.path, most).map_err(|error| OpsError::File("the audit log", error.to_string()))
    }

    /// Writes the log anew with every act on this user under another name, for who may ask to be forgotten; that something
    /// was done stays, and so do lines that somebody else wrote. Returns how many there were.
    ///
    /// The file stays the same one, so that whoever has it open goes on in it; they wait meanwhile.
    ///
    /// # Errors
    /// When it can't be written. What it held is then beside it, in a file ending in `.new`.
    pub fn forget(&self, user: &str, instead: &str) -> Result<u64, OpsError> {
        let wrong = |error: std::io::Error| OpsError::File("the audit log", error.to_string());
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.lock().map_err(wrong)?;
        let forgotten = forget_in(&self.path, &mut file, user, instead);
        file.unlock().and(forgotten).map_err(wrong)
    }
}

fn forget_in(path: &Path, file: &mut File, user: &str, instead: &str) -> std::io::Result<u64> {
    let (before, mut after, mut changed) = (std::fs::read(path)?, Vec::new(), 0);
    for line in before.split_inclusive(|byte| *byte == b'\n') {
        match serde_json::from_slice(line)
            .ok()
            .and_then(|entry| renamed(entry, user, instead))
        {
            Some(entry) => {
                changed += 1;
                serde_json::to_writer(&mut after, &entry)?;
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

/// Gives the user of an act another name; `None` when it was not about this user.
fn renamed(mut entry: Entry, user: &str, instead: &str) -> Option<Entry> {
    let rest = entry.target.strip_prefix("user ")?.strip_prefix(user)?;
    // A condition may follow: `user ada, device Firefox`.
    if !rest.is_empty() && !rest.starts_with(", ") {
        return None;
    }
    entry.target = format!("user {instead}{rest}");
    Some(entry)
}

fn read(path: &Path, most: usize) -> std::io::Result<Vec<Entry>> {
    let lines = BufReader::new(File::open(path)?).split(b'\n');
    let mut last = VecDeque::new();
    for line in lines {
        let Ok(entry) = serde_json::from_slice(&line?) else {
            continue;
        };
        if last.len() == most {
            last.pop_back();
        }
        last.push_front(entry);
    }
    Ok(last.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(target: &str) -> Entry {
        Entry::new(Timestamp::from_secs(0), "command", "op", "revoke", target).sessions(2)
    }

    #[test]
    fn acts_are_read_newest_first_and_only_by_their_owner() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/audit.jsonl");
        let log = AuditLog::open("--audit-log", &path).unwrap();
        for target in ["user ada", "user bob", "user ada"] {
            log.note(&entry(target)).unwrap();
        }
        std::fs::write(folder.path().join("deep/other"), "").unwrap();
        let last = log.last(2).unwrap();
        assert_eq!(last, [entry("user ada"), entry("user bob")]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        assert_eq!(log.forget("ada", "forgotten").unwrap(), 2);
        log.note(&entry("all")).unwrap();
        let all = log.last(9).unwrap();
        let targets: Vec<_> = all.iter().map(|entry| &entry.target[..]).collect();
        assert_eq!(
            targets,
            ["all", "user forgotten", "user bob", "user forgotten"]
        );
    }

    #[test]
    fn a_user_is_forgotten_without_a_loss_to_others_and_to_who_has_the_log_open() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        let log = AuditLog::open("--audit-log", &path).unwrap();
        let other = AuditLog::open("--audit-log", &path).unwrap();
        log.note(&entry("user ada, device Firefox")).unwrap();
        log.note(&entry("user adam")).unwrap();
        let foreign = b"\xff somebody else's line\n";
        log.file.lock().unwrap().write_all(foreign).unwrap();
        log.note(&entry("user bob")).unwrap();
        assert_eq!(log.forget("ada", "(erased)").unwrap(), 1);
        other.note(&entry("all")).unwrap();
        let targets: Vec<_> = log
            .last(9)
            .unwrap()
            .into_iter()
            .map(|it| it.target)
            .collect();
        let expected = [
            "all",
            "user bob",
            "user adam",
            "user (erased), device Firefox",
        ];
        assert_eq!(targets, expected);
        let whole = std::fs::read(&path).unwrap();
        assert!(whole.windows(foreign.len()).any(|window| window == foreign));
        assert!(!path.with_extension("new").exists());
    }

    #[test]
    fn the_usual_file_is_in_the_folder_for_state() {
        let usual = |state: &str, home: &str| {
            let (state, home) = (state.to_owned(), home.to_owned());
            AuditLog::usual(move |name| {
                Some(if name == "HOME" {
                    home.clone()
                } else {
                    state.clone()
                })
            })
        };
        let rows = [
            ("/state", "/home/op", Some("/state/cloakroom/audit.jsonl")),
            (
                "",
                "/home/op",
                Some("/home/op/.local/state/cloakroom/audit.jsonl"),
            ),
            ("", "", None),
        ];
        for (state, home, expected) in rows {
            assert_eq!(usual(state, home), expected.map(PathBuf::from));
        }
    }
}
