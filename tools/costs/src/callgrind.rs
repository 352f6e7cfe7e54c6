//! Instructions, counted by callgrind: this very program makes visits under it.
use std::io;
use std::process::{Command, Stdio};
use std::{env, fs};

use crate::{Case, Layer};

/// Enough visits to even out what grows once in a while.
const VISITS: u32 = 200;

/// The function of this program whose instructions count, with all that it calls.
const COUNTED: &str = "costs::counted_visits*";

/// Returns how many instructions one visit takes.
///
/// # Errors
/// When valgrind is missing or fails.
pub fn instructions(layer: Layer, case: Case) -> io::Result<f64> {
    let file = env::temp_dir().join(format!("costs-{}.callgrind", std::process::id()));
    let status = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(format!("--toggle-collect={COUNTED}"))
        .arg(format!("--callgrind-out-file={}", file.display()))
        .arg(env::current_exe()?)
        .args(["visit", layer.name(), case.name(), &VISITS.to_string()])
        .stderr(Stdio::null())
        .status()?;
    let counted = fs::read_to_string(&file);
    let _ = fs::remove_file(&file);
    let total = counted?.lines().find_map(total);
    match total {
        Some(total) if status.success() && total > 0.0 => Ok(total / f64::from(VISITS)),
        _ => Err(io::Error::other(format!(
            "valgrind {status}, or without a count of {COUNTED}"
        ))),
    }
}

/// Reads the total of a callgrind file: the line `totals: 123`, or `summary: 123`.
fn total(line: &str) -> Option<f64> {
    let (name, count) = line.split_once(": ")?;
    let count = ["totals", "summary"].contains(&name).then_some(count)?;
    count.trim().parse().ok()
}
