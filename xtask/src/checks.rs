//! The checks that need nothing but cargo, and servers for the tests.
//!
//! Clippy, tests and documentation share one set of flags, [`ALL`], so that no dependency is built twice.

use std::path::Path;

use crate::install;
use crate::links;
use crate::pictures;
use crate::services;
use crate::step::{Ending, Outcome, cargo, in_ci, output, run};

/// The whole workspace with every feature.
pub(crate) const ALL: &str = "--workspace --all-features";

/// The sources are formatted, those of the benchmark's own workspace too.
pub(crate) fn fmt(_: &[String]) -> Outcome {
    run(&mut cargo("fmt --all --check"))?;
    if Path::new("bench/Cargo.toml").exists() {
        run(&mut cargo(
            "fmt --all --check --manifest-path bench/Cargo.toml",
        ))?;
    }
    Ok(Ending::Passed)
}

/// Clippy has nothing to say, of the benchmark's own workspace neither.
pub(crate) fn clippy(_: &[String]) -> Outcome {
    run(&mut cargo(&format!(
        "clippy {ALL} --all-targets -- -D warnings"
    )))?;
    run(&mut cargo(
        "clippy --manifest-path bench/Cargo.toml --target-dir target --all-targets -- -D warnings",
    ))?;
    Ok(Ending::Passed)
}

/// What only a feature may bring along; names that go on (`sqlx-core`) count as well.
const OF_FEATURES: [&str; 9] = [
    "sqlx",
    "libsqlite3-sys",
    "rusqlite",
    "tokio-postgres",
    "tokio-rustls",
    "rustls",
    "lz4_flex",
    "object_store",
    "reqwest",
];

/// Without its features the library builds, and no database driver is among its dependencies.
pub(crate) fn slim(_: &[String]) -> Outcome {
    run(&mut cargo("check -p cloakroom --no-default-features"))?;
    let tree = output(&mut cargo(
        "tree -p cloakroom --no-default-features --edges normal --prefix none",
    ))?;
    match tree
        .lines()
        .find(|line| OF_FEATURES.iter().any(|name| line.starts_with(name)))
    {
        Some(line) => Err(format!("cloakroom without features depends on {line}")),
        None => Ok(Ending::Passed),
    }
}

/// Unit, integration, conformance and doc tests pass on real servers, and the examples compile.
pub(crate) fn unit(arguments: &[String]) -> Outcome {
    let servers = services::for_tests()?;
    let proxy = install::proxy();
    if in_ci() {
        proxy?;
    }
    run(cargo(&format!("test {ALL}"))
        .args(arguments)
        .envs(servers.variables()))?;
    Ok(Ending::Passed)
}

/// The documentation builds without a warning, every link in a Markdown file leads somewhere, and pictures are as
/// their texts say.
pub(crate) fn docs(_: &[String]) -> Outcome {
    run(cargo(&format!("doc {ALL} --no-deps")).env("RUSTDOCFLAGS", "-D warnings"))?;
    links::check()?;
    pictures::check()?;
    Ok(Ending::Passed)
}
