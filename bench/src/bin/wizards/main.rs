//! What wizards cost: `wizards step|upload|drafts [--check]`; with `--check` it ends with 1 when a bound is missed.
mod drafts;
mod site;
mod step;
mod upload;

use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use cloakroom_bench::Result;
use tokio::runtime::Builder;

/// What wizards cost.
#[derive(Parser)]
struct Arguments {
    /// What to measure.
    what: What,
    /// End with 1 when a bound is missed.
    #[arg(long)]
    check: bool,
    /// How many drafts there are to be.
    #[arg(long, default_value_t = 100_000)]
    drafts: u32,
    /// How long the file is that is sent, in MiB.
    #[arg(long, default_value_t = 200)]
    mebibytes: u64,
    /// Where the sender, which is a process of its own, finds the site.
    #[arg(long, hide = true)]
    to: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    /// Showing a step of ten fields.
    Step,
    /// The memory that a long upload takes.
    Upload,
    /// Beginning, going on and coming back beside many other drafts in SQLite.
    Drafts,
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    if let Some(to) = &arguments.to {
        upload::send(to, arguments.mebibytes)?;
        return Ok(ExitCode::SUCCESS);
    }
    let one_thread = || Builder::new_current_thread().enable_all().build();
    let is_met = match arguments.what {
        What::Step => one_thread()?.block_on(step::measure())?,
        What::Drafts => one_thread()?.block_on(drafts::measure(arguments.drafts))?,
        // As a site has it.
        What::Upload => Builder::new_multi_thread()
            .enable_all()
            .build()?
            .block_on(upload::measure(arguments.mebibytes))?,
    };
    Ok(match arguments.check && !is_met {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    })
}
