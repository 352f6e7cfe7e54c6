//! The table `auth_user`, wherever Django keeps it.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension};
use sqlx::mysql::{MySqlConnectOptions, MySqlPool, MySqlPoolOptions};
use sqlx::{MySql, Row as _, query::Query};
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Config, NoTls};

use super::DjangoUser;

/// What went wrong when a user was looked for.
pub(crate) type Trouble = Box<dyn Error + Send + Sync>;
type Found = Result<Option<DjangoUser>, Trouble>;

/// How long a database may keep the shop waiting.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many questions a MySQL server is asked at once.
const CONNECTIONS: u32 = 4;

/// Where users are.
#[derive(Clone, Debug)]
pub(super) enum Table {
    Sqlite(PathBuf),
    Postgres(Arc<Postgres>),
    Mysql(MySqlPool),
}

/// Whom to look for, among those who are active.
#[derive(Clone, Debug)]
pub(super) enum By {
    Name(String),
    Id(i64),
}

impl Table {
    /// Takes a URL; no file and no server is asked for yet.
    pub(super) fn of(url: &str) -> Option<Self> {
        let (kind, rest) = url.split_once("://")?;
        match kind {
            "sqlite" if !rest.is_empty() => Some(Self::Sqlite(rest.into())),
            "postgres" | "postgresql" => {
                let config = url.parse().ok()?;
                Some(Self::Postgres(Arc::new(Postgres::at(config))))
            }
            "mysql" | "mariadb" => {
                let options: MySqlConnectOptions = url.parse().ok()?;
                let pool = MySqlPoolOptions::new().max_connections(CONNECTIONS);
                let pool = pool.acquire_timeout(PATIENCE / 2);
                Some(Self::Mysql(pool.connect_lazy_with(options)))
            }
            _ => None,
        }
    }

    pub(super) async fn find(&self, by: By) -> Found {
        let found = async {
            match self {
                Self::Sqlite(file) => {
                    let file = file.clone();
                    spawn_blocking(move || in_sqlite(&file, &by)).await?
                }
                Self::Postgres(server) => server.find(&by).await,
                Self::Mysql(pool) => in_mysql(pool, &by).await,
            }
        };
        timeout(PATIENCE, found).await?
    }
}

fn in_sqlite(file: &Path, by: &By) -> Found {
    const NAMED: &str =
        "SELECT id, username, password FROM auth_user WHERE username = ? AND is_active";
    const NUMBERED: &str =
        "SELECT id, username, password FROM auth_user WHERE id = ? AND is_active";
    let table = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    table.busy_timeout(PATIENCE)?;
    let read = |row: &rusqlite::Row<'_>| {
        Ok(DjangoUser {
            id: row.get::<_, i64>(0)?.to_string(),
            name: row.get(1)?,
            password: row.get(2)?,
        })
    };
    let found = match by {
        By::Name(name) => table.query_row(NAMED, [name], read),
        By::Id(id) => table.query_row(NUMBERED, [id], read),
    };
    Ok(found.optional()?)
}

/// A PostgreSQL server, on one connection that is made again when it has ended.
#[derive(Debug)]
pub(super) struct Postgres {
    config: Config,
    client: Mutex<Option<Arc<Client>>>,
}

impl Postgres {
    fn at(config: Config) -> Self {
        Self {
            config,
            client: Mutex::default(),
        }
    }

    async fn find(&self, by: &By) -> Found {
        const NAMED: &str = "SELECT id::text, username, password FROM auth_user \
            WHERE username = $1 AND is_active";
        const NUMBERED: &str = "SELECT id::text, username, password FROM auth_user \
            WHERE id = $1 AND is_active";
        let client = self.client().await?;
        let found = match by {
            By::Name(name) => client.query_typed(NAMED, &[(name, Type::TEXT)]).await,
            By::Id(id) => client.query_typed(NUMBERED, &[(id, Type::INT8)]).await,
        };
        let found = found?;
        let read = |row: &tokio_postgres::Row| {
            Ok(DjangoUser {
                id: row.try_get(0)?,
                name: row.try_get(1)?,
                password: row.try_get(2)?,
            })
        };
        found.first().map(read).transpose()
    }

    async fn client(&self) -> Result<Arc<Client>, Trouble> {
        let mut held = self.client.lock().await;
        if let Some(client) = held.as_ref().filter(|client| !client.is_closed()) {
            return Ok(client.clone());
        }
        let (client, connection) = self.config.connect(NoTls).await?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::warn!(%error, "the connection to the site's users has ended");
            }
        });
        let client = Arc::new(client);
        *held = Some(client.clone());
        Ok(client)
    }
}

async fn in_mysql(pool: &MySqlPool, by: &By) -> Found {
    const NAMED: &str = "SELECT CAST(id AS CHAR), username, password FROM auth_user \
        WHERE username = ? AND is_active";
    const NUMBERED: &str = "SELECT CAST(id AS CHAR), username, password FROM auth_user \
        WHERE id = ? AND is_active";
    let question: Query<'_, MySql, _> = match by {
        By::Name(name) => sqlx::query(NAMED).bind(name),
        By::Id(id) => sqlx::query(NUMBERED).bind(id),
    };
    let row = question.fetch_optional(pool).await;
    let Some(row) = row.map_err(silent)? else {
        return Ok(None);
    };
    Ok(Some(DjangoUser {
        id: row.try_get(0)?,
        name: row.try_get(1)?,
        password: row.try_get(2)?,
    }))
}

/// Says what it means when no connection could be made in time.
fn silent(error: sqlx::Error) -> Trouble {
    match error {
        sqlx::Error::PoolTimedOut => "its server does not answer".into(),
        error => error.into(),
    }
}
