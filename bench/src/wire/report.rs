//! The report of what was measured on the wire, with our figures held against what is promised.
use std::fmt;

use serde::Serialize;

use crate::{
    bound::Verdict,
    machine::Machine,
    table::Table,
    wire::{
        engine::Engine,
        race::{Figure, Length},
        side::{Side, Visit},
    },
};

/// At least so many times the requests per second of tower-sessions on the same engine.
const OVER_TOWER_SESSIONS: [(Engine, f64); 4] = [
    (Engine::Sqlite, 1.5),
    (Engine::Postgres, 1.5),
    (Engine::PostgresDurable, 1.5),
    (Engine::Redis, 1.2),
];

/// At least so many times the requests per second of Django on the same engine.
const OVER_DJANGO: f64 = 8.0;

/// Everything that was measured on the wire.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// On what, and when.
    pub machine: Machine,
    /// How long and how often.
    pub length: Length,
    /// The figures.
    pub figures: Vec<Figure>,
    /// Our figures against what is promised.
    pub bounds: Vec<AtLeast>,
}

/// One promise, beside what was measured.
#[derive(Clone, Debug, Serialize)]
pub struct AtLeast {
    /// What is promised.
    pub what: String,
    /// The ratio that was measured.
    pub measured: f64,
    /// The least it may be.
    pub at_least: f64,
    /// Whether it is.
    pub verdict: Verdict,
}

impl Report {
    /// Holds the figures against the promises.
    pub fn new(figures: Vec<Figure>, length: Length) -> Self {
        let bounds = figures
            .iter()
            .filter(|figure| figure.side != Side::Cloakroom && figure.visit != Visit::Untouched)
            .filter_map(|theirs| bound(&figures, theirs))
            .collect();
        Self {
            machine: Machine::look(),
            length,
            figures,
            bounds,
        }
    }

    /// Says whether every promise is kept.
    pub fn all_met(&self) -> bool {
        self.bounds
            .iter()
            .all(|bound| bound.verdict == Verdict::Met)
    }
}

/// Our requests per second over theirs.
fn bound(figures: &[Figure], theirs: &Figure) -> Option<AtLeast> {
    let at_least = match theirs.side {
        Side::Django => OVER_DJANGO,
        _ => {
            OVER_TOWER_SESSIONS
                .iter()
                .find(|(engine, _)| *engine == theirs.engine)?
                .1
        }
    };
    let ours = figures.iter().find(|ours| {
        (ours.side, ours.engine, ours.visit) == (Side::Cloakroom, theirs.engine, theirs.visit)
    })?;
    let measured = ours.per_second.median / theirs.per_second.median;
    Some(AtLeast {
        what: format!(
            "{}, {}: times the requests/s of {}",
            theirs.engine.title(),
            theirs.visit.title(),
            theirs.side.title()
        ),
        measured,
        at_least,
        verdict: if measured >= at_least {
            Verdict::Met
        } else {
            Verdict::Missed
        },
    })
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Machine {
            date,
            processor,
            rustc,
            ..
        } = &self.machine;
        let Length { seconds, rounds } = self.length;
        writeln!(
            f,
            "On the wire, {date}, {processor}, {rustc}: wrk with 32 connections and 1,000 sessions, {rounds} laps of {seconds} s each, all sides in turn; medians, quartiles in brackets.\n"
        )?;
        let mut table = Table::new(
            3,
            [
                "engine",
                "visit",
                "side",
                "requests/s",
                "p50 ms",
                "p99 ms",
                "CPU µs",
                "store CPU µs",
            ],
        );
        for figure in &self.figures {
            let speed = figure.per_second;
            table.row([
                figure.engine.title().to_owned(),
                figure.visit.title().to_owned(),
                figure.side.title().to_owned(),
                format!("{:.0} ({:.0}–{:.0})", speed.median, speed.low, speed.high),
                format!("{:.2}", figure.p50.median),
                format!("{:.2}", figure.p99.median),
                format!("{:.1}", figure.processor.median),
                format!("{:.1}", figure.store_processor.median),
            ]);
        }
        writeln!(f, "{table}")?;
        let mut table = Table::new(1, ["promise", "measured", "at least", ""]);
        for bound in &self.bounds {
            table.row([
                bound.what.clone(),
                format!("{:.2}", bound.measured),
                format!("{:.1}", bound.at_least),
                match bound.verdict {
                    Verdict::Met => "met",
                    _ => "MISSED",
                }
                .to_owned(),
            ]);
        }
        writeln!(f, "{table}")
    }
}
