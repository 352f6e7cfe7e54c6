//! Where a report goes beside the screen, and what becomes of a bound that is missed.
use std::{
    fmt::Display,
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::Args;
use serde::Serialize;

use crate::{Result, file, plot::Plot};

/// The options that each part of the benchmark has.
#[derive(Args, Debug)]
pub struct Output {
    /// Writes the report as JSON to this file as well.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Writes the report as Markdown to this file as well.
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Draws the figures as SVG to this file.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Fails when a bound is missed, or could not be measured.
    #[arg(long)]
    check: bool,
}

/// What one part of the benchmark measured; its `Display` is Markdown.
pub trait Measured: Serialize + Display {
    /// Draws the figures.
    fn plot(&self) -> Plot;

    /// Says whether every bound was measured and is met.
    fn all_met(&self) -> bool;
}

impl Output {
    /// Prints the report, writes it where that is asked, and says how the program ends.
    ///
    /// # Errors
    /// When a file can't be written; names the option.
    pub fn give(&self, report: &impl Measured) -> Result<ExitCode> {
        if let Some(path) = &self.json {
            file::write("--json", path, &serde_json::to_string_pretty(report)?)?;
        }
        if let Some(path) = &self.markdown {
            file::write("--markdown", path, &report.to_string())?;
        }
        if let Some(path) = &self.svg {
            file::write("--svg", path, &report.plot().to_string())?;
        }
        write!(io::stdout(), "{report}")?;
        Ok(match self.check && !report.all_met() {
            true => ExitCode::FAILURE,
            false => ExitCode::SUCCESS,
        })
    }
}
