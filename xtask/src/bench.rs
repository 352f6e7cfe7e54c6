//! The benchmark: the library beside its peers, in workspaces of their own so that theirs stay out of ours.

use std::fs;
use std::process::Command;

use crate::apt;
use crate::install::on_path;
use crate::step::{self, Ending, Outcome, cargo};

/// The parts of the benchmark that serve whole sites.
const ON_REAL_STORES: [&str; 4] = ["wire", "space", "scale", "pages"];

/// What else is measured at scale: a program of the benchmark, and its arguments.
const AT_SCALE: [(&str, &[&str]); 5] = [
    ("bench", &["space"]),
    ("clearing", &["sqlite"]),
    ("clearing", &["postgres"]),
    ("wizards", &["drafts"]),
    ("wizards", &["upload"]),
];

/// The guide's pages of figures: the part of the benchmark that each shows, and with which options.
const PAGES: [(&str, &[&str]); 3] = [
    ("in-process", &["--rounds", "3"]),
    ("wire", &["--seconds", "3", "--rounds", "3"]),
    ("scale", &[]),
];

/// Runs one part of the benchmark, the one in process when none is named; further arguments are passed on to it.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let (part, arguments) = match arguments.split_first() {
        Some((part, arguments)) if !part.starts_with('-') => (part.as_str(), arguments),
        _ => ("in-process", arguments),
    };
    build(part)?;
    if part == "pages" {
        return pages(arguments);
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

fn build(part: &str) -> Result<(), String> {
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
    Ok(())
}

/// Measures what the guide shows and writes its pages anew: all of them, or those of the parts that are named.
fn pages(parts: &[String]) -> Outcome {
    for (part, options) in PAGES {
        if !parts.is_empty() && !parts.iter().any(|named| named == part) {
            continue;
        }
        let (page, picture) = (
            format!("docs/speed-{part}.md"),
            format!("pictures/speed-{part}.svg"),
        );
        let svg = format!("docs/{picture}");
        let mut command = Command::new("bench/target/release/bench");
        command.arg(part).args(options);
        step::run(command.args(["--markdown", &page, "--svg", &svg]))?;
        let report = fs::read_to_string(&page).map_err(|error| format!("{page}: {error}"))?;
        let report = format!("{report}\n![The same as bars]({picture})\n");
        fs::write(&page, report).map_err(|error| format!("{page}: {error}"))?;
    }
    Ok(Ending::Passed)
}
