//! Allocations per request, counted by a program of their own.
//!
//! Counting costs a little on every allocation, so the program that is timed uses the plain
//! allocator and asks `src/bin/allocations.rs` for the counts.
use std::{env, process::Command};

use serde::{Deserialize, Serialize};

use crate::Result;

/// How often one request allocates; growing an allocation counts as one.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Allocations {
    /// On bare axum.
    pub bare: f64,
    /// On every other subject, in the order of the report.
    pub above_bare: Vec<f64>,
    /// What security headers add to an answer.
    pub headers: HeaderAllocations,
}

/// How often an answer allocates for its security headers.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub struct HeaderAllocations {
    /// For those that a site sends which sets nothing.
    pub defaults: f64,
    /// For every header that there is.
    pub all: f64,
    /// For a nonce as well.
    pub all_with_nonce: f64,
}

impl Allocations {
    /// Builds and runs the counting program and returns what it counted.
    ///
    /// # Errors
    ///
    /// When it can't be built, fails, or prints something else than counts.
    pub fn count() -> Result<Self> {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        let output = Command::new(cargo)
            .args([
                "run",
                "--quiet",
                "--release",
                "--bin",
                "allocations",
                "--manifest-path",
                manifest,
            ])
            .output()?;
        if !output.status.success() {
            let message = String::from_utf8_lossy(&output.stderr);
            return Err(format!("counting allocations failed: {message}").into());
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }
}
