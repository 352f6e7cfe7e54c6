//! `cloakroom clearsessions`.
use cloakroom::store::AnyStore;
use cloakroom_ops::amount::{counted, number};
use cloakroom_ops::clearing::{Left, Pace, clear};
use cloakroom_ops::opening::Tables;
use indicatif::ProgressBar;
use serde_json::json;
use tokio::time::Instant;

use crate::cli::args::Clear;
use crate::cli::failure::{Ending, Failure};
use crate::cli::{Desk, open, progress, signals};

pub(crate) async fn run(args: Clear, desk: &mut Desk) -> Result<Ending, Failure> {
    let store = open(&args.at, Tables::AsTheyAre).await?;
    let ending = if args.dry_run {
        count(&store, desk).await
    } else {
        remove(&store, &args, desk).await
    };
    store.close().await;
    ending
}

async fn count(store: &AnyStore, desk: &mut Desk) -> Result<Ending, Failure> {
    let expired = store.count(desk.clock.now()).await?.expired;
    if desk.out.is_json() {
        desk.out
            .json(&json!({ "expired": expired, "dry_run": true }))?;
    } else {
        let sessions = counted(expired, "expired session");
        desk.out.line(&format!("{sessions} to remove."))?;
    }
    Ok(Ending::Well)
}

async fn remove(store: &AnyStore, args: &Clear, desk: &mut Desk) -> Result<Ending, Failure> {
    let pace = Pace {
        batch: args.batch as usize,
        rate: args.rate,
    };
    let stop = signals::stop();
    let begun = Instant::now();
    let bar = progress::bar("removing", 0);
    let mut removed = 0;
    let mut total_is_asked = bar.is_hidden();
    let done = clear(store, &desk.clock, pace, &stop, |so_far, left| {
        removed = so_far;
        bar.set_position(so_far);
        if left == Left::Some && !total_is_asked {
            total_is_asked = true;
            ask_total(store.clone(), desk.clock.now(), so_far, bar.clone());
        }
    })
    .await;
    bar.finish_and_clear();
    let seconds = begun.elapsed().as_secs_f64();
    let left = done.inspect_err(|_| {
        if removed > 0 {
            desk.out.note(&format!(
                "cloakroom: {} removed before that",
                number(removed)
            ));
        }
    })?;
    let stopped = left == Left::Some;
    if desk.out.is_json() {
        desk.out
            .json(&json!({ "removed": removed, "seconds": seconds, "stopped": stopped }))?;
    } else {
        let sessions = counted(removed, "expired session");
        let more = if stopped {
            " Stopped; run it again to go on."
        } else {
            ""
        };
        desk.out
            .line(&format!("Removed {sessions} in {seconds:.1} s.{more}"))?;
    }
    Ok(if stopped {
        Ending::Stopped
    } else {
        Ending::Well
    })
}

/// Finds out for the bar how many there are, while the work goes on.
fn ask_total(store: AnyStore, now: cloakroom::clock::Timestamp, done: u64, bar: ProgressBar) {
    tokio::spawn(async move {
        if let Ok(counts) = store.count(now).await {
            progress::set_total(&bar, done + counts.expired);
        }
    });
}
