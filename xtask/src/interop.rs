//! Django and the shop behind one host name, on every store, as `interop/django/live` asks for it.

use std::env;
use std::path::PathBuf;

use crate::checks::ALL;
use crate::python;
use crate::step::{Ending, Outcome, cargo, in_ci, run};
use crate::{install, services};

const USAGE: &str =
    "cargo xtask interop [--long] [--stand-in] [--store NAME]... [arguments of node --test]";

/// How many times the browser changes sides.
const HOPS: u32 = 60;
const HOPS_LONG: u32 = 1_000;

/// What was asked for.
#[derive(Debug, Default, PartialEq)]
struct Wish {
    /// A thousand hops, and every test on every store.
    long: bool,
    /// A second Django where the shop would be: what fails then, fails because of the tests.
    stand_in: bool,
    /// The stores to try it on; none named means all.
    stores: Vec<String>,
    for_node: Vec<String>,
}

impl Wish {
    fn read(words: &[String]) -> Result<Self, String> {
        let mut wish = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--long" => wish.long = true,
                "--stand-in" => wish.stand_in = true,
                "--store" => wish.stores.push(words.next().ok_or(USAGE)?.clone()),
                "--help" => return Err(USAGE.to_owned()),
                _ => wish.for_node.push(word.clone()),
            }
        }
        Ok(wish)
    }

    fn hops(&self) -> u32 {
        if self.long { HOPS_LONG } else { HOPS }
    }
}

/// Runs the tests of both sides at once.
///
/// Where something is missing and cannot be installed, CI fails and a laptop ignores them.
pub(crate) fn test(arguments: &[String]) -> Outcome {
    let wish = Wish::read(arguments)?;
    let found = install::browser().and_then(|it| Ok((it, python::django()?)));
    let ((node, browser), python) = match found {
        Ok(found) => found,
        Err(missing) if in_ci() => return Err(format!("missing in CI: {missing}")),
        Err(missing) => return Ok(Ending::Ignored(format!("missing: {missing}"))),
    };
    // Examples are asked for so that no dependency is built twice; see `e2e`.
    run(&mut cargo(&format!("build {ALL} --bins --examples")))?;
    let servers = services::for_tests()?;
    let mut node = node.command();
    node.args(["--test", "--test-reporter=spec"])
        .args(&wish.for_node)
        .arg("interop/django/live/all.test.mjs")
        .envs(servers.variables())
        .env("CHROMIUM", browser)
        .env("INTEROP_PYTHON", python)
        .env("INTEROP_PROGRAMS", programs()?)
        .env("INTEROP_HOPS", wish.hops().to_string());
    if wish.long {
        node.env("INTEROP_LONG", "1");
    }
    if !wish.stores.is_empty() {
        node.env("INTEROP_STORES", wish.stores.join(","));
    }
    if wish.stand_in {
        node.env("INTEROP_RUST", "django");
    }
    run(&mut node)?;
    Ok(Ending::Passed)
}

/// The programs lie beside this very one.
fn programs() -> Result<PathBuf, String> {
    let here = env::current_exe().map_err(|error| format!("where am I? {error}"))?;
    Ok(here.with_file_name(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_for_us_is_for_node() {
        let read = |line: &str| {
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            Wish::read(&words)
        };
        assert_eq!(read("").unwrap().hops(), 60);
        assert_eq!(read("--long").unwrap().hops(), 1_000);
        let wish = read("--stand-in --test-name-pattern=sqlite").unwrap();
        assert!(wish.stand_in && wish.for_node == ["--test-name-pattern=sqlite"]);
        assert_eq!(
            read("--store redis --store file").unwrap().stores,
            ["redis", "file"]
        );
        assert!(read("--help").is_err() && read("--store").is_err());
    }
}
