//! `bench scale`: what a load and a save cost as sessions grow in number, and what they take up.
mod crowd;
pub mod sizes;

use std::{
    fmt,
    io::{self, Write},
    process::ExitCode,
    time::Instant,
};

use clap::Args;
use cloakroom::store::{self, AnyStore};
use serde::Serialize;
use tokio::runtime::Builder;

use crate::{
    Result,
    machine::Machine,
    output::{Measured, Output},
    plot::{Bar, Group, Plot},
    scale::crowd::Crowd,
    table::{Table, grouped},
    wire::{
        engine::{Engine, Running},
        side::Side,
    },
};

/// A load and a save may take so many times as long among the most sessions as among the fewest.
const FLAT: f64 = 1.2;

/// The options of a run at scale.
#[derive(Args, Debug)]
pub struct Scale {
    /// Measures these engines only; others than SQLite, PostgreSQL and Redis are not for this.
    #[arg(long, value_delimiter = ',', default_values_t = [Engine::Sqlite, Engine::Postgres, Engine::Redis])]
    engines: Vec<Engine>,
    /// Measures among so many sessions, in growing order.
    #[arg(long, value_delimiter = ',', default_values_t = [10_000, 100_000, 1_000_000])]
    sessions: Vec<u32>,
    #[command(flatten)]
    output: Output,
}

/// What was measured among so many sessions.
#[derive(Clone, Debug, Serialize)]
pub struct Level {
    /// Where the sessions were.
    pub engine: Engine,
    /// How many there were.
    pub sessions: u32,
    /// The median of loads, in microseconds.
    pub load: f64,
    /// The median of saves, in microseconds.
    pub save: f64,
    /// What a session takes up, in bytes, all overhead counted.
    pub bytes: f64,
    /// Seconds for removing 10,000 expired ones; `None` where the server does that.
    pub sweep: Option<f64>,
    /// Milliseconds for opening the store and the first load.
    pub cold: f64,
}

#[derive(Serialize)]
struct Report {
    machine: Machine,
    levels: Vec<Level>,
}

impl Scale {
    /// Measures, prints the report, and says whether loads and saves are flat, where that is asked.
    ///
    /// # Errors
    /// When a server does not start or a store fails.
    pub fn run(self) -> Result<ExitCode> {
        let runtime = Builder::new_multi_thread().enable_all().build()?;
        let (mut machine, mut levels) = (Machine::look(), Vec::new());
        for kind in &self.engines {
            let engine = kind.start()?;
            machine.runs_with(engine.versions()?);
            levels.extend(runtime.block_on(self.grow(&engine))?);
        }
        self.output.give(&Report { machine, levels })
    }

    async fn grow(&self, engine: &Running) -> Result<Vec<Level>> {
        let kind = engine.engine();
        let url = engine.store(Side::Cloakroom)?;
        let empty = sizes::taken(engine)?;
        let mut levels = Vec::new();
        let mut crowd = Crowd::default();
        for sessions in &self.sessions {
            let store = store::connect(&url).await?;
            crowd.grow(&store, *sessions).await?;
            let (load, save) = crowd.times(&store).await?;
            let sweep = crowd.sweep(&store).await?;
            store.close().await;
            let cold = cold(&url, &crowd).await?;
            let bytes = (sizes::taken(engine)? - empty) / f64::from(*sessions);
            writeln!(io::stderr(), "{}: {sessions} sessions", kind.title())?;
            levels.push(Level {
                engine: kind,
                sessions: *sessions,
                load,
                save,
                bytes,
                sweep: (kind != Engine::Redis).then_some(sweep),
                cold,
            });
        }
        Ok(levels)
    }
}

async fn cold(url: &str, crowd: &Crowd) -> Result<f64> {
    let began = Instant::now();
    let store: AnyStore = store::connect(url).await?;
    crowd.one(&store).await?;
    let took = began.elapsed().as_secs_f64() * 1e3;
    store.close().await;
    Ok(took)
}

impl Report {
    /// How many times longer loads and saves take among the most sessions than among the fewest.
    fn ratios(&self) -> Vec<(String, f64)> {
        let mut engines: Vec<Engine> = self.levels.iter().map(|level| level.engine).collect();
        engines.dedup();
        let mut ratios = Vec::new();
        for engine in engines {
            let mut levels = self.levels.iter().filter(|level| level.engine == engine);
            let (Some(first), Some(last)) = (levels.next(), levels.next_back()) else {
                continue;
            };
            for (what, ratio) in [
                ("load", last.load / first.load),
                ("save", last.save / first.save),
            ] {
                ratios.push((format!("{}, {what}", engine.title()), ratio));
            }
        }
        ratios
    }
}

/// One of a level's times.
type Time = fn(&Level) -> f64;

impl Measured for Report {
    /// Draws how long a load and a save take among more and more sessions.
    fn plot(&self) -> Plot {
        let mut engines: Vec<Engine> = self.levels.iter().map(|level| level.engine).collect();
        engines.dedup();
        let group = |engine: Engine, (what, time): (&str, Time)| Group {
            name: format!("{}: {what}", engine.title()),
            bars: (self.levels.iter())
                .filter(|level| level.engine == engine)
                .map(|level| Bar {
                    name: format!("among {}", grouped(f64::from(level.sessions))),
                    value: time(level),
                    label: format!("{:.1} µs", time(level)),
                    is_ours: true,
                })
                .collect(),
        };
        let kinds: [(&str, Time); 2] = [("load", |level| level.load), ("save", |level| level.save)];
        let groups = engines
            .into_iter()
            .flat_map(|engine| kinds.map(|kind| group(engine, kind)));
        Plot::new("a load and a save as sessions grow in number", groups)
    }

    fn all_met(&self) -> bool {
        self.ratios().iter().all(|(_, ratio)| *ratio <= FLAT)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "# At scale: among more and more sessions\n\n{}\n\nMedians of single questions, one after another.\n",
            self.machine
        )?;
        let mut table = Table::new(
            1,
            [
                "engine",
                "sessions",
                "load µs",
                "save µs",
                "bytes each",
                "sweep of 10,000 s",
                "cold start ms",
            ],
        );
        for level in &self.levels {
            table.row([
                level.engine.title().to_owned(),
                level.sessions.to_string(),
                format!("{:.1}", level.load),
                format!("{:.1}", level.save),
                format!("{:.0}", level.bytes),
                level
                    .sweep
                    .map_or(String::new(), |sweep| format!("{sweep:.2}")),
                format!("{:.1}", level.cold),
            ]);
        }
        writeln!(f, "{table}")?;
        let mut table = Table::new(1, ["most over fewest sessions", "measured", "at most", ""]);
        for (what, ratio) in self.ratios() {
            let verdict = if ratio <= FLAT { "met" } else { "MISSED" };
            table.row([
                what,
                format!("{ratio:.2}"),
                format!("{FLAT:.1}"),
                verdict.to_owned(),
            ]);
        }
        writeln!(f, "{table}")
    }
}
