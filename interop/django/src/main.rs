//! `cargo run -p django-interop --bin vectors -- FILE [--json]`: runs cases that the real Django made
//! through Cloakroom, and says of which kinds how many come out the same.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command speaks to the person who typed it"
)]

use std::process::ExitCode;

use django_interop::{Report, run};

const USAGE: &str = "usage: vectors FILE [--json]";

fn main() -> ExitCode {
    match answer() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("vectors: {error}");
            ExitCode::from(2)
        }
    }
}

/// Says whether every case passed.
fn answer() -> Result<bool, String> {
    let mut file = None;
    let mut json = false;
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--json" => json = true,
            _ if argument.starts_with('-') || file.is_some() => return Err(USAGE.into()),
            _ => file = Some(argument),
        }
    }
    let file = file.ok_or(USAGE)?;
    let text = std::fs::read_to_string(&file).map_err(|error| format!("{file}: {error}"))?;
    let report: Report = run(&text).map_err(|error| format!("{file}: {error}"))?;
    if json {
        println!("{}", report.to_json());
    } else {
        print!("{report}");
    }
    Ok(report.is_clean())
}
