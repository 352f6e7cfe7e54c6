//! What a program can name of the published libraries, a line for each item, so that a change of it is seen and weighed.
//!
//! Written from what rustdoc tells programs. A line that is gone, or reads otherwise, breaks those who use it.

mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;

use text::{Docs, generics, signature, ty};

/// Where the listing of each library lies.
pub(super) const LIBRARIES: [&str; 2] = ["cloakroom", "cloakroom_ops"];

pub(super) fn file(library: &str) -> String {
    format!("docs/api/{library}.txt")
}

/// Says of which version a listing is.
fn head(version: &str) -> String {
    format!("# {version}; written by `cargo xtask crates`, compared by `cargo xtask public`\n")
}

/// Returns the listing of a library.
pub(super) fn listing(docs: &Value, version: &str) -> String {
    let mut listing = Listing {
        docs: Docs(docs),
        lines: BTreeSet::new(),
        named: BTreeMap::new(),
    };
    let root = docs["root"].to_string();
    let name = listing.docs.item(&root)["name"]
        .as_str()
        .unwrap_or_default();
    listing.module(&root, name);
    let lines: Vec<String> = listing.lines.into_iter().collect();
    format!("{}{}\n", head(version), lines.join("\n"))
}

/// Compares the listing that is committed with that of today.
///
/// # Errors
/// When something is gone although the version promises that nothing is.
pub(super) fn compare(
    library: &str,
    before: &str,
    now: &str,
    released: bool,
) -> Result<(), String> {
    let lines =
        |text: &str| -> BTreeSet<String> { text.lines().skip(1).map(str::to_owned).collect() };
    let (old, new) = (lines(before), lines(now));
    let gone: Vec<&String> = old.difference(&new).collect();
    let come = new.difference(&old).count();
    println!(
        "{library}: {} items; since {} was written {} are gone or changed, {come} are new",
        new.len(),
        file(library),
        gone.len()
    );
    for line in &gone {
        println!("  gone: {line}");
    }
    if gone.is_empty() || !released || !are_compatible(&version(before), &version(now)) {
        return Ok(());
    }
    Err(format!(
        "{} items of {library} are gone or changed, which needs a version that promises less ({} was released)",
        gone.len(),
        version(before)
    ))
}

/// Reads the version off a listing's first line.
fn version(listing: &str) -> String {
    let first = listing.strip_prefix("# ").unwrap_or_default();
    first.split(';').next().unwrap_or_default().to_owned()
}

/// Says whether a program may go from one version to the other without a change.
fn are_compatible(one: &str, other: &str) -> bool {
    let promised = |version: &str| -> Vec<String> {
        let mut parts = version.split('.').map(str::to_owned);
        let major = parts.next().unwrap_or_default();
        match major == "0" {
            true => vec![major, parts.next().unwrap_or_default()],
            false => vec![major],
        }
    };
    promised(one) == promised(other)
}

/// Reads the listing that is committed; none is an empty one.
pub(super) fn committed(library: &str) -> String {
    fs::read_to_string(file(library)).unwrap_or_default()
}

struct Listing<'a> {
    docs: Docs<'a>,
    lines: BTreeSet<String>,
    /// Items by the path under which they are listed in full.
    named: BTreeMap<String, String>,
}

impl Listing<'_> {
    fn line(&mut self, line: impl Into<String>) {
        self.lines.insert(line.into());
    }

    fn module(&mut self, id: &str, path: &str) {
        let mut modules = Vec::new();
        for member in self.docs.members(id) {
            let item = self.docs.item(&member);
            let (kind, inner) = text::kind(item);
            let name = item["name"].as_str().or(inner["name"].as_str());
            match (kind, name) {
                ("use", _) if inner["is_glob"] == true => {
                    self.module(&inner["id"].to_string(), path);
                }
                ("use", Some(name)) => {
                    let name = inner["name"].as_str().unwrap_or(name);
                    self.named_item(&inner["id"].to_string(), &format!("{path}::{name}"), inner);
                }
                ("module", Some(name)) => modules.push((member, format!("{path}::{name}"))),
                (_, Some(name)) => self.named_item(&member, &format!("{path}::{name}"), inner),
                (_, None) => {}
            }
        }
        for (id, path) in modules {
            self.line(format!("mod {path}"));
            self.module(&id, &path);
        }
    }

    /// Lists an item under a name; in full only under the first.
    fn named_item(&mut self, id: &str, path: &str, used: &Value) {
        let item = self.docs.item(id);
        if item.is_null() {
            let source = used["source"].as_str().unwrap_or_default();
            return self.line(format!("use {path} = {source}"));
        }
        if let Some(first) = self.named.get(id) {
            return self.line(format!("use {path} = {first}"));
        }
        self.named.insert(id.to_owned(), path.to_owned());
        let (kind, inner) = text::kind(item);
        let open = text::marks(item);
        let (params, bounds) = generics(&inner["generics"]);
        match kind {
            "function" => self.line(signature(path, inner)),
            "constant" => self.line(format!("const {path}: {}", ty(&inner["type"]))),
            "type_alias" => self.line(format!("type {path}{params} = {}", ty(&inner["type"]))),
            "module" => self.module(id, path),
            "struct" | "enum" | "trait" => {
                let above = text::bounds(&inner["bounds"]);
                self.line(format!("{open}{kind} {path}{params}{above}{bounds}"));
                self.parts(path, inner);
                self.implementations(path, inner);
            }
            _ => self.line(format!("{kind} {path}")),
        }
    }

    /// Fields, variants and what a trait asks for.
    fn parts(&mut self, path: &str, inner: &Value) {
        let of_struct = inner["kind"]["plain"]["fields"].as_array();
        let of_tuple = inner["kind"]["tuple"].as_array();
        let parts = [
            of_struct,
            of_tuple,
            inner["variants"].as_array(),
            inner["items"].as_array(),
        ];
        for id in parts.into_iter().flatten().flatten() {
            let item = self.docs.item(&id.to_string());
            self.part(path, item);
        }
    }

    fn part(&mut self, path: &str, item: &Value) {
        let name = item["name"].as_str().unwrap_or_default();
        let path = format!("{path}::{name}");
        let (kind, inner) = text::kind(item);
        match kind {
            "function" => {
                let provided = if inner["has_body"] == true {
                    ""
                } else {
                    " (required)"
                };
                self.line(signature(&path, inner) + provided);
            }
            "struct_field" => self.line(format!("field {path}: {}", ty(inner))),
            "variant" => {
                let fields = &inner["kind"];
                let of_variant = fields["struct"]["fields"]
                    .as_array()
                    .or(fields["tuple"].as_array());
                self.line(format!("{}variant {path}", text::marks(item)));
                for id in of_variant.into_iter().flatten() {
                    let field = self.docs.item(&id.to_string());
                    self.part(&path, field);
                }
            }
            "assoc_const" => self.line(format!("const {path}: {}", ty(&inner["type"]))),
            "assoc_type" => self.line(format!("type {path}{}", text::bounds(&inner["bounds"]))),
            _ => {}
        }
    }

    /// Methods, and traits that are implemented by hand or, of those that matter across threads, by the compiler.
    fn implementations(&mut self, path: &str, inner: &Value) {
        for id in inner["impls"].as_array().into_iter().flatten() {
            let (_, made) = text::kind(self.docs.item(&id.to_string()));
            let name = made["trait"]["path"].as_str();
            let by_rustc = made["is_synthetic"] == true;
            let counts = match name {
                _ if made["blanket_impl"].is_object() || made["is_negative"] == true => false,
                Some(name) => !by_rustc || matches!(name, "Send" | "Sync"),
                None => true,
            };
            if !counts {
                continue;
            }
            let (params, bounds) = generics(&made["generics"]);
            if name.is_some() {
                let of = text::path(&made["trait"]);
                let made_for = ty(&made["for"]);
                self.line(format!(
                    "impl{params} {of} for {path} as {made_for}{bounds}"
                ));
                continue;
            }
            for id in made["items"].as_array().into_iter().flatten() {
                let item = self.docs.item(&id.to_string());
                self.method(path, item);
            }
        }
    }

    fn method(&mut self, path: &str, item: &Value) {
        let name = item["name"].as_str().unwrap_or_default();
        let (kind, inner) = text::kind(item);
        match kind {
            "function" => self.line(signature(&format!("{path}::{name}"), inner)),
            "assoc_const" => self.line(format!("const {path}::{name}: {}", ty(&inner["type"]))),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_item_is_listed_with_its_signature_once_and_by_its_other_names() {
        let docs = json!({
            "root": 0,
            "index": {
                "0": {"name": "krate", "inner": {"module": {"items": [1, 2, 3]}}},
                "1": {"name": "hat", "inner": {"module": {"items": [4]}}},
                "2": {"name": null, "inner": {"use": {"name": "Hat", "id": 4, "is_glob": false, "source": "hat::Hat"}}},
                "3": {"name": null, "inner": {"use": {"name": "Json", "id": 99, "is_glob": false, "source": "serde_json::Value"}}},
                "4": {"name": "Hat", "attrs": [], "inner": {"struct": {"kind": {"plain": {"fields": [5]}}, "generics": {"params": [], "where_predicates": []}, "impls": [6, 7]}}},
                "5": {"name": "size", "inner": {"struct_field": {"primitive": "u8"}}},
                "6": {"inner": {"impl": {"trait": null, "generics": {"params": [], "where_predicates": []}, "items": [8]}}},
                "7": {"inner": {"impl": {"trait": {"path": "Clone", "args": null}, "for": {"resolved_path": {"path": "Hat", "args": null}}, "is_negative": false, "generics": {"params": [], "where_predicates": []}, "items": []}}},
                "8": {"name": "fits", "inner": {"function": {"sig": {"inputs": [["self", {"borrowed_ref": {"lifetime": null, "is_mutable": false, "type": {"generic": "Self"}}}], ["head", {"primitive": "u8"}]], "output": {"primitive": "bool"}}, "generics": {"params": [], "where_predicates": []}, "header": {"is_async": true}, "has_body": true}}}
            }
        });
        assert_eq!(
            listing(&docs, "0.1.0").lines().skip(1).collect::<Vec<_>>(),
            [
                "async fn krate::Hat::fits(self: &Self, head: u8) -> bool",
                "field krate::Hat::size: u8",
                "impl Clone for krate::Hat as Hat",
                "mod krate::hat",
                "struct krate::Hat",
                "use krate::Json = serde_json::Value",
                "use krate::hat::Hat = krate::Hat",
            ]
        );
    }

    #[test]
    fn what_is_gone_needs_a_version_that_promises_less_once_there_was_a_release() {
        let list = |version: &str, lines: &str| head(version) + lines;
        let old = list("0.1.0", "fn a()\nfn b()");
        let rows = [
            ("0.1.1", "fn a()\nfn b()\nfn c()", true, true),
            ("0.1.1", "fn a()", true, false),
            ("0.1.1", "fn a()\nfn b(x: u8)", true, false),
            ("0.2.0", "fn a()", true, true),
            ("1.0.0", "fn a()", true, true),
            ("0.1.0", "fn a()", false, true),
        ];
        for (version, lines, released, expected) in rows {
            let outcome = compare("krate", &old, &list(version, lines), released);
            assert_eq!(outcome.is_ok(), expected, "{version} {lines}");
        }
        assert!(are_compatible("1.2.0", "1.9.3") && !are_compatible("1.2.0", "2.0.0"));
    }
}
