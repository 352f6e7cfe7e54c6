//! A new project: axum, sessions in SQLite, a form, a wizard, tests and a Dockerfile.
use std::fs;
use std::path::{Path, PathBuf};

use crate::OpsError;

/// The setting that errors name.
const NAME: &str = "NAME";
const PATH: &str = "--path";

/// What a project is made of, and where each text goes.
const FILES: [(&str, &str); 10] = [
    ("Cargo.toml", include_str!("starter/Cargo.toml.txt")),
    ("src/main.rs", include_str!("starter/main.txt")),
    ("src/site.rs", include_str!("starter/site.txt")),
    ("src/guests.rs", include_str!("starter/guests.txt")),
    ("src/feedback.rs", include_str!("starter/feedback.txt")),
    ("src/tests.rs", include_str!("starter/tests.txt")),
    ("Dockerfile", include_str!("starter/Dockerfile.txt")),
    ("README.md", include_str!("starter/README.md.txt")),
    (".gitignore", include_str!("starter/gitignore.txt")),
    (".dockerignore", include_str!("starter/dockerignore.txt")),
];

/// Names that cargo or Rust keeps for itself, and that someone may think of.
const TAKEN: [&str; 8] = [
    "axum",
    "cloakroom",
    "core",
    "crate",
    "self",
    "std",
    "test",
    "tokio",
];

/// Where the new project finds the library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Library {
    /// In the registry, as the version of this command.
    Registry,
    /// In a checkout of the repository, or in the library's own folder.
    Checkout(PathBuf),
}

/// Writes a project into a new folder of this name below `parent`, and returns the files that it has.
///
/// # Errors
/// When the name can't be a package's, the folder is there already, no library is where one was named, or the files
/// can't be written. What is there is never changed.
pub fn make(parent: &Path, name: &str, library: &Library) -> Result<Vec<PathBuf>, OpsError> {
    check(name)?;
    let dependency = dependency(library)?;
    let folder = parent.join(name);
    let failed = |error: std::io::Error| {
        OpsError::File(
            NAME,
            match error.kind() {
                std::io::ErrorKind::AlreadyExists => format!(
                    "{} is there already, and is left as it is",
                    folder.display()
                ),
                _ => format!("{} can't be made: {error}", folder.display()),
            },
        )
    };
    fs::create_dir(&folder).map_err(failed)?;
    fs::create_dir(folder.join("src")).map_err(failed)?;
    let write = |(path, text): (&str, &str)| {
        let path = folder.join(path);
        let text = text
            .replace("{{name}}", name)
            .replace("{{cloakroom}}", &dependency);
        fs::write(&path, text).map_err(failed)?;
        Ok(path)
    };
    FILES.into_iter().map(write).collect()
}

/// Looks whether cargo takes the name for a package's and Rust for a program's.
fn check(name: &str) -> Result<(), OpsError> {
    let wrong = |what: &str| Err(OpsError::File(NAME, what.into()));
    let allowed =
        |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || "-_".contains(char);
    if !name.starts_with(|char: char| char.is_ascii_lowercase()) || !name.chars().all(allowed) {
        return wrong(
            "has to begin with a letter, and to have lower-case letters, digits, - and _ only",
        );
    }
    if TAKEN.contains(&name) {
        return wrong("is a name that Rust or one of the project's dependencies has already");
    }
    Ok(())
}

/// Says in `Cargo.toml` where the library is.
fn dependency(library: &Library) -> Result<String, OpsError> {
    let Library::Checkout(path) = library else {
        return Ok(format!("version = \"{}\"", env!("CARGO_PKG_VERSION")));
    };
    let missing = || {
        OpsError::File(
            PATH,
            "has neither crates/cloakroom nor the library itself".into(),
        )
    };
    let places = [path.join("crates/cloakroom"), path.clone()];
    let is_library = |place: &&PathBuf| {
        let manifest = fs::read_to_string(place.join("Cargo.toml"));
        manifest.is_ok_and(|text| text.contains("name = \"cloakroom\"\n"))
    };
    let place = places.iter().find(is_library).ok_or_else(missing)?;
    let place = place.canonicalize().map_err(|_| missing())?;
    let place = place.to_str().ok_or_else(missing)?;
    Ok(format!(
        "path = \"{}\"",
        place.replace('\\', "/").replace('"', "\\\"")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_cargo_or_rust_would_refuse_is_refused_before_anything_is_written() {
        for name in [
            "", "My-Site", "7up", "a b", "../up", "a/b", "test", "axum", "_x", "naïve",
        ] {
            assert!(check(name).is_err(), "{name}");
        }
        for name in ["site", "my-site", "my_site2"] {
            assert!(check(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn no_text_keeps_a_place_that_was_to_be_filled() {
        for (path, text) in FILES {
            let filled = text.replace("{{name}}", "").replace("{{cloakroom}}", "");
            assert!(!filled.contains("{{"), "{path}");
        }
    }
}
