//! The stores of tower-sessions, opened as cloakroom opens its own.
pub mod typical;

use std::error::Error;

use tower_sessions_redis_store::{RedisStore, fred::prelude::*};
use tower_sessions_sqlx_store::{
    PostgresStore, SqliteStore,
    sqlx::{
        postgres::PgPoolOptions,
        sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
    },
};

/// As many connections as cloakroom keeps.
const CONNECTIONS: u32 = 8;

/// Opens Redis.
///
/// # Errors
/// When it can't be reached.
pub async fn redis(url: &str) -> Result<RedisStore<Pool>, Box<dyn Error>> {
    let pool = Pool::new(
        Config::from_url(url)?,
        None,
        None,
        None,
        CONNECTIONS as usize,
    )?;
    pool.connect();
    pool.wait_for_connect().await?;
    Ok(RedisStore::new(pool))
}

/// Opens PostgreSQL.
///
/// # Errors
/// When it can't be reached.
pub async fn postgres(url: &str) -> Result<PostgresStore, Box<dyn Error>> {
    let pool = PgPoolOptions::new().max_connections(CONNECTIONS);
    let store = PostgresStore::new(pool.connect(url).await?);
    store.migrate().await?;
    Ok(store)
}

/// In WAL with `synchronous=NORMAL`, as cloakroom has it.
///
/// # Errors
/// When its file can't be opened.
pub async fn sqlite(url: &str) -> Result<SqliteStore, Box<dyn Error>> {
    let options: SqliteConnectOptions = url.parse()?;
    let options = options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal);
    let pool = SqlitePoolOptions::new().max_connections(CONNECTIONS);
    let store = SqliteStore::new(pool.connect_with(options).await?);
    store.migrate().await?;
    Ok(store)
}
