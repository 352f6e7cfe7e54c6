//! The audit log: who did what to whose sessions, a line of JSON each, only ever added to.
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::PoisonError;

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
    /// What was done: `revoke`, `reveal`, `erase`, `export`, `rotate`, `reconcile`.
    pub act: String,
    /// To what: a handle, a user, a condition; never a token or a value.
    pub target: String,
    /// How many sessions it concerned.
    pub sessions: u64,
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
        }
    }

    /// Says how many sessions it concerned.
    #[must_use]
    pub fn sessions(mut self, sessions: u64) -> Self {
        self.sessions = sessions;
        self
    }
}

/// Where acts are written down.
#[derive(Debug)]
pub struct AuditLog {
    path: PathBuf,
    file: Mutex<File>,
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
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = Mutex::new(options.open(&path).map_err(wrong)?);
        Ok(Self { path, file })
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
        // In one piece, so that lines of several processes don't mix.
        let written = file.write_all(line.as_bytes()).and_then(|()| file.flush());
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
    /// was done stays. Returns how many there were.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn forget(&self, user: &str, instead: &str) -> Result<u64, OpsError> {
        let wrong = |error: std::io::Error| OpsError::File("the audit log", error.to_string());
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = read(&self.path, usize::MAX).map_err(wrong)?;
        all.reverse();
        let (target, mut changed) = (format!("user {user}"), 0);
        for entry in all.iter_mut().filter(|entry| entry.target == target) {
            entry.target = format!("user {instead}");
            changed += 1;
        }
        if changed > 0 {
            let beside = self.path.with_extension("new");
            let lines = all
                .iter()
                .map(|entry| serde_json::to_string(entry).expect("it is data"));
            let text: String = lines.map(|line| line + "\n").collect();
            std::fs::write(&beside, text).map_err(wrong)?;
            let rights = std::fs::metadata(&self.path).map_err(wrong)?.permissions();
            std::fs::set_permissions(&beside, rights).map_err(wrong)?;
            std::fs::rename(&beside, &self.path).map_err(wrong)?;
            *file = OpenOptions::new()
                .append(true)
                .open(&self.path)
                .map_err(wrong)?;
        }
        Ok(changed)
    }
}

fn read(path: &Path, most: usize) -> std::io::Result<Vec<Entry>> {
    let lines = BufReader::new(File::open(path)?).lines();
    let mut all: Vec<Entry> = lines
        .map_while(Result::ok)
        .filter_map(|line| serde_json::from_str(&line).ok())
        .collect();
    all.reverse();
    all.truncate(most);
    Ok(all)
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
