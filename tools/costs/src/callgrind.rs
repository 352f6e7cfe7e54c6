//! Instructions, counted by callgrind: this very program makes visits under it.
use std::io;
use std::process::{Command, Stdio};
use std::{env, fs};

use crate::{Case, Layer};

/// The two lengths of a run; whatever happens once per run cancels out between them.
const SHORT: u32 = 50;
const LONG: u32 = 250;

/// Returns how many instructions one visit takes.
///
/// # Errors
/// When valgrind is missing or fails.
pub fn instructions(layer: Layer, case: Case) -> io::Result<f64> {
    let (short, long) = (count(layer, case, SHORT)?, count(layer, case, LONG)?);
    Ok((long - short) / f64::from(LONG - SHORT))
}

fn count(layer: Layer, case: Case, visits: u32) -> io::Result<f64> {
    let name = format!("costs-{}-{visits}.callgrind", std::process::id());
    let file = env::temp_dir().join(name);
    let status = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", file.display()))
        .arg(env::current_exe()?)
        .args(["visit", layer.name(), case.name(), &visits.to_string()])
        .stderr(Stdio::null())
        .status()?;
    let counted = fs::read_to_string(&file);
    let _ = fs::remove_file(&file);
    let total = counted?.lines().find_map(total);
    match total {
        Some(total) if status.success() => Ok(total),
        _ => Err(io::Error::other(format!(
            "valgrind {status}, or without a count"
        ))),
    }
}

/// Reads the total of a callgrind file: the line `totals: 123`, or `summary: 123`.
fn total(line: &str) -> Option<f64> {
    let (name, count) = line.split_once(": ")?;
    let count = ["totals", "summary"].contains(&name).then_some(count)?;
    count.trim().parse().ok()
}
