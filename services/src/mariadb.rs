//! MariaDB, for everything that speaks MySQL.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::folder::Folder;
use crate::instance::{Instance, Plan};
use crate::programs::{MARIADB, MARIADB_INSTALL_DB, MARIADBD};
use crate::trouble::Trouble;
use crate::{DATABASE, PASSWORD, USER};

const SERVER: &str = "mariadb";

/// A MariaDB server with one empty database; what every server can do is in [`Instance`].
#[derive(Debug)]
pub struct MariaDb {
    instance: Instance,
    client: PathBuf,
}

/// What can be said about a MariaDB server before it starts.
#[derive(Clone, Debug, Default)]
pub struct MariaDbBuilder {
    durable: bool,
    settings: Vec<String>,
}

impl MariaDb {
    /// Starts a server as tests usually want it.
    ///
    /// # Errors
    ///
    /// When MariaDB is missing or does not start.
    pub fn start() -> Result<Self, Trouble> {
        Self::builder().start()
    }

    /// Returns what can be said before the start.
    pub fn builder() -> MariaDbBuilder {
        MariaDbBuilder::default()
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
        format!("mysql://{USER}:{PASSWORD}@{address}/{DATABASE}")
    }

    /// Runs SQL and returns its rows, a line each, columns separated by tabs.
    ///
    /// # Errors
    ///
    /// When the server refuses it or does not run. A paused one is waited for.
    pub fn ask(&self, sql: &str) -> Result<String, Trouble> {
        let mut client = Command::new(&self.client);
        client
            .env("MYSQL_PWD", PASSWORD)
            .args(["--no-defaults", "--batch", "--skip-column-names"])
            .arg("--default-character-set=utf8mb4")
            .args(["--protocol", "tcp", "--host", "127.0.0.1"])
            .args(["--port", &self.port().to_string(), "--user", USER])
            .args(["--database", DATABASE, "--execute", sql]);
        self.instance.answer(&mut client)
    }
}

impl Deref for MariaDb {
    type Target = Instance;

    fn deref(&self) -> &Instance {
        &self.instance
    }
}

impl MariaDbBuilder {
    /// Keeps what was committed even when the whole machine loses power; slower.
    ///
    /// Without it commits survive a killed server all the same, as the system still writes them.
    pub fn durable(mut self) -> Self {
        self.durable = true;
        self
    }

    /// Writes every statement into the log.
    pub fn log_statements(self) -> Self {
        // As seen from the folder of the data.
        self.setting("general-log", "1")
            .setting("general-log-file", "../log")
    }

    /// Sets a server variable.
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.push(format!("--{name}={value}"));
        self
    }

    /// Makes the system tables and starts the server.
    ///
    /// # Errors
    ///
    /// When MariaDB is missing or does not start.
    pub fn start(self) -> Result<MariaDb, Trouble> {
        let [mariadbd, install_db, client] = programs()?;
        let folder = Folder::new(SERVER, &["mysql", "nobody"])?;
        install(&install_db, &folder)?;
        let settings = self.settings();
        let instance = Instance::start(Plan {
            server: SERVER,
            folder,
            command: Box::new(move |folder, port| serve(&mariadbd, folder, port, &settings)),
            ready: |start| start.log.contains("ready for connections."),
            stop: "TERM",
        })?;
        Ok(MariaDb { instance, client })
    }

    fn settings(self) -> Vec<String> {
        let mut settings: Vec<String> = [
            "--bind-address=127.0.0.1",
            "--skip-networking=0",
            "--skip-name-resolve",
            "--max-connections=200",
            "--character-set-server=utf8mb4",
            "--innodb-buffer-pool-size=32M",
            "--innodb-log-file-size=32M",
        ]
        .map(str::to_owned)
        .into();
        if !self.durable {
            settings.push("--innodb-flush-log-at-trx-commit=2".to_owned());
        }
        settings.extend(self.settings);
        settings
    }
}

/// Returns `mariadbd`, `mariadb-install-db` and the client.
fn programs() -> Result<[PathBuf; 3], Trouble> {
    Ok([
        MARIADBD.find()?,
        MARIADB_INSTALL_DB.find()?,
        MARIADB.find()?,
    ])
}

/// Makes the system tables, and the file by which the server makes our user when it starts.
fn install(install_db: &Path, folder: &Folder) -> Result<(), Trouble> {
    let user = format!(
        "CREATE DATABASE IF NOT EXISTS {DATABASE};\n\
         CREATE USER IF NOT EXISTS '{USER}'@'%' IDENTIFIED BY '{PASSWORD}';\n\
         GRANT ALL ON *.* TO '{USER}'@'%' WITH GRANT OPTION;\n"
    );
    folder
        .write("user.sql", &user)
        .map_err(|error| Trouble::failed(SERVER, error.to_string()))?;
    let mut command = folder.command(install_db);
    command
        .args(["--no-defaults", "--skip-test-db"])
        .arg("--auth-root-authentication-method=normal")
        .arg(data_in(folder));
    folder.prepare(SERVER, &mut command)
}

fn serve(mariadbd: &Path, folder: &Folder, port: u16, settings: &[String]) -> Command {
    let mut command = folder.command(mariadbd);
    command
        .arg("--no-defaults")
        .arg(data_in(folder))
        .arg(format!("--port={port}"))
        .args(["--socket=socket", "--pid-file=pid"])
        .arg(format!("--init-file={}", folder.file("user.sql").display()))
        .args(settings);
    command
}

fn data_in(folder: &Folder) -> String {
    format!("--datadir={}", folder.file("data").display())
}
