//! Whose types stand in the library's own signatures.
//!
//! Stable rustdoc has no output for programs; a script beside the build lets it write JSON. The variable that allows this is
//! set for rustdoc alone, since build scripts look at it and would all run again.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::checks::ALL;
use crate::crates::{SIZES, api};
use crate::step::{Ending, Outcome, cargo, run};

/// What is linked by every program, and what the project publishes together.
const OURS: [&str; 5] = ["alloc", "core", "std", "cloakroom", "cloakroom_macros"];

/// Crates that nobody names in a `Cargo.toml`, and those that pass their items on.
const PASSED_ON: [(&str, &str); 2] = [("serde_core", "serde"), ("sqlx_mysql", "sqlx")];

/// Crates, each with the items of theirs that are seen.
type Seen = BTreeMap<String, BTreeSet<String>>;

/// The page tells of every crate whose items the library shows, and of no other.
pub(crate) fn check(_: &[String]) -> Outcome {
    let section = section()?;
    let page = read(SIZES)?;
    if !page.contains(&section) {
        return Err(format!(
            "{SIZES} tells of other public dependencies than there are (`cargo xtask crates` writes it anew):\n{section}"
        ));
    }
    println!("{SIZES} names every public dependency");
    let changes = read("CHANGELOG.md")?;
    for library in api::LIBRARIES {
        let now = api::listing(&told(library)?, &version()?);
        let released = !changes.contains(&format!("Unreleased ({})", version()?));
        api::compare(library, &api::committed(library), &now, released)?;
    }
    Ok(Ending::Passed)
}

/// Writes anew what each library shows; rustdoc has to have described them just now.
pub(super) fn write_listings() -> Result<(), String> {
    for library in api::LIBRARIES {
        let (file, text) = (
            api::file(library),
            api::listing(&told(library)?, &version()?),
        );
        println!("{file}");
        fs::create_dir_all("docs/api").map_err(|error| format!("docs/api: {error}"))?;
        fs::write(&file, text).map_err(|error| format!("{file}: {error}"))?;
    }
    Ok(())
}

/// The version of everything that is published.
fn version() -> Result<String, String> {
    let manifest = read("Cargo.toml")?;
    let line = manifest
        .lines()
        .find_map(|it| it.strip_prefix("version = \""));
    let version = line.and_then(|it| it.strip_suffix('"'));
    version
        .map(str::to_owned)
        .ok_or_else(|| "Cargo.toml: no version".to_owned())
}

fn read(file: impl AsRef<Path>) -> Result<String, String> {
    let file = file.as_ref();
    fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
}

/// The part of the page of sizes that names them.
pub(super) fn section() -> Result<String, String> {
    let mut text = "## Public dependencies\n\n\
         Items of these crates stand in signatures of the library, so a release that follows one of them to a breaking version is a breaking release. \
         All other dependencies may change in any release. CI (`cargo xtask public`) refuses a signature that brings in another crate.\n\n\
         | crate | items |\n|---|---|\n"
        .to_owned();
    let lock = read("Cargo.lock")?;
    for (name, items) in seen(&documented()?) {
        let name = published(&name, &lock);
        let items: Vec<&str> = items.iter().map(String::as_str).collect();
        let _ = writeln!(text, "| {name} | `{}` |", items.join("`, `"));
    }
    Ok(text)
}

/// The name under which a crate is published, whose own name has underscores alone.
fn published<'a>(name: &'a str, lock: &'a str) -> &'a str {
    let names = lock
        .lines()
        .filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
    let mut same = names.filter(|published| published.replace('-', "_") == name);
    same.next().unwrap_or(name)
}

/// Lets rustdoc describe the library for programs.
fn documented() -> Result<Value, String> {
    let rustdoc = script().map_err(|error| format!("cannot write a script: {error}"))?;
    run(cargo(&format!("doc --quiet {ALL} --no-deps"))
        .env("RUSTDOC", rustdoc)
        .env("RUSTDOCFLAGS", "-Zunstable-options --output-format=json"))?;
    told("cloakroom")
}

/// Reads what rustdoc has told of a library.
fn told(library: &str) -> Result<Value, String> {
    let file = format!("target/doc/{library}.json");
    serde_json::from_str(&read(&file)?).map_err(|error| format!("{file}: {error}"))
}

fn script() -> std::io::Result<PathBuf> {
    let path = std::env::current_dir()?.join("target/rustdoc-json");
    fs::write(&path, "#!/bin/sh\nRUSTC_BOOTSTRAP=1 exec rustdoc \"$@\"\n")?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    Ok(path)
}

/// The foreign items that public items and their hand-written implementations name.
fn seen(docs: &Value) -> Seen {
    let mut found = BTreeSet::new();
    let own = docs["index"].as_object().into_iter().flatten();
    for (_, item) in own.filter(|(_, item)| item["crate_id"] == 0) {
        let inner = &item["inner"];
        let made = &inner["impl"];
        let by_rustc = made["is_synthetic"] == true || made["blanket_impl"].is_object();
        if !by_rustc && inner.get("use").is_none() {
            named(inner, &mut found);
        }
    }
    let mut seen = Seen::new();
    for id in found {
        let item = &docs["paths"][&id];
        let krate = &docs["external_crates"][item["crate_id"].to_string()]["name"];
        let (Some(krate), Some(path)) = (krate.as_str(), item["path"].as_array()) else {
            continue;
        };
        let passed_on = PASSED_ON.iter().find(|(inner, _)| *inner == krate);
        let krate = passed_on.map_or(krate, |(_, outer)| outer);
        if let (false, Some(name)) = (OURS.contains(&krate), path.last().and_then(Value::as_str)) {
            let items = seen.entry(krate.to_owned()).or_default();
            items.insert(name.to_owned());
        }
    }
    seen
}

/// Gathers the ids of all types and traits that a part of the description names.
fn named(part: &Value, found: &mut BTreeSet<String>) {
    match part {
        Value::Object(fields) => {
            for (field, value) in fields {
                if matches!(field.as_str(), "resolved_path" | "trait") && value.is_object() {
                    found.insert(value["id"].to_string());
                }
                named(value, found);
            }
        }
        Value::Array(parts) => parts.iter().for_each(|part| named(part, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_crate_is_public_when_a_signature_or_an_implementation_by_hand_names_it() {
        let docs = json!({
            "index": {
                "1": {"crate_id": 0, "inner": {"function": {"sig": {"inputs": [["pool", {"resolved_path": {"id": 10}}]]}}}},
                "2": {"crate_id": 0, "inner": {"impl": {"is_synthetic": false, "blanket_impl": null, "trait": {"id": 11}}}},
                "3": {"crate_id": 0, "inner": {"impl": {"is_synthetic": false, "blanket_impl": {"generic": "T"}, "trait": {"id": 12}}}},
                "4": {"crate_id": 0, "inner": {"use": {"resolved_path": {"id": 12}}}},
                "5": {"crate_id": 9, "inner": {"function": {"resolved_path": {"id": 12}}}},
                "6": {"crate_id": 0, "inner": {"constant": {"resolved_path": {"id": 13}}}}
            },
            "paths": {
                "10": {"crate_id": 7, "path": ["sqlx_mysql", "MySqlPool"]},
                "11": {"crate_id": 8, "path": ["tower_layer", "Layer"]},
                "12": {"crate_id": 9, "path": ["hidden", "Hidden"]},
                "13": {"crate_id": 6, "path": ["core", "time", "Duration"]}
            },
            "external_crates": {
                "6": {"name": "core"}, "7": {"name": "sqlx_mysql"}, "8": {"name": "tower_layer"}, "9": {"name": "hidden"}
            }
        });
        let seen = seen(&docs);
        let crates: Vec<&str> = seen.keys().map(String::as_str).collect();
        assert_eq!(crates, ["sqlx", "tower_layer"]);
        assert!(seen["sqlx"].contains("MySqlPool"));
        assert_eq!(
            published("tower_layer", "name = \"tower-layer\"\n"),
            "tower-layer"
        );
    }
}
