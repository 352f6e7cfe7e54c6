//! Writing a database file out to the disk, beside SQLite.
//!
//! A checkpoint that somebody's write overtakes leaves what it copied to the operating system, and
//! the one that is not overtaken waits for all of it. So that this is never a write's own wait, the
//! copying thread has the file written out after every checkpoint.
use std::path::Path;

/// Writes the file out. Where that fails, SQLite will do it and say why it can't.
pub(super) fn flush(path: &Path) {
    #[cfg(unix)]
    if let Ok(file) = kept_open::file(path) {
        let _ = file.sync_data();
    }
    // Elsewhere SQLite's own checkpoints do it.
    #[cfg(not(unix))]
    let _ = path;
}

#[cfg(unix)]
mod kept_open {
    use std::collections::BTreeMap;
    use std::fs::{File, Metadata, metadata};
    use std::io;
    use std::os::unix::fs::MetadataExt;
    use std::path::Path;
    use std::sync::{Arc, Mutex, PoisonError};

    /// Files by device and inode, open until the process ends: to close one would drop the locks that
    /// any SQLite connection of this process has on it (sqlite.org/howtocorrupt.html, section 2.2).
    static FILES: Mutex<BTreeMap<(u64, u64), Arc<File>>> = Mutex::new(BTreeMap::new());

    pub(super) fn file(path: &Path) -> io::Result<Arc<File>> {
        let mut files = FILES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = files.get(&id(&metadata(path)?)) {
            return Ok(file.clone());
        }
        let file = Arc::new(File::open(path)?);
        // It may have been put there in between, and be known.
        std::mem::forget(file.clone());
        files.insert(id(&file.metadata()?), file.clone());
        Ok(file)
    }

    fn id(metadata: &Metadata) -> (u64, u64) {
        (metadata.dev(), metadata.ino())
    }
}
