//! PostgreSQL's errors, turned into ones that say what to do about them.
use std::error::Error as _;

use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::error::StoreError;
use crate::store::postgres::NAME;

/// Turns an error into one that says what to do about it.
///
/// A server's error is repeated by its message and code; its detail may hold what a row holds.
pub(super) fn failed(doing: &'static str, error: &Error) -> StoreError {
    let mut failed = StoreError::new(NAME, doing).because(said(error));
    if is_out_of_reach(error) {
        failed = failed.out_of_reach();
    }
    match remedy(error) {
        Some(remedy) => failed.remedy(remedy),
        None => failed,
    }
}

fn said(error: &Error) -> String {
    if let Some(said) = error.as_db_error() {
        return format!("{} (SQLSTATE {})", said.message(), said.code().code());
    }
    let mut all = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        all = format!("{all}: {cause}");
        source = cause.source();
    }
    all
}

/// Says whether the connection ended before the answer came.
pub(super) fn is_cut_off(error: &Error) -> bool {
    let by_io = |error: &Error| {
        error
            .source()
            .is_some_and(|source| source.is::<std::io::Error>())
    };
    error.is_closed() || by_io(error) || is_going_down(error)
}

/// Says whether the server refused a statement and did nothing of it, so that its parts may be tried by themselves.
pub(super) fn was_undone(error: &Error) -> bool {
    error.as_db_error().is_some() && !is_cut_off(error) && !is_stale(error)
}

/// Says whether this connection serves no more, but a new one may.
pub(super) fn is_stale(error: &Error) -> bool {
    error.code().is_some_and(|code| {
        [
            // The server became a standby; the primary may be the next host of the URL.
            &SqlState::READ_ONLY_SQL_TRANSACTION,
            // Somebody closed the prepared statements, or changed the tables.
            &SqlState::INVALID_SQL_STATEMENT_NAME,
            &SqlState::FEATURE_NOT_SUPPORTED,
        ]
        .contains(&code)
    }) || is_going_down(error)
}

pub(super) fn is_missing_table(error: &Error) -> bool {
    error.code() == Some(&SqlState::UNDEFINED_TABLE)
}

fn is_going_down(error: &Error) -> bool {
    error.code().is_some_and(|code| {
        [
            &SqlState::ADMIN_SHUTDOWN,
            &SqlState::CRASH_SHUTDOWN,
            &SqlState::CANNOT_CONNECT_NOW,
        ]
        .contains(&code)
    })
}

/// Says whether no answer came, and not an error as an answer. What refuses at the door counts as
/// well: nobody is served, and it may be well again in a moment.
fn is_out_of_reach(error: &Error) -> bool {
    is_cut_off(error) || error.code() == Some(&SqlState::TOO_MANY_CONNECTIONS)
}

fn remedy(error: &Error) -> Option<&'static str> {
    let Some(code) = error.code() else {
        return connecting(error);
    };
    let remedies: [(&[&SqlState], &str); 14] = [
        (
            &[
                &SqlState::INVALID_PASSWORD,
                &SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
            ],
            WELCOME,
        ),
        (
            &[&SqlState::INVALID_CATALOG_NAME],
            "create the database, or correct its name in the URL",
        ),
        (
            &[&SqlState::INVALID_SCHEMA_NAME],
            "create the schema that the role's search_path names",
        ),
        (
            &[&SqlState::INSUFFICIENT_PRIVILEGE],
            "grant the role SELECT, INSERT, UPDATE and DELETE on cloakroom_sessions and SELECT on cloakroom_schema; making the tables needs CREATE on the schema, or run `cloakroom migrate` as a role that has it",
        ),
        (&[&SqlState::READ_ONLY_SQL_TRANSACTION], WRITABLE),
        (
            &[&SqlState::TOO_MANY_CONNECTIONS],
            "raise the server's max_connections, or lower the number of connections in the store's options",
        ),
        (
            &[&SqlState::UNDEFINED_TABLE],
            "run `cloakroom migrate`, or see to the role's search_path",
        ),
        (
            &[
                &SqlState::UNDEFINED_COLUMN,
                &SqlState::UNDEFINED_FUNCTION,
                &SqlState::DATATYPE_MISMATCH,
                &SqlState::DUPLICATE_TABLE,
                &SqlState::WRONG_OBJECT_TYPE,
                &SqlState::INVALID_COLUMN_REFERENCE,
            ],
            FOREIGN,
        ),
        (
            &[&SqlState::LOCK_NOT_AVAILABLE],
            "another program holds a lock on the table or the row; find it in pg_locks",
        ),
        (
            &[&SqlState::QUERY_CANCELED],
            "the server took longer than the response timeout in the store's options",
        ),
        (
            &[
                &SqlState::ADMIN_SHUTDOWN,
                &SqlState::CRASH_SHUTDOWN,
                &SqlState::CANNOT_CONNECT_NOW,
            ],
            "the server is starting or stopping; it is tried again",
        ),
        (
            &[&SqlState::DISK_FULL],
            "the server's disk is full; make room",
        ),
        (
            &[
                &SqlState::INVALID_SQL_STATEMENT_NAME,
                &SqlState::FEATURE_NOT_SUPPORTED,
            ],
            "it is tried again on a new connection; a pooler in between must pool sessions, not transactions",
        ),
        (
            &[&SqlState::PROTOCOL_VIOLATION],
            "a pooler in between must pool sessions, not transactions",
        ),
    ];
    let found = remedies.iter().find(|(codes, _)| codes.contains(&code));
    found.map(|(_, remedy)| *remedy)
}

/// What to do about a table of our name that has another shape.
pub(super) const FOREIGN: &str = "a table of this name was made by another program: move it away, or give the role a schema of its own by its search_path";

fn connecting(error: &Error) -> Option<&'static str> {
    let kind = error.to_string();
    if kind.contains("TLS") {
        Some(
            "sslmode=require asks for a certificate that this machine trusts and that names the host; name its authority by sslrootcert=/path/ca.pem",
        )
    } else if said(error).contains("password missing") {
        Some("put user and password into the URL")
    } else if kind.contains("authentication") {
        Some(WELCOME)
    } else if takes_no_writes(error) {
        Some(WRITABLE)
    } else if kind.contains("connecting") {
        Some(UNREACHED)
    } else {
        None
    }
}

/// The driver's word for a server that was reached and is not the one that was asked for.
fn takes_no_writes(error: &Error) -> bool {
    let by_io = error.source().and_then(|source| source.downcast_ref());
    by_io.is_some_and(|io: &std::io::Error| io.kind() == std::io::ErrorKind::PermissionDenied)
}

const WELCOME: &str =
    "see to the user and the password in the URL, and to the server's pg_hba.conf";

const WRITABLE: &str = "the server is a standby or set read-only: name the primary, or all hosts (postgres://a,b/shop), and see that default_transaction_read_only is off";

/// What to do about a server that can't be reached.
pub(super) const UNREACHED: &str = "see that the server runs, takes connections from here, and that the URL names its host and port";
