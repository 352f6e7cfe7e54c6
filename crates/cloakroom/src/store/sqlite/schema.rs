//! The tables in SQLite, made and changed by this crate: safe to run by several processes at once.
use sqlx::sqlite::SqlitePool;
use sqlx::{Executor, SqliteConnection};

use crate::error::StoreError;
use crate::store::sqlite::NAME;
use crate::store::sqlite::fault::failed;

/// Each step leads from one version of the tables to the next.
const STEPS: &[&str] = &["\
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
    CREATE INDEX cloakroom_sessions_user ON cloakroom_sessions (user) WHERE user IS NOT NULL;"];

/// Brings the tables up to date.
pub(super) async fn migrate(pool: &SqlitePool) -> Result<(), StoreError> {
    let failed = |error| failed("bring its tables up to date", error);
    let mut all = pool.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
    all.execute("CREATE TABLE IF NOT EXISTS cloakroom_schema (version INTEGER NOT NULL)")
        .await
        .map_err(failed)?;
    let done = version(&mut all).await.map_err(failed)?;
    let steps = STEPS.get(done..).ok_or_else(|| newer(done))?;
    if steps.is_empty() {
        // It changes nothing, but a file that can't be written says so now and not to a visitor.
        all.execute("DELETE FROM cloakroom_schema WHERE false")
            .await
            .map_err(failed)?;
        return all.rollback().await.map_err(failed);
    }
    for step in steps {
        all.execute(*step).await.map_err(failed)?;
    }
    all.execute("DELETE FROM cloakroom_schema")
        .await
        .map_err(failed)?;
    sqlx::query("INSERT INTO cloakroom_schema (version) VALUES (?)")
        .bind(i64::try_from(STEPS.len()).unwrap_or(i64::MAX))
        .execute(&mut *all)
        .await
        .map_err(failed)?;
    all.commit().await.map_err(failed)
}

/// Says whether the tables are those that this version needs.
pub(super) async fn check(pool: &SqlitePool) -> Result<(), StoreError> {
    let failed = |error| failed("read its tables' version", error);
    let mut connection = pool.acquire().await.map_err(failed)?;
    let done = version(&mut connection).await.map_err(failed)?;
    match done.cmp(&STEPS.len()) {
        std::cmp::Ordering::Equal => sqlx::query("SELECT key FROM cloakroom_sessions LIMIT 1")
            .fetch_optional(&mut *connection)
            .await
            .map(|_| ())
            .map_err(|error| self::failed("read its tables", error)),
        std::cmp::Ordering::Greater => Err(newer(done)),
        std::cmp::Ordering::Less => Err(StoreError::new(NAME, "use its tables")
            .because(format!("they have version {done}, not {}", STEPS.len()))
            .remedy("open the store once with this version of the crate")),
    }
}

async fn version(connection: &mut SqliteConnection) -> Result<usize, sqlx::Error> {
    let version: Option<i64> = sqlx::query_scalar("SELECT max(version) FROM cloakroom_schema")
        .fetch_one(connection)
        .await?;
    Ok(usize::try_from(version.unwrap_or(0)).unwrap_or(usize::MAX))
}

fn newer(done: usize) -> StoreError {
    StoreError::new(NAME, "use its tables")
        .because(format!(
            "they have version {done}, and this version of the crate knows {}",
            STEPS.len()
        ))
        .remedy("run the newer version of the crate, or another database file")
}
