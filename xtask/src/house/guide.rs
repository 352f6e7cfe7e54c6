//! The guide says what there is: every page in the book, every setting and every error on its page.

use std::collections::BTreeSet;
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

/// The names in backticks of the first cell of each row.
fn named<'a>(rows: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    let cells = rows.filter_map(|line| line.strip_prefix("| ")?.split(" |").next());
    cells
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .map(str::to_owned)
        .collect()
}

/// What only one of the two has.
fn differences(told: &BTreeSet<String>, there: &BTreeSet<String>, what: &str) -> Vec<String> {
    let missing = there
        .difference(told)
        .map(|it| format!("no row tells of {what} {it}"));
    let gone = told
        .difference(there)
        .map(|it| format!("a row tells of {what} {it}, which is not there"));
    missing.chain(gone).collect()
}

/// Quoted words of a source that begin so and are made of such letters.
fn quoted(text: &str, prefix: &str, is_letter: fn(char) -> bool) -> BTreeSet<String> {
    let words = text.split('"').filter(|word| word.starts_with(prefix));
    words
        .filter(|word| word.len() > prefix.len() && word.chars().all(is_letter))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_variable_of_the_environment_has_its_row_and_no_other_is_told_of() {
    let page = page("settings.md");
    let told = named(section(&page, "## In the environment"))
        .into_iter()
        .filter(|name| name.starts_with("CLOAKROOM_"))
        .collect();
    let is_letter = |char: char| char.is_ascii_uppercase() || char == '_';
    let found = quoted(&source("config/environment.rs"), "CLOAKROOM_", is_letter);
    let is_whole = |name: &String| !name.ends_with('_');
    let there: BTreeSet<String> = found.into_iter().filter(is_whole).collect();
    assert!(there.len() > 10, "variables are no longer found");
    let mut problems = differences(&told, &there, "the variable");
    for (path, text) in texts(&["docs", "README.md", "crates/cloakroom-ops/src"], "") {
        let words = text.split(|char: char| !is_letter(char));
        let named = words.filter(|word| word.starts_with("CLOAKROOM_"));
        let unknown = named.filter(|word| !word.ends_with('_') && !there.contains(*word));
        problems.extend(unknown.map(|it| format!("{}: nobody reads {it}", path.display())));
    }
    assert_none(&problems);
}

#[test]
fn every_variable_of_the_shop_has_its_row_and_no_other_is_told_of() {
    let readme = root().join("demo/shop/README.md");
    let readme = fs::read_to_string(readme).expect("the shop has a README");
    let is_own = |name: &String| name.starts_with("SHOP_");
    let told = named(readme.lines()).into_iter().filter(is_own).collect();
    let is_letter = |char: char| char.is_ascii_uppercase() || char == '_';
    let sources = texts(&["demo/shop/src"], ".rs");
    let there = sources
        .iter()
        .flat_map(|(_, text)| quoted(text, "SHOP_", is_letter))
        .collect();
    assert_none(&differences(&told, &there, "the shop's variable"));
}

#[test]
fn every_metric_has_its_row_with_its_kind_and_its_labels() {
    let page = page("settings.md");
    let rows: Vec<&str> = section(&page, "## Metrics").collect();
    let sources = texts(&["crates/cloakroom/src"], ".rs");
    let mut there = BTreeSet::new();
    let mut problems = Vec::new();
    for (path, text) in sources
        .iter()
        .filter(|(_, text)| !text.contains("describe_"))
    {
        let is_letter = |char: char| char.is_ascii_lowercase() || char == '_';
        let names = quoted(text, "cloakroom_", is_letter);
        there.extend(names.into_iter().filter(|it| {
            ["_total", "_on", "_open", "_seconds", "_place"]
                .iter()
                .any(|end| it.ends_with(end))
        }));
        for (kind, name, labels) in counted(text) {
            let quoted = format!("`{name}`");
            let row = rows.iter().find(|row| row.contains(&quoted));
            let cells: Vec<&str> = row.unwrap_or(&"").split('|').collect();
            let cell = |at: usize| cells.get(at).copied().unwrap_or_default();
            let has = |label: &&String| cell(3).contains(&format!("`{label}`"));
            if !cell(2).contains(kind) || !labels.iter().all(|label| has(&label)) {
                let path = path.display();
                problems.push(format!("{path}: {name}: a {kind} with {labels:?}"));
            }
        }
    }
    assert!(there.len() > 30, "metrics are no longer found");
    let told = named(rows.iter().copied());
    problems.extend(differences(&told, &there, "the metric"));
    assert_none(&problems);
}

/// What a source counts: how, under which name, with which labels.
fn counted(text: &str) -> Vec<(&'static str, String, Vec<String>)> {
    let mut found = Vec::new();
    for kind in ["counter", "gauge", "histogram"] {
        for part in text.split(&format!("metrics::{kind}!(")).skip(1) {
            let inside = part.split(')').next().unwrap_or_default();
            let Some(name) = inside.trim_start().strip_prefix('"') else {
                continue; // A name that is told elsewhere.
            };
            let name = name.split('"').next().unwrap_or_default().to_owned();
            let labels = inside.split("\" =>").collect::<Vec<_>>();
            let labels = labels[..labels.len() - 1].iter();
            let labels = labels.filter_map(|it| it.rsplit('"').next());
            found.push((kind, name, labels.map(str::to_owned).collect()));
        }
    }
    found
}

/// The lines of a function, from its name on.
fn body<'a>(text: &'a str, function: &str) -> &'a str {
    let start = text.find(&format!("fn {function}("));
    let rest = &text[start.unwrap_or_else(|| panic!("no function {function}"))..];
    let end = rest.find("\n}\n").or_else(|| rest.find("\n    }\n"));
    &rest[..end.unwrap_or(rest.len())]
}

/// The words that arms of a `match` begin with.
fn arms(body: &str) -> impl Iterator<Item = &str> {
    body.lines()
        .map(|line| line.trim_start().trim_start_matches("Some(("))
        .map(|line| line.trim_start_matches('('))
        .filter(|line| line.starts_with('"'))
        .flat_map(|line| {
            let pattern = line.split([',', '=']).next().unwrap_or_default();
            pattern.split('"').skip(1).step_by(2)
        })
}

#[test]
fn every_url_of_a_store_has_its_row() {
    let page = page("settings.md");
    let table: String = section(&page, "### URLs of stores").collect();
    let connect = source("store/connect.rs");
    let (_, schemes) = body(&connect, "connect_with")
        .split_once("let opened = match")
        .expect("connect_with chooses by the scheme");
    let schemes = schemes.split("_ =>").next().unwrap_or_default();
    let words = schemes.lines().flat_map(|line| {
        let pattern = line.split("=>").next().unwrap_or_default();
        let is_arm = pattern.trim_start().starts_with(['"', '|']);
        pattern
            .split('"')
            .skip(1)
            .step_by(2)
            .filter(move |_| is_arm)
    });
    let schemes: BTreeSet<&str> = words.map(|word| word.trim_end_matches(':')).collect();
    assert!(
        schemes.len() > 12,
        "schemes are no longer found: {schemes:?}"
    );
    let missing = schemes
        .iter()
        .filter(|scheme| !table.contains(&format!("`{scheme}:")));
    let problems = missing.map(|scheme| format!("docs/settings.md: no URL with {scheme}:"));
    assert_none(&problems.collect::<Vec<_>>());
}

#[test]
fn every_parameter_of_a_stores_url_has_its_row() {
    let page = page("settings.md");
    let rows = section(&page, "### URLs of stores").skip_while(|line| !line.contains("parameter"));
    let told = named(rows.skip(1));
    let connect = source("store/connect.rs");
    let named_in = body(&connect, "named_in").split("=> \"").skip(1);
    let taken_out = body(&connect, "local_in")
        .split("taken_out(url, \"")
        .skip(1);
    let mut there: BTreeSet<String> = named_in
        .chain(taken_out)
        .filter_map(|rest| rest.split('"').next())
        .map(str::to_owned)
        .collect();
    // By SQLite, what is known of a parameter may take several arms; the last names them all.
    for (file, function) in [
        ("store/sqlite/place.rs", "from_url"),
        ("store/redis/address.rs", "read_parameters"),
        ("store/postgres/address.rs", "understood"),
    ] {
        let found = source(file);
        there.extend(arms(body(&found, function)).map(str::to_owned));
    }
    assert!(there.len() > 8, "parameters are no longer found: {there:?}");
    assert_none(&differences(&told, &there, "the parameter"));
}

#[test]
fn every_feature_has_its_row_on_its_crates_front_page() {
    let mut problems = Vec::new();
    for krate in ["cloakroom", "cloakroom-ops"] {
        let folder = root().join("crates").join(krate);
        let read = |name: &str| fs::read_to_string(folder.join(name)).expect("a crate has it");
        let (manifest, front) = (read("Cargo.toml"), read("src/lib.rs"));
        let (_, features) = manifest.split_once("[features]\n").expect("there are some");
        let there: BTreeSet<String> = features
            .lines()
            .take_while(|line| !line.starts_with('['))
            .filter_map(|line| line.split_once(" = ["))
            .map(|(name, _)| name.to_owned())
            .filter(|name| name != "default")
            .collect();
        let (_, told) = front.split_once("//! # Features\n").expect("they are told");
        let told = told.lines().map_while(|line| line.strip_prefix("//!"));
        let told = named(
            told.map(str::trim_start)
                .filter(|line| line.starts_with("| `")),
        );
        assert!(!there.is_empty() && !told.is_empty(), "{krate}");
        let told = told
            .into_iter()
            .filter(|name| !name.contains("::"))
            .collect();
        problems.extend(differences(&told, &there, &format!("{krate}'s feature")));
    }
    assert_none(&problems);
}
