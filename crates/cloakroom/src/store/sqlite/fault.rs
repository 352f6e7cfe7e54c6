//! What SQLite's errors mean to whoever runs the site.
use crate::error::StoreError;
use crate::store::sqlite::NAME;

/// Turns an error into one that says what to do about it.
pub(super) fn failed(doing: &'static str, error: sqlx::Error) -> StoreError {
    let remedy = remedy(&error);
    let failed = StoreError::new(NAME, doing).because(error);
    match remedy {
        Some(remedy) => failed.remedy(remedy),
        None => failed,
    }
}

pub(super) fn is_duplicate(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .is_some_and(|error| error.is_unique_violation())
}

/// Says whether somebody else holds the lock just now.
pub(super) fn is_busy(error: &sqlx::Error) -> bool {
    matches!(code(error), Some(5 | 6))
}

/// Returns the primary result code (sqlite.org/rescode.html).
fn code(error: &sqlx::Error) -> Option<u32> {
    let code: u32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(code & 0xff)
}

fn remedy(error: &sqlx::Error) -> Option<&'static str> {
    match error {
        sqlx::Error::PoolTimedOut => {
            return Some("all connections are busy: another process may hold the database's lock");
        }
        sqlx::Error::PoolClosed => return Some("the store was closed; the site is stopping"),
        _ => {}
    }
    let said = error.as_database_error()?.message();
    match code(error)? {
        1 if said.starts_with("no such table") => {
            Some("restore the file, or drop the table cloakroom_schema and restart the site")
        }
        5 | 6 => Some("another process holds the database's lock for more than a second"),
        8 => Some("give the process the right to write the file and its folder"),
        10 => Some("the disk can't be read or written"),
        11 | 26 => Some("the file is damaged or no SQLite database; restore it or move it away"),
        13 => Some("the disk or the file's page limit is full; make room"),
        14 => Some("the file can't be opened: see that its folder exists and may be written"),
        _ => None,
    }
}
