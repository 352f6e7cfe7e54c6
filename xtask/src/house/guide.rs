//! The guide says what there is: every page in the book, every setting and every error on its page.

use std::collections::BTreeSet;
use std::fs;

use super::{assert_none, root, texts};

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

/// What stands in backticks in the first cell of a table's rows.
fn first_cells<'a>(lines: impl Iterator<Item = &'a str>) -> BTreeSet<&'a str> {
    let cells = lines.filter_map(|line| line.strip_prefix('|')?.split('|').next());
    cells
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .collect()
}

/// The public functions that take and give back the settings themselves.
fn setters(text: &str) -> BTreeSet<String> {
    let joined = text.replace("(\n        ", "(");
    let parts = joined.split("    pub fn ").skip(1);
    parts
        .filter_map(|part| {
            let (name, rest) = part.split_once('(')?;
            let first = rest.split([',', ')']).next()?;
            let gives = rest.split_once('{')?.0;
            let turns = matches!(first, "mut self" | "self") && gives.contains("-> Self");
            turns.then(|| name.split('<').next().unwrap_or(name).to_owned())
        })
        .collect()
}

/// Where settings are set, and by which name the guide calls them.
const SETTINGS: [(&str, &str); 10] = [
    ("config/builder.rs", ""),
    ("config/dialect.rs", ""),
    ("session/policy.rs", "session."),
    ("session/noting.rs", "session."),
    ("session/signal.rs", "session."),
    ("messages/settings.rs", "messages."),
    ("csrf/settings.rs", "csrf."),
    ("headers/settings.rs", "headers."),
    ("store/in_cookie.rs", "in_cookie."),
    ("config/linger.rs", "linger."),
];

/// Functions of the builder that only lead to others.
const GROUPS: [&str; 7] = [
    "session",
    "messages",
    "csrf",
    "headers",
    "linger",
    "store_in_memory",
    "change_django",
];

#[test]
fn the_settings_of_the_builder_are_those_in_the_guide() {
    let page = page("settings.md");
    let told = first_cells(section(&page, "## In the builder"));
    let mut there = BTreeSet::new();
    for (file, prefix) in SETTINGS {
        let names = setters(&source(file)).into_iter();
        let names = names.filter(|name| !GROUPS.contains(&name.as_str()));
        there.extend(names.map(|name| format!("{prefix}{name}")));
    }
    assert!(there.len() > 60, "settings are no longer found: {there:?}");
    let there: BTreeSet<&str> = there.iter().map(String::as_str).collect();
    let untold = there
        .difference(&told)
        .map(|name| format!("{name} is not in docs/settings.md"));
    let gone = told
        .difference(&there)
        .map(|name| format!("{name} is told, and is no setting"));
    assert_none(&untold.chain(gone).collect::<Vec<_>>());
}

#[test]
fn the_limits_of_stores_forms_and_wizards_are_those_in_the_guide() {
    let page = page("settings.md");
    let rows = [
        ("## Limits of a store", "store/options.rs"),
        ("## Of forms", "form/limits.rs"),
        ("## Of wizards", "web/wizard/mount.rs"),
    ];
    let mut problems = Vec::new();
    for (heading, file) in rows {
        let text: String = section(&page, heading).collect();
        let names = setters(&source(file));
        assert!(!names.is_empty(), "{file}");
        let missing = names
            .iter()
            .filter(|name| !text.contains(&format!("`{name}`")));
        problems.extend(missing.map(|name| format!("{name} of {file} is not under `{heading}`")));
    }
    assert_none(&problems);
}

/// Enums whose variants somebody meets who looks an error up.
const ERRORS: [(&str, &str); 7] = [
    ("error.rs", "Error"),
    ("error/place.rs", "PlaceProblem"),
    ("error/cookie.rs", "CookieProblem"),
    ("web/rejection.rs", "Rejection"),
    ("csrf/reason.rs", "Reason"),
    ("form/limits.rs", "Refused"),
    ("files/limits.rs", "Refused"),
];

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
    for (file, name) in ERRORS {
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
