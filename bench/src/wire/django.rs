//! Django's side: a virtual environment of its own, and gunicorn with two workers.
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
};

use crate::Result;

const PACKAGES: [&str; 4] = ["Django==5.2.*", "gunicorn", "psycopg[binary]", "redis"];

/// Django and what it runs with.
#[derive(Debug)]
pub struct Django;

impl Django {
    /// Installs Django where that has not been done.
    ///
    /// # Errors
    /// When Python or its packages can't be had.
    pub fn install() -> Result<()> {
        let home = home();
        if home.join("bin/gunicorn").exists() {
            return Ok(());
        }
        run(Command::new("python3").args(["-m", "venv"]).arg(&home))?;
        run(Command::new(home.join("bin/pip"))
            .args(["install", "--quiet", "--disable-pip-version-check"])
            .args(PACKAGES))
    }

    /// Returns its name and version.
    ///
    /// # Errors
    /// When it does not say.
    pub fn version() -> Result<String> {
        let mut command = Command::new(home().join("bin/python"));
        let output = command.args(["-m", "django", "--version"]).output()?;
        Ok(format!(
            "Django {}",
            String::from_utf8(output.stdout)?.trim()
        ))
    }

    /// Returns the command that serves the site, after its tables were made.
    ///
    /// # Errors
    /// When the tables can't be made.
    pub fn serves(address: SocketAddr, store: &str, cache: Option<&str>) -> Result<Command> {
        let mut migrate = Command::new(home().join("bin/python"));
        migrate.args(["django_site.py", "migrate", "--verbosity", "0"]);
        settings(&mut migrate, store, cache);
        if !store.starts_with("redis") && store != "cookie:" {
            run(&mut migrate)?;
        }
        let mut command = Command::new(home().join("bin/gunicorn"));
        command
            .args(["--workers", "2", "--log-level", "error", "--bind"])
            .args([&address.to_string(), "django_site:application"]);
        settings(&mut command, store, cache);
        Ok(command)
    }
}

fn settings(command: &mut Command, store: &str, cache: Option<&str>) {
    let kind = match cache {
        Some(_) => "cached_db",
        None if store.starts_with("redis") => "cache",
        None if store == "cookie:" => "signed_cookies",
        None => "db",
    };
    let cache = cache.unwrap_or(store);
    command
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("django"))
        .env("BENCH_STORE", store)
        .env("BENCH_CACHE", cache)
        .env("BENCH_ENGINE", kind);
}

fn home() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/django")
}

fn run(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .map_err(|error| format!("{:?} does not start: {error}", command.get_program()))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{command:?} ended with {status}").into())
    }
}
