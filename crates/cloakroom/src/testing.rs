//! For tests: a suite that proves a store, a browser, a store that fails on demand.
pub mod conformance;

mod browser;
mod fault;

pub use browser::{Browser, Page};
pub use fault::{Call, Faults, FaultyStore};
