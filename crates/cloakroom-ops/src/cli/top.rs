//! `cloakroom top`: how many sessions there are, again and again.
use std::time::Instant;

use cloakroom::store::AnyStore;
use cloakroom_ops::OpsError;
use cloakroom_ops::amount::number;
use cloakroom_ops::opening::Tables;
use cloakroom_ops::stats::Stats;
use cloakroom_ops::when::When;
use serde::Serialize;

use crate::cli::failure::{Ending, Failure};
use crate::cli::more_args::Top;
use crate::cli::out::harmless;
use crate::cli::{Desk, open, signals};

/// How many devices are shown.
const DEVICES: usize = 8;
/// How long the longest line is.
const LINE: u64 = 40;

/// One look.
#[derive(Serialize)]
struct Look {
    #[serde(flatten)]
    stats: Stats,
    /// How long the store took for a small question.
    check_ms: f64,
    /// How many live ones there are more than at the look before.
    change: i64,
}

pub(crate) async fn run(args: Top, desk: &mut Desk) -> Result<Ending, Failure> {
    let store = open(&args.at, Tables::AsTheyAre).await?;
    let stop = signals::stop();
    let (mut before, mut looks) = (None, 0);
    while !stop.is_asked() {
        if looks > 0 && !desk.out.is_json() && !desk.out.has_colour() {
            desk.out.line("")?;
        }
        let look = look(&store, before, desk).await.map_err(OpsError::Store)?;
        before = Some(look.stats.live);
        looks += 1;
        show(&look, desk)?;
        desk.out.flush()?;
        if args.times.is_some_and(|times| looks >= times) {
            break;
        }
        stop.pause(args.every).await;
    }
    store.close().await;
    Ok(match stop.is_asked() {
        true => Ending::Stopped,
        false => Ending::Well,
    })
}

async fn look(
    store: &AnyStore,
    before: Option<u64>,
    desk: &Desk,
) -> Result<Look, cloakroom::StoreError> {
    let began = Instant::now();
    store.check().await?;
    let check_ms = began.elapsed().as_secs_f64() * 1_000.0;
    let stats = Stats::of(store, desk.clock.now(), |_| {}).await?;
    let change = before.map_or(0, |before| stats.live.cast_signed() - before.cast_signed());
    Ok(Look {
        stats,
        check_ms,
        change,
    })
}

fn show(look: &Look, desk: &mut Desk) -> Result<(), Failure> {
    if desk.out.is_json() {
        return desk.out.json(look);
    }
    let Look {
        stats,
        check_ms,
        change,
    } = look;
    if desk.out.has_colour() {
        // Clears the screen and goes to its first place.
        desk.out.text("\x1b[2J\x1b[H")?;
    }
    let at = When(desk.clock.now()).utc();
    desk.out.line(&format!(
        "{}  answers in {check_ms:.1} ms  {at}",
        stats.store
    ))?;
    let live = format!("{} ({change:+})", number(stats.live));
    for (name, text) in [
        ("Live", live),
        ("  signed in", number(stats.signed_in)),
        ("  active", number(stats.active)),
        ("  guests", number(stats.guests)),
        ("Expired", number(stats.expired)),
    ] {
        desk.out.line(&format!("{name:12} {text:>16}"))?;
    }
    let mut devices: Vec<_> = stats.by_device.iter().collect();
    devices.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let largest = devices.first().map_or(1, |(_, count)| **count).max(1);
    for (device, count) in devices.into_iter().take(DEVICES) {
        let line = "#".repeat(usize::try_from((count * LINE).div_ceil(largest)).unwrap_or(0));
        let device = if device.is_empty() { "unknown" } else { device };
        let text = format!("  {:24} {:>11}  {line}", harmless(device), number(*count));
        desk.out.line(text.trim_end())?;
    }
    Ok(())
}
