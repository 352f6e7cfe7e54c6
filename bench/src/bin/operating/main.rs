//! What looking after sessions costs: `operating rows|recording [--check]`; with `--check` it ends with 1 when a bound is missed.
mod crowd;
mod recording;
mod rows;

use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use cloakroom_bench::Result;

/// What looking after sessions costs.
#[derive(Parser)]
struct Arguments {
    /// What to measure.
    what: What,
    /// End with 1 when a bound is missed.
    #[arg(long)]
    check: bool,
    /// How many sessions there are to be.
    #[arg(long, default_value_t = 1_000_000)]
    sessions: u32,
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    /// Counting, looking at and ending sessions among many in PostgreSQL.
    Rows,
    /// Metrics and traces at their default level, for each request.
    Recording,
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let is_met = match arguments.what {
        What::Rows => rows::measure(arguments.sessions)?,
        What::Recording => recording::measure()?,
    };
    Ok(match arguments.check && !is_met {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    })
}

/// Prints a figure with its bound, and says whether that is met.
#[expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
fn told(what: &str, unit: &str, median: f64, most: f64, bound: f64) -> bool {
    println!("{what:<44} {median:9.1} {unit} (at most {most:.1}; bound {bound})");
    median <= bound
}
