//! What the library brings along: how many crates each feature needs, under which licences, and what is published.

pub(crate) mod advisories;
mod api;
mod licence;
pub(crate) mod msrv;
pub(crate) mod public;
pub(crate) mod times;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::step::{Ending, Outcome, cargo, output, run};

const SIZES: &str = "docs/sizes.md";
const LICENCES: &str = "docs/licences.md";

/// What is published, in the order of who needs whom.
const PUBLISHED: [&str; 3] = ["cloakroom-macros", "cloakroom", "cloakroom-ops"];

/// Writes the pages of sizes and licences anew.
pub(crate) fn pages(_: &[String]) -> Outcome {
    let write = |page: &str, text: String| {
        println!("{page}");
        fs::write(page, text).map_err(|error| format!("{page}: {error}"))
    };
    write(SIZES, sizes()?)?;
    public::write_listings()?;
    write(LICENCES, licences_page(&licences()?))?;
    Ok(Ending::Passed)
}

/// Every crate that is linked into what is published has a licence that may be.
pub(crate) fn check_licences(_: &[String]) -> Outcome {
    let all = licences()?;
    let foreign = all
        .iter()
        .filter(|(licence, _)| !licence::is_allowed(licence));
    let lines: Vec<String> = foreign
        .map(|(licence, crates)| format!("`{licence}`: {}", join(crates)))
        .collect();
    let count: usize = all.values().map(BTreeSet::len).sum();
    println!("licences of {count} crates looked at");
    match lines.is_empty() {
        true => Ok(Ending::Passed),
        false => Err(format!(
            "licences that may not be\n  {}\n",
            lines.join("\n  ")
        )),
    }
}

/// The library builds with each feature alone, and what else is published without what its neighbours ask of
/// a crate that they share.
pub(crate) fn features(_: &[String]) -> Outcome {
    for name in PUBLISHED {
        run(cargo("check --package").arg(name))?;
    }
    for feature in names()? {
        run(cargo("check -p cloakroom --no-default-features --features").arg(feature))?;
    }
    Ok(Ending::Passed)
}

/// What is committed builds with the lowest versions that its manifests name, in a copy of its own: minutes, so it
/// stands beside CI.
pub(crate) fn minimal(_: &[String]) -> Outcome {
    let copy = Path::new("target/minimal/checkout");
    if copy.exists() {
        fs::remove_dir_all(copy).map_err(|error| format!("{}: {error}", copy.display()))?;
    }
    run(Command::new("git")
        .args(["clone", "--quiet", "."])
        .arg(copy))?;
    // Cargo has this behind a switch for its nightly builds only.
    run(cargo("update --quiet -Zdirect-minimal-versions")
        .env("RUSTC_BOOTSTRAP", "1")
        .current_dir(copy))?;
    let check = "check --all-features --target-dir ../target";
    let mut command = cargo(check);
    let packages = PUBLISHED.map(|name| format!("--package={name}"));
    run(command.args(packages).current_dir(copy))?;
    Ok(Ending::Passed)
}

/// What is published can be packed, with its licences; with `--verify` it is built from the package too.
pub(crate) fn package(arguments: &[String]) -> Outcome {
    let mut command = cargo("package --quiet --allow-dirty");
    if !arguments.iter().any(|word| word == "--verify") {
        command.arg("--no-verify");
    }
    run(command.args(PUBLISHED.map(|name| format!("--package={name}"))))?;
    for name in PUBLISHED {
        let files = output(cargo("package --list --allow-dirty --package").arg(name))?;
        let has = |wanted: &str| files.lines().any(|file| file == wanted);
        let missing = ["LICENSE-MIT", "LICENSE-APACHE", "Cargo.toml"]
            .into_iter()
            .find(|file| !has(file));
        if let Some(file) = missing {
            return Err(format!("{name} would be published without {file}"));
        }
        println!("{name}: {} files", files.lines().count());
    }
    Ok(Ending::Passed)
}

/// The library's features, in the order of its `Cargo.toml`, without the empty default.
fn names() -> Result<Vec<String>, String> {
    let manifest = "crates/cloakroom/Cargo.toml";
    let text = fs::read_to_string(manifest).map_err(|error| format!("{manifest}: {error}"))?;
    let below = text.split("[features]\n").nth(1).unwrap_or_default();
    let lines = below.lines().take_while(|line| !line.starts_with('['));
    let named = lines.filter(|line| line.starts_with(|char: char| char.is_ascii_lowercase()));
    let names = named.filter_map(|line| line.split(" = ").next());
    Ok(names
        .filter(|name| *name != "default")
        .map(str::to_owned)
        .collect())
}

/// The crates that a build of the library with this feature links, itself among them.
fn linked(feature: &str) -> Result<BTreeSet<String>, String> {
    let tree = output(
        cargo("tree -p cloakroom --no-default-features --edges normal --prefix none --features")
            .arg(feature),
    )?;
    let lines = tree.lines().map(|line| line.trim_end_matches(" (*)"));
    Ok(lines.map(str::to_owned).collect())
}

fn sizes() -> Result<String, String> {
    let (bare, times) = (linked("")?.len(), times::Times::read());
    let measured = match times.machine.as_str() {
        "" => String::new(),
        machine => format!(
            "A clean debug build of the library and all that it needs, with cargo's default settings, was measured by `cargo xtask times` on {machine}, with nothing else running.\n\n"
        ),
    };
    let mut page = format!(
        "# Sizes and features\n\n\
         How many crates a build links, the library itself among them; counted from `Cargo.lock` by `cargo xtask crates`. Features only add, and none is on by default: \
         without one the library keeps sessions in memory or in cookies, and pulls in no database driver and no TLS. CI refuses a build without features that does.\n\n\
         {measured}\
         | features | crates | more than without | clean build, s |\n|---|---|---|---|\n| none | {bare} | | {} |\n",
        times.of("")
    );
    for feature in names()? {
        let (count, seconds) = (linked(&feature)?.len(), times.of(&feature));
        let _ = writeln!(
            page,
            "| `{feature}` | {count} | {} | {seconds} |",
            count - bare
        );
    }
    page += "\nMost of the first row is there in any axum site: axum-core, tower, http, tokio, serde, tracing. Much of the rest is RustCrypto, and `url` with its tables of international host names, by which origins are compared.\n\n\
         `cargo xtask features`, a part of CI, builds the library with each feature alone.\n\n";
    page += &public::section()?;
    Ok(page)
}

/// The licences of all crates that are linked into what is published, each with its crates.
fn licences() -> Result<BTreeMap<String, BTreeSet<String>>, String> {
    let mut command =
        cargo("tree --all-features --edges normal,build --prefix none --format {p}|{l}");
    let tree = output(command.args(PUBLISHED.map(|name| format!("--package={name}"))))?;
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in tree.lines() {
        let (krate, licence) = line.split_once('|').unwrap_or((line, ""));
        let name = krate.split(' ').next().unwrap_or_default();
        // A crate that stood in the tree before is marked behind its licence.
        let licence = licence.trim_end_matches(" (*)");
        if !name.is_empty() && !PUBLISHED.contains(&name) {
            all.entry(licence.to_owned())
                .or_default()
                .insert(name.to_owned());
        }
    }
    Ok(all)
}

fn licences_page(all: &BTreeMap<String, BTreeSet<String>>) -> String {
    let mut page = "# Licences\n\n\
         Cloakroom is licensed under [MIT](../LICENSE-MIT) or [Apache-2.0](../LICENSE-APACHE), as you like. These are the licences of all crates that a build with \
         every feature links, or runs while it builds, the command `cloakroom` included; listed from `Cargo.lock` by `cargo xtask crates`. Where it says `OR`, you choose. \
         CI refuses a licence that is not on [its list](../xtask/src/crates/licence.rs). SQLite itself, which the feature `sqlite` compiles in, is in the public domain.\n\n\
         | licence | crates |\n|---|---|\n"
        .to_owned();
    for (licence, crates) in all {
        let _ = writeln!(page, "| {licence} | {} |", join(crates));
    }
    page
}

fn join(crates: &BTreeSet<String>) -> String {
    crates
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ")
}
