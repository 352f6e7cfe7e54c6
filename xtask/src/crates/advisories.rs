//! What is linked has no advisory in the RustSec database, as of today: that database is fetched each time.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::step::{Ending, Outcome, cargo, run};

const DATABASE: &str = "https://github.com/rustsec/advisory-db";
const KEPT: &str = "target/advisory-db";

/// Holds `Cargo.lock` against the database in the folder that is named, or a fresh copy of the public one.
///
/// Where that can't be had nothing was checked: the last lines of `cargo xtask test` say so, in CI too, since a machine
/// without the internet is no fault of the code.
pub(crate) fn check(arguments: &[String]) -> Outcome {
    let database = match arguments.first() {
        Some(folder) => PathBuf::from(folder),
        None if fetched() => PathBuf::from(KEPT),
        None => {
            return Ok(Ending::Ignored(format!(
                "NOTHING WAS CHECKED: {DATABASE} can't be reached; `cargo xtask advisories FOLDER` takes a copy of it"
            )));
        }
    };
    run(cargo("run --quiet --package advisories --")
        .arg(database)
        .arg("Cargo.lock"))?;
    Ok(Ending::Passed)
}

/// Brings the copy of the database up to date.
fn fetched() -> bool {
    let mut git = Command::new("git");
    // Asks nobody for a password, and gives up on a line that is silent.
    git.env("GIT_TERMINAL_PROMPT", "0");
    git.args([
        "-c",
        "http.lowSpeedLimit=1000",
        "-c",
        "http.lowSpeedTime=20",
    ]);
    match Path::new(KEPT).exists() {
        true => git.args(["-C", KEPT, "pull", "--quiet", "--depth=1", "--rebase"]),
        false => git.args(["clone", "--quiet", "--depth=1", DATABASE, KEPT]),
    };
    let ended = git.stdout(Stdio::null()).status();
    ended.is_ok_and(|status| status.success())
}
