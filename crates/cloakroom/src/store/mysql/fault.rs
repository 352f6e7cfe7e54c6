//! What the errors of MySQL and MariaDB mean to whoever runs the site.
use std::io;

use sqlx::mysql::MySqlDatabaseError;

use crate::error::StoreError;
use crate::store::mysql::NAME;

/// Turns an error into one that says what to do about it.
pub(super) fn failed(doing: &'static str, error: sqlx::Error) -> StoreError {
    let remedy = remedy(&error);
    let out_of_reach = is_closed(&error) || is_silent(&error);
    let mut failed = StoreError::new(NAME, doing).because(error);
    if let Some(remedy) = remedy {
        failed = failed.remedy(remedy);
    }
    if out_of_reach {
        failed = failed.out_of_reach();
    }
    failed
}

pub(super) fn is_duplicate(error: &sqlx::Error) -> bool {
    number(error) == Some(1062)
}

/// Says whether the server undid the whole transaction to let another one through, so that it may
/// be done again.
pub(super) fn is_deadlock(error: &sqlx::Error) -> bool {
    number(error) == Some(1213)
}

pub(super) fn is_missing_table(error: &sqlx::Error) -> bool {
    number(error) == Some(1146)
}

pub(super) fn is_missing_column(error: &sqlx::Error) -> bool {
    number(error) == Some(1054)
}

/// Says whether a column that is to be added is there.
pub(super) fn has_column_already(error: &sqlx::Error) -> bool {
    number(error) == Some(1060)
}

/// Says whether the connection has ended: the server stops, or ended it because it was idle or by
/// an operator's command.
pub(super) fn is_closed(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => error.kind() != io::ErrorKind::TimedOut,
        _ => matches!(number(error), Some(1053 | 1077 | 1927 | 4031)),
    }
}

/// Says whether nothing came in time.
fn is_silent(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::PoolTimedOut => true,
        sqlx::Error::Io(error) => error.kind() == io::ErrorKind::TimedOut,
        _ => false,
    }
}

/// Says whether the connection leads to a server that takes no writes, as after a failover: a new
/// one may lead elsewhere.
pub(super) fn is_read_only(error: &sqlx::Error) -> bool {
    matches!(number(error), Some(1290 | 1792 | 1836))
}

/// Returns the server's number (dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html).
pub(super) fn number(error: &sqlx::Error) -> Option<u16> {
    let error = error.as_database_error()?;
    Some(error.try_downcast_ref::<MySqlDatabaseError>()?.number())
}

fn remedy(error: &sqlx::Error) -> Option<&'static str> {
    match error {
        sqlx::Error::PoolTimedOut => {
            return Some("all connections are busy: see why the server is slow, or allow more");
        }
        sqlx::Error::PoolClosed => return Some("the store was closed; the site is stopping"),
        sqlx::Error::Io(_) => {
            return Some("see that the server runs, and that the URL names its host and port");
        }
        sqlx::Error::Tls(_) => {
            return Some("see the server's certificate, and ssl-mode in the URL");
        }
        _ => {}
    }
    Some(match number(error)? {
        1040 | 1203 | 1226 => {
            "the server has no connection left: raise its max_connections, or allow the store fewer"
        }
        1044 | 1142 | 1143 | 1227 => {
            "grant the user SELECT, INSERT, UPDATE and DELETE on the database, and CREATE for migrations"
        }
        1045 | 1698 | 1524 => "see the user and the password in the URL",
        1046 | 1049 => "make the database that the URL names, or name another",
        1054 | 1146 => "the tables are not this crate's, or are gone: run `cloakroom migrate`",
        1021 | 1041 | 1114 => "the server's disk or memory is full; make room",
        1053 | 1077 | 1927 | 4031 => {
            "the server ended the connection; the next request opens a new one"
        }
        1129 => "the server refuses this host after many broken connections: FLUSH HOSTS",
        1153 => "raise the server's max_allowed_packet, or keep less in a session",
        1205 => "another program holds locks on the table for more than a second",
        1213 => "requests stood in one another's way; the visitor may try again",
        1290 | 1792 | 1836 => "the server takes no writes: give the URL of the primary server",
        1665 => "set the server's binlog_format to ROW or MIXED",
        _ => return None,
    })
}
