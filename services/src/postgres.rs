//! PostgreSQL.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::folder::Folder;
use crate::instance::{Instance, Plan};
use crate::programs::{INITDB, POSTGRES, PSQL};
use crate::trouble::Trouble;
use crate::{DATABASE, PASSWORD, USER};

const SERVER: &str = "postgres";

/// A PostgreSQL server with one empty database; what every server can do is in [`Instance`].
#[derive(Debug)]
pub struct Postgres {
    instance: Instance,
    psql: PathBuf,
}

/// What can be said about a PostgreSQL server before it starts.
#[derive(Clone, Debug, Default)]
pub struct PostgresBuilder {
    durable: bool,
    settings: Vec<String>,
}

impl Postgres {
    /// Starts a server as tests usually want it.
    ///
    /// # Errors
    ///
    /// When PostgreSQL is missing or does not start.
    pub fn start() -> Result<Self, Trouble> {
        Self::builder().start()
    }

    /// Returns what can be said before the start.
    pub fn builder() -> PostgresBuilder {
        PostgresBuilder::default()
    }

    /// Returns whether the programs are there.
    ///
    /// # Errors
    ///
    /// `Missing`, for what is not.
    pub fn look() -> Result<(), Trouble> {
        programs().map(drop)
    }

    /// Returns the URL of the empty database.
    pub fn url(&self) -> String {
        let address = self.instance.address();
        format!("postgres://{USER}:{PASSWORD}@{address}/{DATABASE}")
    }

    /// Runs SQL and returns its rows, a line each, columns separated by `|`.
    ///
    /// # Errors
    ///
    /// When the server refuses it or does not run. A paused one is waited for.
    pub fn ask(&self, sql: &str) -> Result<String, Trouble> {
        self.ask_in(DATABASE, sql)
    }

    fn ask_in(&self, database: &str, sql: &str) -> Result<String, Trouble> {
        let mut psql = Command::new(&self.psql);
        psql.env("PGPASSWORD", PASSWORD)
            .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"])
            .args(["--set", "ON_ERROR_STOP=1", "--host", "127.0.0.1"])
            .args(["--port", &self.port().to_string(), "--username", USER])
            .args(["--dbname", database, "--command", sql]);
        self.instance.answer(&mut psql)
    }
}

impl Deref for Postgres {
    type Target = Instance;

    fn deref(&self) -> &Instance {
        &self.instance
    }
}

impl PostgresBuilder {
    /// Keeps what was committed even when the whole machine loses power; slower.
    ///
    /// Without it commits survive a killed server all the same, as the system still writes them.
    pub fn durable(mut self) -> Self {
        self.durable = true;
        self
    }

    /// Writes every statement into the log.
    pub fn log_statements(self) -> Self {
        self.setting("log_statement", "all")
    }

    /// Sets something of `postgresql.conf`.
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.push(format!("{name}={value}"));
        self
    }

    /// Makes a database cluster and starts the server.
    ///
    /// # Errors
    ///
    /// When PostgreSQL is missing or does not start.
    pub fn start(self) -> Result<Postgres, Trouble> {
        let [postgres, initdb, psql] = programs()?;
        let folder = Folder::new(SERVER, &["postgres", "nobody"])?;
        init(&initdb, &folder)?;
        let settings = self.settings();
        let instance = Instance::start(Plan {
            server: SERVER,
            folder,
            command: Box::new(move |folder, port| serve(&postgres, folder, port, &settings)),
            ready: |start| {
                start
                    .log
                    .contains("database system is ready to accept connections")
            },
            // Fast shutdown: it ends the connections instead of waiting for them.
            stop: "INT",
        })?;
        let postgres = Postgres { instance, psql };
        postgres.ask_in("postgres", &format!("CREATE DATABASE {DATABASE}"))?;
        Ok(postgres)
    }

    fn settings(self) -> Vec<String> {
        let mut settings: Vec<String> = [
            "listen_addresses=127.0.0.1",
            "unix_socket_permissions=0700",
            "max_connections=200",
            "shared_buffers=32MB",
            "track_counts=on",
            "max_wal_size=512MB",
        ]
        .map(str::to_owned)
        .into();
        if !self.durable {
            settings.extend(["fsync=off", "full_page_writes=off"].map(str::to_owned));
        }
        settings.extend(self.settings);
        settings
    }
}

/// Returns `postgres`, `initdb` and `psql`, of one and the same version where they lie side by side.
fn programs() -> Result<[PathBuf; 3], Trouble> {
    let postgres = POSTGRES.find()?;
    let folder = postgres.canonicalize().unwrap_or_else(|_| postgres.clone());
    let initdb = INITDB.find_beside(&folder)?;
    let psql = PSQL.find_beside(&folder)?;
    Ok([postgres, initdb, psql])
}

fn init(initdb: &Path, folder: &Folder) -> Result<(), Trouble> {
    folder
        .write("password", PASSWORD)
        .map_err(|error| Trouble::failed(SERVER, error.to_string()))?;
    let mut command = folder.command(initdb);
    command
        .args(["--pgdata", "data", "--username", USER])
        .args(["--auth", "scram-sha-256", "--pwfile", "password"])
        .args(["--encoding", "UTF8", "--locale", "C"])
        .args(["--no-sync", "--no-instructions"]);
    folder.prepare(SERVER, &mut command)
}

fn serve(postgres: &Path, folder: &Folder, port: u16, settings: &[String]) -> Command {
    let mut command = folder.command(postgres);
    command
        .args(["-D", "data", "-p", &port.to_string(), "-k"])
        .arg(folder.path());
    for setting in settings {
        command.args(["-c", setting]);
    }
    command
}
