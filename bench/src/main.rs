//! The benchmark's command line.
use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, Parser, Subcommand};
use cloakroom_bench::{
    Result,
    case::Case,
    measure::Measurement,
    report::Report,
    stack::Stack,
    subject::Subject,
    visitor::Visitor,
    wire::{
        self,
        django::Django,
        engine::Engine,
        race::{self, Length},
        side::Side,
    },
};
use tokio::runtime::Builder;

/// Measures what cloakroom and its peers add to a bare axum handler.
#[derive(Parser)]
struct Bench {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Drives each stack in process, without sockets.
    InProcess(InProcess),
    /// Serves real sites on real stores and lets wrk visit them.
    Wire(Wire),
    /// Sends requests of one case to one stack, to be watched by callgrind.
    #[command(hide = true)]
    RunCase {
        stack: Stack,
        case: Case,
        requests: u32,
    },
}

#[derive(Args)]
struct InProcess {
    /// Writes the report as JSON to this file as well.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Writes the report as Markdown to this file as well.
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// How often each case is timed.
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Fails when a bound is missed, or could not be measured.
    #[arg(long)]
    check: bool,
}

#[derive(Args)]
struct Wire {
    /// Measures these engines only.
    #[arg(long, value_delimiter = ',')]
    engines: Vec<Engine>,
    /// Measures these sides only.
    #[arg(long, value_delimiter = ',')]
    sides: Vec<Side>,
    /// How long a lap takes, in seconds.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=60))]
    seconds: u32,
    /// How many laps each side runs of each visit.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=50))]
    rounds: u32,
    /// Writes the report as JSON to this file as well.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Writes the report as Markdown to this file as well.
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Fails when a promise is not kept.
    #[arg(long)]
    check: bool,
}

fn main() -> ExitCode {
    run(Bench::parse().command).unwrap_or_else(|error| {
        let _ = writeln!(io::stderr(), "error: {error}");
        ExitCode::FAILURE
    })
}

fn run(command: Command) -> Result<ExitCode> {
    let runtime = Builder::new_current_thread().enable_time().build()?;
    match command {
        Command::InProcess(options) => runtime.block_on(in_process(&options)),
        Command::Wire(options) => wire(&options),
        Command::RunCase {
            stack,
            case,
            requests,
        } => runtime.block_on(run_case(Subject { case, stack }, requests)),
    }
}

async fn in_process(options: &InProcess) -> Result<ExitCode> {
    if cfg!(debug_assertions) {
        return Err("figures of a debug build say nothing: add --release".into());
    }
    let report = Report::new(Measurement::take(options.rounds).await?, options.rounds);
    if let Some(file) = &options.json {
        write_file("--json", file, &serde_json::to_string_pretty(&report)?)?;
    }
    if let Some(file) = &options.markdown {
        write_file("--markdown", file, &report.to_string())?;
    }
    write!(io::stdout(), "{report}")?;
    let failed = options.check && !report.all_met();
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn wire(options: &Wire) -> Result<ExitCode> {
    let engines = if options.engines.is_empty() {
        Engine::ALL.to_vec()
    } else {
        options.engines.clone()
    };
    let sides = if options.sides.is_empty() {
        Side::ALL.to_vec()
    } else {
        options.sides.clone()
    };
    if sides.contains(&Side::Django) {
        Django::install()?;
    }
    let length = Length {
        seconds: options.seconds,
        rounds: options.rounds,
    };
    let mut figures = Vec::new();
    for engine in engines {
        figures.extend(race::run(&engine.start()?, &sides, length)?);
    }
    let report = wire::report::Report::new(figures, length);
    if let Some(file) = &options.json {
        write_file("--json", file, &serde_json::to_string_pretty(&report)?)?;
    }
    if let Some(file) = &options.markdown {
        write_file("--markdown", file, &report.to_string())?;
    }
    write!(io::stdout(), "{report}")?;
    let failed = options.check && !report.all_met();
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn write_file(option: &str, file: &Path, text: &str) -> Result<()> {
    fs::write(file, text).map_err(|error| format!("{option} {}: {error}", file.display()).into())
}

async fn run_case(subject: Subject, requests: u32) -> Result<ExitCode> {
    Visitor::new(subject).await?.visit(requests).await?;
    Ok(ExitCode::SUCCESS)
}
