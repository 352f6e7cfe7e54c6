//! Holds a `Cargo.lock` against the RustSec advisories: `advisories DATABASE LOCK`, both as paths.
#![allow(
    clippy::print_stdout,
    reason = "a command speaks to the person who typed it"
)]

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use rustsec::advisory::{Informational, Metadata};
use rustsec::report::{Report, Settings};
use rustsec::{Database, Lockfile};

/// Advisories that are known and don't touch this project, each with the reason.
const ACCEPTED: [(&str, &str); 0] = [];

fn main() -> ExitCode {
    let paths: Vec<String> = std::env::args().skip(1).collect();
    let [database, lock] = &paths[..] else {
        eprintln!("usage: advisories DATABASE LOCK");
        return ExitCode::from(2);
    };
    match found(Path::new(database), Path::new(lock)) {
        Ok(found) if found.is_empty() => ExitCode::SUCCESS,
        Ok(found) => {
            found.iter().for_each(|line| println!("{line}"));
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("advisories: {error}");
            ExitCode::from(2)
        }
    }
}

/// A line for each advisory that concerns a package of the lock and is not accepted.
fn found(database: &Path, lock: &Path) -> Result<BTreeSet<String>, Box<dyn Error>> {
    let (database, lock) = (Database::open(database)?, Lockfile::load(lock)?);
    let settings = Settings {
        ignore: ACCEPTED
            .iter()
            .map(|(id, _)| id.parse())
            .collect::<Result<_, _>>()?,
        informational_warnings: vec![Informational::Unmaintained, Informational::Unsound],
        ..Settings::default()
    };
    let report = Report::generate(&database, &lock, &settings);
    println!(
        "{} packages held against {} advisories",
        lock.packages.len(),
        database.iter().count()
    );
    let vulnerable = report.vulnerabilities.list.iter();
    let vulnerable = vulnerable.map(|it| line(&it.advisory, &it.package, "vulnerable"));
    let warned = report.warnings.values().flatten();
    let warned =
        warned.filter_map(|it| Some(line(it.advisory.as_ref()?, &it.package, it.kind.as_str())));
    Ok(vulnerable.chain(warned).collect())
}

fn line(advisory: &Metadata, package: &rustsec::package::Package, kind: &str) -> String {
    format!(
        "{}: {} {} ({kind}): {}",
        advisory.id, package.name, package.version, advisory.title
    )
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const ADVISORY: &str = "```toml\n[advisory]\nid = \"RUSTSEC-2026-0001\"\npackage = \"coat\"\ndate = \"2026-01-02\"\n\n\
        [versions]\npatched = [\">= 1.2.3\"]\n```\n\n# A coat is given to anybody\n\nIt is.\n";

    fn lock(version: &str) -> String {
        format!(
            "version = 4\n\n[[package]]\nname = \"coat\"\nversion = \"{version}\"\n\
             source = \"registry+https://github.com/rust-lang/crates.io-index\"\n"
        )
    }

    #[test]
    fn a_package_is_named_while_its_version_is_vulnerable() {
        let folder = tempfile::tempdir().unwrap();
        let advisories = folder.path().join("crates/coat");
        fs::create_dir_all(&advisories).unwrap();
        fs::write(advisories.join("RUSTSEC-2026-0001.md"), ADVISORY).unwrap();
        let path = folder.path().join("Cargo.lock");

        fs::write(&path, lock("1.2.2")).unwrap();
        let line = "RUSTSEC-2026-0001: coat 1.2.2 (vulnerable): A coat is given to anybody";
        assert_eq!(
            found(folder.path(), &path).unwrap(),
            [line.to_owned()].into()
        );

        fs::write(&path, lock("1.2.3")).unwrap();
        assert!(found(folder.path(), &path).unwrap().is_empty());
    }
}
