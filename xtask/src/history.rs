//! The history checker: a program of its own, because it needs every store, and this one needs nothing.

use std::path::PathBuf;

use crate::checks::ALL;
use crate::services;
use crate::step::{self, Ending, Outcome, cargo};

/// Checks histories; the arguments are `tools/history`'s, and `--peer tower-sessions` plays the same
/// against that crate on the same servers.
///
/// Without a store it tries every one that is there, on servers that are started for it.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    if arguments.iter().any(|word| word == "--peer") {
        return peer(arguments);
    }
    // Examples share their dependencies with the tests; asking for them too keeps the very same build.
    step::run(&mut cargo(&format!("build {ALL} --bin history --examples")))?;
    let mut checker = std::process::Command::new(program()?);
    checker.args(arguments);
    if arguments
        .iter()
        .any(|word| word == "--store" || word.starts_with("--store="))
    {
        step::run(&mut checker)?;
    } else {
        let servers = services::for_tests()?;
        step::run(checker.envs(servers.variables()))?;
    }
    Ok(Ending::Passed)
}

/// The peers stay out of our workspace.
fn peer(arguments: &[String]) -> Outcome {
    let play = "run --manifest-path bench/peers/Cargo.toml --bin history --";
    let servers = services::for_tests()?;
    step::run(cargo(play).args(arguments).envs(servers.variables()))?;
    Ok(Ending::Passed)
}

/// The program lies beside this very one.
fn program() -> Result<PathBuf, String> {
    std::env::current_exe()
        .map(|path| path.with_file_name("history"))
        .map_err(|error| format!("where am I? {error}"))
}
