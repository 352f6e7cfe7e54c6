//! `bench wire`: what can be said on the command line, and the whole run.
use std::process::ExitCode;

use clap::Args;

use crate::{
    Result,
    machine::Machine,
    output::Output,
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
    #[command(flatten)]
    output: Output,
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
        let (mut machine, mut figures) = (Machine::look(), Vec::new());
        if sides.contains(&Side::Django) {
            machine.runs_with([Django::version()?]);
        }
        for engine in some_or_all(self.engines, &Engine::ALL) {
            let running = engine.start()?;
            machine.runs_with(running.versions()?);
            figures.extend(race::run(&running, &sides, length)?);
        }
        self.output.give(&Report::new(machine, figures, length))
    }
}

fn some_or_all<T: Clone>(some: Vec<T>, all: &[T]) -> Vec<T> {
    if some.is_empty() { all.to_vec() } else { some }
}
