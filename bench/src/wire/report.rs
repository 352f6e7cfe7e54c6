//! The report of what was measured on the wire, with our figures held against what is promised.
use std::fmt;

use serde::Serialize;

use crate::{
    bound::Verdict,
    machine::Machine,
    output::Measured,
    plot::{Bar, Group, Plot},
    table::{Table, grouped},
    wire::{
        engine::Engine,
        fleet::Manners,
        race::{Figure, Length},
        side::{Side, Visit},
    },
};

/// At least so many times the requests per second of tower-sessions on the same engine.
const OVER_TOWER_SESSIONS: [(Engine, f64); 4] = [
    (Engine::Sqlite, 2.0),
    (Engine::Postgres, 1.8),
    (Engine::PostgresDurable, 1.8),
    (Engine::Redis, 1.25),
];

/// At least so many times the requests per second of Django on the same engine.
const OVER_DJANGO: f64 = 15.0;
/// Not below actix-session.
const OVER_ACTIX: f64 = 1.0;
/// At least so much of what bare axum does with the same calls of the store.
const OF_BY_HAND: f64 = 0.85;
/// A read from a copy in the process: at least so much of what bare axum answers without any store.
const LOCAL_OF_BARE: f64 = 0.9;

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
    pub fn new(machine: Machine, figures: Vec<Figure>, length: Length) -> Self {
        let bounds = figures.iter().filter_map(|theirs| bound(&figures, theirs));
        let local = figures
            .iter()
            .filter_map(|local| local_bound(&figures, local));
        Self {
            machine,
            length,
            bounds: bounds.chain(local).collect(),
            figures,
        }
    }
}

impl Measured for Report {
    /// Draws how many requests each side answered in a second.
    fn plot(&self) -> Plot {
        let mut groups: Vec<Group> = Vec::new();
        for figure in &self.figures {
            let name = format!("{}: {}", figure.engine.title(), figure.visit.title());
            if groups.last().is_none_or(|group| group.name != name) {
                let bars = Vec::new();
                groups.push(Group { name, bars });
            }
            let group = groups.last_mut().expect("there is one by now");
            group.bars.push(Bar {
                name: figure.side.title().to_owned(),
                value: figure.per_second.median,
                label: grouped(figure.per_second.median),
                is_ours: figure.side.is_ours(),
            });
        }
        Plot::new("requests in a second", groups)
    }

    fn all_met(&self) -> bool {
        self.bounds
            .iter()
            .all(|bound| bound.verdict == Verdict::Met)
    }
}

/// Our requests per second over theirs.
fn bound(figures: &[Figure], theirs: &Figure) -> Option<AtLeast> {
    let at_least = match theirs.side {
        _ if theirs.visit == Visit::Untouched => return None,
        Side::Cloakroom | Side::Local => return None,
        Side::Django => OVER_DJANGO,
        Side::Actix => OVER_ACTIX,
        Side::ByHand => OF_BY_HAND,
        Side::TowerSessions => {
            let mut known = OVER_TOWER_SESSIONS.iter();
            known.find(|(engine, _)| *engine == theirs.engine)?.1
        }
    };
    let ours = find(figures, theirs.engine, Side::Cloakroom, theirs.visit)?;
    Some(AtLeast::of(ours, theirs, at_least))
}

/// A read from a copy over what asks for nothing at all.
fn local_bound(figures: &[Figure], local: &Figure) -> Option<AtLeast> {
    let is_one = local.side == Side::Local && local.visit == Visit::Read;
    let bare = find(figures, local.engine, Side::ByHand, Visit::Untouched)?;
    is_one.then(|| AtLeast::of(local, bare, LOCAL_OF_BARE))
}

fn find(figures: &[Figure], engine: Engine, side: Side, visit: Visit) -> Option<&Figure> {
    let wanted = (engine, side, visit);
    let mut figures = figures.iter();
    figures.find(|figure| (figure.engine, figure.side, figure.visit) == wanted)
}

impl AtLeast {
    fn of(ours: &Figure, theirs: &Figure, at_least: f64) -> Self {
        let measured = ours.per_second.median / theirs.per_second.median;
        let (our, their) = (ours.side.title(), theirs.side.title());
        let (visit, their_visit) = (ours.visit.title(), theirs.visit.title());
        Self {
            what: format!(
                "{}: {our}, {visit}, over {their}, {their_visit}",
                theirs.engine.title()
            ),
            measured,
            at_least,
            verdict: match measured >= at_least {
                true => Verdict::Met,
                false => Verdict::Missed,
            },
        }
    }
}

fn told(figure: &Figure, of: fn(&Manners) -> u32) -> String {
    let manners = figure.manners.as_ref();
    manners.map_or(String::new(), |manners| of(manners).to_string())
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Length { seconds, rounds } = self.length;
        writeln!(
            f,
            "# On the wire: whole sites on real stores\n\n{}\n\nwrk with 32 connections and 1,000 sessions, {rounds} laps of {seconds} s each, all sides in turn; medians, quartiles in brackets.\n",
            self.machine
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
                "trips",
                "lost of 64",
                "back of 1,000",
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
                format!("{:.2}", figure.trips),
                told(figure, |manners| manners.lost),
                told(figure, |manners| manners.back),
            ]);
        }
        writeln!(f, "{table}")?;
        let mut table = Table::new(1, ["promise", "measured", "at least", ""]);
        for bound in &self.bounds {
            table.row([
                bound.what.clone(),
                format!("{:.2}", bound.measured),
                format!("{:.2}", bound.at_least),
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
