//! The heading of a report: what was measured, on what, and when.
use std::fs;

use jiff::Timestamp;
use serde::Serialize;

/// The lock file of the very build that runs.
const LOCK: &str = include_str!("../Cargo.lock");

/// The crates whose versions decide the figures.
const CRATES: [&str; 6] = [
    "axum",
    "tower-sessions",
    "axum-messages",
    "axum_session",
    "axum-extra",
    "cloakroom",
];

/// What a reader must know before comparing two reports.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    /// The day of the measurement, in UTC.
    pub date: String,
    /// The processor's model name.
    pub processor: String,
    /// The compiler's name and version.
    pub rustc: String,
    /// The crates measured, each as `name version`.
    pub crates: Vec<String>,
}

impl Machine {
    /// Looks at the machine this program runs on.
    pub fn look() -> Self {
        Self {
            date: Timestamp::now().strftime("%Y-%m-%d").to_string(),
            processor: processor(),
            rustc: env!("BENCH_RUSTC_VERSION").to_owned(),
            crates: CRATES.iter().flat_map(|name| locked(name)).collect(),
        }
    }
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
fn locked(name: &str) -> Vec<String> {
    let package = format!("name = \"{name}\"\nversion = \"");
    let packages = LOCK.split(&package).skip(1);
    let versions = packages.filter_map(|rest| rest.split('"').next());
    versions
        .map(|version| format!("{name} {version}"))
        .collect()
}
