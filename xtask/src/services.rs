//! The servers that tests talk to: installed where that is possible, started, told to tests, and stopped.

mod keeper;
mod request;

use std::io;
use std::process::Command;
use std::time::Instant;
use std::{env, process};

use services::{Fleet, KINDS, Kind};

use crate::apt;
use crate::step::{Ending, Outcome, in_ci, seconds};
use request::{Request, Then};

/// Starts servers and prints their variables, until the input ends; or does so for one command, or in the background.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let Request { kinds, then } = Request::read(arguments)?;
    match then {
        Then::Stop => keeper::stop()?,
        Then::Detach => {
            install(&kinds)?;
            keeper::detach(&kinds)?;
        }
        Then::Keep => keeper::keep(&start(&kinds)?),
        Then::Run(command) => {
            install(&kinds)?;
            let code = with(&start(&kinds)?, &command)?;
            process::exit(code);
        }
        Then::Wait => {
            install(&kinds)?;
            let fleet = start(&kinds)?;
            print(&fleet);
            eprintln!("they run until the input ends: Ctrl-D, or Ctrl-C");
            // Whatever comes, it is the end of it that counts.
            let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        }
    }
    Ok(Ending::Passed)
}

/// Starts what `cargo test` needs and what is not there already, as its variables tell.
///
/// A missing server is installed where that is possible. Where it is not, its tests are ignored, and in CI it is a failure.
pub(crate) fn for_tests() -> Result<Fleet, String> {
    let unset = |kind: &&Kind| env::var_os(kind.variable).is_none();
    let mut kinds: Vec<&'static Kind> = KINDS.iter().filter(unset).collect();
    let installed = install(&kinds);
    if in_ci() {
        installed?;
    }
    kinds.retain(|kind| match (kind.look)() {
        Err(missing) if !in_ci() => {
            eprintln!("no tests with {}: {missing}", kind.name);
            false
        }
        _ => true,
    });
    start(&kinds)
}

/// Installs the packages of the kinds whose programs are missing.
fn install(kinds: &[&Kind]) -> Result<(), String> {
    let missing = kinds.iter().filter(|kind| (kind.look)().is_err());
    let mut packages: Vec<&str> = missing.flat_map(|kind| kind.packages).copied().collect();
    packages.sort_unstable();
    packages.dedup();
    match packages.as_slice() {
        [] => Ok(()),
        packages => apt::install(packages),
    }
}

fn start(kinds: &[&'static Kind]) -> Result<Fleet, String> {
    let begun = Instant::now();
    let fleet = Fleet::start(kinds).map_err(|trouble| trouble.to_string())?;
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name).collect();
    let time = seconds(begun.elapsed());
    eprintln!("started in {time}: {}", names.join(", "));
    Ok(fleet)
}

/// Runs the command with the servers' variables and returns its code.
fn with(fleet: &Fleet, command: &[String]) -> Result<i32, String> {
    let (program, arguments) = command.split_first().expect("a command has a word");
    let status = Command::new(program)
        .args(arguments)
        .envs(fleet.variables())
        .status()
        .map_err(|error| format!("`{program}` does not start: {error}"))?;
    // Without a code a signal ended it, as shells say with a number above 128.
    Ok(status.code().unwrap_or(128))
}

/// Prints the variables so that a shell can evaluate them.
fn print(fleet: &Fleet) {
    for (name, url) in fleet.variables() {
        println!("export {name}='{url}'");
    }
}
