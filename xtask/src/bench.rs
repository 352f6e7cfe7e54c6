//! The benchmark: the library beside its peers, in workspaces of their own so that theirs stay out of ours.

use std::process::Command;

use crate::apt;
use crate::install::on_path;
use crate::step::{self, Ending, Outcome, cargo};

/// The parts of the benchmark that serve whole sites.
const ON_REAL_STORES: [&str; 3] = ["wire", "space", "scale"];

/// What else is measured at scale: a program of the benchmark, and its arguments.
const AT_SCALE: [(&str, &[&str]); 5] = [
    ("bench", &["space"]),
    ("clearing", &["sqlite"]),
    ("clearing", &["postgres"]),
    ("wizards", &["drafts"]),
    ("wizards", &["upload"]),
];

/// Runs one part of the benchmark, the one in process when none is named; further arguments are passed on to it.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let (part, arguments) = match arguments.split_first() {
        Some((part, arguments)) if !part.starts_with('-') => (part.as_str(), arguments),
        _ => ("in-process", arguments),
    };
    step::run(&mut cargo(
        "build --release --manifest-path bench/Cargo.toml",
    ))?;
    if ON_REAL_STORES.contains(&part) {
        step::run(&mut cargo(
            "build --release --manifest-path bench/peers/Cargo.toml",
        ))?;
        if on_path("wrk").is_none() {
            apt::install(&["wrk"])?;
        }
    }
    step::run(
        Command::new("bench/target/release/bench")
            .arg(part)
            .args(arguments),
    )?;
    if part == "scale" {
        for (program, arguments) in AT_SCALE {
            let mut command = Command::new(format!("bench/target/release/{program}"));
            step::run(command.args(arguments))?;
        }
    }
    Ok(Ending::Passed)
}
