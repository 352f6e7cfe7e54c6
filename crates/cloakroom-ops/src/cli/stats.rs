//! `cloakroom stats`.
use cloakroom_ops::amount::{number, size};
use cloakroom_ops::opening::Tables;
use cloakroom_ops::stats::{Histogram, Stats};
use serde::Serialize;

use crate::cli::args;
use crate::cli::failure::{Ending, Failure};
use crate::cli::{Desk, open, progress};

/// How long the longest line of a histogram is.
const LINE: u64 = 40;

#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    stats: Stats,
    undecodable: u64,
}

pub(crate) async fn run(args: args::Stats, desk: &mut Desk) -> Result<Ending, Failure> {
    let store = open(&args.at, Tables::AsTheyAre).await?;
    let bar = progress::bar("looking at", 0);
    let (now, tell) = (desk.clock.now(), |seen| bar.set_position(seen));
    let stats = match args.read {
        true => Stats::read(&store, now, tell).await,
        false => Stats::of(&store, now, tell).await,
    };
    bar.finish_and_clear();
    store.close().await;
    let told = Told {
        stats: stats?,
        undecodable: desk.tally.met(),
    };
    if desk.out.is_json() {
        desk.out.json(&told)?;
    } else {
        print(&told, desk)?;
    }
    Ok(Ending::Well)
}

fn print(told: &Told, desk: &mut Desk) -> Result<(), Failure> {
    let Told { stats, undecodable } = told;
    desk.out.line(&format!("Store        {}", stats.store))?;
    for (name, count, note) in [
        ("Live", stats.live, ""),
        ("  signed in", stats.signed_in, ""),
        ("  guests", stats.guests, ""),
        ("  active", stats.active, "used within the last hour"),
        ("Expired", stats.expired, "for clearsessions to remove"),
        ("Unreadable", *undecodable, "left as they are"),
    ] {
        let note = if count > 0 { note } else { "" };
        let line = format!("{name:11} {:>11}  {note}", number(count));
        desk.out.line(line.trim_end())?;
    }
    let mean = stats.bytes.checked_div(stats.live).unwrap_or(0);
    desk.out.line(&format!(
        "Size         {} in all, {} on average, {} the largest",
        size(stats.bytes),
        size(mean),
        size(stats.largest)
    ))?;
    histogram(
        "Age, since they began or their users signed in",
        &stats.by_age,
        desk,
    )?;
    histogram("Size of names and values", &stats.by_size, desk)
}

fn histogram(title: &str, histogram: &Histogram, desk: &mut Desk) -> Result<(), Failure> {
    desk.out.line(&format!("\n{title}"))?;
    let largest = histogram
        .parts
        .iter()
        .map(|part| part.count)
        .max()
        .unwrap_or(0);
    for part in &histogram.parts {
        let length = (part.count * LINE).div_ceil(largest.max(1));
        let line = "#".repeat(usize::try_from(length).unwrap_or(0));
        let line = format!("  {:15} {:>11}  {line}", part.label, number(part.count));
        desk.out.line(line.trim_end())?;
    }
    Ok(())
}
