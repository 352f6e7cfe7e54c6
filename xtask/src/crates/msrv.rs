//! The oldest Rust that the manifests name builds what is published.

use std::fs;
use std::process::Command;

use super::PUBLISHED;
use crate::step::{Ending, Outcome, output, run};

const MANIFEST: &str = "Cargo.toml";

/// Builds with that Rust; where it is the one in use, every other check has done so.
pub(crate) fn check(_: &[String]) -> Outcome {
    let text = fs::read_to_string(MANIFEST).map_err(|error| format!("{MANIFEST}: {error}"))?;
    let oldest = named(&text).ok_or_else(|| format!("{MANIFEST} names no rust-version"))?;
    let in_use = output(Command::new("rustc").arg("--version"))?;
    if is_of(&in_use, oldest) {
        println!("Rust {oldest} is the one in use");
        return Ok(Ending::Passed);
    }
    let rustc = ["run", oldest, "rustc", "--version"];
    if output(Command::new("rustup").args(rustc)).is_err() {
        return Ok(Ending::Ignored(format!(
            "Rust {oldest} is not installed: rustup toolchain install {oldest} --profile minimal"
        )));
    }
    let mut command = Command::new("rustup");
    command.args(["run", oldest, "cargo", "check", "--all-features"]);
    command.args(["--target-dir", "target/msrv"]);
    run(command.args(PUBLISHED.map(|name| format!("--package={name}"))))?;
    Ok(Ending::Passed)
}

/// The version that a manifest asks for.
fn named(manifest: &str) -> Option<&str> {
    let mut lines = manifest.lines();
    let value = lines.find_map(|line| line.strip_prefix("rust-version = \""))?;
    value.strip_suffix('"')
}

/// Whether this is what such a compiler says of itself.
fn is_of(said: &str, version: &str) -> bool {
    let rest = said
        .strip_prefix("rustc ")
        .and_then(|it| it.strip_prefix(version));
    rest.is_some_and(|rest| rest.starts_with(['.', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_rust_is_the_one_that_the_manifest_names() {
        let manifest = "[workspace.package]\nrust-version = \"1.95\"\n";
        assert_eq!(named(manifest), Some("1.95"));
        assert!(is_of("rustc 1.95.0 (59807616e 2026-04-14)", "1.95"));
        assert!(is_of("rustc 1.95.1 (59807616e 2026-04-14)", "1.95.1"));
        assert!(!is_of("rustc 1.96.0 (59807616e 2026-06-14)", "1.95"));
        assert!(!is_of("rustc 1.9.0", "1.95"));
    }
}
