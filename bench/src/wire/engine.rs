//! Where the sessions of all sides are kept: one private server, which they take turns to use.
use std::time::Duration;

use clap::ValueEnum;
use serde::Serialize;
use services::{Postgres, Redis};

use crate::{
    Result,
    wire::{processor, side::Side},
};

/// A kind of store.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Engine {
    /// SQLite in WAL mode with `synchronous=NORMAL`.
    Sqlite,
    /// PostgreSQL with `synchronous_commit=off`.
    Postgres,
    /// PostgreSQL that waits for its disk at each commit.
    PostgresDurable,
    /// Redis without persistence.
    Redis,
    /// PostgreSQL with Redis as a cache before it.
    PostgresRedis,
    /// No store: the visitor carries the whole session, sealed or signed.
    Cookie,
}

impl std::fmt::Display for Engine {
    /// Writes it as it is said on the command line.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let value = self.to_possible_value();
        f.write_str(value.as_ref().map_or("", |value| value.get_name()))
    }
}

impl Engine {
    /// Every engine, in the order of the report.
    pub const ALL: [Self; 6] = [
        Self::Sqlite,
        Self::Postgres,
        Self::PostgresDurable,
        Self::Redis,
        Self::PostgresRedis,
        Self::Cookie,
    ];

    /// Returns the name for a reader.
    pub fn title(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
            Self::PostgresDurable => "PostgreSQL, durable",
            Self::Redis => "Redis",
            Self::PostgresRedis => "PostgreSQL behind Redis",
            Self::Cookie => "in the cookie",
        }
    }

    /// Says whether this side has such a store.
    pub fn is_for(self, side: Side) -> bool {
        let is_postgres = matches!(self, Self::Postgres | Self::PostgresDurable);
        match side {
            Side::Cloakroom | Side::Django => true,
            Side::Local => is_postgres || self == Self::Redis,
            Side::ByHand | Side::TowerSessions => {
                !matches!(self, Self::PostgresRedis | Self::Cookie)
            }
            Side::Actix => matches!(self, Self::Redis | Self::Cookie),
        }
    }

    /// Starts what this engine needs.
    ///
    /// # Errors
    /// When a server is missing or does not start.
    pub fn start(self) -> Result<Running> {
        let postgres = match self {
            Self::Postgres | Self::PostgresRedis => {
                Some(Postgres::builder().setting("synchronous_commit", "off"))
            }
            Self::PostgresDurable => Some(Postgres::builder()),
            Self::Sqlite | Self::Redis | Self::Cookie => None,
        };
        let postgres = postgres.map(|builder| builder.durable().setting("shared_buffers", "256MB"));
        let needs_redis = matches!(self, Self::Redis | Self::PostgresRedis);
        Ok(Running {
            engine: self,
            postgres: postgres.map(|builder| builder.start()).transpose()?,
            redis: needs_redis
                .then(|| Redis::builder().volatile().start())
                .transpose()?,
            folder: std::env::temp_dir()
                .join(format!("cloakroom-bench-{}-{self:?}", std::process::id())),
        })
    }
}

/// A started engine; it ends, and its data goes, when this is dropped.
#[derive(Debug)]
pub struct Running {
    engine: Engine,
    postgres: Option<Postgres>,
    redis: Option<Redis>,
    folder: std::path::PathBuf,
}

impl Running {
    /// Returns the engine's kind.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Returns the processor time that the servers have used so far.
    pub fn processor_time(&self) -> Duration {
        let postgres = self.postgres.as_ref().and_then(|server| server.pid());
        let redis = self.redis.as_ref().and_then(|server| server.pid());
        [postgres, redis]
            .into_iter()
            .flatten()
            .map(processor::time_of)
            .sum()
    }

    /// Returns the folder of SQLite's files.
    pub fn folder(&self) -> &std::path::Path {
        &self.folder
    }

    /// Returns where the servers listen.
    pub fn addresses(&self) -> Vec<String> {
        let postgres = self.postgres.as_ref().map(|server| server.address());
        let redis = self.redis.as_ref().map(|server| server.address());
        [postgres, redis].into_iter().flatten().collect()
    }

    /// Returns the servers' names and versions.
    ///
    /// # Errors
    /// When one can't be asked.
    pub fn versions(&self) -> Result<Vec<String>> {
        let mut versions = Vec::new();
        if let Some(postgres) = &self.postgres {
            let version = postgres.ask("SHOW server_version")?;
            versions.push(format!("PostgreSQL {}", version.trim()));
        }
        if let Some(redis) = &self.redis {
            let said = redis.ask(&["INFO", "server"])?;
            let mut lines = said.lines();
            let version = lines.find_map(|line| line.strip_prefix("redis_version:"));
            versions.push(format!("Redis {}", version.unwrap_or_default().trim()));
        }
        Ok(versions)
    }

    /// Returns PostgreSQL, where it is part of this.
    pub fn postgres(&self) -> Option<&Postgres> {
        self.postgres.as_ref()
    }

    /// Returns Redis, where it is part of this.
    pub fn redis(&self) -> Option<&Redis> {
        self.redis.as_ref()
    }

    /// Returns the URL of the database, or of Redis where there is none; each side of SQLite gets its own file.
    ///
    /// # Errors
    /// When SQLite's folder can't be made.
    pub fn store(&self, side: Side) -> Result<String> {
        let url = self.url(side)?;
        Ok(match side {
            // In a place of its own, since it would hear of what the others write.
            Side::Local if self.postgres.is_some() => format!("{url}?local=64&table=local_copies"),
            Side::Local => format!("{url}?local=64&prefix=local"),
            Side::ByHand => format!("by-hand+{url}"),
            _ => url,
        })
    }

    fn url(&self, side: Side) -> Result<String> {
        if self.engine == Engine::Cookie {
            return Ok("cookie:".to_owned());
        }
        if let Some(postgres) = &self.postgres {
            return Ok(postgres.url());
        }
        if let Some(redis) = &self.redis {
            return Ok(redis.url());
        }
        std::fs::create_dir_all(&self.folder)?;
        Ok(format!("sqlite://{}/{side:?}.db", self.folder.display()))
    }

    /// Returns the URL of the cache before the database.
    pub fn cache(&self) -> Option<String> {
        let redis = self.redis.as_ref()?;
        self.postgres.as_ref().map(|_| redis.url())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
