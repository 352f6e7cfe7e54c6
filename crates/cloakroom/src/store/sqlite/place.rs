//! Where a database is, and how its connections are opened.
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use percent_encoding::percent_decode_str;
use rusqlite::{Connection, OpenFlags};

use crate::error::StoreError;
use crate::store::sqlite::NAME;

/// How long one waits for another process's lock.
pub(super) const BUSY: Duration = Duration::from_secs(1);
/// How often a lock is tried for. SQLite's own waiting sleeps up to 100 ms at a time, and so it
/// would miss the gaps that a sweeping process leaves.
pub(super) const TRY_AGAIN: Duration = Duration::from_millis(2);
/// What the log may keep on the disk after it grew, in bytes.
const LOG_KEEPS: i64 = 64 << 20;
/// What the writing connection may keep in memory, in KiB: all that a slice of sweeping changes.
const WRITER_CACHE: i64 = 16 << 10;

/// A database in a file or in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// `None`: in memory.
    pub(super) file: Option<PathBuf>,
    mode: Mode,
    vfs: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Create,
    Write,
    Read,
}

impl Place {
    pub(super) fn file(path: &Path) -> Self {
        Self {
            file: Some(path.to_owned()),
            mode: Mode::Create,
            vfs: None,
        }
    }

    /// Reads `sqlite:` URLs; what stands behind `?` means what SQLite means by it
    /// (sqlite.org/uri.html).
    pub(super) fn from_url(url: &str) -> Result<Self, StoreError> {
        let wrong = |what: String| StoreError::new(NAME, "open its database").because(what);
        let rest = url.strip_prefix("sqlite:").unwrap_or(url);
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        let (path, parameters) = rest.split_once('?').unwrap_or((rest, ""));
        let path: Cow<'_, str> = percent_decode_str(path)
            .decode_utf8()
            .map_err(|_| wrong("the path in the URL is not UTF-8".into()))?;
        let in_memory = path == ":memory:";
        let mut place = Self::file(Path::new(&*path));
        if in_memory {
            place.file = None;
        }
        for (name, value) in form_urlencoded::parse(parameters.as_bytes()) {
            match (&*name, &*value) {
                ("mode", "memory") => place.file = None,
                ("mode", "rwc") => place.mode = Mode::Create,
                ("mode", "rw") => place.mode = Mode::Write,
                ("mode", "ro") => place.mode = Mode::Read,
                ("vfs", vfs) => place.vfs = Some(vfs.to_owned()),
                // Nothing shares a cache here, and a database that takes sessions is not immutable.
                ("cache", "private" | "shared") | ("immutable", "0" | "false") => {}
                ("mode" | "cache" | "immutable", _) => {
                    let known = "mode=rwc, rw, ro or memory; cache=private; immutable=0";
                    return Err(wrong(format!("the URL's `{name}` is not one of {known}")));
                }
                _ => {
                    return Err(wrong("the URL has an unknown parameter".into())
                        .remedy("use mode or vfs, and write `?` in a path as %3F"));
                }
            }
        }
        if path.is_empty() && place.file.is_some() {
            return Err(wrong("the URL names no file".into())
                .remedy("use sqlite://path/to/file.db, or sqlite::memory:"));
        }
        Ok(place)
    }

    /// Returns the same place, where nothing is made that is not there.
    pub(super) fn that_exists(mut self) -> Self {
        if self.mode == Mode::Create {
            self.mode = Mode::Write;
        }
        self
    }

    /// Says whether it is a file and not there.
    pub(super) fn is_missing(&self) -> bool {
        let file = self.file.as_deref();
        self.vfs.is_none() && file.is_some_and(|file| file.try_exists().is_ok_and(|there| !there))
    }

    /// Opens the connection that writes, in WAL mode.
    pub(super) fn open_writer(&self) -> Result<Connection, rusqlite::Error> {
        if let (Some(file), Mode::Create) = (&self.file, self.mode) {
            make_private(file);
        }
        let connection = self.open(self.mode)?;
        connection.busy_handler(Some(wait_for_lock))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        // `Checkpoints` does it, so that nobody's save has to.
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        connection.pragma_update(None, "journal_size_limit", LOG_KEEPS)?;
        connection.pragma_update(None, "cache_size", -WRITER_CACHE)?;
        Ok(connection)
    }

    /// Opens a connection that reads, and waits for nobody.
    ///
    /// A file that is deleted under a running site does not turn into an empty one.
    pub(super) fn open_reader(&self) -> Result<Connection, rusqlite::Error> {
        let connection = self.open_beside()?;
        connection.busy_handler(None)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(connection)
    }

    /// Opens one more connection to what is there.
    pub(super) fn open_beside(&self) -> Result<Connection, rusqlite::Error> {
        let connection = self.open(Mode::Write)?;
        connection.busy_handler(Some(wait_for_lock))?;
        Ok(connection)
    }

    fn open(&self, mode: Mode) -> Result<Connection, rusqlite::Error> {
        // Each connection stands behind a lock of its own.
        let flags = OpenFlags::SQLITE_OPEN_NO_MUTEX
            | match mode {
                Mode::Create => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
                Mode::Write => OpenFlags::SQLITE_OPEN_READ_WRITE,
                Mode::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
            };
        let path = self.file.as_deref().unwrap_or(Path::new(":memory:"));
        let opened = match &self.vfs {
            Some(vfs) => Connection::open_with_flags_and_vfs(path, flags, vfs.as_str()),
            None => Connection::open_with_flags(path, flags),
        };
        opened.map_err(without_path)
    }
}

/// Sleeps a little, until somebody was in the way for [`BUSY`].
fn wait_for_lock(times: i32) -> bool {
    let waited = TRY_AGAIN.saturating_mul(u32::try_from(times).unwrap_or(u32::MAX));
    if waited < BUSY {
        std::thread::sleep(TRY_AGAIN);
    }
    waited < BUSY
}

/// An error names a setting and not its value; rusqlite puts the path into this one.
fn without_path(error: rusqlite::Error) -> rusqlite::Error {
    match error {
        rusqlite::Error::SqliteFailure(code, _) => rusqlite::Error::SqliteFailure(code, None),
        other => other,
    }
}

/// Makes a new file that only its owner can read; SQLite gives what it puts beside it the same rights.
///
/// Where that fails, SQLite will say why.
fn make_private(path: &Path) {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let _ = options.open(path);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_where_the_database_is_and_how_it_is_opened() {
        let file = |path: &str, mode| Place {
            mode,
            ..Place::file(Path::new(path))
        };
        let memory = Place {
            file: None,
            ..Place::file(Path::new(""))
        };
        let rows = [
            ("sqlite://rel.db", file("rel.db", Mode::Create)),
            ("sqlite:rel.db", file("rel.db", Mode::Create)),
            ("sqlite:///abs/x.db", file("/abs/x.db", Mode::Create)),
            (
                "sqlite://a%20b%3F%25%23.db",
                file("a b?%#.db", Mode::Create),
            ),
            ("sqlite://a b.db", file("a b.db", Mode::Create)),
            (
                "sqlite://x.db?mode=rwc&cache=shared",
                file("x.db", Mode::Create),
            ),
            ("sqlite://x.db?mode=rw", file("x.db", Mode::Write)),
            (
                "sqlite://x.db?mode=ro&immutable=0",
                file("x.db", Mode::Read),
            ),
            ("sqlite::memory:", memory.clone()),
            ("sqlite://:memory:", memory.clone()),
            ("sqlite://x.db?mode=memory", memory.clone()),
            ("sqlite://?mode=memory", memory),
        ];
        for (url, place) in rows {
            assert_eq!(Place::from_url(url).unwrap(), place, "{url}");
        }
    }

    #[test]
    fn a_url_that_says_something_else_is_refused_without_repeating_it() {
        let rows = [
            ("sqlite:", "names no file"),
            ("sqlite://", "names no file"),
            ("sqlite://?mode=rw", "names no file"),
            ("sqlite://x.db?mode=hunter2", "`mode` is not one of"),
            ("sqlite://x.db?cache=hunter2", "`cache` is not one of"),
            ("sqlite://x.db?immutable=1", "`immutable` is not one of"),
            ("sqlite://x.db?hunter2=1", "unknown parameter"),
            ("sqlite://%ff.db", "not UTF-8"),
        ];
        for (url, what) in rows {
            let error = Place::from_url(url).unwrap_err().to_string();
            assert!(error.contains(what), "{url}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
