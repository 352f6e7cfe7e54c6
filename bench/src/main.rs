//! The benchmark's command line.
use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::{Args, Parser, Subcommand};
use cloakroom_bench::{
    Result,
    case::Case,
    csrf::CsrfTimes,
    measure::Measurement,
    output::Output,
    report::Report,
    scale::Scale,
    stack::Stack,
    subject::Subject,
    visitor::Visitor,
    wire::{command::Wire, space::Space},
};
use tokio::runtime::{Builder, Runtime};

/// Enough visits for what grows with the first ones.
const WARM_UP: u32 = 100;

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
    /// Times only the decision whether a request was forged.
    Csrf {
        /// How often each is timed.
        #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u32).range(1..))]
        rounds: u32,
    },
    /// Serves real sites on real stores and lets wrk visit them.
    Wire(Wire),
    /// Times loads and saves as sessions grow in number.
    Scale(Scale),
    /// Counts the bytes that a typical session costs in each store.
    Space(Space),
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
    /// How often each case is timed.
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    #[command(flatten)]
    output: Output,
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
        Command::Csrf { rounds } => {
            let times = runtime.block_on(CsrfTimes::take(rounds))?;
            write!(io::stdout(), "{times}")?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Wire(options) => options.run(),
        Command::Scale(options) => options.run(),
        Command::Space(options) => options.run(),
        Command::RunCase {
            stack,
            case,
            requests,
        } => run_case(&runtime, Subject { case, stack }, requests),
    }
}

async fn in_process(options: &InProcess) -> Result<ExitCode> {
    if cfg!(debug_assertions) {
        return Err("figures of a debug build say nothing: add --release".into());
    }
    let report = Report::new(Measurement::take(options.rounds).await?, options.rounds);
    options.output.give(&report)
}

fn run_case(runtime: &Runtime, subject: Subject, requests: u32) -> Result<ExitCode> {
    let mut visitor = runtime.block_on(Visitor::new(subject))?;
    runtime.block_on(visitor.visit(WARM_UP))?;
    counted_visits(runtime, &mut visitor, requests)?;
    Ok(ExitCode::SUCCESS)
}

/// What callgrind counts.
#[inline(never)]
fn counted_visits(runtime: &Runtime, visitor: &mut Visitor, requests: u32) -> Result<()> {
    runtime.block_on(visitor.visit(requests))
}
