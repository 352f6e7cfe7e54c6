//! Prints how long Django's formats take, in nanoseconds, as JSON.
use std::io;

use cloakroom_bench::{Result, django::DjangoTimes};

/// Rounds of laps.
const ROUNDS: u32 = 40;

fn main() -> Result<()> {
    let times = DjangoTimes::take(ROUNDS)?;
    Ok(serde_json::to_writer_pretty(io::stdout(), &times)?)
}
