//! `bench wire`: what can be said on the command line, and the whole run.
use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::Args;

use crate::{
    Result, file,
    wire::{
        django::Django,
        engine::Engine,
        race::{self, Length},
        report::Report,
        side::Side,
    },
};

/// The options of a run on the wire.
#[derive(Args, Debug)]
pub struct Wire {
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

impl Wire {
    /// Measures, prints the report, and says whether every promise is kept, where that is asked.
    ///
    /// # Errors
    /// When a server or site does not start, or an answer is not 200.
    pub fn run(self) -> Result<ExitCode> {
        let sides = some_or_all(self.sides, &Side::ALL);
        if sides.contains(&Side::Django) {
            Django::install()?;
        }
        let length = Length {
            seconds: self.seconds,
            rounds: self.rounds,
        };
        let mut figures = Vec::new();
        for engine in some_or_all(self.engines, &Engine::ALL) {
            figures.extend(race::run(&engine.start()?, &sides, length)?);
        }
        let report = Report::new(figures, length);
        if let Some(path) = &self.json {
            file::write("--json", path, &serde_json::to_string_pretty(&report)?)?;
        }
        if let Some(path) = &self.markdown {
            file::write("--markdown", path, &report.to_string())?;
        }
        write!(io::stdout(), "{report}")?;
        let failed = self.check && !report.all_met();
        Ok(if failed {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        })
    }
}

fn some_or_all<T: Clone>(some: Vec<T>, all: &[T]) -> Vec<T> {
    if some.is_empty() { all.to_vec() } else { some }
}
