//! The guide says what there is: every page in the book, every setting and every error on its page.

use std::fs;

use super::{assert_none, root, texts};
use crate::settings;

fn page(name: &str) -> String {
    fs::read_to_string(root().join("docs").join(name)).expect("the guide has this page")
}

fn source(path: &str) -> String {
    let path = root().join("crates/cloakroom/src").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The lines below a heading, down to the next of its kind.
fn section<'a>(page: &'a str, heading: &str) -> impl Iterator<Item = &'a str> {
    let level = heading.split(' ').next().unwrap_or_default().len();
    let start = page.split_once(&format!("\n{heading}\n"));
    let (_, below) = start.unwrap_or_else(|| panic!("no heading `{heading}`"));
    below.lines().take_while(move |line| {
        let depth = line.bytes().take_while(|byte| *byte == b'#').count();
        depth == 0 || depth > level
    })
}

#[test]
fn the_tables_of_settings_are_as_the_sources_make_them() {
    let page = page("settings.md");
    let made = settings::renewed(&page, root()).unwrap_or_else(|problem| panic!("{problem}"));
    let rows = section(&made, "## In the builder").filter(|line| line.starts_with("| `"));
    assert!(rows.count() > 60, "settings are no longer found");
    let other = made
        .lines()
        .find(|line| !page.lines().any(|it| it == *line));
    let gone = page
        .lines()
        .find(|line| !made.lines().any(|it| it == *line));
    let problems = [(other, "is missing"), (gone, "is too much")]
        .into_iter()
        .filter_map(|(line, what)| Some(format!("docs/settings.md: {what}: {}", line?)))
        .chain((made != page).then(|| "`cargo xtask settings` writes it anew".to_owned()));
    assert_none(&problems.collect::<Vec<_>>());
}

/// Enums whose variants somebody meets who looks an error up.
const ERRORS: [(&str, &str); 13] = [
    ("error.rs", "Error"),
    ("error/place.rs", "PlaceProblem"),
    ("error/cookie.rs", "CookieProblem"),
    ("web/rejection.rs", "Rejection"),
    ("csrf/reason.rs", "Reason"),
    ("form/limits.rs", "Refused"),
    ("files/limits.rs", "Refused"),
    ("web/forms/valid.rs", "InvalidForm"),
    ("wizard/trial.rs", "Ended"),
    ("keys/seal.rs", "Refused"),
    ("django/error.rs", "DjangoError"),
    ("django/csrf.rs", "TokenProblem"),
    ("django/cookie/morsel.rs", "NameProblem"),
];

/// The same of the command.
const OF_THE_COMMAND: (&str, &str) = ("../../cloakroom-ops/src/failure.rs", "OpsError");

fn variants(text: &str, name: &str) -> Vec<String> {
    let start = text.split_once(&format!("pub enum {name} {{\n"));
    let (_, body) = start.unwrap_or_else(|| panic!("no enum {name}"));
    let lines = body.lines().take_while(|line| *line != "}");
    let lines = lines.filter_map(|line| line.strip_prefix("    "));
    let named = lines.filter(|line| line.starts_with(char::is_uppercase));
    named
        .map(|line| {
            line.split([',', ' ', '(', '{'])
                .next()
                .unwrap_or_default()
                .to_owned()
        })
        .collect()
}

#[test]
fn every_error_has_its_row_in_the_guide() {
    let page = page("errors.md");
    let mut problems = Vec::new();
    for (file, name) in ERRORS.into_iter().chain([OF_THE_COMMAND]) {
        let variants = variants(&source(file), name);
        assert!(variants.len() > 1, "{file}: {name}");
        let forms = |variant: &String| [format!("`{variant}`"), format!("::{variant}`")];
        let missing = variants
            .iter()
            .filter(|variant| !forms(variant).iter().any(|form| page.contains(form)));
        problems.extend(missing.map(|it| format!("{name}::{it} is not in docs/errors.md")));
    }
    assert_none(&problems);
}

#[test]
fn every_enum_that_is_an_error_is_looked_up_in_the_guide() {
    let mut problems = Vec::new();
    for (path, text) in texts(&["crates/cloakroom/src", "crates/cloakroom-ops/src"], ".rs") {
        for part in text.split("Error for ").skip(1) {
            let name = part.split(' ').next().unwrap_or_default();
            let is_enum = text.contains(&format!("\npub enum {name} {{"));
            let is_listed = ERRORS.iter().chain([&OF_THE_COMMAND]);
            let mut is_listed = is_listed.filter(|(file, listed)| {
                path.ends_with(file.trim_start_matches("../")) && *listed == name
            });
            if is_enum && is_listed.next().is_none() {
                problems.push(format!("{}: {name} is not in ERRORS", path.display()));
            }
        }
    }
    assert_none(&problems);
}

#[test]
fn every_page_is_in_the_book_and_its_code_is_compiled() {
    let (summary, compiled) = (page("SUMMARY.md"), root().join("tools/guide/src/lib.rs"));
    let compiled = fs::read_to_string(compiled).expect("the guide's code is compiled there");
    let mut problems = Vec::new();
    for (path, text) in texts(&["docs"], ".md") {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let stem = name.trim_end_matches(".md");
        if name != "SUMMARY.md" && !summary.contains(&format!("({name})")) {
            problems.push(format!("docs/{name} is not in docs/SUMMARY.md"));
        }
        if text.contains("```rust") && !compiled.contains(&format!("\"{stem}\"")) {
            problems.push(format!(
                "the code of docs/{name} is not compiled by tools/guide"
            ));
        }
    }
    assert_none(&problems);
}
