//! The tables in SQLite, made and changed by this crate: safe to run by several processes at once.
use rusqlite::{Connection, Error, OptionalExtension, TransactionBehavior};

use crate::error::StoreError;
use crate::store::named::Named;
use crate::store::sqlite::NAME;
use crate::store::sqlite::fault::failed;
use crate::store::tables::Tables;

/// Each step leads from one version of the tables to the next.
const STEPS: &[&str] = &[
    "\
    CREATE TABLE cloakroom_sessions (
        key BLOB NOT NULL PRIMARY KEY,
        version INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        sweep_at INTEGER NOT NULL,
        is_forward INTEGER NOT NULL,
        user TEXT,
        body BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX cloakroom_sessions_sweep ON cloakroom_sessions (sweep_at);
    CREATE INDEX cloakroom_sessions_user ON cloakroom_sessions (user) WHERE user IS NOT NULL;",
    // By rack first: what is swept in the order of keys then stands close together here, too.
    "\
    DROP INDEX cloakroom_sessions_user;
    CREATE INDEX cloakroom_sessions_user ON cloakroom_sessions (substr(key, 1, 1), user)
        WHERE user IS NOT NULL;",
    // For operators, in whole minutes; none has an index.
    "\
    ALTER TABLE cloakroom_sessions ADD COLUMN began_at INTEGER;
    ALTER TABLE cloakroom_sessions ADD COLUMN seen_at INTEGER;
    ALTER TABLE cloakroom_sessions ADD COLUMN method TEXT;
    ALTER TABLE cloakroom_sessions ADD COLUMN device TEXT;",
    // By user alone: a user's sessions, or drafts, are found by one look instead of one for each of the 256 racks.
    "\
    DROP INDEX cloakroom_sessions_user;
    CREATE INDEX cloakroom_sessions_user ON cloakroom_sessions (user) WHERE user IS NOT NULL;",
];

/// Reads every column: what another program made under our name lacks one.
const SHAPE: &str = "\
    SELECT key, version, expires_at, sweep_at, is_forward, user, body, began_at, seen_at, method, device \
    FROM cloakroom_sessions LIMIT 1";

const TABLES: Tables = Tables {
    store: NAME,
    needed: STEPS.len(),
    migrate: "run `cloakroom migrate`, or open the store once with this version of the crate",
    newer: "run the newer version of the crate, or another database file",
};

/// Brings the tables up to date.
pub(super) fn migrate(connection: &mut Connection, named: &Named) -> Result<(), StoreError> {
    let failed = |error| failed("bring its tables up to date", error);
    let all = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(failed)?;
    let make = "CREATE TABLE IF NOT EXISTS cloakroom_schema (version INTEGER NOT NULL)";
    all.execute_batch(&named.sql(make)).map_err(failed)?;
    let done = version(&all, named).map_err(failed)?;
    let steps = STEPS.get(done..).ok_or_else(|| TABLES.newer(done))?;
    if steps.is_empty() {
        // It changes nothing, but a file that can't be written says so now and not to a visitor.
        all.execute_batch(&named.sql("DELETE FROM cloakroom_schema WHERE false"))
            .map_err(failed)?;
        see_shape(&all, named).map_err(failed)?;
        return all.rollback().map_err(failed);
    }
    for step in steps {
        all.execute_batch(&named.sql(step)).map_err(failed)?;
    }
    all.execute_batch(&named.sql("DELETE FROM cloakroom_schema"))
        .map_err(failed)?;
    all.execute(
        &named.sql("INSERT INTO cloakroom_schema (version) VALUES (?)"),
        [i64::try_from(STEPS.len()).unwrap_or(i64::MAX)],
    )
    .map_err(failed)?;
    all.commit().map_err(failed)
}

/// What is there of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Not even the file is there.
    NoFile,
    /// They have this version, or none.
    Version(Option<usize>),
    /// They are those that this version of the crate needs.
    Right,
}

/// Looks at the tables.
pub(super) fn look(connection: &Connection, named: &Named) -> Result<Standing, Error> {
    let there = connection
        .query_row(
            &named.sql("SELECT 1 FROM sqlite_schema WHERE name = 'cloakroom_schema'"),
            (),
            |_| Ok(()),
        )
        .optional()?;
    if there.is_none() {
        return Ok(Standing::Version(None));
    }
    let done = version(connection, named)?;
    if done != STEPS.len() {
        return Ok(Standing::Version(Some(done)));
    }
    see_shape(connection, named)?;
    Ok(Standing::Right)
}

fn see_shape(connection: &Connection, named: &Named) -> Result<(), Error> {
    let any = connection.query_row(&named.sql(SHAPE), (), |_| Ok(()));
    any.optional().map(drop)
}

impl Standing {
    /// Says whether the tables are those that this version needs.
    pub(super) fn check(self) -> Result<(), StoreError> {
        match self {
            Self::Right => Ok(()),
            Self::NoFile => {
                let why = "there is no such file; see that its folder exists and the path is right";
                Err(TABLES.older(0, why.into()))
            }
            Self::Version(done) => TABLES.check(done.unwrap_or(0)),
        }
    }
}

fn version(connection: &Connection, named: &Named) -> Result<usize, Error> {
    let newest = named.sql("SELECT max(version) FROM cloakroom_schema");
    let version: Option<i64> = connection.query_row(&newest, (), |row| row.get(0))?;
    Ok(usize::try_from(version.unwrap_or(0)).unwrap_or(usize::MAX))
}
