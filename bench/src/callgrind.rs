//! Instructions per request, counted by callgrind.
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use clap::ValueEnum;

use crate::{Result, subject::Subject};

/// Enough visits to even out what grows once in a while.
const VISITS: u32 = 300;

/// The function of this program whose instructions count, with all that it calls: what a site's start takes differs
/// with the keys that it draws.
const COUNTED: &str = "bench::counted_visits*";

/// The visitor's own carrying of cookies, which no stack is to pay for.
const KEEPING: &str = "Visitor::keep";

/// Counts instructions by running this very program under callgrind.
pub struct Callgrind {
    folder: PathBuf,
}

impl Callgrind {
    /// Returns callgrind when it is installed; its files go to `bench/results/callgrind`.
    pub fn find() -> Option<Self> {
        let found = Command::new("valgrind")
            .arg("--version")
            .stdout(Stdio::null())
            .status();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("results/callgrind");
        found
            .is_ok_and(|status| status.success())
            .then_some(Self { folder })
    }

    /// Returns how many instructions one request takes.
    ///
    /// # Errors
    ///
    /// When the run fails, or callgrind leaves no count behind.
    pub fn instructions(&self, subject: Subject) -> Result<f64> {
        fs::create_dir_all(&self.folder)?;
        let (stack, case) = (argument(&subject.stack), argument(&subject.case));
        let file = self.folder.join(format!("{stack}.{case}.out"));
        let program = env::current_exe()?;
        if !program.exists() {
            return Err("the benchmark was rebuilt while it ran: run it again".into());
        }
        let output = Command::new("valgrind")
            .arg("--tool=callgrind")
            .arg(format!("--toggle-collect={COUNTED}"))
            .arg(format!("--callgrind-out-file={}", file.display()))
            .arg(program)
            .args(["run-case", &stack, &case, &VISITS.to_string()])
            .output()?;
        if !output.status.success() {
            let message = String::from_utf8_lossy(&output.stderr);
            return Err(format!("callgrind of {subject} failed: {message}").into());
        }
        let counted = fs::read_to_string(&file)?;
        let total = total(&counted).filter(|total| *total > 0.0);
        let total = total.ok_or_else(|| format!("callgrind left no count for {subject}"))?;
        Ok((total - inclusive(&counted, KEEPING)) / f64::from(VISITS))
    }
}

fn argument(value: &impl ValueEnum) -> String {
    value
        .to_possible_value()
        .map(|value| value.get_name().to_owned())
        .unwrap_or_default()
}

/// Returns what the calls of a function cost, with all that it calls.
///
/// A file names each function once, as `(number) name`; a call is `cfn=(number)`, then `calls=`, and on the next line
/// where it stands and what it cost.
fn inclusive(file: &str, function: &str) -> f64 {
    let (mut number, mut cost) = (None, 0.0);
    let mut is_called = false;
    let mut lines = file.lines();
    while let Some(line) = lines.next() {
        if let Some((_, named)) = line.split_once("fn=(") {
            let (id, name) = named.split_once(')').unwrap_or((named, ""));
            if name.contains(function) {
                number = Some(id);
            }
            if line.starts_with("cfn=") {
                is_called = number == Some(id);
            }
        } else if line.starts_with("calls=") {
            let line = lines.next().unwrap_or_default();
            let count = line
                .rsplit(' ')
                .next()
                .and_then(|count| count.parse::<f64>().ok());
            if is_called {
                cost += count.unwrap_or_default();
            }
        }
    }
    cost
}

/// Returns the total of a callgrind file: the line `totals: 123`, or `summary: 123`.
fn total(file: &str) -> Option<f64> {
    let lines = file.lines().filter_map(|line| line.split_once(": "));
    lines
        .filter(|(name, _)| ["totals", "summary"].contains(name))
        .find_map(|(_, count)| count.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_function_cost_is_what_all_its_calls_did() {
        let file = "fn=(1) main\n10 5\ncfn=(2) bench::Visitor::keep\ncalls=3 7\n11 900\ncfn=(3) other\ncalls=1 7\n12 70\n\n\
                    fn=(2)\n7 30\ncfn=(3)\ncalls=9 9\n8 870\n\nfn=(4) again\ncfn=(2)\ncalls=1 7\n+2 50\ntotals: 1025\n";
        assert_eq!(inclusive(file, KEEPING), 950.0);
        assert_eq!(inclusive(file, "nobody"), 0.0);
        assert_eq!(total(file), Some(1025.0));
    }
}
