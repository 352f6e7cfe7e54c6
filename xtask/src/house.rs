//! The rules of the house, kept by tests that read the sources: who may use whom, and how a file begins.

mod guide;
mod rooms;
mod source;
mod words;

use std::fs;
use std::path::{Path, PathBuf};

use crate::files;
use rooms::House;
use source::Source;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask lives inside the workspace")
}

/// The project's files below these folders that end so, each with its text and its path from the root.
fn texts(folders: &[&str], ending: &str) -> Vec<(PathBuf, String)> {
    let paths = folders
        .iter()
        .flat_map(|folder| files::under(&root().join(folder)));
    paths
        .filter(|path| path.to_string_lossy().ends_with(ending))
        .filter_map(|path| {
            let text = fs::read_to_string(&path).ok()?;
            Some((path.strip_prefix(root()).ok()?.to_owned(), text))
        })
        .collect()
}

fn assert_none(problems: &[String]) {
    assert!(
        problems.is_empty(),
        "\n  {}\n(the rules: ARCHITECTURE.md)",
        problems.join("\n  ")
    );
}

#[test]
fn imports_only_go_left() {
    let sources = texts(&["crates/cloakroom/src"], ".rs");
    let library = fs::read_to_string(root().join("crates/cloakroom/src/lib.rs"));
    let house = House::new(&Source::new(&library.expect("the library has a lib.rs")));
    let problems: Vec<String> = sources
        .iter()
        .flat_map(|(path, text)| house.problems(path, &Source::new(text)))
        .collect();
    assert_none(&problems);
}

#[test]
fn the_demo_takes_no_file_of_the_library_for_its_own() {
    let reaches_in = |(path, text): &(PathBuf, String)| {
        let lines = Source::new(text).lines_with(&["#", "[", "path", "="]);
        lines.first().map(|line| {
            format!(
                "{}:{line}: #[path] goes around the public names",
                path.display()
            )
        })
    };
    let problems: Vec<String> = texts(&["demo"], ".rs")
        .iter()
        .filter_map(reaches_in)
        .collect();
    assert_none(&problems);
}

#[test]
fn every_source_begins_by_saying_what_lives_there() {
    let is_silent = |(path, text): &(PathBuf, String)| {
        (!text.starts_with("//!")).then(|| format!("{}:1: begins without `//!`", path.display()))
    };
    let problems: Vec<String> = texts(&["crates", "demo", "services", "xtask"], ".rs")
        .iter()
        .filter_map(is_silent)
        .collect();
    assert_none(&problems);
}

#[test]
fn no_file_knows_the_machine_it_was_written_on() {
    let home = std::env::var("HOME").unwrap_or_default();
    let places = [root().to_string_lossy().into_owned(), home];
    let places: Vec<String> = places
        .iter()
        .filter(|place| place.len() > 1)
        .map(|place| format!("{place}/"))
        .collect();
    let mut problems = Vec::new();
    for (path, text) in texts(&["."], "") {
        for (index, line) in text.lines().enumerate() {
            if places.iter().any(|place| line.contains(place.as_str())) {
                problems.push(format!(
                    "{}:{}: names a path of this machine",
                    path.display(),
                    index + 1
                ));
            }
        }
    }
    assert_none(&problems);
}

#[test]
fn the_lock_file_of_the_browser_tests_names_no_registry() {
    let lock = fs::read_to_string(root().join("e2e/package-lock.json"));
    let lock = lock.expect("e2e has a package-lock.json");
    assert!(
        !lock.contains("\"resolved\""),
        "e2e/package-lock.json has `resolved`; e2e/.npmrc keeps it out"
    );
}
