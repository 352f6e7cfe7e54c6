//! End to end: a real browser, and a crowd of plain requests, against the shop as it is installed.

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use ::services::KINDS;

use crate::checks::ALL;
use crate::install;
use crate::server::{PASSWORD, Server};
use crate::services;
use crate::step::{Ending, Outcome, cargo, in_ci, run};

/// Runs the browser tests; further arguments are passed on to `node --test`.
///
/// Where something is missing and cannot be installed, CI fails and a laptop ignores them.
pub(crate) fn test(arguments: &[String]) -> Outcome {
    let (node, browser) = match install::browser() {
        Ok(found) => found,
        Err(missing) if in_ci() => return Err(format!("missing in CI: {missing}")),
        Err(missing) => return Ok(Ending::Ignored(format!("missing: {missing}"))),
    };
    let mut node = node.command();
    node.args(["--test", "--test-reporter=spec", "--test-timeout=120000"])
        .args(arguments)
        .args(test_files()?);
    node.env("CHROMIUM", browser);
    build()?;
    against_the_shop(&mut node, None)
}

/// Races writes and logouts, as many rounds as the argument says.
pub(crate) fn race(arguments: &[String]) -> Outcome {
    let rounds = rounds(arguments, "100")?;
    let node = install::node().map_err(|missing| format!("missing: {missing}"))?;
    build()?;
    against_the_shop(node.command().args(["e2e/race.mjs", rounds]), None)
}

/// Races on every store that is there, each with a shop of its own, and fails if any lost something or
/// let somebody back in.
///
/// The sealed cookie has no part in it: its last write wins, as is documented.
pub(crate) fn races(arguments: &[String]) -> Outcome {
    let rounds = rounds(arguments, "5")?;
    let node = match install::node() {
        Err(missing) if in_ci() => return Err(format!("missing in CI: {missing}")),
        Err(missing) => return Ok(Ending::Ignored(format!("missing: {missing}"))),
        Ok(node) => node,
    };
    build()?;
    let servers = services::for_tests()?;
    let mut stores = vec![("sqlite", None), ("memory", Some("memory:".to_owned()))];
    for kind in KINDS {
        let mut started = servers.variables();
        let started = started.find(|(variable, _)| *variable == kind.variable);
        let url = started.map(|(_, url)| url.to_owned());
        if let Some(url) = url.or_else(|| env::var(kind.variable).ok()) {
            stores.push((kind.name, Some(url)));
        }
    }
    let mut broken = Vec::new();
    for (store, url) in stores {
        println!("-- the shop with its sessions in {store}");
        let race = against_the_shop(
            node.command().args(["e2e/race.mjs", rounds]),
            url.as_deref(),
        );
        if let Err(reason) = race {
            broken.push(format!("{store}: {reason}"));
        }
    }
    match broken.is_empty() {
        true => Ok(Ending::Passed),
        false => Err(broken.join("; ")),
    }
}

fn rounds<'a>(arguments: &'a [String], default: &'a str) -> Result<&'a str, String> {
    let rounds = arguments.first().map_or(default, String::as_str);
    match rounds.parse() {
        Ok(1_u32..) => Ok(rounds),
        _ => Err(format!("`{rounds}` is no number of rounds")),
    }
}

fn build() -> Result<(), String> {
    // Examples share their dependencies with the tests; asking for them too keeps the very same build.
    run(&mut cargo(&format!("build {ALL} --bin shop --examples")))
}

/// Opens the shop, with its sessions in the store of this URL, runs the visitor, and closes it again.
fn against_the_shop(visitor: &mut Command, store: Option<&str>) -> Outcome {
    let program = program()?;
    let shop = Server::start(&program, store)?;
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
