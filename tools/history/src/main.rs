//! `cargo xtask history`: lets clients loose on a store, with or without trouble, and checks what came of it.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command speaks to the person who typed it"
)]

mod arguments;
mod hinder;
mod own;
mod place;
mod proxy;

use std::error::Error;
use std::hash::{BuildHasher, RandomState};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use cloakroom::testing::History;
use cloakroom::testing::history::Report;

use arguments::Arguments;
use hinder::Hinderer;
use own::Own;
use place::Place;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// How long a server may take to be well again after the last trouble, in looks of 100 ms.
const LOOKS: u32 = 300;

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Arguments::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("history: {error}");
            ExitCode::from(2)
        }
    }
}

/// Says whether all promises were kept.
async fn run(arguments: &Arguments) -> Result<bool> {
    match &arguments.store {
        Some(kind) if arguments.faults => hindered(arguments, kind).await,
        Some(url) => left_alone(arguments, place::given(arguments, url).await?).await,
        None => {
            let mut clean = true;
            for place in place::all(arguments).await? {
                clean &= left_alone(arguments, place).await?;
            }
            Ok(clean)
        }
    }
}

async fn left_alone(arguments: &Arguments, place: Place) -> Result<bool> {
    let report = history(arguments, &place).run().await;
    Ok(tell(&place, &report))
}

/// Plays on a server of our own that is hindered meanwhile.
async fn hindered(arguments: &Arguments, kind: &str) -> Result<bool> {
    let kind = kind.to_owned();
    let name = format!("{kind} with faults");
    let own = Arc::new(tokio::task::spawn_blocking(move || Own::start(&kind)).await??);
    let (mut urls, wires) = own.urls(arguments.nodes.into()).await?;
    if arguments.local {
        urls.iter_mut()
            .for_each(|url| *url = place::with_copies(url));
    }
    let place = Place::open(&name, &urls).await?;
    let history = history(arguments, &place)
        .hindered(true)
        .volatile(own.is_volatile());
    let seed = history.chosen_seed();
    let hinderer = Hinderer::begin(own.clone(), wires, seed, arguments.failover);
    let played = history.play().await;
    let made = tokio::task::spawn_blocking(move || hinderer.end()).await??;
    is_well(&place).await?;
    let report = played.check().await;
    let made: Vec<String> = made
        .iter()
        .map(|(what, times)| format!("{what} {times}"))
        .collect();
    println!("hindered: {}", made.join(", "));
    let clean = tell(&place, &report);
    let verdict = &report.verdict;
    Ok(clean || (arguments.failover && verdict.double + verdict.errors == 0))
}

fn history(arguments: &Arguments, place: &Place) -> History {
    let seed = arguments
        .seed
        .unwrap_or_else(|| RandomState::new().hash_one("seed") >> 32);
    History::of(place.nodes.clone())
        .clients(arguments.clients.into())
        .sessions(arguments.sessions.into())
        .ops(arguments.ops())
        .lagging(place.lag)
        .seed(seed)
}

async fn is_well(place: &Place) -> Result<()> {
    for node in &place.nodes {
        let mut looks = 0;
        while let Err(error) = node.check().await {
            looks += 1;
            if looks == LOOKS {
                return Err(format!("{} does not come back: {error}", place.name).into());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    Ok(())
}

fn tell(place: &Place, report: &Report) -> bool {
    println!("{} on {} nodes: {report}\n", place.name, place.nodes.len());
    report.is_clean()
}
