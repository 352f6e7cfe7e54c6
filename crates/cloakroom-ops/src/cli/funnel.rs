//! `cloakroom funnel`.
use std::fs;
use std::io::{IsTerminal, Read, stdin};
use std::path::Path;

use cloakroom::ConfigError;
use cloakroom_ops::OpsError;
use cloakroom_ops::amount::number;
use cloakroom_ops::drafts::Drafts;
use cloakroom_ops::funnel::{Funnel, Step};
use cloakroom_ops::opening::{self, Tables};

use crate::cli::Desk;
use crate::cli::failure::{Ending, Failure};
use crate::cli::more_args::Funnel as Arguments;
use crate::cli::out::harmless;

const METRICS: &str = "--metrics";
const STORE: &str = "--store (CLOAKROOM_STORE)";
const DRAFTS: &str = "--drafts (CLOAKROOM_DRAFTS)";

pub(crate) async fn run(args: Arguments, desk: &mut Desk) -> Result<Ending, Failure> {
    let mut funnel = match &args.metrics {
        Some(path) => {
            let text = text(path)?;
            if !text.lines().any(|line| line.starts_with("cloakroom_")) {
                let what = "holds nothing that a site tells of".into();
                return Err(OpsError::File(METRICS, what).into());
            }
            Funnel::of_prometheus(&text)
        }
        None => Funnel::default(),
    };
    for (setting, url) in [(STORE, &args.store), (DRAFTS, &args.drafts)] {
        let Some(url) = url.as_deref().filter(|url| !url.is_empty()) else {
            continue;
        };
        let options = opening::options(Tables::AsTheyAre, args.prefix.prefix.as_deref());
        let store = opening::open(setting, url, &options).await?;
        let drafts = Drafts::of(&store, desk.clock.now(), args.stuck_after, None).await;
        store.close().await;
        funnel.add(&drafts.map_err(OpsError::Store)?);
    }
    show(&funnel.steps(), desk)
}

/// Reads what a site tells Prometheus, from a file or, as `-`, from the standard input.
fn text(path: &Path) -> Result<String, OpsError> {
    let read = match path.to_str() {
        Some("-") if stdin().is_terminal() => {
            let what = "is -, but nothing comes in: curl -s http://127.0.0.1:8000/metrics | cloakroom funnel --metrics -";
            return Err(OpsError::Usage(ConfigError::one(METRICS, what)));
        }
        Some("-") => {
            let mut text = String::new();
            stdin().read_to_string(&mut text).map(|_| text)
        }
        _ => fs::read_to_string(path),
    };
    read.map_err(|error| OpsError::File(METRICS, error.to_string()))
}

fn show(steps: &[&Step], desk: &mut Desk) -> Result<Ending, Failure> {
    if !desk.out.is_json() && steps.is_empty() {
        desk.out
            .note("No wizard has been visited, and no draft waits.");
    }
    for (at, step) in steps.iter().enumerate() {
        if desk.out.is_json() {
            desk.out.json(step)?;
            continue;
        }
        if at == 0 {
            let heads = ["ENTERED", "ERRORS", "COMPLETED", "OPEN", "STUCK"].map(|it| it.to_owned());
            desk.out.line(&line("WIZARD", "STEP", &heads))?;
        }
        let step_name = if step.step.is_empty() {
            "?"
        } else {
            &step.step
        };
        let counts = [
            step.entered,
            step.errors,
            step.completed,
            step.open,
            step.stuck,
        ];
        let [wizard, name] = [&step.wizard, step_name].map(harmless);
        desk.out.line(&line(&wizard, &name, &counts.map(number)))?;
    }
    Ok(Ending::Well)
}

fn line(wizard: &str, step: &str, cells: &[String; 5]) -> String {
    let cells = cells.iter().map(|cell| format!(" {cell:>9}"));
    format!("{wizard:14} {step:14}{}", cells.collect::<String>())
}
