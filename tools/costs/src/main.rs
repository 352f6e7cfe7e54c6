//! `costs` holds the instructions of each kind of request against `bounds.json`; with `visit LAYER CASE VISITS` it makes
//! the visits that callgrind counts.
use std::io::{self, Write};
use std::process::ExitCode;

use costs::{Case, Layer, Visitor, bounds, instructions};
use tokio::runtime::{Builder, Runtime};

/// Enough visits for what grows with the first ones.
const WARM_UP: u32 = 50;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let ended = match words[..] {
        [] => check(),
        ["visit", layer, case, visits] => visit(layer, case, visits),
        _ => Err(io::Error::other(
            "costs: nothing, or visit LAYER CASE VISITS",
        )),
    };
    ended.unwrap_or_else(|error| {
        eprintln!("costs: {error}");
        ExitCode::FAILURE
    })
}

/// Counts each case, and once more with something wasted, which has to be noticed.
fn check() -> io::Result<ExitCode> {
    let bare = instructions(Layer::Nothing, Case::Untouched)?;
    let count = |layer: Layer, case: Case| {
        let requests = case.paths().len() as f64;
        instructions(layer, case).map(|all| all - bare * requests)
    };
    let (mut out, mut over) = (io::stdout().lock(), Vec::new());
    writeln!(out, "{:<20} {:>12} {:>8}", "", "instructions", "at most")?;
    for (name, bound) in bounds() {
        let case = Case::named(&name)
            .ok_or_else(|| io::Error::other(format!("no case is called {name}")))?;
        let (counted, most) = (count(Layer::Cloakroom, case)?, bound.instructions);
        writeln!(out, "{name:<20} {counted:>12.0} {most:>8.0}")?;
        if counted > most {
            over.push(format!(
                "{name} takes {counted:.0} instructions, at most {most:.0} are allowed"
            ));
        }
        if case == Case::Untouched && count(Layer::Wasteful, case)? <= most {
            over.push("a layer that copies every cookie of each request was not noticed".into());
        }
    }
    for problem in &over {
        eprintln!("costs: {problem}");
    }
    Ok(match over.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn visit(layer: &str, case: &str, visits: &str) -> io::Result<ExitCode> {
    let unknown = || io::Error::other("this layer, case or number of visits is unknown");
    let layer = Layer::named(layer).ok_or_else(unknown)?;
    let case = Case::named(case).ok_or_else(unknown)?;
    let visits: u32 = visits.parse().map_err(|_| unknown())?;
    let runtime = Builder::new_current_thread().enable_time().build()?;
    let mut visitor = runtime.block_on(Visitor::to(case, layer.into()));
    make_visits(&runtime, &mut visitor, WARM_UP);
    counted_visits(&runtime, &mut visitor, visits);
    Ok(ExitCode::SUCCESS)
}

/// The only instructions that callgrind counts: what a site's start takes differs with the keys that it draws.
#[inline(never)]
fn counted_visits(runtime: &Runtime, visitor: &mut Visitor, visits: u32) {
    make_visits(runtime, visitor, visits);
}

fn make_visits(runtime: &Runtime, visitor: &mut Visitor, visits: u32) {
    runtime.block_on(async {
        for _ in 0..visits {
            visitor.visit().await;
        }
    });
}
