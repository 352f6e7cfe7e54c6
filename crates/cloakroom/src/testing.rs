//! For tests: a suite that proves a store, a checker of histories, a browser, a store that fails on demand.
pub mod conformance;
pub mod history;

mod browser;
mod fault;

pub use browser::{Browser, Page};
pub use fault::{Call, Faults, FaultyStore};
pub use history::History;
