//! What the system's errors mean to whoever runs the site.
use std::io::{self, ErrorKind};

use crate::error::StoreError;
use crate::store::file::NAME;

/// Turns an error into one that says what to do about it.
pub(super) fn failed(doing: &'static str, error: io::Error) -> StoreError {
    let remedy = remedy(&error);
    let failed = StoreError::new(NAME, doing).because(error);
    match remedy {
        Some(remedy) => failed.remedy(remedy),
        None => failed,
    }
}

fn remedy(error: &io::Error) -> Option<&'static str> {
    Some(match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "the disk or the quota is full; make room"
        }
        ErrorKind::FileTooLarge => "the process may not write files so large (`ulimit -f`)",
        ErrorKind::PermissionDenied => {
            "give the process the right to write the folder and its files"
        }
        ErrorKind::ReadOnlyFilesystem => "the disk is mounted read-only",
        ErrorKind::NotFound => "the folder is gone: see that its disk is mounted",
        ErrorKind::NotADirectory => "something that is no folder stands in the way",
        ErrorKind::TimedOut => "another process holds the lock; see whether it is stopped",
        _ if is_too_many(error) => "raise the limit of open files (`ulimit -n`)",
        _ => return None,
    })
}

#[cfg(unix)]
fn is_too_many(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE))
}

#[cfg(not(unix))]
fn is_too_many(_error: &io::Error) -> bool {
    false
}
