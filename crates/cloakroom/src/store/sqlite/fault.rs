//! What SQLite's errors mean to whoever runs the site.
use std::sync::Arc;

use rusqlite::Error;
use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE};

use crate::error::StoreError;
use crate::store::sqlite::NAME;

/// Turns an error into one that says what to do about it.
pub(super) fn failed(doing: &'static str, error: impl Into<Arc<Error>>) -> StoreError {
    let error = error.into();
    let remedy = remedy(&error);
    let failed = StoreError::new(NAME, doing).because(error);
    match remedy {
        Some(remedy) => failed.remedy(remedy),
        None => failed,
    }
}

/// Says that nobody is there to do it any more.
pub(super) fn closed(doing: &'static str) -> StoreError {
    StoreError::new(NAME, doing).remedy("the store was closed; the site is stopping")
}

pub(super) fn is_duplicate(error: &Error) -> bool {
    matches!(
        extended_code(error),
        Some(SQLITE_CONSTRAINT_PRIMARYKEY | SQLITE_CONSTRAINT_UNIQUE)
    )
}

/// Says whether somebody else holds the lock just now.
pub(super) fn is_busy(error: &Error) -> bool {
    matches!(code(error), Some(5 | 6))
}

fn extended_code(error: &Error) -> Option<i32> {
    Some(match error {
        // Where it knows at which letter of a statement it stumbled.
        Error::SqlInputError { error, .. } => error.extended_code,
        other => other.sqlite_error()?.extended_code,
    })
}

/// Returns the primary result code (sqlite.org/rescode.html).
fn code(error: &Error) -> Option<i32> {
    Some(extended_code(error)? & 0xff)
}

fn remedy(error: &Error) -> Option<&'static str> {
    match code(error)? {
        1 => of_tables(&error.to_string()),
        5 | 6 => Some("another process holds the database's lock for more than a second"),
        8 => Some("give the process the right to write the file and its folder"),
        10 => Some("the disk can't be read or written"),
        11 | 26 => Some("the file is damaged or no SQLite database; restore it or move it away"),
        13 => Some("the disk or the file's page limit is full; make room"),
        14 => Some("the file can't be opened: see that its folder exists and may be written"),
        _ => None,
    }
}

/// What to do about tables that are not as they should be.
fn of_tables(said: &str) -> Option<&'static str> {
    if said.starts_with("no such table") {
        Some("restore the file, or drop the table cloakroom_schema and restart the site")
    } else if of_another_shape(said) {
        Some("a table of this name was made by another program: move it away, or use another file")
    } else {
        None
    }
}

fn of_another_shape(said: &str) -> bool {
    let is_missing = ["no such column", "no such index"];
    is_missing.iter().any(|part| said.starts_with(part)) || said.contains("already exists")
}
