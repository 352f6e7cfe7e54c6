//! What visitors handed in by the wizards: one line for each in a file of the shop's folder, and all of it in memory.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::data;

/// The entries of one kind, each under the name of the run that brought it, oldest first.
#[derive(Debug)]
pub(crate) struct Ledger<T> {
    inner: Mutex<Inner<T>>,
}

#[derive(Debug)]
struct Inner<T> {
    /// Where new lines go; nowhere in tests.
    file: Option<File>,
    entries: Vec<Entry<T>>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Entry<T> {
    run: String,
    what: T,
}

impl<T: Clone + DeserializeOwned + Serialize> Ledger<T> {
    /// Opens a ledger that is gone with the shop.
    #[cfg(test)]
    pub(crate) fn in_memory() -> Self {
        Self::of(None, Vec::new())
    }

    /// Opens the ledger in this file, which is made for its owner alone; what is no line of ours is passed over.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let text = match fs::read_to_string(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            read => read?,
        };
        let mut file = data::private_to_append(path)?;
        if !text.is_empty() && !text.ends_with('\n') {
            // The shop was killed while it wrote the last line.
            file.write_all(b"\n")?;
        }
        let lines = text.lines().filter(|line| !line.is_empty());
        let entries = lines.filter_map(|line| {
            let entry = serde_json::from_str(line);
            entry
                .inspect_err(
                    |error| tracing::warn!(%error, "a line of {} is not read", path.display()),
                )
                .ok()
        });
        let entries = entries.collect();
        Ok(Self::of(Some(file), entries))
    }

    /// Enters something and returns its number. What the same run has brought before stays as it is.
    pub(crate) fn enter(&self, run: &str, what: T) -> io::Result<usize> {
        let mut inner = self.lock();
        if let Some(index) = inner.entries.iter().position(|entry| entry.run == run) {
            return Ok(index + 1);
        }
        let entry = Entry {
            run: run.to_owned(),
            what,
        };
        if let Some(file) = &mut inner.file {
            let mut line = serde_json::to_vec(&entry)?;
            line.push(b'\n');
            file.write_all(&line)?;
        }
        inner.entries.push(entry);
        Ok(inner.entries.len())
    }

    /// Returns what a run has brought.
    pub(crate) fn find(&self, run: &str) -> Option<T> {
        let inner = self.lock();
        let mut entries = inner.entries.iter();
        let found = entries.find(|entry| entry.run == run);
        found.map(|entry| entry.what.clone())
    }

    /// Returns the entries that are wanted, each with its run, newest first.
    pub(crate) fn list(&self, is_wanted: impl Fn(&str, &T) -> bool) -> Vec<(String, T)> {
        let inner = self.lock();
        let entries = inner.entries.iter().rev();
        let wanted = entries.filter(|entry| is_wanted(&entry.run, &entry.what));
        wanted
            .map(|entry| (entry.run.clone(), entry.what.clone()))
            .collect()
    }

    fn of(file: Option<File>, entries: Vec<Entry<T>>) -> Self {
        Self {
            inner: Mutex::new(Inner { file, entries }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_entered_is_there_after_a_restart_and_once_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes");
        let ledger = Ledger::open(&path).unwrap();
        assert_eq!(ledger.enter("a", "first".to_owned()).unwrap(), 1);
        assert_eq!(ledger.enter("b", "line\nend".to_owned()).unwrap(), 2);
        assert_eq!(ledger.enter("a", "again".to_owned()).unwrap(), 1);

        let ledger: Ledger<String> = Ledger::open(&path).unwrap();
        assert_eq!(ledger.find("a").as_deref(), Some("first"));
        let all = ledger.list(|_, _| true);
        assert_eq!(
            all,
            [
                ("b".into(), "line\nend".into()),
                ("a".into(), "first".into())
            ]
        );
    }

    #[test]
    fn a_line_that_was_cut_off_costs_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes");
        fs::write(&path, "{\"run\":\"a\",\"what\":1}\n{\"run\":\"b\",\"wh").unwrap();
        let ledger: Ledger<u32> = Ledger::open(&path).unwrap();
        ledger.enter("c", 3).unwrap();
        let ledger: Ledger<u32> = Ledger::open(&path).unwrap();
        assert_eq!(ledger.list(|_, _| true), [("c".into(), 3), ("a".into(), 1)]);
    }
}
