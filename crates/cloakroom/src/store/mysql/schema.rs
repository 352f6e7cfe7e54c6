//! The tables in MySQL, made and changed by this crate: safe to run by several processes at once.
use sqlx::{AssertSqlSafe, MySqlConnection, Row};

use crate::error::StoreError;
use crate::store::mysql::NAME;
use crate::store::mysql::fault::{
    failed, has_column_already, is_duplicate, is_missing_column, is_missing_table,
};
use crate::store::mysql::rows::sql;
use crate::store::named::Named;
use crate::store::tables::Tables;

/// Each step leads from one version of the tables to the next. MySQL commits after each statement that
/// changes tables, so a step is one that can be taken again when the process dies behind it.
///
/// Of the columns that have an index, saving data changes none; the deadline to the second has none.
const STEPS: &[&str] = &[
    "\
    CREATE TABLE IF NOT EXISTS cloakroom_sessions (
        `key` BINARY(32) NOT NULL PRIMARY KEY,
        version BIGINT NOT NULL,
        expires_at BIGINT NOT NULL,
        sweep_at BIGINT NOT NULL,
        is_forward TINYINT NOT NULL,
        user VARBINARY(255) NULL,
        body LONGBLOB NOT NULL,
        KEY cloakroom_sessions_sweep (sweep_at),
        KEY cloakroom_sessions_user (user)
    ) ENGINE = InnoDB",
    // For operators, in whole minutes; none has an index.
    "\
    ALTER TABLE cloakroom_sessions
        ADD COLUMN began_at INT NULL, ADD COLUMN seen_at INT NULL,
        ADD COLUMN method VARCHAR(64) CHARACTER SET utf8mb4 NULL,
        ADD COLUMN device VARCHAR(64) CHARACTER SET utf8mb4 NULL",
];
const TABLES: Tables = Tables {
    store: NAME,
    needed: STEPS.len(),
    migrate: "run `cloakroom migrate` with this version of the crate",
    newer: "run the newer version of the crate, or use another database",
};
/// How many columns of the newest table are as they should be, and how many it has.
const SHAPE: &str = "\
    SELECT COUNT(CASE WHEN \
        (column_name = 'key' AND data_type = 'binary' AND character_maximum_length = 32) \
        OR (column_name IN ('version', 'expires_at', 'sweep_at') AND data_type = 'bigint') \
        OR (column_name = 'is_forward' AND data_type = 'tinyint') \
        OR (column_name = 'user' AND data_type = 'varbinary' AND character_maximum_length = 255) \
        OR (column_name = 'body' AND data_type = 'longblob') \
        OR (column_name IN ('began_at', 'seen_at') AND data_type = 'int') \
        OR (column_name IN ('method', 'device') AND data_type = 'varchar') THEN 1 END), COUNT(*) \
    FROM information_schema.columns \
    WHERE table_schema = DATABASE() AND table_name = 'cloakroom_sessions'";
const COLUMNS: i64 = 11;
/// How many of them the first step makes.
const FIRST_COLUMNS: i64 = 7;
/// The same of the table that tells the version.
const VERSION_SHAPE: &str = "\
    SELECT COUNT(CASE WHEN column_name = 'version' AND data_type = 'bigint' THEN 1 END), COUNT(*) \
    FROM information_schema.columns \
    WHERE table_schema = DATABASE() AND table_name = 'cloakroom_schema'";
/// How long one process waits for another one's migration, in seconds.
const PATIENCE: u32 = 20;

/// Brings the tables up to date if that is allowed. Reads only, when there is nothing to do.
pub(super) async fn migrate(
    connection: &mut MySqlConnection,
    named: &Named,
    allowed: bool,
) -> Result<(), StoreError> {
    let done = version(connection, named).await?;
    match TABLES.check(done) {
        Err(_) if allowed && done < STEPS.len() => take_steps_alone(connection, named).await?,
        checked => checked?,
    }
    see_shape(connection, named).await
}

/// Says whether the tables are those that this version needs.
pub(super) async fn check(
    connection: &mut MySqlConnection,
    named: &Named,
) -> Result<(), StoreError> {
    migrate(connection, named, false).await
}

/// Sees that the tables can be written; it changes nothing.
pub(super) async fn see_writable(
    connection: &mut MySqlConnection,
    named: &Named,
) -> Result<(), StoreError> {
    let nothing = sqlx::raw_sql(sql(named, "DELETE FROM cloakroom_sessions WHERE FALSE"));
    let written = nothing.execute(connection).await;
    written
        .map(|_| ())
        .map_err(|error| failed("write its tables", error))
}

/// Takes the steps under a lock that ends with the connection at the latest.
async fn take_steps_alone(
    connection: &mut MySqlConnection,
    named: &Named,
) -> Result<(), StoreError> {
    lock(connection).await?;
    let taken = take_steps(connection, named).await;
    let unlocked = sqlx::raw_sql("DO RELEASE_LOCK(CONCAT('cloakroom ', SHA1(DATABASE())))")
        .execute(connection)
        .await;
    taken?;
    unlocked
        .map(|_| ())
        .map_err(|error| failed("bring its tables up to date", error))
}

async fn lock(connection: &mut MySqlConnection) -> Result<(), StoreError> {
    let got = format!(
        "SELECT CAST(GET_LOCK(CONCAT('cloakroom ', SHA1(DATABASE())), {PATIENCE}) AS SIGNED)"
    );
    let row = sqlx::raw_sql(AssertSqlSafe(got))
        .fetch_one(connection)
        .await;
    let got = row.and_then(|row| row.try_get::<Option<i64>, _>(0));
    match got.map_err(|error| failed("bring its tables up to date", error))? {
        Some(1) => Ok(()),
        _ => Err(StoreError::new(NAME, "bring its tables up to date")
            .because(format!(
                "another process has been at it for {PATIENCE} seconds"
            ))
            .remedy("start again when it is done")),
    }
}

async fn take_steps(connection: &mut MySqlConnection, named: &Named) -> Result<(), StoreError> {
    let failed = |error| failed("bring its tables up to date", error);
    let make = "CREATE TABLE IF NOT EXISTS cloakroom_schema (version BIGINT NOT NULL PRIMARY KEY) \
                ENGINE = InnoDB";
    sqlx::raw_sql(sql(named, make))
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    if shape(connection, named, VERSION_SHAPE).await? != (1, 1) {
        return Err(foreign(named, "cloakroom_schema"));
    }
    // Another process may have been here while this one waited.
    let done = version(connection, named).await?;
    for (index, step) in STEPS.iter().enumerate().skip(done) {
        if index > 0 && shape(connection, named, SHAPE).await?.0 < FIRST_COLUMNS {
            return Err(foreign(named, "cloakroom_sessions"));
        }
        let taken = sqlx::raw_sql(sql(named, step));
        match taken.execute(&mut *connection).await {
            // A process took this step and died before it was noted.
            Err(error) if has_column_already(&error) => {}
            taken => taken.map(|_| ()).map_err(failed)?,
        }
        let note = "INSERT INTO cloakroom_schema (version) VALUES (?)";
        let noted = sqlx::query(sql(named, note))
            .bind(i64::try_from(index + 1).unwrap_or(i64::MAX))
            .execute(&mut *connection)
            .await;
        match noted {
            // In a cluster the lock holds on one node only; somebody took the same step on another.
            Err(error) if is_duplicate(&error) => {}
            other => other.map(|_| ()).map_err(failed)?,
        }
    }
    Ok(())
}

/// Returns the version of the tables, 0 when there are none.
async fn version(connection: &mut MySqlConnection, named: &Named) -> Result<usize, StoreError> {
    let row = sqlx::raw_sql(sql(named, "SELECT MAX(version) FROM cloakroom_schema"))
        .fetch_one(connection)
        .await;
    match row.and_then(|row| row.try_get::<Option<i64>, _>(0)) {
        Ok(version) => Ok(usize::try_from(version.unwrap_or(0)).unwrap_or(usize::MAX)),
        Err(error) if is_missing_table(&error) => Ok(0),
        Err(error) if is_missing_column(&error) || is_other_type(&error) => {
            Err(foreign(named, "cloakroom_schema"))
        }
        Err(error) => Err(failed("read its tables' version", error)),
    }
}

fn is_other_type(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::ColumnDecode { .. })
}

/// Makes sure that the table is the one that the steps make, and not somebody else's.
async fn see_shape(connection: &mut MySqlConnection, named: &Named) -> Result<(), StoreError> {
    match shape(connection, named, SHAPE).await? {
        // An operator may have added some.
        (COLUMNS, _) => Ok(()),
        (_, 0) => Err(StoreError::new(NAME, "use its tables")
            .because(named.sql("the table `cloakroom_sessions` is gone"))
            .remedy("restore it, or drop `cloakroom_schema` and run `cloakroom migrate`")),
        _ => Err(foreign(named, "cloakroom_sessions")),
    }
}

/// Returns how many of a table's columns are as they should be, and how many it has.
async fn shape(
    connection: &mut MySqlConnection,
    named: &Named,
    of: &'static str,
) -> Result<(i64, i64), StoreError> {
    let row = sqlx::raw_sql(sql(named, of)).fetch_one(connection).await;
    let columns = row.and_then(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
    columns.map_err(|error| failed("read its tables' shape", error))
}

fn foreign(named: &Named, table: &'static str) -> StoreError {
    let table = named.sql(table);
    StoreError::new(NAME, "use its tables")
        .because(format!(
            "the table `{table}` has other columns than this crate's: somebody else made it"
        ))
        .remedy("rename that table, or give the store a database of its own")
}
