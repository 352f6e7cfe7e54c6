//! What a store takes up, as its server counts it.
use services::{Postgres, Redis};

use crate::{Result, wire::engine::Running};

/// Returns the bytes that are taken: memory in Redis, the table with its indexes in PostgreSQL, the file in SQLite.
///
/// # Errors
/// When that can't be found out.
pub fn taken(engine: &Running) -> Result<f64> {
    match (engine.redis(), engine.postgres()) {
        (Some(redis), _) => used_memory(redis),
        (_, Some(postgres)) => relation_size(postgres, "cloakroom_sessions"),
        (None, None) => {
            let mut bytes = 0;
            for file in std::fs::read_dir(engine.folder()).into_iter().flatten() {
                bytes += file?.metadata()?.len();
            }
            Ok(bytes as f64)
        }
    }
}

/// Returns the memory that Redis uses.
///
/// # Errors
/// When it can't be asked.
pub fn used_memory(redis: &Redis) -> Result<f64> {
    let said = redis.ask(&["INFO", "memory"])?;
    let mut lines = said.lines();
    let used = lines.find_map(|line| line.strip_prefix("used_memory:"));
    Ok(used
        .ok_or("Redis does not tell its memory")?
        .trim()
        .parse()?)
}

/// Returns the size of a table with its indexes; zero when it is not there.
///
/// # Errors
/// When PostgreSQL can't be asked.
pub fn relation_size(postgres: &Postgres, table: &str) -> Result<f64> {
    let sql = format!("SELECT coalesce(pg_total_relation_size(to_regclass('{table}')), 0)");
    Ok(postgres.ask(&sql)?.trim().parse()?)
}
