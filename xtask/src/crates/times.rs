//! How long a build takes with each feature: measured on a quiet machine, kept in a file that the page of sizes shows.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use crate::crates::names;
use crate::step::{Ending, Outcome, cargo, output};

/// Where what was measured stands: a line that says on what, then a feature and its seconds on each.
const FILE: &str = "docs/api/times.txt";

/// What is built without any feature.
const BARE: &str = "none";

/// Builds the library from nothing, with each of the features named, or with each there is, and notes the seconds.
pub(crate) fn measure(arguments: &[String]) -> Outcome {
    let mut features = vec![BARE.to_owned()];
    features.extend(names()?);
    if !arguments.is_empty() {
        if let Some(unknown) = arguments.iter().find(|it| !features.contains(it)) {
            return Err(format!("no feature is called {unknown}"));
        }
        features = arguments.to_vec();
    }
    let mut times = Times::read();
    times.machine = machine()?;
    // Nothing is measured of the network.
    output(&mut cargo("fetch --quiet --locked"))?;
    for feature in features {
        let seconds = build(&feature)?;
        println!("{feature}: {seconds:.1} s");
        times.seconds.insert(feature, format!("{seconds:.1}"));
        times.write()?;
    }
    println!("{FILE}; `cargo xtask crates` puts it on the page");
    Ok(Ending::Passed)
}

/// Builds in a folder of its own, as a program that depends on the library would: no setting of this workspace counts.
fn build(feature: &str) -> Result<f64, String> {
    let folder = Path::new("target/times");
    let empty = || match folder.exists() {
        true => {
            fs::remove_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))
        }
        false => Ok(()),
    };
    empty()?;
    let words = "build --quiet --locked --offline -p cloakroom --no-default-features --target-dir target/times";
    let mut command = cargo(words);
    command.args(["--config", "profile.dev.package.\"*\".opt-level=0"]);
    command.args(["--config", "profile.dev.debug=true"]);
    if feature != BARE {
        command.args(["--features", feature]);
    }
    let begun = Instant::now();
    output(&mut command)?;
    let seconds = begun.elapsed().as_secs_f64();
    empty()?;
    Ok(seconds)
}

/// Says on what it was measured.
fn machine() -> Result<String, String> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let rust = output(Command::new("rustc").arg("--version"))?;
    let rust = rust.split(" (").next().unwrap_or_default().to_owned();
    let told = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = told.lines().find_map(|it| it.strip_prefix("model name"));
    let model = model.map(|it| it.trim_start_matches([' ', '\t', ':']));
    let model = model.map_or_else(String::new, |model| format!(" ({model})"));
    Ok(format!("{cores} cores{model}, {rust}"))
}

/// What was measured, so far.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Times {
    pub(super) machine: String,
    seconds: BTreeMap<String, String>,
}

impl Times {
    /// Reads the file; where there is none, nothing was measured.
    pub(super) fn read() -> Self {
        Self::parse(&fs::read_to_string(FILE).unwrap_or_default())
    }

    fn parse(text: &str) -> Self {
        let mut lines = text.lines();
        let machine = lines.next().unwrap_or_default().to_owned();
        let pair = |line: &str| {
            line.split_once(' ')
                .map(|(a, b)| (a.to_owned(), b.to_owned()))
        };
        Self {
            machine,
            seconds: lines.filter_map(pair).collect(),
        }
    }

    fn text(&self) -> String {
        let lines = self
            .seconds
            .iter()
            .map(|(feature, seconds)| format!("{feature} {seconds}\n"));
        format!("{}\n{}", self.machine, lines.collect::<String>())
    }

    fn write(&self) -> Result<(), String> {
        let written = fs::create_dir_all("docs/api").and_then(|()| fs::write(FILE, self.text()));
        written.map_err(|error| format!("{FILE}: {error}"))
    }

    /// The seconds of a feature, without one if it has no name.
    pub(super) fn of(&self, feature: &str) -> &str {
        let feature = if feature.is_empty() { BARE } else { feature };
        self.seconds.get(feature).map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_measured_is_read_as_it_was_written() {
        let times = Times::parse("2 cores, rustc 1.95.0\nnone 21.0\nsqlite 30.5\n");
        assert_eq!(
            (times.of(""), times.of("sqlite"), times.of("s3")),
            ("21.0", "30.5", "")
        );
        assert_eq!(Times::parse(&times.text()), times);
    }
}
