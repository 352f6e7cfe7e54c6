//! End to end: a real browser, and a crowd of plain requests, against the shop as it is installed.

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use crate::checks::ALL;
use crate::install;
use crate::server::{PASSWORD, Server};
use crate::step::{Ending, Outcome, cargo, in_ci, run};

/// Runs the browser tests; further arguments are passed on to `node --test`.
///
/// Where something is missing and cannot be installed, CI fails and a laptop ignores them.
pub(crate) fn test(arguments: &[String]) -> Outcome {
    let browser = match install::browser() {
        Ok(browser) => browser,
        Err(missing) if in_ci() => return Err(format!("missing in CI: {missing}")),
        Err(missing) => return Ok(Ending::Ignored(format!("missing: {missing}"))),
    };
    let mut node = Command::new("node");
    node.args(["--test", "--test-reporter=spec", "--test-timeout=120000"])
        .args(arguments)
        .args(test_files()?);
    node.env("CHROMIUM", browser);
    against_the_shop(&mut node)
}

/// Races writes and logouts, as many rounds as the argument says.
pub(crate) fn race(arguments: &[String]) -> Outcome {
    let rounds = arguments.first().map_or("100", String::as_str);
    if !rounds.parse().is_ok_and(|rounds: u32| rounds > 0) {
        return Err(format!("`{rounds}` is no number of rounds"));
    }
    install::node().map_err(|missing| format!("missing: {missing}"))?;
    against_the_shop(Command::new("node").args(["e2e/race.mjs", rounds]))
}

/// Builds and opens the shop, runs the visitor, and closes the shop again.
fn against_the_shop(visitor: &mut Command) -> Outcome {
    // Examples share their dependencies with the tests; asking for them too keeps the very same build.
    run(&mut cargo(&format!("build {ALL} --bin shop --examples")))?;
    let program = program()?;
    let shop = Server::start(&program)?;
    visitor
        .env("SHOP_URL", shop.url())
        .env("SHOP_PASSWORD", PASSWORD)
        .env("SHOP_PROGRAM", program);
    run(visitor).map_err(|_| {
        shop.print_log();
        "the shop did not do what is asked of it, see above".to_owned()
    })?;
    shop.stop()?;
    Ok(Ending::Passed)
}

/// The shop lies beside this very program.
fn program() -> Result<PathBuf, String> {
    env::current_exe()
        .map(|path| path.with_file_name("shop"))
        .map_err(|error| format!("where am I? {error}"))
}

fn test_files() -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir("e2e").map_err(|error| format!("e2e: {error}"))?;
    let paths = entries.flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> = paths
        .filter(|path| path.to_string_lossy().ends_with(".test.mjs"))
        .collect();
    files.sort();
    Ok(files)
}
