//! The sites of one engine, all open at once, each with its visitors.
use std::time::Duration;

use serde::Serialize;

use crate::{
    Result,
    wire::{
        correct,
        engine::Running,
        side::{Side, Visit},
        site::Site,
        trips,
        visitors::{VISITORS, begin},
        wrk::{Lap, Script},
    },
};

/// Every site that keeps its sessions on one engine.
#[derive(Debug)]
pub struct Fleet {
    /// One for each side that has such a store.
    pub ships: Vec<Ship>,
}

/// One site with its visitors.
#[derive(Debug)]
pub struct Ship {
    /// Whose site it is.
    pub side: Side,
    /// How often a request goes to the servers, for each kind of visit.
    pub trips: [f64; 3],
    /// What came of parallel requests.
    pub manners: Manners,
    site: Site,
    script: Script,
}

/// What came of parallel requests of one visitor.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Manners {
    /// How many of 64 parallel appends were lost.
    pub lost: u32,
    /// How many of 1,000 sessions could be used after their logout.
    pub back: u32,
}

impl Fleet {
    /// Opens the sites and begins their sessions.
    ///
    /// # Errors
    /// When a site does not start or can't begin a session.
    pub fn open(engine: &Running, sides: &[Side]) -> Result<Self> {
        let sides = sides.iter().filter(|side| engine.engine().is_for(**side));
        let ships = sides.map(|side| Ship::open(*side, engine));
        Ok(Self {
            ships: ships.collect::<Result<_>>()?,
        })
    }
}

impl Ship {
    fn open(side: Side, engine: &Running) -> Result<Self> {
        let trips = trips::count(side, engine)?;
        let site = Site::open(side, engine)?;
        let manners = match side {
            // It has neither lists nor a logout.
            Side::ByHand => Manners::default(),
            _ => Manners {
                lost: correct::lost_updates(site.address())?,
                back: correct::back_after_logout(site.address())?,
            },
        };
        let cookies = begin(site.address(), VISITORS)?;
        let script = Script::of(&format!("cloakroom-bench-{side:?}"), &cookies)?;
        Ok(Self {
            side,
            trips,
            manners,
            site,
            script,
        })
    }

    /// Runs one lap.
    ///
    /// # Errors
    /// When an answer is not 200.
    pub fn lap(&self, engine: &Running, visit: Visit, seconds: u32) -> Result<Watched> {
        let before = (self.site.processor_time(), engine.processor_time());
        let lap = self.script.run(self.site.address(), visit, seconds)?;
        let each = |used: Duration| used.as_secs_f64() * 1e6 / lap.answers.max(1) as f64;
        Ok(Watched {
            lap,
            site: each(self.site.processor_time().saturating_sub(before.0)),
            store: each(engine.processor_time().saturating_sub(before.1)),
        })
    }
}

/// A lap, and the microseconds of processor time for one answer.
#[derive(Clone, Copy, Debug)]
pub struct Watched {
    /// What wrk saw.
    pub lap: Lap,
    /// In the site's own process.
    pub site: f64,
    /// In the store's server.
    pub store: f64,
}
