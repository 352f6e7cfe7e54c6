//! What cloakroom and its peers add to a bare axum handler: instructions, time and allocations.
//!
//! `README.md` says what is measured, how to run it and how to read it.

pub mod allocations;
pub mod bound;
pub mod callgrind;
pub mod case;
pub mod contents;
pub mod csrf;
pub mod django;
pub mod file;
pub mod headers;
pub mod machine;
pub mod measure;
pub mod output;
pub mod plot;
pub mod report;
pub mod scale;
pub mod seal;
pub mod spread;
pub mod stack;
pub mod stopwatch;
pub mod subject;
pub mod table;
pub mod visitor;
pub mod wire;

/// Whatever stops a measurement, as a sentence for the person who runs it.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// A result whose error is a sentence for the person who runs the benchmark.
pub type Result<T> = std::result::Result<T, Error>;
