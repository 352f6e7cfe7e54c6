//! Instructions per request, counted by callgrind.
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use clap::ValueEnum;

use crate::{Result, subject::Subject};

/// The two lengths of a run; whatever happens once per run cancels out between them.
const SHORT: u32 = 100;
const LONG: u32 = 400;

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
        let short = self.count(subject, SHORT)?;
        let long = self.count(subject, LONG)?;
        Ok((long - short) / f64::from(LONG - SHORT))
    }

    fn count(&self, subject: Subject, requests: u32) -> Result<f64> {
        let (stack, case) = (argument(&subject.stack), argument(&subject.case));
        let file = self.folder.join(format!("{stack}.{case}.{requests}.out"));
        let program = env::current_exe()?;
        if !program.exists() {
            return Err("the benchmark was rebuilt while it ran: run it again".into());
        }
        let output = Command::new("valgrind")
            .arg("--tool=callgrind")
            .arg(format!("--callgrind-out-file={}", file.display()))
            .arg(program)
            .args(["run-case", &stack, &case, &requests.to_string()])
            .output()?;
        if !output.status.success() {
            let message = String::from_utf8_lossy(&output.stderr);
            return Err(format!("callgrind of {subject} failed: {message}").into());
        }
        total(&fs::read_to_string(&file)?)
            .ok_or_else(|| format!("callgrind left no count for {subject}").into())
    }
}

fn argument(value: &impl ValueEnum) -> String {
    value
        .to_possible_value()
        .map(|value| value.get_name().to_owned())
        .unwrap_or_default()
}

/// Returns the total of a callgrind file: the line `totals: 123`, or `summary: 123`.
fn total(file: &str) -> Option<f64> {
    let lines = file.lines().filter_map(|line| line.split_once(": "));
    lines
        .filter(|(name, _)| ["totals", "summary"].contains(name))
        .find_map(|(_, count)| count.trim().parse().ok())
}
