//! `bench space`: how many bytes a typical session costs in each store, all overhead counted.
use std::{
    io::{self, Write},
    net::SocketAddr,
    process::ExitCode,
};

use clap::Args;

use crate::{
    Result,
    scale::sizes::{relation_size, used_memory},
    table::Table,
    wire::{
        engine::Engine,
        side::{Side, Visit},
        site::Site,
        visitors::{begin, get},
    },
};

/// At most so many times the bytes of tower-sessions.
const BOUND: f64 = 1.1;

/// The sides that are compared.
const SIDES: [Side; 2] = [Side::Cloakroom, Side::TowerSessions];

/// The options of a count of bytes.
#[derive(Args, Debug)]
pub struct Space {
    /// How many sessions are made.
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1_000..=1_000_000))]
    sessions: u32,
    /// Fails when a session costs more than it may.
    #[arg(long)]
    check: bool,
}

impl Space {
    /// Makes the sessions by real requests, prints what each costs, and says whether that is within
    /// its bound, where that is asked.
    ///
    /// # Errors
    /// When a server or site does not start, or an answer is not 200.
    pub fn run(self) -> Result<ExitCode> {
        let mut table = Table::new(
            2,
            ["store", "state", "cloakroom", "tower-sessions", "share"],
        );
        let mut within = true;
        for (store, state, [ours, theirs]) in
            [self.redis()?, self.postgres(false)?, self.postgres(true)?]
        {
            let share = ours / theirs;
            within &= share <= BOUND;
            table.row([
                store.to_owned(),
                state.to_owned(),
                format!("{ours:.0} B"),
                format!("{theirs:.0} B"),
                format!("{share:.2}"),
            ]);
        }
        writeln!(
            io::stdout(),
            "{table}\nA share of at most {BOUND} is promised."
        )?;
        Ok(if self.check && !within {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        })
    }

    /// Memory in Redis: what `used_memory` grew by, for each session.
    fn redis(&self) -> Result<Row> {
        let mut bytes = [0.0; 2];
        for (side, bytes) in SIDES.into_iter().zip(&mut bytes) {
            let engine = Engine::Redis.start()?;
            let redis = engine.redis().ok_or("Redis does not run")?;
            let site = Site::open(side, &engine)?;
            let before = used_memory(redis)?;
            begin(site.address(), self.sessions)?;
            *bytes = (used_memory(redis)? - before) / f64::from(self.sessions);
        }
        Ok(("Redis", "new", bytes))
    }

    /// The table with its indexes in PostgreSQL, as it was filled or after saves all over it.
    fn postgres(&self, saved: bool) -> Result<Row> {
        let mut bytes = [0.0; 2];
        for (side, bytes) in SIDES.into_iter().zip(&mut bytes) {
            let engine = Engine::Postgres.start()?;
            let postgres = engine.postgres().ok_or("PostgreSQL does not run")?;
            let site = Site::open(side, &engine)?;
            let cookies = begin(site.address(), self.sessions)?;
            if saved {
                save_twice(site.address(), &cookies)?;
            }
            *bytes = relation_size(postgres, table_of(side))? / f64::from(self.sessions);
        }
        let state = if saved { "each saved twice" } else { "new" };
        Ok(("PostgreSQL", state, bytes))
    }
}

/// Saves every session twice, in an order that has nothing to do with that of their making.
fn save_twice(site: SocketAddr, cookies: &[String]) -> Result<()> {
    // A prime that divides no number of sessions, so that each has its turn.
    const STEP: usize = 7_919;
    for turn in 0..2 * cookies.len() {
        let cookie = &cookies[turn * STEP % cookies.len()];
        get(site, Visit::Write.path(), Some(cookie))?;
    }
    Ok(())
}

/// A store, its state, and the bytes of each side.
type Row = (&'static str, &'static str, [f64; 2]);

fn table_of(side: Side) -> &'static str {
    match side {
        Side::Cloakroom => "cloakroom_sessions",
        _ => "tower_sessions.session",
    }
}
