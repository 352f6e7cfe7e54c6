//! The heading of a report: what was measured, on what, and when.
use std::{fmt, fs};

use jiff::Timestamp;
use serde::Serialize;

/// The lock file of the very build that runs.
const LOCK: &str = include_str!("../Cargo.lock");

/// That of the peers whose drivers differ from ours.
const PEERS_LOCK: &str = include_str!("../peers/Cargo.lock");

/// The crates whose versions decide the figures.
const CRATES: [&str; 7] = [
    "axum",
    "tower-sessions",
    "axum-messages",
    "axum_session",
    "axum_csrf",
    "axum-extra",
    "cloakroom",
];

/// The peers' in their lock file.
const PEERS: [&str; 4] = [
    "tower-sessions-redis-store",
    "tower-sessions-sqlx-store",
    "actix-web",
    "actix-session",
];

/// The options that say where a report goes.
const OUTPUT: [&str; 3] = ["--json", "--markdown", "--svg"];

/// What a reader must know before comparing two reports.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    /// The day of the measurement, in UTC.
    pub date: String,
    /// What was called.
    pub command: String,
    /// The processor's model name.
    pub processor: String,
    /// How many processors there are.
    pub processors: usize,
    /// The compiler's name and version.
    pub rustc: String,
    /// The crates measured, each as `name version`.
    pub crates: Vec<String>,
    /// The servers that took part, each with its version.
    pub servers: Vec<String>,
}

impl Machine {
    /// Looks at the machine this program runs on.
    pub fn look() -> Self {
        Self {
            date: Timestamp::now().strftime("%Y-%m-%d").to_string(),
            command: command(std::env::args().skip(1)),
            processor: processor(),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            rustc: env!("BENCH_RUSTC_VERSION").to_owned(),
            crates: CRATES
                .iter()
                .flat_map(|name| locked(LOCK, name))
                .chain(PEERS.iter().flat_map(|name| locked(PEERS_LOCK, name)))
                .collect(),
            servers: Vec::new(),
        }
    }

    /// Notes servers that take part, each once.
    pub fn runs_with(&mut self, servers: impl IntoIterator<Item = String>) {
        for server in servers {
            if !self.servers.contains(&server) {
                self.servers.push(server);
            }
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            date,
            command,
            processor,
            processors,
            rustc,
            ..
        } = self;
        let parts = [&self.crates[..], &self.servers].concat().join(", ");
        write!(
            f,
            "`{command}`, {date}, on {processors} × {processor}, {rustc}: {parts}."
        )
    }
}

/// Returns the command that repeats this, but for where its report goes.
fn command(arguments: impl Iterator<Item = String>) -> String {
    let (mut command, mut is_file) = ("cargo xtask bench".to_owned(), false);
    for argument in arguments {
        let is_output = OUTPUT.iter().any(|option| argument.starts_with(option));
        if !is_output && !is_file {
            command.push(' ');
            command.push_str(&argument);
        }
        is_file = is_output && !argument.contains('=');
    }
    command
}

fn processor() -> String {
    let facts = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = facts.lines().find(|line| line.starts_with("model name"));
    let model = model.and_then(|line| line.split_once(": "));
    model.map_or_else(
        || "unknown processor".to_owned(),
        |(_, name)| name.to_owned(),
    )
}

/// Returns the crate with each version that the lock file pins.
fn locked(lock: &str, name: &str) -> Vec<String> {
    let package = format!("name = \"{name}\"\nversion = \"");
    let packages = lock.split(&package).skip(1);
    let versions = packages.filter_map(|rest| rest.split('"').next());
    versions
        .map(|version| format!("{name} {version}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_that_repeats_a_run_names_no_file() {
        let rows = [
            ("in-process", "in-process"),
            (
                "wire --json a --seconds 3 --svg=b --check",
                "wire --seconds 3 --check",
            ),
            ("scale --markdown a", "scale"),
        ];
        for (called, repeats) in rows {
            let words = called.split(' ').map(str::to_owned);
            assert_eq!(command(words), format!("cargo xtask bench {repeats}"));
        }
    }
}
