//! The laps: all sides of an engine take turns, visit after visit, round after round.
use std::io::{self, Write};

use serde::Serialize;

use crate::{
    Result,
    spread::Spread,
    wire::{
        engine::{Engine, Running},
        fleet::{Fleet, Manners, Watched},
        side::{Side, Visit},
    },
};

/// How long and how often is measured.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Length {
    /// How long one lap takes, in seconds.
    pub seconds: u32,
    /// How many laps each side runs of each visit.
    pub rounds: u32,
}

/// What one side did in one kind of visit on one engine.
#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    /// Where the sessions were.
    pub engine: Engine,
    /// Who kept them.
    pub side: Side,
    /// What a visit did.
    pub visit: Visit,
    /// Answers in a second.
    pub per_second: Spread,
    /// Within how many milliseconds half of the answers came.
    pub p50: Spread,
    /// Within how many milliseconds 99 of 100 answers came.
    pub p99: Spread,
    /// Microseconds of processor time in the site's own process for one answer.
    pub processor: Spread,
    /// The same in the store's server, zero where there is none.
    pub store_processor: Spread,
    /// How often one request went to the servers.
    pub trips: f64,
    /// What came of parallel requests; told with the writes.
    pub manners: Option<Manners>,
}

/// Measures every side on one engine.
///
/// # Errors
/// When a server or site does not start, or an answer is not 200.
pub fn run(engine: &Running, sides: &[Side], length: Length) -> Result<Vec<Figure>> {
    let fleet = Fleet::open(engine, sides)?;
    let mut figures = Vec::new();
    for visit in Visit::ALL {
        let mut laps = vec![Vec::new(); fleet.ships.len()];
        for round in 0..length.rounds {
            for (ship, laps) in fleet.ships.iter().zip(&mut laps) {
                laps.push(ship.lap(engine, visit, length.seconds)?);
            }
            let title = engine.engine().title();
            writeln!(
                io::stderr(),
                "{title}, {}: round {} of {}",
                visit.title(),
                round + 1,
                length.rounds
            )?;
        }
        for (ship, laps) in fleet.ships.iter().zip(laps) {
            let spread = |of: fn(&Watched) -> f64| Spread::of(laps.iter().map(of).collect());
            figures.push(Figure {
                engine: engine.engine(),
                side: ship.side,
                visit,
                per_second: spread(|watched| watched.lap.per_second),
                p50: spread(|watched| watched.lap.p50),
                p99: spread(|watched| watched.lap.p99),
                processor: spread(|watched| watched.site),
                store_processor: spread(|watched| watched.store),
                trips: ship.trips[visit as usize],
                manners: (visit == Visit::Write && ship.side != Side::ByHand)
                    .then_some(ship.manners),
            });
        }
    }
    Ok(figures)
}
