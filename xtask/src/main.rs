//! The project's own commands: `cargo xtask test` checks everything, each of its parts runs alone too.
#![allow(
    clippy::print_stdout,
    reason = "a command speaks to the person who typed it"
)]

mod apt;
mod bench;
mod book;
mod checks;
mod costs;
mod crates;
mod e2e;
mod files;
mod history;
#[cfg(test)]
mod house;
mod install;
mod interop;
mod links;
mod pictures;
mod pypi;
mod python;
mod server;
mod services;
mod settings;
mod step;

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use step::{Ending, Outcome, seconds};

/// A word that may follow `cargo xtask`.
struct Task {
    name: &'static str,
    summary: &'static str,
    run: fn(&[String]) -> Outcome,
}

const TASKS: &[Task] = &[
    Task {
        name: "test",
        summary: "every check below down to races, until one fails",
        run: test,
    },
    Task {
        name: "fmt",
        summary: "the sources are formatted",
        run: checks::fmt,
    },
    Task {
        name: "clippy",
        summary: "clippy has nothing to say",
        run: checks::clippy,
    },
    Task {
        name: "slim",
        summary: "without features the library builds and needs no database",
        run: checks::slim,
    },
    Task {
        name: "features",
        summary: "each published crate builds alone, and the library with each feature alone",
        run: crates::features,
    },
    Task {
        name: "msrv",
        summary: "the oldest Rust that is named builds what is published (ignored where it is not installed)",
        run: crates::msrv::check,
    },
    Task {
        name: "licences",
        summary: "what is linked has licences that ask for a notice at most",
        run: crates::check_licences,
    },
    Task {
        name: "advisories",
        summary: "what is linked has no advisory today [a folder with the database] (ignored where that can't be fetched)",
        run: crates::advisories::check,
    },
    Task {
        name: "package",
        summary: "what is published can be packed [--verify builds it from the package]",
        run: crates::package,
    },
    Task {
        name: "unit",
        summary: "unit, integration, conformance and doc tests, with real servers; examples compile",
        run: checks::unit,
    },
    Task {
        name: "costs",
        summary: "no kind of request takes more instructions than its bound, by callgrind",
        run: costs::check,
    },
    Task {
        name: "docs",
        summary: "the documentation builds and no link in it is dead",
        run: checks::docs,
    },
    Task {
        name: "public",
        summary: "the page of sizes names each crate whose items the library shows; what is gone since the last release",
        run: crates::public::check,
    },
    Task {
        name: "e2e",
        summary: "a real browser visits the shop (arguments go to node --test)",
        run: e2e::test,
    },
    Task {
        name: "interop",
        summary: "Django and the shop share their visitors, on every store [--long, --stand-in]",
        run: interop::test,
    },
    Task {
        name: "history",
        summary: "what clients of each store saw is held against what they did [--help]",
        run: history::run,
    },
    Task {
        name: "races",
        summary: "the same as race in a shop on each store that is there [rounds, 10]",
        run: e2e::races,
    },
    Task {
        name: "race",
        summary: "parallel writes and logouts on one session [rounds, 100]",
        run: e2e::race,
    },
    Task {
        name: "services",
        summary: "the servers that tests talk to: prints their URLs [--detach, stop, -- COMMAND]",
        run: services::run,
    },
    Task {
        name: "book",
        summary: "the guide as a book in target/book, its links followed",
        run: book::build,
    },
    Task {
        name: "crates",
        summary: "the guide's pages of sizes and licences, and what the libraries show, written anew",
        run: crates::pages,
    },
    Task {
        name: "settings",
        summary: "the guide's tables of settings, made from the sources",
        run: settings::write,
    },
    Task {
        name: "times",
        summary: "how long a clean build takes with each feature, for the page of sizes [features] (minutes)",
        run: crates::times::measure,
    },
    Task {
        name: "minimal",
        summary: "the library builds with the lowest versions it asks for (minutes)",
        run: crates::minimal,
    },
    Task {
        name: "pictures",
        summary: "the guide's pictures, drawn from the texts in docs/pictures",
        run: pictures::draw,
    },
    Task {
        name: "bench",
        summary: "the library beside its peers [in-process, wire, scale, space, pages; its options]",
        run: bench::run,
    },
];

/// What `cargo xtask test` runs, cheapest first.
const CHECKS: &[&str] = &[
    "fmt",
    "clippy",
    "slim",
    "features",
    "msrv",
    "licences",
    "advisories",
    "package",
    "unit",
    "costs",
    "docs",
    "public",
    "book",
    "history",
    "e2e",
    "interop",
    "races",
];

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask lives inside the workspace");
    if let Err(error) = std::env::set_current_dir(root) {
        eprintln!("xtask: cannot enter {}: {error}", root.display());
        return ExitCode::FAILURE;
    }
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.split_first() {
        None => help(),
        Some((word, _)) if matches!(word.as_str(), "help" | "--help" | "-h") => help(),
        Some((word, arguments)) => match task(word) {
            Some(task) => alone(task, arguments),
            None => unknown(word),
        },
    }
}

fn task(name: &str) -> Option<&'static Task> {
    TASKS.iter().find(|task| task.name == name)
}

fn help() -> ExitCode {
    println!("cargo xtask TASK\n");
    for Task { name, summary, .. } in TASKS {
        println!("  {name:10} {summary}");
    }
    ExitCode::SUCCESS
}

fn unknown(word: &str) -> ExitCode {
    eprintln!("xtask: no task is called '{word}'; `cargo xtask --help` lists them");
    ExitCode::from(2)
}

fn alone(task: &Task, arguments: &[String]) -> ExitCode {
    match (task.run)(arguments) {
        Ok(Ending::Passed) => ExitCode::SUCCESS,
        Ok(Ending::Ignored(reason)) => {
            println!("{} ignored: {reason}", task.name);
            ExitCode::SUCCESS
        }
        // `test` has already named the part that failed.
        Err(reason) if task.name == "test" => {
            eprintln!("\nxtask: {reason}");
            ExitCode::FAILURE
        }
        Err(reason) => {
            eprintln!("\nxtask: {}", failed(task.name, &reason));
            ExitCode::FAILURE
        }
    }
}

/// Runs every check and stops at the first that fails.
fn test(_: &[String]) -> Outcome {
    let start = Instant::now();
    let mut report = Vec::new();
    for check in CHECKS.iter().filter_map(|name| task(name)) {
        println!("\n== {}: {}", check.name, check.summary);
        let begun = Instant::now();
        let ending = (check.run)(&[]).map_err(|reason| failed(check.name, &reason))?;
        let time = seconds(begun.elapsed());
        report.push(match ending {
            Ending::Passed => format!("  {:10} {time}", check.name),
            Ending::Ignored(reason) => format!("  {:10} ignored: {reason}", check.name),
        });
    }
    println!(
        "\n== every check passed in {}\n{}",
        seconds(start.elapsed()),
        report.join("\n")
    );
    Ok(Ending::Passed)
}

fn failed(name: &str, reason: &str) -> String {
    format!("{name} failed: {reason}; to repeat it alone: cargo xtask {name}")
}
