//! The journal of a move: what was put into the new store, so that a later run can tell what happened
//! there meanwhile.
use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use cloakroom::clock::Timestamp;
use cloakroom::session::StoreKey;

use crate::OpsError;
use crate::moving::verdict::{Known, Print};

/// The setting that names the file, for errors.
const SETTING: &str = "--journal";
const TITLE: &str = "cloakroom move, journal 1";
/// An entry's first byte.
const BEGUN: u8 = b'b';
const COPIED: u8 = b'c';
const ENDED: u8 = b'e';
/// The new store is in use; such an entry is of no session.
const USED: u8 = b'u';
/// Kind, key, print, deadline.
const ENTRY: usize = 1 + 32 + 16 + 8;

/// A file that only grows, and what it says of each session.
///
/// It holds digests only: neither tokens nor values.
#[derive(Debug)]
pub(super) struct Journal {
    file: File,
    title: String,
    known: HashMap<StoreKey, Noted>,
    is_new: bool,
    is_used: bool,
}

/// What is known of a session, and whether this run has met it in the old store.
#[derive(Clone, Copy, Debug, Default)]
struct Noted {
    known: Known,
    met: bool,
}

impl Journal {
    /// Opens the journal of the move between these two places; a new one stays empty until it is begun.
    pub(super) fn open(path: &Path, from: &str, to: &str) -> Result<Self, OpsError> {
        let title = format!("{TITLE}\nfrom {from}\nto {to}\n");
        let mut file = open_private(path).map_err(trouble)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(wrong("another move is using it")),
            Err(TryLockError::Error(error)) => return Err(trouble(error)),
        }
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(trouble)?;
        let mut journal = Self {
            file,
            is_new: title.as_bytes().starts_with(&text),
            title,
            known: HashMap::new(),
            is_used: false,
        };
        if !journal.is_new {
            let entries = text
                .strip_prefix(journal.title.as_bytes())
                .ok_or_else(|| of_another(&text))?;
            let title = journal.title.len();
            journal.read(entries, title).map_err(trouble)?;
        }
        Ok(journal)
    }

    /// Writes down between which stores the move is, if that was not done before. Not earlier than that
    /// the move is sure to be meant, or the journal of a move that was refused would be in the way of
    /// the right one.
    pub(super) fn begin(&mut self) -> Result<(), OpsError> {
        if self.is_new {
            self.write_title().map_err(trouble)?;
        }
        Ok(())
    }

    fn write_title(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(self.title.as_bytes())
    }

    /// Reads all entries; one that was cut off, as by a power cut, is dropped.
    fn read(&mut self, entries: &[u8], title: usize) -> io::Result<()> {
        let whole = entries.chunks_exact(ENTRY);
        let end = title + entries.len() - whole.remainder().len();
        for entry in whole {
            self.note(entry);
        }
        self.file.set_len(end as u64)?;
        self.file.seek(SeekFrom::End(0)).map(drop)
    }

    fn note(&mut self, entry: &[u8]) {
        let (kind, rest) = (entry[0], &entry[1..]);
        if kind == USED {
            self.is_used = true;
            return;
        }
        let key: [u8; 32] = rest[..32].try_into().expect("an entry has 32 bytes of key");
        let print: Print = rest[32..48].try_into().expect("an entry has 16 of print");
        let expires: [u8; 8] = rest[48..].try_into().expect("an entry has 8 of deadline");
        let known = &mut self
            .known
            .entry(StoreKey::from_bytes(key))
            .or_default()
            .known;
        match kind {
            BEGUN => known.begun = Some(print),
            COPIED => {
                let expires = Timestamp::from_secs(u64::from_be_bytes(expires));
                known.copied = Some((print, expires));
                known.begun = None;
            }
            _ => known.ended = true,
        }
    }

    /// Says whether nothing was written before this run.
    pub(super) fn is_new(&self) -> bool {
        self.is_new
    }

    /// Says whether the new store was found in use by this run or one before.
    pub(super) fn is_used(&self) -> bool {
        self.is_used
    }

    /// Writes down that the new store is in use; that can't be seen any more once all that was ended
    /// there is known to have ended.
    pub(super) fn used(&mut self) -> Result<(), OpsError> {
        if self.is_used {
            return Ok(());
        }
        let nobody = StoreKey::from_bytes([0; 32]);
        self.write(USED, nobody, Print::default(), Timestamp::default())
    }

    /// Returns what is known of a session.
    pub(super) fn known(&self, key: &StoreKey) -> Known {
        self.known
            .get(key)
            .map_or_else(Known::default, |noted| noted.known)
    }

    /// Returns all sessions that may stand in the new store by this move's doing.
    pub(super) fn standing(&self) -> impl Iterator<Item = (StoreKey, Known)> {
        let known = self.known.iter().map(|(key, noted)| (*key, noted.known));
        known.filter(|(_, known)| !known.ended)
    }

    /// Remembers that the old store has this session in this run.
    pub(super) fn meet(&mut self, key: StoreKey) {
        self.known.entry(key).or_default().met = true;
    }

    /// Returns those that stand in the new store by this move's doing and were not met in the old one.
    pub(super) fn not_met(&self) -> Vec<(StoreKey, Known)> {
        let missing = self
            .known
            .iter()
            .filter(|(_, noted)| !noted.met && !noted.known.ended);
        missing.map(|(key, noted)| (*key, noted.known)).collect()
    }

    /// Writes down that this is about to be put into the new store.
    pub(super) fn begin_copy(&mut self, key: StoreKey, print: Print) -> Result<(), OpsError> {
        self.write(BEGUN, key, print, Timestamp::default())
    }

    /// Writes down that this stands in the new store now.
    pub(super) fn copied(
        &mut self,
        key: StoreKey,
        print: Print,
        expires: Timestamp,
    ) -> Result<(), OpsError> {
        self.write(COPIED, key, print, expires)
    }

    /// Writes down that the session has ended for good.
    pub(super) fn ended(&mut self, key: StoreKey) -> Result<(), OpsError> {
        self.write(ENDED, key, Print::default(), Timestamp::default())
    }

    fn write(
        &mut self,
        kind: u8,
        key: StoreKey,
        print: Print,
        expires: Timestamp,
    ) -> Result<(), OpsError> {
        let mut entry = [0; ENTRY];
        entry[0] = kind;
        entry[1..33].copy_from_slice(key.as_bytes());
        entry[33..49].copy_from_slice(&print);
        entry[49..].copy_from_slice(&expires.as_secs().to_be_bytes());
        self.file.write_all(&entry).map_err(trouble)?;
        self.note(&entry);
        Ok(())
    }

    /// Makes sure that what was written survives a power cut.
    pub(super) fn settle(&self) -> Result<(), OpsError> {
        self.file.sync_data().map_err(trouble)
    }
}

/// Opens a file for reading and adding, which only its owner can read.
fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn of_another(text: &[u8]) -> OpsError {
    if text.starts_with(TITLE.as_bytes()) {
        wrong("is of a move between other stores; its first lines say which")
    } else {
        wrong("is no journal of a move; name a file that does not exist yet")
    }
}

fn trouble(error: io::Error) -> OpsError {
    wrong(&format!("can't be used: {error}"))
}

fn wrong(what: &str) -> OpsError {
    OpsError::File(SETTING, what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: StoreKey = StoreKey::from_bytes([7; 32]);
    const LATER: Timestamp = Timestamp::from_secs(99);

    fn open(path: &Path) -> Journal {
        Journal::open(path, "a", "b").unwrap()
    }

    #[test]
    fn a_journal_remembers_and_an_entry_that_was_cut_off_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let mut journal = open(&path);
        assert!(journal.is_new());
        journal.begin().unwrap();
        journal.begin_copy(KEY, [1; 16]).unwrap();
        journal.copied(KEY, [1; 16], LATER).unwrap();
        drop(journal);
        let whole = std::fs::metadata(&path).unwrap().len();

        open(&path).begin_copy(KEY, [2; 16]).unwrap();
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        file.set_len(whole + 20).unwrap();
        drop(file);
        let mut journal = open(&path);
        assert!(!journal.is_new());
        assert_eq!(journal.known(&KEY).copied, Some(([1; 16], LATER)));
        assert_eq!(journal.known(&KEY).begun, None);
        journal.ended(KEY).unwrap();
        drop(journal);
        assert!(open(&path).known(&KEY).ended);
    }

    #[test]
    fn a_journal_of_other_stores_another_file_and_one_in_use_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let mut first = open(&path);
        first.begin().unwrap();
        let refused = |to: &str| Journal::open(&path, "a", to).unwrap_err().to_string();
        assert!(refused("b").contains("another move"));
        drop(first);
        assert!(refused("c").contains("other stores"));
        std::fs::write(&path, "my precious notes\n").unwrap();
        assert!(refused("b").contains("no journal"));
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            "my precious notes\n"
        );
    }
}
